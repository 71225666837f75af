"""Schedules that count from a step of their plan: written when its day has come, moved when that day is corrected, and asked
about where it will not come any more."""

from collections.abc import Sequence

from accounts.models import User
from careplans import history
from careplans.models import FollowUp, FollowUpSchedule, Kind, Plan, PlanSchedule
from careplans.models.followups import FollowUpQuerySet
from careplans.readers.schedules.plan_schedules import horizon
from careplans.readers.schedules.schedule_dates import Answer, Due, plan_dates, unanswered
from careplans.reminders.escalation import coordinators
from careplans.services.followups import add_follow_up, withdraw_follow_up
from careplans.services.schedule_moves import Moved, leave_to_those_above, move_days
from careplans.services.scheduled_follow_ups import handled_in, planned_days, set_written_until, take_back, write
from common.writing import lock

# By these words a question is known again, also one written long ago (tests/careplans/test_schedules_moved.py pins them).
NOT_BEGUN = "Follow-up has not begun: "
HAS_BEGUN = "Follow-up has begun: "
PASSED = "Dates have passed: "
GOES_ON = "Its step may come after all, so that the schedule begins then."
TAKEN_BACK = "The start of the step that it counts from was recorded by mistake."
CORRECTED = "The day from which the schedule counts was corrected."


def people_waiting(plan: int) -> set[int | None]:
    """Who may be given work when a step of the plan moves: their memberships are taken before the case."""
    rows = list(PlanSchedule.objects.filter(plan=plan, removed_at=None, from_step__isnull=False).select_related("plan"))
    return {row.doer_id for row in rows} | set(coordinators(rows[0].board_id)[:1] if rows else ())


def follow_steps(plan: Plan, *, by: User, moved: Moved | None = None) -> None:
    """A step of the plan has moved, or its day was corrected. Inside the caller's transaction, which holds the plan; done again,
    it changes nothing."""
    if not PlanSchedule.objects.filter(plan=plan, removed_at=None, from_step__isnull=False).exists():
        return
    rows = list(PlanSchedule.objects.filter(plan=plan).live())
    changed = [_follow(plan, rows, place, moved, by=by) for place in range(len(rows))]
    if any(changed):
        leave_to_those_above(plan, rows, by=by)


def _follow(plan: Plan, rows: Sequence[PlanSchedule], place: int, moved: Moved | None, *, by: User) -> bool:
    """Whether its dates have changed."""
    row = rows[place]
    if row.from_step_id is None:
        return False
    if row.never_starts:
        _ask_for(plan, row, by=by)
        return False
    _withdraw(_asked(plan, row, NOT_BEGUN), GOES_ON, by=by)
    if row.starts_on is None:
        return row.written_until is not None and _forget(plan, row, by=by)
    if row.written_until is None:
        return _begin(plan, rows, place, by=by)
    return moved is not None and moved.is_start_of(row) and _move(plan, rows, place, moved, by=by)


def _begin(plan: Plan, rows: Sequence[PlanSchedule], place: int, *, by: User) -> bool:
    """Its dates ahead. What has passed before anybody recorded the step is asked about: nothing is overdue when it is written,
    and nothing is left out in silence."""
    row, today = rows[place], plan.board.today
    lock(FollowUpSchedule.objects.filter(pk=row.schedule_id))
    until, handled = horizon(today), handled_in(plan, [row])[row.pk]
    dues = plan_dates(rows, until)[place]
    written = write(plan, row, planned_days(row, dues, today, handled, Answer(PlanSchedule.Fate.SKIPPED)), by=by)
    set_written_until(row, until)
    history.record(plan, "follow_ups_scheduled", by=by, count=len(written), schedule=row.schedule.name)
    _ask_passed(plan, row, unanswered(row, dues, today, handled), by=by)
    step = row.delivered_step
    if step is not None and step.has_run_its_course:
        words = f"{HAS_BEGUN}“{row.schedule.name[:80]}”, step {step.number} was stopped. Does it count from that day?"
        _ask(plan, row, words, by=by)
    return True


def _move(plan: Plan, rows: Sequence[PlanSchedule], place: int, moved: Moved, *, by: User) -> bool:
    """What was asked about the dates as they stood is asked about them as they are."""
    row = rows[place]
    asked = _withdraw(_asked(plan, row, PASSED), CORRECTED, by=by)
    passed = move_days(plan, rows, place, moved.was, by=by, why=CORRECTED, asked=asked)
    _ask_passed(plan, row, passed, by=by)
    return True


def _forget(plan: Plan, row: PlanSchedule, *, by: User) -> bool:
    """The step has not begun after all. What somebody gave a day of its own, or to another person, stays as it is."""
    mine = FollowUp.objects.filter(plan=plan, schedule=row.schedule_id, scheduled_for__isnull=False)
    take_back(mine.untouched(), by=by, reason=TAKEN_BACK)
    mine.open().update(scheduled_for=None)
    for words in (PASSED, HAS_BEGUN):
        _withdraw(_asked(plan, row, words), TAKEN_BACK, by=by)
    set_written_until(row, None)
    return True


def _ask_passed(plan: Plan, row: PlanSchedule, dues: Sequence[Due], *, by: User) -> None:
    """Each of the dates, with what to do, stands in the record of the question."""
    if not dues:
        return
    first, more = dues[0], f" and {len(dues) - 1} more" if len(dues) > 1 else ""
    words = f"{PASSED}“{row.schedule.name[:60]}”, {first.heading[:40].lower()} on {first.day:%-d %b %Y}{more}"
    days = "; ".join(f"{due.heading.lower()} on {due.day:%-d %b %Y}" for due in dues)
    why = (
        f"These days had passed when the step from which they count was recorded: {days}. Say in the result for each that it was "
        "done elsewhere, that it is left out, or for which day it is planned, and add a follow-up for that."
    )
    history.record(_ask(plan, row, words, by=by), "follow_up_passed", by=by, reason=why)


def _ask_for(plan: Plan, row: PlanSchedule, *, by: User) -> None:
    """Once: the coordinator brings it before the board, which amends the plan or says that no follow-up is needed."""
    step = row.from_step
    cancelled = FollowUp.Status.CANCELLED
    if step is None or _asked(plan, row, NOT_BEGUN).exclude(status=cancelled, reason=GOES_ON).exists():
        return
    _ask(plan, row, f"{NOT_BEGUN}“{row.schedule.name[:80]}”, step {step.number} {row.never_starts}", by=by)


def _ask(plan: Plan, row: PlanSchedule, words: str, *, by: User) -> FollowUp:
    first = next(iter(coordinators(plan.board_id)), by.pk)
    return add_follow_up(
        plan.case, by=by, kind=Kind.REDISCUSSION, title=words, due_on=plan.board.today, plan=plan, schedule=row.schedule,
        assignee=User.objects.get(pk=first),
    )  # fmt: skip


def _asked(plan: Plan, row: PlanSchedule, words: str) -> FollowUpQuerySet:
    rows: FollowUpQuerySet = FollowUp.objects.filter(plan=plan, schedule=row.schedule_id, scheduled_for=None)
    return rows.filter(title__startswith=words, replaces=None)


def _withdraw(rows: FollowUpQuerySet, reason: str, *, by: User) -> bool:
    """Whether any was open."""
    found = list(rows.open())
    for one in found:
        withdraw_follow_up(one, by=by, expected_version=one.version, reason=reason)
    return bool(found)
