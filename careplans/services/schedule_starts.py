"""Schedules that count from a step of their plan: written when its day has come, asked about where it will not come any more."""

from collections.abc import Sequence

from accounts.models import User
from careplans import history
from careplans.models import FollowUp, FollowUpSchedule, Kind, Plan, PlanSchedule, Step
from careplans.models.followups import FollowUpQuerySet
from careplans.readers.schedules.plan_schedules import horizon
from careplans.readers.schedules.schedule_dates import Answer, plan_dates
from careplans.reminders.escalation import coordinators
from careplans.services.followups import add_follow_up, withdraw_follow_up
from careplans.services.scheduled_follow_ups import handled_in, planned_days, set_written_until, take_back, write
from common.writing import lock

NOT_BEGUN = "Follow-up has not begun: "
TAKEN_BACK = "The start of the step that it counts from was recorded by mistake."
CORRECTED = "The day of the step that it counts from was corrected."
GOES_ON = "Its step may come after all, so that the schedule begins then."


def people_waiting(plan: int) -> set[int | None]:
    """Who may be given work when a step of the plan moves: their memberships are taken before the case."""
    rows = list(PlanSchedule.objects.filter(plan=plan, removed_at=None, from_step__isnull=False).select_related("plan"))
    return {row.doer_id for row in rows} | set(coordinators(rows[0].board_id)[:1] if rows else ())


def follow_steps(plan: Plan, *, by: User) -> None:
    """A step of the plan has moved. Inside the caller's transaction, which holds the plan; done again, it changes nothing."""
    if not PlanSchedule.objects.filter(plan=plan, removed_at=None, from_step__isnull=False).exists():
        return
    rows = list(PlanSchedule.objects.filter(plan=plan).live())
    for place, row in enumerate(rows):
        if row.from_step_id is None:
            continue
        if row.never_starts:
            _ask(plan, row, by=by)
            continue
        for asked in _asked(plan, row).open():
            withdraw_follow_up(asked, by=by, expected_version=asked.version, reason=GOES_ON)
        if row.starts_on is None and row.written_until is not None:
            _take_back(plan, row, by=by, reason=TAKEN_BACK)
        if row.starts_on is not None and row.written_until is None:
            _begin(plan, rows, place, by=by)


def begin_anew(step: Step, *, by: User) -> None:
    """The day on which it ended was corrected: what counts from that is written anew, and what was done stays done."""
    for row in PlanSchedule.objects.filter(plan=step.plan_id, from_step=step, from_event="ended").live():
        if row.written_until is not None:
            _take_back(step.plan, row, by=by, reason=CORRECTED)
    follow_steps(step.plan, by=by)


def _take_back(plan: Plan, row: PlanSchedule, *, by: User, reason: str) -> None:
    mine = FollowUp.objects.filter(plan=plan, schedule=row.schedule_id, scheduled_for__isnull=False)
    take_back(mine.open(), by=by, reason=reason)
    set_written_until(row, None)


def _begin(plan: Plan, rows: Sequence[PlanSchedule], place: int, *, by: User) -> None:
    """Its dates ahead; and what has passed before anybody recorded the step is due today, each thing once, and says so: nothing
    is overdue when it is written, and nothing is left out in silence."""
    row, today = rows[place], plan.board.today
    lock(FollowUpSchedule.objects.filter(pk=row.schedule_id))
    until, late = horizon(today), Answer(PlanSchedule.Fate.PLANNED, today)
    dues = plan_dates(rows, until)[place]
    planned = planned_days(row, dues, today, handled_in(plan, [row])[row.pk], late)
    written = write(plan, row, planned, by=by)
    set_written_until(row, until)
    history.record(plan, "follow_ups_scheduled", by=by, count=len(written), schedule=row.schedule.name)
    for follow_up, (due, day) in zip(written, planned, strict=False):
        if due.day != day:
            why = (
                f"It belonged on {due.day:%-d %b %Y}, before anybody recorded the step that it counts from. If it was done then, "
                "record that."
            )
            history.record(follow_up, "follow_up_late", by=by, reason=why)


def _ask(plan: Plan, row: PlanSchedule, *, by: User) -> None:
    """Once: the coordinator brings it before the board, which amends the plan or says that no follow-up is needed."""
    step = row.from_step
    if step is None or _asked(plan, row).exclude(status=FollowUp.Status.CANCELLED, reason=GOES_ON).exists():
        return
    title = f"{NOT_BEGUN}“{row.schedule.name[:80]}”, step {step.position} {row.never_starts}"
    first = next(iter(coordinators(plan.board_id)), by.pk)
    add_follow_up(
        plan.case, by=by, kind=Kind.REDISCUSSION, title=title, due_on=plan.board.today, plan=plan, schedule=row.schedule,
        assignee=User.objects.get(pk=first),
    )  # fmt: skip


def _asked(plan: Plan, row: PlanSchedule) -> FollowUpQuerySet:
    rows: FollowUpQuerySet = FollowUp.objects.filter(plan=plan, schedule=row.schedule_id, scheduled_for=None)
    return rows.filter(title__startswith=NOT_BEGUN, replaces=None)
