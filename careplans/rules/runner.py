"""Carries out runs over every open plan: claim, work in chunks, settle.

The row is the queue. Any number of workers may call `work_rule_runs` at once, and each may be killed at any moment: a
run whose lease is over is taken up by another, behind the last chunk that was written. A chunk and the row's progress
are one transaction, so that nothing is counted twice and nothing is left out. Trials evaluate outside any transaction.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from time import monotonic, perf_counter, sleep
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import audit
from careplans.models import Case, Plan, RuleRun
from careplans.readers.steps.loading import load_for_rules
from careplans.rules.advisories import keep
from careplans.rules.arms import PlanFiring
from careplans.rules.in_force import parsed
from careplans.rules.plan_advice import Rules
from common.leases import MOST_LOST, Lease, LostError, nobody_holds
from common.writing import lock, take_each

log = logging.getLogger(__name__)

# How long one call works before it gives the run back, so that reminders in the same worker are not held up.
BUDGET_SECONDS = 8.0
TRIAL_CHUNK = 100
# Locks its plans, and on SQLite everybody's: small enough that nobody notices.
APPLY_CHUNK = 30
# SQLite's waiting writers look again after a tenth of a second at the latest.
SHORTEST_GAP_SECONDS = 0.1

Purpose, State = RuleRun.Purpose, RuleRun.State
LEASE = Lease(timedelta(seconds=60), state=State.RUNNING)
Counts = dict[str, Any]
LOST = f"the process that worked on it ended {MOST_LOST} times"
COUNTED = ("fired", "obsolete", "kept")
# What a row says that was rewritten past the program: no day, a figure where a list should be. Anything else that goes
# wrong is a fault of the program and fails the run.
UNREADABLE = (AttributeError, TypeError, ValueError)


def work_rule_runs(seconds: float = BUDGET_SECONDS) -> bool:
    """Work for a while on the run whose turn it is; False when there is nothing to do. Safe to call many times at once."""
    run = claim()
    if run is None:
        return False
    if LEASE.has_lost_too_many(run):
        _give_up(run)
        return True
    until = monotonic() + seconds
    work = Trial(run).chunk if run.purpose == Purpose.TRIAL else Apply().chunk
    try:
        with LEASE.outlived(run):
            while work(run):
                if monotonic() > until:
                    LEASE.give_back(run)  # the next tick goes on, here or in another worker
                    break
    except LostError:
        log.info("run %s was stopped or taken up elsewhere", run.pk)
    except (OperationalError, InterfaceError):
        raise  # no database: the run is taken up again after its lease
    except Exception as error:
        _fail(run, error)
    return True


def claim() -> RuleRun | None:
    """The run under way if nobody holds it, else the oldest that waits: new rules in force before trials."""
    if not RuleRun.objects.open().exists():
        return None
    at_work = RuleRun.objects.filter(state=State.RUNNING)
    if at_work.exists():
        return LEASE.take_one(at_work.filter(nobody_holds()), "rule_set")
    waiting = RuleRun.objects.filter(state=State.QUEUED).order_by("purpose", "pk")
    try:
        return LEASE.take_one(waiting, "rule_set", started_at=timezone.now())
    except IntegrityError:
        return None  # another worker began one at the same moment, and there is one at a time


class Trial:
    """Compares the rules in force with a draft. Both are read once for a call, not for each chunk."""

    def __init__(self, run: RuleRun) -> None:
        self.now = Rules.in_force()
        if run.rule_set is None:
            raise ValueError("A trial is of a draft.")
        self.draft = run.rule_set
        self.then = Rules(parsed(self.draft), self.now.flags)

    def chunk(self, run: RuleRun) -> bool:
        if self.draft.content_hash != run.content_hash:
            _end(run, State.STOPPED, "the draft was changed")
            return False
        ids = list(_behind(run).values_list("pk", flat=True)[:TRIAL_CHUNK])
        if not ids:
            _end(run, State.DONE)
            return False
        result: Counts = run.result or {"rules": {}, "boards": {}}
        plans, unjudged = _read(ids, _as_they_are)
        for plan in plans:
            try:
                self.count(plan, result)
            except UNREADABLE as error:
                unjudged += _unjudged(plan.pk, error)
        _advance(run, len(ids), ids[-1], result, unjudged)
        return True

    def count(self, plan: Plan, result: Counts) -> None:
        """Three counts by rule and by board: newly fires, no longer fires, says something else and is asked again."""
        before, after = self._fired(self.now, plan), self._fired(self.then, plan)
        for key in {*before, *after}:
            if before.get(key) == after.get(key):
                continue
            place = 0 if key not in before else 1 if key not in after else 2
            result["rules"].setdefault(key[0], [0, 0, 0])[place] += 1
            result["boards"].setdefault(str(plan.board_id), [0, 0, 0])[place] += 1

    def _fired(self, rules: Rules, plan: Plan) -> dict[tuple[str, str | None], tuple[object, ...]]:
        return {(f.rule, f.step): (f.advice, f.severity, f.statements) for f in rules.firings(plan)}


class Apply:
    """Brings the rules in force to every open plan. They are read once for a call: whoever puts others into force stops the run
    in that transaction, so that no chunk judged by these is written after it."""

    def __init__(self) -> None:
        self.rules = Rules.in_force()

    def chunk(self, run: RuleRun) -> bool:
        """The cases are taken first, and then the plans, so that nobody's change is judged by what stood before it."""
        since = perf_counter()
        with transaction.atomic():
            LEASE.renew(run)
            found = list(_behind(run).values_list("pk", "case_id")[:APPLY_CHUNK])
            if not found:
                _end(run, State.DONE)
                return False
            lock(Case.objects.filter(pk__in={case for _, case in found}).only("pk"))
            # What has ended meanwhile is judged no more, and still counts as seen.
            plans, unjudged = _read([pk for pk, _ in found], _taken)
            judged, unreadable = self.judged(plans)
            made = keep(judged)
            counts = {name: run.result.get(name, 0) + getattr(made, name) for name in COUNTED}
            unjudged += unreadable
            _advance(run, len(judged) + len(unjudged), found[-1][0], run.result | counts, unjudged)
        _let_others_write(perf_counter() - since)
        return True

    def judged(self, plans: Sequence[Plan]) -> tuple[list[tuple[Plan, list[PlanFiring]]], list[int]]:
        """What fires on each; with the ids of those whose rows cannot be read."""
        found, unreadable = [], []
        for plan in plans:
            try:
                found.append((plan, self.rules.firings(plan)))
            except UNREADABLE as error:
                unreadable += _unjudged(plan.pk, error)
        return found, unreadable


