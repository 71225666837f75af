"""The follow-up schedules of a board: added, changed, and what a change does to open plans."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from accounts import audit
from accounts.models import Board, User
from accounts.permissions import require
from careplans import history
from careplans.locks import take_people, take_plan
from careplans.models import FollowUp, FollowUpSchedule, Kind, Plan, PlanSchedule, ScheduleLine
from careplans.models.followups import latest_day
from careplans.models.plans import PlanQuerySet
from careplans.models.schedules import Unit
from careplans.readers.schedules.plan_schedules import handled_by, horizon
from careplans.readers.schedules.schedule_dates import Due, plan_dates, shift
from careplans.services.scheduled_follow_ups import doers_of, take_back, write
from common import unlikely_days
from common.asked import ask
from common.errors import Conflict
from common.shown import mark
from common.writing import as_told, compare_and_set, lock, note_pair, take, told_of, transactional


@dataclass(frozen=True)
class Difference:
    """What bringing one plan up to its schedules would take back and write."""

    plan: Plan
    withdrawn: list[FollowUp]
    missing: list[tuple[PlanSchedule, Due]]

    @property
    def is_empty(self) -> bool:
        return not self.withdrawn and not self.missing

    @property
    def first_day(self) -> date | None:
        return min((due.day for _, due in self.missing), default=None)


def preview(schedule: FollowUpSchedule, *, by: User) -> list[Difference]:
    """The open plans that would change, for somebody to look at beforehand. The same few queries for any number of plans."""
    require(by, "board.configure", schedule.board_id)
    plans = list(
        _plans_of(schedule).select_related("case__patient", "board").with_schedules().order_by("case_id", "pk")
    )
    rows: dict[int, list[FollowUp]] = {plan.case_id: [] for plan in plans}
    for row in FollowUp.objects.filter(case__in=rows, schedule__isnull=False):
        rows[row.case_id].append(row)
    found = [difference(plan, plan.standing_schedules, rows[plan.case_id], plan.board.today) for plan in plans]
    return [one for one in found if not one.is_empty]


def mark_of(found: Sequence[Difference]) -> str:
    """Of what was shown of it."""
    return mark(
        [(one.plan.pk, [row.pk for row in one.withdrawn], [due.day for _, due in one.missing]) for one in found]
    )


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
    take_people(plan.board_id, *doers_of(plan))
    take_plan(plan)
    schedule = FollowUpSchedule.objects.get(pk=schedule_pk)
    take(schedule, expected=expected_version)
    rows = list(PlanSchedule.objects.filter(plan=plan).live())
    if not plan.is_in_force or schedule.pk not in {row.schedule_id for row in rows}:
        return False
    own = lock(FollowUp.objects.filter(case_id=plan.case_id, schedule__isnull=False))
    change = difference(plan, rows, own, plan.board.today)
    if change.is_empty:
        return False
    withdrawn = FollowUp.objects.filter(pk__in=[row.pk for row in change.withdrawn])
    take_back(withdrawn.untouched(), by=by, reason=f"The schedule “{schedule.name}” was changed")
    for row in rows:
        write(plan, row, [(due, due.day) for one, due in change.missing if one is row], by=by)
    history.record(
        plan,
        "follow_ups_regenerated",
        by=by,
        count=len(change.missing),
        withdrawn=len(change.withdrawn),
        schedule=schedule.name,
    )
    audit.record("follow_ups_regenerated", by=by, subject=schedule, board_id=plan.board_id, data={"plan": plan.pk})
    return True


def difference(plan: Plan, rows: Sequence[PlanSchedule], follow_ups: Iterable[FollowUp], today: date) -> Difference:
    """`rows`: the schedules of the plan. `follow_ups`: all that schedules wrote for its case, whatever became of them. No query.

    The whole plan is looked at: where one follow-up is enough for two schedules, a change of one moves what the other asks.
    """
    withdrawn: list[FollowUp] = []
    missing: list[tuple[PlanSchedule, Due]] = []
    written: dict[int | None, list[FollowUp]] = {}
    for one in follow_ups:
        written.setdefault(one.schedule_id, []).append(one)
    far = max((row.written_until for row in rows if row.written_until), default=None) or horizon(today)
    for row, dues in zip(rows, plan_dates(rows, far), strict=True):
        until = row.written_until or horizon(today)
        if row.starts_on is None or row.assignee_id is None:
            continue
        # A schedule that begins beyond what is written has its first day written all the same.
        wanted = [due for due in dues if due.day > today and (due.day <= until or due == dues[0])]
        back, new = _row_difference(row, wanted, written.get(row.schedule_id, []), today)
        withdrawn += back
        missing += [(row, due) for due in new]
    return Difference(plan, withdrawn, missing)


def _row_difference(
    of: PlanSchedule, wanted: Sequence[Due], own: Sequence[FollowUp], today: date
) -> tuple[list[FollowUp], list[Due]]:  # fmt: skip
    by_key = {due.key: due for due in wanted}
    replaceable = [row for row in own if row.plan_id == of.plan_id and _is_replaceable(row, of, today)]
    fitting = {
        row.pk
        for row in replaceable
        if (due := by_key.get((row.kind, row.title, row.due_on)))
        and row.due_until == latest_day(row.due_on, due.window_days)
    }
    others = {row.pk for row in replaceable} - fitting
    taken = {(row.kind, row.title, row.scheduled_for) for row in own if row.pk not in others}
    settled = handled_by(row for row in own if row.pk not in fitting and row.pk not in others)
    missing = [due for due in wanted if due.key not in taken and due.day > settled.until.get(due.what, date.min)]
    return [row for row in replaceable if row.pk in others], missing


def _plans_of(schedule: FollowUpSchedule) -> PlanQuerySet:
    return Plan.objects.in_force().filter(schedules__schedule=schedule, schedules__removed_at=None)


def _is_replaceable(row: FollowUp, of: PlanSchedule, today: date) -> bool:
    """The same as `untouched()`, of a row at hand, and ahead."""
    by_plan = row.version == 1 or row.assignee_id == of.doer_id
    return (
        row.is_open and row.due_on > today and by_plan and row.replaces_id is None and row.scheduled_for == row.due_on
    )


@transactional
def save_schedule(
    board: Board,
    values: Mapping[str, Any],
    *,
    by: User,
    lines: Sequence[Mapping[str, Any]] | None = None,
    schedule: FollowUpSchedule | None = None,
    expected_version: int = 1,
) -> FollowUpSchedule:
    """Add or change a schedule of the board, with its lines. Follow-ups that exist stay, until somebody has them written anew.

    Without `lines` they stay as they are.
    """
    require(by, "board.configure", board)
    values = {name: value for name, value in values.items() if name in FollowUpSchedule.FIELDS}
    there: list[dict[str, Any]] = []
    _check_name(board, values, schedule)
    reviewed = values.get("reviewed_on")
    if schedule is None or schedule.reviewed_on != reviewed:
        ask(unlikely_days.recorded({"reviewed_on": reviewed}, today=board.today))
    if schedule is None:
        schedule = FollowUpSchedule(board=board, **values)
        check_lines(schedule, lines or [])
        schedule.save(force_insert=True)
    else:
        take(schedule, expected=expected_version)
        told = {name: values.get(name, getattr(schedule, name)) for name in FollowUpSchedule.FIELDS}
        there = [{name: getattr(line, name) for name in ScheduleLine.FIELDS} for line in schedule.lines.all()]
        check_lines(FollowUpSchedule(board=board, **told), there if lines is None else lines)
        compare_and_set(schedule, expected=expected_version, **values)
    if lines is not None:
        write_lines(schedule, lines)
    if lines is not None:
        note_pair(schedule, "lines", _told(there), _told(lines))
    audit.record("follow_up_schedule_saved", by=by, subject=schedule, board_id=board.pk, data=told_of(schedule))
    return schedule


def _told(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{name: as_told(value) for name, value in line.items()} for line in lines]


def write_lines(schedule: FollowUpSchedule, lines: Sequence[Mapping[str, Any]]) -> None:
    """A line has no life of its own: those of a schedule are written together."""
    schedule.lines.all().delete()
    ScheduleLine.objects.bulk_create(
        ScheduleLine(schedule=schedule, position=place, **line) for place, line in enumerate(lines, start=1)
    )


def _check_name(board: Board, values: Mapping[str, Any], schedule: FollowUpSchedule | None) -> None:
    same = FollowUpSchedule.objects.filter(board=board, name=values.get("name", ""))
    if schedule is not None:
        same = same.exclude(pk=schedule.pk)
    if same.exists():
        raise ValidationError({"name": "The board already has a schedule of this name."})


def check_lines(schedule: FollowUpSchedule, lines: Sequence[Mapping[str, Any]]) -> None:
    """What the lines of a schedule have to say together, each with a sentence."""
    if schedule.is_none:
        if lines:
            raise ValidationError("It says that no follow-up is needed, and has lines. Remove one or the other.")
        if not schedule.source.strip():
            raise ValidationError({"source": "Say what “no follow-up is needed” rests on."})
        return
    if not lines:
        raise ValidationError("Add at least one line, or say that no follow-up is needed.")
    for place, line in enumerate(lines, start=1):
        problem = line_problem(ScheduleLine(**line))
        if problem:
            raise ValidationError(f"Line {place}: {problem}")
    ends = all(ScheduleLine(**line).ends for line in lines)
    if ends and not schedule.then.strip():
        raise ValidationError(
            {"then": "Say what comes when the schedule ends, so that nobody ends with nothing ahead."}
        )


def line_problem(line: ScheduleLine) -> str:
    """The first thing that is wrong with a line, as a sentence; empty when it is right."""
    if not line.kinds or not set(line.kinds) <= set(Kind.values):
        return "choose at least one thing to do from the list."
    if line.title and len(line.kinds) > 1:
        return "words of its own are for one thing. Give each its own line."
    if Kind.OTHER in line.kinds and not line.title.strip():
        return "say in words what “other” is."
    if line.interval is None and line.starts_after is None:
        return "say how often, or, for something that is done once, from when."
    if line.interval is None and line.ends_after is not None:
        return "something that is done once has no “until”. Say how often, or leave “until” empty."
    if not {line.unit, line.starts_unit, line.ends_unit} <= set(Unit.values):
        return "count in days, weeks, months or years."
    start = date(2001, 1, 1)
    if line.ends_after and shift(start, line.ends_after, line.ends_unit) < shift(start, *line.start):
        return "it ends before its first date. Check “from” and “until”."
    return ""
