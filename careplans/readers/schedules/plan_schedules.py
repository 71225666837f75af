"""The follow-up schedules of one plan: what they would write, and what has to be asked before they do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Exists, OuterRef

from careplans.models import Case, FollowUp, Plan, PlanSchedule
from careplans.models.plan_schedules import PlanScheduleQuerySet
from careplans.readers.schedules.schedule_dates import (
    Answer,
    Due,
    Handled,
    nearest,
    past_answers,
    plan_dates,
    unanswered,
)
from common.local_time import add_months

# How far ahead a schedule is written out. A tick goes on once a month has passed.
HORIZON_MONTHS = 24


def horizon(today: date) -> date:
    return add_months(today, HORIZON_MONTHS)


def schedules_that_go_on() -> PlanScheduleQuerySet:
    """Of plans in force, and of completed ones that no later plan has followed: the follow-ups of their case go on."""
    status = (*Plan.IN_FORCE, Plan.Status.COMPLETED)
    later = Plan.objects.filter(case=OuterRef("case"), number__gt=OuterRef("plan__number"), status__in=status)
    rows = PlanSchedule.objects.filter(~Exists(later), plan__status__in=status, removed_at=None)
    return rows.filter(assignee__isnull=False).exclude(case__status__in=Case.ENDED)


def has_follow_up(plan: Plan) -> bool:
    """The plan has a schedule that writes dates, or will when its step has come so far, or says with a source that no follow-up
    is needed. No query: the plan comes with its schedules."""
    return any(row.is_complete and not row.never_starts for row in plan.standing_schedules)


def says_none(plan: Plan) -> bool:
    """Its one answer is that no follow-up is needed: whoever releases the plan confirms that in words of their own. No query."""
    rows = plan.standing_schedules
    return bool(rows) and all(row.schedule.is_none for row in rows)


@dataclass(frozen=True)
class Near:
    """The same thing, asked for by two schedules on nearly the same day."""

    due: Due
    other: Due
    above: PlanSchedule


@dataclass
class Shown:
    """One schedule of a plan, as its editor shows it."""

    row: PlanSchedule
    dates: list[Due]
    past: list[Due] = field(default_factory=list)
    """Dates in the past that wait for an answer."""
    answered: list[tuple[Due, Answer]] = field(default_factory=list)
    near: list[Near] = field(default_factory=list)

    @property
    def asks_overlap(self) -> bool:
        return bool(self.near) and not self.row.overlap


def handled_by(rows: Iterable[FollowUp]) -> Handled:
    """What became of the dates of one schedule, from every follow-up of the case that it wrote. No query."""
    last: dict[tuple[str, str], date] = {}
    days = set()
    for row in rows:
        done = row.status == FollowUp.Status.DONE
        if done or (row.is_open and row.scheduled_for is None):
            what = (row.kind, row.title)
            last[what] = max(row.due_on, row.done_on or row.due_on, last.get(what, row.due_on))
        if not row.is_open and row.scheduled_for is not None:
            days.add((row.kind, row.title, row.scheduled_for))
    return Handled(last, frozenset(days))


def kept_rows(plan: Plan, rows: Sequence[PlanSchedule], old: Sequence[PlanSchedule]) -> list[PlanSchedule]:
    """Schedules of an amendment that say what those of the plan before say: their follow-ups pass on as they are. A row that
    leaves something to those above it is kept only with them."""
    kept = []
    for place, row in enumerate(rows):
        alone = row.overlap != PlanSchedule.Overlap.ONE
        before = [_said(one, one.from_step_id) for one in old]
        now = [_said(one, one.from_step.carried_from_id if one.from_step else None) for one in rows[: place + 1]]
        if now[place] in before and (alone or now[:place] == before[:place]):
            kept.append(row)
    return kept


def _said(row: PlanSchedule, step: int | None) -> tuple[object, ...]:
    """`step`: the one of the plan before that it counts from."""
    return row.schedule_id, row.counts_from, step, row.from_event, row.assignee_id, row.overlap


def shown_schedules(plan: Plan, rows: Sequence[PlanSchedule], today: date) -> list[Shown]:
    """Each schedule with its dates and with what it asks. At most two queries, and none where nothing lies in the past."""
    dates = plan_dates(rows, horizon(today))
    shown = [Shown(row, asked) for row, asked in zip(rows, dates, strict=True)]
    above: list[tuple[Due, PlanSchedule]] = []
    for one in shown:
        others = [due for due, _ in above]
        owners = {id(due): row for due, row in above}
        found = [(due, nearest(due, others)) for due in one.dates if due.day >= today]
        one.near = [Near(due, other, owners[id(other)]) for due, other in found if other is not None]
        above += [(due, one.row) for due in one.dates]
    if any(due.day < today for asked in dates for due in asked):
        _ask_past(plan, shown, today)
    return shown


def _ask_past(plan: Plan, shown: Sequence[Shown], today: date) -> None:
    rows = [one.row for one in shown]
    old = (
        list(PlanSchedule.objects.filter(plan=plan.amends_id, removed_at=None).order_by("pk")) if plan.amends_id else []
    )
    kept = kept_rows(plan, rows, old)
    written: dict[int, list[FollowUp]] = {}
    for follow_up in FollowUp.objects.filter(case=plan.case_id, schedule__isnull=False):
        written.setdefault(follow_up.schedule_id or 0, []).append(follow_up)
    for one in shown:
        if one.row in kept:
            continue
        handled = handled_by(written.get(one.row.schedule_id, []))
        answers = past_answers(one.row, today)
        one.past = unanswered(one.row, one.dates, today, handled)
        one.answered = [(due, answers[due.key]) for due in one.dates if due.day < today and due.key in answers]


def missing_in_schedules(shown: Sequence[Shown]) -> list[str]:
    """What the schedules of a plan still need before sign-off, as sentences. No query."""
    problems = []
    for one in shown:
        name = one.row.schedule.name
        if not one.row.is_complete:
            problems.append(f"The schedule “{name}” needs the date it counts from and the person who does it.")
        elif one.row.never_starts and one.row.from_step:
            problems.append(
                f"The schedule “{name}” counts from step {one.row.from_step.number}, which {one.row.never_starts}. Let it "
                "count from a day, or take it out."
            )
        if one.past:
            many = len(one.past)
            problems.append(
                f"{many} date{'s' if many > 1 else ''} of the schedule “{name}” lie{'' if many > 1 else 's'} in the past: say "
                "for each what becomes of it, or count from today."
            )
        if one.asks_overlap:
            near = one.near[0]
            problems.append(
                f"The schedules “{near.above.schedule.name}” and “{name}” ask for the same ({near.due.heading.lower()}) on "
                "nearly the same days. Say whether one follow-up is enough."
            )
    if any(one.row.schedule.is_none for one in shown) and not all(one.row.schedule.is_none for one in shown):
        problems.append("One schedule says that no follow-up is needed, and another plans some. Take one of them out.")
    return problems