def _behind(run: RuleRun) -> QuerySet[Plan]:
    return Plan.objects.open().filter(pk__gt=run.cursor).order_by("pk")


def _read(ids: Sequence[int], rows: Callable[[Sequence[int]], list[Plan]]) -> tuple[list[Plan], list[int]]:
    """Read together, with their steps; where one of them cannot be read, each for itself. With the ids of those that cannot."""
    try:
        plans = rows(ids)
        load_for_rules(plans)
        return sorted(plans, key=lambda plan: plan.pk), []
    except UNREADABLE as error:
        if len(ids) == 1:
            return [], _unjudged(ids[0], error)
    found = [_read([pk], rows) for pk in ids]
    return [plan for plans, _ in found for plan in plans], [pk for _, missing in found for pk in missing]


def _as_they_are(ids: Sequence[int]) -> list[Plan]:
    return list(Plan.objects.select_related("case__proforma").filter(pk__in=ids).order_by())


def _taken(ids: Sequence[int]) -> list[Plan]:
    """Their cases are taken, so that the facts stay as they are read here. In no order: to sort by the columns of a join costs
    more than the join."""
    return take_each(Plan.objects.open().select_related("case__proforma").filter(pk__in=ids).order_by())


def _unjudged(pk: int, error: Exception) -> list[int]:
    log.error("plan %s could not be judged: %s", pk, type(error).__name__)
    return [pk]


def _let_others_write(seconds: float) -> None:
    """SQLite has one writer at a time, and who waits looks again only now and then: leave as long a gap as was taken."""
    if not connection.features.has_select_for_update:
        sleep(max(seconds, SHORTEST_GAP_SECONDS))


def _advance(run: RuleRun, count: int, cursor: int, result: Counts, unjudged: Sequence[int]) -> None:
    done = run.done + count
    if unjudged:
        result = result | {"unjudged": [*result.get("unjudged", []), *unjudged]}
    LEASE.renew(run, done=done, cursor=cursor, result=result, moved_at=timezone.now(), lost_workers=0)
    run.done, run.cursor, run.result = done, cursor, result


def _fail(run: RuleRun, error: Exception) -> None:
    """The name only: the words of an error may hold what nobody should read here."""
    log.error("run %s failed behind plan %s: %s", run.pk, run.cursor, type(error).__name__)
    _end(run, State.FAILED, f"{type(error).__name__} behind plan {run.cursor}")


def _give_up(run: RuleRun) -> None:
    """Of workers that nobody heard of any more: none of them lived to write down why."""
    log.error("run %s has lost %s workers behind plan %s", run.pk, run.lost_workers, run.cursor)
    try:
        _end(run, State.FAILED, f"{LOST} behind plan {run.cursor}")
    except LostError:
        log.info("run %s was stopped or taken up elsewhere", run.pk)


def _end(run: RuleRun, state: RuleRun.State, reason: str = "") -> None:
    with transaction.atomic():
        LEASE.give_back(run, state=state, reason=reason, finished_at=timezone.now())
        audit.record(
            f"rules.run_{state}", by=None, subject=run, label=run.label,
            data={"purpose": run.purpose, "plans": run.done}
            | {name: run.result[name] for name in ("unjudged",) if name in run.result},
        )  # fmt: skip
