"""Two real transactions at once, so that a race is met on purpose and not by luck.

One of two calls is held before one of its statements, the other runs to its end or until it waits for the first, and then
the first goes on. `Track.rounds` does so at one statement after the other, with either of the two in front, from the same rows
every time: what can go wrong when one transaction comes between two statements of another does go wrong.

Not every statement is tried each time: those that lock or write come first, because whoever is held there has read what it
decides by, and the other changes it now. Which of them a run tries is drawn by the seed that its head names
(`--fuzz-seed`). `--meetings 200` tries them all, which takes long.

On SQLite a transaction that writes has the whole database, so a call is held only before its transaction begins: it has read
its rows, and then somebody else writes.
"""

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Event
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import OperationalError, connection

from common.errors import Conflict
from tests.careplans.rows import Rows

# How long nothing at all may move before a race counts as stuck. Not a limit for how long it takes.
NO_PROGRESS_SECONDS = 120
WRITES = re.compile(r'(?:UPDATE|INSERT INTO|DELETE FROM) "(\w+)"')
DECIDES = re.compile(r"^(?:UPDATE|INSERT|DELETE)|\bFOR (?:NO KEY )?(?:UPDATE|SHARE)\b")
Call = Callable[[], Any]


class Gate:
    """Sees every statement of a call; holds it before number `at`, and knows whether the database broke a deadlock."""

    def __init__(self, at: int = 0) -> None:
        self.at, self.seen, self.held_before, self.deadlocks, self.pid, self.tables = at, 0, "", 0, 0, set[str]()
        self.reached, self.opened = Event(), Event()
        self.decisive = set[int]()

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.tables.update(WRITES.findall(sql[:100]))
        if connection.vendor == "postgresql":
            self.pid = connection.connection.info.backend_pid
        if self.pid or not connection.in_atomic_block:
            self.seen += 1
            if DECIDES.search(sql):
                self.decisive.add(self.seen)
            if self.seen == self.at:
                self.held_before = re.sub(r'SELECT .*? FROM|"', "", sql)[:80]
                self.reached.set()
                if not self.opened.wait(NO_PROGRESS_SECONDS * 2):
                    raise TimeoutError("Nobody opened the gate.")
        try:
            return execute(sql, params, many, context)
        except OperationalError as error:
            self.deadlocks += getattr(error.__cause__, "sqlstate", "") == "40P01"
            raise


class Outcome:
    """What became of a call: `won`, the name of a refusal, or `error`. A page or the API is `refused` by its status."""

    def __init__(self, call: Call, gate: Gate) -> None:
        try:
            with connection.execute_wrapper(gate):
                self.value = call()
            status = getattr(self.value, "status_code", 200)
            self.kind = "won" if status < 400 else "refused" if status < 500 else "error"
        except (Conflict, ValidationError, PermissionDenied) as error:
            self.kind, self.value = type(error).__name__, error
        except Exception as error:
            self.kind, self.value = "error", f"{type(error).__name__}: {error}"
        self.deadlocks = gate.deadlocks

    def __str__(self) -> str:
        words = "" if self.kind == "won" else f" ({' '.join(str(self.value).split())[:160]})"
        return f"{self.kind}{words}" + (f" after {self.deadlocks} deadlock" if self.deadlocks else "")


class Round:
    """One meeting: how it came about, and what became of each, in the order in which the two were given."""

    def __init__(self, how: str, outcomes: list[Outcome]) -> None:
        self.how, self.outcomes = how, outcomes
        self.won = [outcome.kind == "won" for outcome in outcomes]
        # Neither an error nor a deadlock, not even one that was made good by trying again.
        self.is_clean = all(outcome.kind != "error" and not outcome.deadlocks for outcome in outcomes)

    def __repr__(self) -> str:
        return f"{self.how}: the first {self.outcomes[0]}; the second {self.outcomes[1]}"


class Track:
    """Two threads, each with a connection of its own; see the fixture `track`."""

    def __init__(self, meetings: int, dice: Random) -> None:
        self.meetings, self.dice = meetings, dice
        self.threads = [ThreadPoolExecutor(1), ThreadPoolExecutor(1)]

    def close(self) -> None:
        for thread in self.threads:
            thread.submit(lambda: connection.close()).result(NO_PROGRESS_SECONDS)
            thread.shutdown()

    def rounds(self, *calls: Call, count: int = 200) -> Iterator[Round]:
        """At most `count` meetings of two calls, each from the rows as they are now. The caller looks at the rows in between."""
        before, decisive, others = Rows(), list[tuple[int, int]](), list[tuple[int, int]]()
        for front in (0, 1):  # one after the other, which also tells how many statements each has
            gates = Gate(), Gate()
            yield self.meet(calls, front, gates)
            for at in range(1, gates[0].seen + 1):
                (decisive if at in gates[0].decisive else others).append((front, at))
            before.restore(gates[0].tables | gates[1].tables)
        left = min(count, self.meetings) - 2
        first = drawn(decisive, left, self.dice)
        for front, at in first + drawn(others, left - len(first), self.dice):
            gates = Gate(at), Gate()
            yield self.meet(calls, front, gates)
            before.restore(gates[0].tables | gates[1].tables)

    def meet(self, calls: tuple[Call, ...], front: int, gates: tuple[Gate, Gate]) -> Round:
        """The one in front is held at its gate while the other comes; a gate that it never reaches lets it pass."""
        held, free = gates
        running = self.threads[front].submit(Outcome, calls[front], held)
        self.wait(lambda: running.done() or held.reached.is_set(), gates)
        coming = self.threads[1 - front].submit(Outcome, calls[1 - front], free)
        self.wait(lambda: coming.done() or (held.reached.is_set() and waits(free, held)), gates)
        held.opened.set()
        self.wait(lambda: running.done() and coming.done(), gates)
        name = ("first", "second")[front]
        where = f"held before its statement {held.at} ({held.held_before})" if held.held_before else "before the other"
        outcomes = [running.result(), coming.result()]
        return Round(f"the {name} {where}", outcomes if front == 0 else outcomes[::-1])

    def wait(self, is_done: Callable[[], bool], gates: tuple[Gate, Gate]) -> None:
        seen, since = -1, 0.0
        while not is_done():
            if seen != (seen := sum(gate.seen for gate in gates)):
                since = time.monotonic()
            elif time.monotonic() - since > NO_PROGRESS_SECONDS:
                for gate in gates:
                    gate.opened.set()
                raise AssertionError(f"Nothing moved any more after {[gate.seen for gate in gates]} statements.")
            time.sleep(0.001)


def drawn(places: list[tuple[int, int]], count: int, dice: Random) -> list[tuple[int, int]]:
    """At most `count` of the places, in their order."""
    return sorted(dice.sample(places, max(0, min(count, len(places)))))


def waits(who: Gate, whom: Gate) -> bool:
    """Whether one transaction waits for a lock of the other's."""
    if not who.pid:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s = ANY(pg_blocking_pids(%s))", [whom.pid, who.pid])
        return bool(cursor.fetchone()[0])
