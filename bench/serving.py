"""One version on one database in a process of its own: answers requests for figures, a line of JSON for a line.

Started by pages.py, which sets Django up first; not meant to be run by hand.
"""

import json
import logging
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.urls import NoReverseMatch

from accounts.models import Board, User
from bench.statements import heard
from bench.targets import BOARD, Doors, Target, targets


class Serving:
    def __init__(self) -> None:
        self.is_raw = bool(os.environ.get("BENCH_RAW"))
        if self.is_raw:
            settings.ROOT_URLCONF = "bench.raw_urls"
        self.targets = {target.name: target for target in self._targets(Board.objects.get(name=BOARD))}
        self.doors = Doors()
        self.begun: dict[str, Any] = {}
        self.queries: dict[str, list[tuple[str, Any]]] = {}

    def _targets(self, board: Board) -> list[Target]:
        if self.is_raw:
            from bench.raw_urls import raw_targets

            return raw_targets(board)
        return targets(board)

    def names(self) -> list[str]:
        return [name for name, target in self.targets.items() if target.is_repeatable]

    def cookie(self) -> str:
        client = self.doors.client(Target("", "oncology", lambda client: client))
        return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"

    def look(self, name: str) -> dict[str, Any]:
        """What a page answers and sends, and how large that is. The calls before it, that warm it, are not looked at."""
        try:
            go = self.begun[name] = self.doors.begin(self.targets[name])
        except (NoReverseMatch, User.DoesNotExist):
            # A page or a person of another version, or of another board.
            return {"status": 404}
        for _ in range(2):
            go()
        with heard() as said:
            answer = go()
        body = getattr(answer, "content", answer)
        told = {"status": getattr(answer, "status_code", 200), "statements": len(said), "bytes": len(body)}
        return told | {"small": _compressed(answer)}

    def measure(self, name: str, rounds: int) -> dict[str, float | None]:
        """Milliseconds of each of so many requests: CPU of this process, CPU of the database's, and time."""
        go, before = self.begun[name], self._database_ns()
        busy, begun = time.process_time_ns(), time.perf_counter_ns()
        for _ in range(rounds):
            go()
        busy, taken = time.process_time_ns() - busy, time.perf_counter_ns() - begun
        after = self._database_ns()
        database = None if before is None or after is None else (after - before) / rounds / 1e6
        return {"process": busy / rounds / 1e6, "database": database, "time": taken / rounds / 1e6}

    def _database_ns(self) -> int | None:
        """CPU of the server's process for us, as Linux keeps it. SQLite works in this process; elsewhere nobody knows."""
        if connection.vendor != "postgresql":
            return None
        backends = [connection.connection.info.backend_pid]
        if self.is_raw:
            from bench.raw_urls import raw_backends

            backends += raw_backends()
        told = [Path(f"/proc/{pid}/schedstat") for pid in backends]
        return sum(int(file.read_text().split()[0]) for file in told) if all(map(os.path.exists, told)) else None

    def explain(self, name: str) -> list[str]:
        """The statements of a page that read, each with the time to its last row and how the database goes about it."""
        queries: list[tuple[str, Any]] = []

        def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            queries.append((sql, params))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            self.begun[name]()
        return [line for sql, params in queries if sql.startswith("SELECT") for line in _explained(sql, params)]


def _compressed(answer: Any) -> int | None:
    """How large it is for whoever takes it compressed; None where this version does not compress it."""
    request = getattr(answer, "request", None)
    if not request or request["REQUEST_METHOD"] != "GET":
        return None
    headers = {name: value for name, value in request.items() if name.startswith("HTTP_")} | {
        "HTTP_ACCEPT_ENCODING": "gzip"
    }
    again = answer.client.get(request["PATH_INFO"], QUERY_STRING=request["QUERY_STRING"], **headers)
    return len(again.content) if "Content-Encoding" in again else None


def _explained(sql: str, params: Any) -> list[str]:
    words = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN ANALYZE"
    with connection.cursor() as cursor:
        begun = time.perf_counter()
        cursor.execute(sql, params)
        cursor.fetchall()
        taken = (time.perf_counter() - begun) * 1000
        cursor.execute(f"{words} {sql}", params)
        return [f"{taken:.1f} ms: {sql}", *(f"    {row[-1]}" for row in cursor.fetchall())]


def main() -> None:
    logging.disable(logging.ERROR)
    with suppress(ImportError):  # a version that did not warm up
        from config.warm import warm_up

        warm_up()
    serving = Serving()
    for line in sys.stdin:
        verb, *args = json.loads(line)
        print(json.dumps(getattr(serving, verb)(*args)), flush=True)
