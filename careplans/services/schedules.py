"""Follow-ups that a schedule writes: when a plan is released, when the schedule is changed, and as time goes on.

A follow-up keeps the day of the schedule that it was written for, whatever becomes of it, and there is one of a kind for
each such day and plan. So writing twice, or by two people at once, doubles nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts import audit
from accounts.models import Board, User
from accounts.permissions import require
from careplans import history
from careplans.locks import take_people, take_plan
from careplans.models import Case, FollowUp, FollowUpSchedule, Kind, Plan
from careplans.models.followups import FollowUpQuerySet, latest_day
from careplans.models.plans import PlanQuerySet
from careplans.reminders.schedule import schedule_follow_ups
from careplans.services.followups import withdraw_follow_up
from careplans.services.plan_people import doer_of_schedule
from common.errors import Conflict
from common.local_time import add_months
from common.writing import compare_and_set, lock, take, transactional

# How far ahead a schedule is written out. A tick goes on once a month has passed.
HORIZON_MONTHS = 24
BATCH = 50
Day = tuple[str, date]


def occurrences(schedule: FollowUpSchedule, start: date, until: date) -> list[date]:
    """The dates of a schedule: start + interval, + 2 intervals … (domain note D.5), up to a day, but at least one. Pure."""
    last = max(schedule.duration_months, schedule.interval_months)
    days = [add_months(start, at) for at in range(schedule.interval_months, last + 1, schedule.interval_months)]
    return [day for day in days if day <= until] or days[:1]


def horizon(today: date) -> date:
    return add_months(today, HORIZON_MONTHS)


def schedule_for_plan(plan: Plan, *, by: User) -> list[FollowUp]:
    """Write out the schedule of a plan that was just released, and cancel what its predecessor had scheduled ahead.

    An appointment agreed after a missed one stays, and what has been done is not asked for again.
    """
    # As it stands now, and not as it stood when the page was drawn; taken, so that it stays so.
    chosen = FollowUpSchedule.objects.filter(pk__in=[plan.follow_up_schedule_id] if plan.follow_up_schedule_id else [])
    schedule = next(iter(lock(chosen)), None)
    start = plan.follow_up_from
    if schedule is None or start is None or plan.follow_up_assignee is None or keep_schedule(plan, by=by):
        return []
    ahead = FollowUp.objects.filter(case_id=plan.case_id, schedule__isnull=False, replaces=None)
    _take_back(ahead.open(), by=by, reason=f"Replaced by the schedule of plan {plan.number}")
    settled = _settled_until(list(FollowUp.objects.filter(case_id=plan.case_id, schedule=schedule)))
    until = horizon(plan.board.today)
    days = [(kind, day) for day in occurrences(schedule, start, until) for kind in schedule.kinds]
    rows = _write(plan, schedule, [one for one in days if one[1] > settled.get(one[0], date.min)], by=by)
    _written_until(plan, until)
    history.record(plan, "follow_ups_scheduled", by=by, count=len(rows), schedule=schedule.name)
    return rows


def keep_schedule(plan: Plan, *, by: User) -> bool:
    """An amendment that changes nothing of the schedule keeps its follow-ups: they pass to the new plan as they are."""
    old = plan.amends
    if old is None or any(
        getattr(old, name) != getattr(plan, name)
        for name in ("follow_up_schedule_id", "follow_up_from", "follow_up_assignee_id")
    ):
        return False
    kept = FollowUp.objects.filter(plan=old, schedule__isnull=False).open().update(plan=plan)
    if kept:
        _written_until(plan, old.follow_ups_until)
        history.record(plan, "follow_ups_kept", by=by, count=kept)
    return kept > 0


@dataclass(frozen=True)
class Difference:
    """What bringing one plan up to its schedule would take back and write."""

    plan: Plan
    withdrawn: list[FollowUp]
    missing: list[Day]

    @property
    def is_empty(self) -> bool:
        return not self.withdrawn and not self.missing

    @property
    def first_day(self) -> date | None:
        return min((day for _, day in self.missing), default=None)


def preview(schedule: FollowUpSchedule, *, by: User) -> list[Difference]:
    """The open plans that would change, for somebody to look at beforehand. Two queries."""
    require(by, "board.configure", schedule.board_id)
    plans = list(_plans_of(schedule).select_related("case__patient", "board").order_by("case_id", "pk"))
    rows: dict[int, list[FollowUp]] = {plan.case_id: [] for plan in plans}
    for row in FollowUp.objects.filter(case__in=rows, schedule=schedule):
        rows[row.case_id].append(row)
    found = [difference(plan, schedule, rows[plan.case_id], plan.board.today) for plan in plans]
    return [one for one in found if not one.is_empty]


def regenerate(schedule: FollowUpSchedule, *, by: User, expected_version: int) -> int:
    """Bring what lies ahead on open plans up to a changed schedule. Returns how many plans changed.

    Done, missed, moved and past ones stay. Each plan is a transaction of its own: what was interrupted is finished by
    doing it again.
    """
    require(by, "board.configure", schedule.board_id)
    changed = 0
    for pk in list(_plans_of(schedule).order_by("pk").values_list("pk", flat=True)):
        try:
            changed += _regenerate_plan(pk, schedule.pk, by=by, expected_version=expected_version)
        except Conflict as conflict:
            if not changed:
                raise
            told = f"{changed} plan{'' if changed == 1 else 's'} had been brought up when somebody changed the schedule again."
            raise Conflict(f"{told} Look at what would change now, then go on.", current=conflict.current) from conflict
    return changed


@transactional
def _regenerate_plan(pk: int, schedule_pk: int, *, by: User, expected_version: int) -> bool:
    """The plan is held, so that nobody amends it or does the same meanwhile; its follow-ups, so that nobody moves them."""
    plan = Plan.objects.select_related("board", "case").get(pk=pk)
    take_people(plan.board_id, plan.follow_ups_by_id)
    take_plan(plan)
    schedule = FollowUpSchedule.objects.get(pk=schedule_pk)
    take(schedule, expected=expected_version)
    if not plan.is_in_force or plan.follow_up_schedule_id != schedule.pk:
        return False
    own = lock(FollowUp.objects.filter(case_id=plan.case_id, schedule=schedule))
    change = difference(plan, schedule, own, plan.board.today)
    if change.is_empty:
        return False
    withdrawn = FollowUp.objects.filter(pk__in=[row.pk for row in change.withdrawn])
    _take_back(withdrawn.untouched(), by=by, reason=f"The schedule “{schedule.name}” was changed")
    written = _write(plan, schedule, change.missing, by=by)
    told: dict[str, Any] = {"count": len(written), "withdrawn": len(change.withdrawn), "schedule": schedule.name}
    history.record(plan, "follow_ups_regenerated", by=by, **told)
    audit.record("follow_ups_regenerated", by=by, subject=schedule, board_id=plan.board_id, data={"plan": plan.pk})
    return True


def difference(plan: Plan, schedule: FollowUpSchedule, rows: Sequence[FollowUp], today: date) -> Difference:
    """`rows`: every follow-up of the case that the schedule wrote, whatever became of it. No query."""
    start = plan.follow_up_from
    if start is None or plan.follow_up_assignee_id is None:
        return Difference(plan, [], [])
    until = plan.follow_ups_until or horizon(today)
    days = [day for day in occurrences(schedule, start, until) if day > today]
    wanted = {(kind, day) for day in days for kind in schedule.kinds}
    replaceable = [row for row in rows if row.plan_id == plan.pk and _is_replaceable(row, today)]
    fitting = {
        row.pk: (row.kind, row.due_on)
        for row in replaceable
        if (row.kind, row.due_on) in wanted and row.due_until == latest_day(row.due_on, schedule.window_days)
    }
    others = {row.pk for row in replaceable} - set(fitting)
    taken = {(row.kind, row.scheduled_for) for row in rows if row.pk not in others}
    settled = _settled_until([row for row in rows if row.pk not in fitting and row.pk not in others])
    missing = [one for one in sorted(wanted) if one not in taken and one[1] > settled.get(one[0], date.min)]
    return Difference(plan, [row for row in replaceable if row.pk in others], missing)


def extend_schedules(batch: int = BATCH) -> int:
    """Write the schedules of long plans further as time goes on; returns how many plans. Safe to run many times at once."""
    today = timezone.localdate()
    rows = _to_extend(today).order_by("pk")
    return sum(_extend(pk, today) for pk in list(rows.values_list("pk", flat=True)[:batch]))


def _to_extend(today: date) -> PlanQuerySet:
    """Plans in force, and completed ones that no later plan has followed: the follow-ups of their case go on."""
    behind = Q(follow_ups_until=None) | Q(follow_ups_until__lt=add_months(today, HORIZON_MONTHS - 1))
    later = Plan.objects.filter(
        case=OuterRef("case"), number__gt=OuterRef("number"), status__in=(*Plan.IN_FORCE, Plan.Status.COMPLETED)
    )
    return Plan.objects.filter(
        behind, ~Exists(later), status__in=(*Plan.IN_FORCE, Plan.Status.COMPLETED), follow_up_schedule__isnull=False,
        follow_up_from__isnull=False, follow_up_assignee__isnull=False, released_by__isnull=False,
    ).exclude(case__status__in=Case.ENDED)  # fmt: skip


@transactional
def _extend(pk: int, today: date) -> bool:
    plan = Plan.objects.select_related("board", "case", "follow_up_schedule", "released_by").get(pk=pk)
    take_people(plan.board_id, plan.follow_ups_by_id)
    take_plan(plan)
    if not _to_extend(today).filter(pk=pk).exists():
        return False
    schedule, start, by = plan.follow_up_schedule, plan.follow_up_from, plan.released_by
    if schedule is None or start is None or by is None:
        return False
    rows = list(FollowUp.objects.filter(case_id=plan.case_id, schedule=schedule))
    last = plan.follow_ups_until or max((row.scheduled_for or row.due_on for row in rows), default=today)
    until = horizon(today)
    taken = {(row.kind, row.scheduled_for) for row in rows}
    days = [day for day in occurrences(schedule, start, until) if last < day <= until]
    written = _write(plan, schedule, [(k, d) for d in days for k in schedule.kinds if (k, d) not in taken], by=by)
    _written_until(plan, until)
    if written:
        history.record(plan, "follow_ups_extended", by=None, count=len(written), schedule=schedule.name)
    return True


def _plans_of(schedule: FollowUpSchedule) -> PlanQuerySet:
    return Plan.objects.in_force().filter(follow_up_schedule=schedule)


def _is_replaceable(row: FollowUp, today: date) -> bool:
    """The same as `untouched()`, of a row at hand, and ahead."""
    return (
        row.is_open and row.due_on > today and row.version == 1 and row.replaces_id is None
        and row.scheduled_for == row.due_on
    )  # fmt: skip


def _settled_until(rows: Sequence[FollowUp]) -> dict[str, date]:
    """For each kind, the last day that was done or has an appointment of its own."""
    last: dict[str, date] = {}
    for row in rows:
        done = row.status == FollowUp.Status.DONE
        if done or (row.is_open and row.scheduled_for is None):
            last[row.kind] = max(row.due_on, row.done_on or row.due_on, last.get(row.kind, row.due_on))
    return last


def _take_back(rows: FollowUpQuerySet, *, by: User, reason: str) -> None:
    """Cancelled by the schedule and not by a person: its day is free to be written again."""
    for row in list(rows):
        withdraw_follow_up(row, by=by, expected_version=row.version, reason=reason)
        FollowUp.objects.filter(pk=row.pk).update(scheduled_for=None)


def _write(plan: Plan, schedule: FollowUpSchedule, days: Sequence[Day], *, by: User) -> list[FollowUp]:
    assignee = doer_of_schedule(plan)
    if assignee is None:
        return []
    rows = FollowUp.objects.bulk_create(
        FollowUp(
            board_id=plan.board_id, case_id=plan.case_id, plan=plan, schedule=schedule, kind=kind, due_on=day,
            due_until=latest_day(day, schedule.window_days), scheduled_for=day, assignee_id=assignee,
            created_by=by,
        )
        for kind, day in sorted(days, key=lambda one: (one[1], schedule.kinds.index(one[0])))
    )  # fmt: skip
    schedule_follow_ups(rows, plan.board)
    return rows


def _written_until(plan: Plan, until: date | None) -> None:
    Plan.objects.filter(pk=plan.pk).update(follow_ups_until=until)
    plan.follow_ups_until = until


@transactional
def save_schedule(
    board: Board,
    values: dict[str, Any],
    *,
    by: User,
    schedule: FollowUpSchedule | None = None,
    expected_version: int = 1,
) -> FollowUpSchedule:
    """Add or change a schedule of the board. Follow-ups that exist stay, until somebody has them written anew."""
    require(by, "board.configure", board)
    values = {name: value for name, value in values.items() if name in FollowUpSchedule.FIELDS}
    _check_schedule(board, values, schedule)
    if schedule is None:
        schedule = FollowUpSchedule.objects.create(board=board, **values)
    else:
        compare_and_set(schedule, expected=expected_version, **values)
    audit.record("follow_up_schedule_saved", by=by, subject=schedule, board_id=board.pk)
    return schedule


def _check_schedule(board: Board, values: dict[str, Any], schedule: FollowUpSchedule | None) -> None:
    kinds: Sequence[str] = values.get("kinds", [])
    if "kinds" in values and (not kinds or not set(kinds) <= set(Kind.values)):
        raise ValidationError({"kinds": "Choose at least one thing to do from the list."})
    same = FollowUpSchedule.objects.filter(board=board, name=values.get("name", ""))
    if schedule is not None:
        same = same.exclude(pk=schedule.pk)
    if same.exists():
        raise ValidationError({"name": "The board already has a schedule of this name."})
