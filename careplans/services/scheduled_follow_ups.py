"""Follow-ups that the schedules of a plan write: when it is released, when a schedule is changed, and as time goes on.

A follow-up keeps the day of the schedule that it was written for, whatever somebody makes of it, and there is one of a kind for
each such day, schedule and plan. So writing twice, or by two people at once, doubles nothing.
"""

from collections.abc import Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import Q

from accounts.models import User
from careplans import history
from careplans.locks import take_people, take_plan
from careplans.models import FollowUp, FollowUpSchedule, Plan, PlanSchedule
from careplans.models.followups import FollowUpQuerySet, latest_day
from careplans.models.plan_schedules import PlanScheduleQuerySet
from careplans.readers.schedules.plan_schedules import (
    HORIZON_MONTHS,
    handled_by,
    horizon,
    kept_rows,
    schedules_that_go_on,
)
from careplans.readers.schedules.schedule_dates import ENDS, Answer, Due, Handled, past_answers, plan_dates, unanswered
from careplans.reminders.schedule import schedule_follow_ups
from careplans.services.followups import withdraw_follow_up
from careplans.services.plan_people import doer_of_schedule
from common.centre_day import centre_today
from common.going_on import each
from common.local_time import add_months
from common.writing import lock, transactional

BATCH = 50


def schedule_for_plan(plan: Plan, *, by: User, passed: str = "", passed_on: date | None = None) -> list[FollowUp]:
    """Write out the schedules of a plan that was just released, and cancel what its predecessor had scheduled ahead.

    An appointment agreed after a missed one stays, and what has been done is not asked for again. `passed` says what becomes
    of dates that have passed since the plan was sent to sign-off; they are never written overdue, and never left out unasked.
    """
    # As they stand now, and not as they stood when the page was drawn; taken, so that they stay so.
    lock(
        FollowUpSchedule.objects.filter(
            pk__in=PlanSchedule.objects.filter(plan=plan, removed_at=None).values("schedule")
        )
    )
    rows = list(PlanSchedule.objects.filter(plan=plan).live())
    kept = _keep(plan, rows, by=by)
    if rows or plan.amends_id:
        ahead = FollowUp.objects.filter(case_id=plan.case_id, schedule__isnull=False, replaces=None).exclude(plan=plan)
        take_back(ahead.open(), by=by, reason=f"Replaced by the schedule of plan {plan.number}")
    today = plan.board.today
    until, answer = horizon(today), Answer(passed, passed_on)
    fresh = [(row, dues) for row, dues in zip(rows, plan_dates(rows, until), strict=True) if row not in kept]
    handled = handled_in(plan, [row for row, _ in fresh])
    _check_passed([unanswered(row, dues, today, handled[row.pk]) for row, dues in fresh], answer, today)
    written: list[FollowUp] = []
    for row, dues in fresh:
        if not row.schedule.is_none and row.starts_on is not None:
            planned = planned_days(row, dues, today, handled[row.pk], answer)
            written += write(plan, row, planned, by=by)
            set_written_until(row, until)
            history.record(
                plan, "follow_ups_scheduled", by=by, count=len(planned), schedule=row.schedule.name, passed=passed
            )
    return written


def _check_passed(found: Sequence[Sequence[Due]], answer: Answer, today: date) -> None:
    dues = [due for one in found for due in one]
    if not dues:
        return
    if answer.fate not in PlanSchedule.Fate.values:
        days = ", ".join(f"{due.heading.lower()} on {due.day:%-d %b %Y}" for due in dues[:3])
        raise ValidationError(
            {"passed": f"Dates of the schedule have passed meanwhile ({days}). Say what becomes of them."}
        )
    if answer.fate == PlanSchedule.Fate.PLANNED and (answer.on is None or answer.on < today):
        raise ValidationError({"passed_on": "Say for which day, from today on, they are planned."})


def planned_days(
    row: PlanSchedule, dues: Sequence[Due], today: date, handled: Handled, passed: Answer
) -> list[tuple[Due, date]]:  # fmt: skip
    """What is written, each with its day: as the schedule says, and in the past as somebody said. Several dates of one thing that
    are planned for the same day are one follow-up."""
    answers = past_answers(row, today)
    planned: dict[tuple[str, str, date], Due] = {}
    for due in dues:
        if handled.covers(due):
            continue
        answer = answers.get(due.key, passed)
        if due.day >= today:
            planned[*due.what, due.day] = due
        elif answer.fate == PlanSchedule.Fate.PLANNED and answer.on:
            planned[*due.what, answer.on] = due
    return [(due, day) for (_, _, day), due in planned.items()]


def _keep(plan: Plan, rows: Sequence[PlanSchedule], *, by: User) -> list[PlanSchedule]:
    """What an amendment says of a schedule as the plan before did keeps its follow-ups: they pass on as they are."""
    old = list(PlanSchedule.objects.filter(plan=plan.amends_id).live()) if plan.amends_id else []
    kept, count = [], 0
    for row in kept_rows(plan, rows, old):
        before = next(one for one in old if one.schedule_id == row.schedule_id)
        passing = FollowUp.objects.filter(plan=plan.amends_id, schedule=row.schedule).open()
        # A schedule that has nothing open any more goes on by being written anew.
        passed = passing.update(plan=plan)
        if passed or row.schedule.is_none:
            set_written_until(row, before.written_until)
            kept.append(row)
            count += passed
    if count:
        history.record(plan, "follow_ups_kept", by=by, count=count)
    return kept


def extend_schedules(batch: int = BATCH) -> int:
    """Write the schedules of long plans further as time goes on; returns how many. Safe to run many times at once."""
    today = centre_today()
    rows = _to_extend(today).order_by("pk")
    return each(_extend, list(rows.values_list("pk", flat=True)[:batch]), "schedule not extended")


def _to_extend(today: date) -> PlanScheduleQuerySet:
    behind = Q(written_until=None) | Q(written_until__lt=add_months(today, HORIZON_MONTHS - 1))
    rows = schedules_that_go_on().started()
    return rows.filter(behind, board__is_active=True, plan__released_by__isnull=False, schedule__is_none=False)


@transactional
def _extend(pk: int) -> bool:
    plan = Plan.objects.select_related("board", "case", "released_by").get(schedules=pk)
    take_people(plan.board_id, *doers_of(plan))
    take_plan(plan)
    by, today = plan.released_by, plan.board.today
    if by is None or not _to_extend(today).filter(pk=pk).exists():
        return False
    rows = list(PlanSchedule.objects.filter(plan=plan).live())
    place = next(index for index, one in enumerate(rows) if one.pk == pk)
    row, until = rows[place], horizon(today)
    own = list(FollowUp.objects.filter(case_id=plan.case_id, schedule=row.schedule))
    last = row.written_until or max((one.scheduled_for or one.due_on for one in own), default=today)
    taken = {(one.kind, one.title, one.scheduled_for) for one in own}
    dues = [due for due in plan_dates(rows, until)[place] if due.key not in taken]
    # What comes at the end is also written where the rest was written before schedules said it, but once.
    ends = not any(one.is_open and one.title.startswith(ENDS) for one in own)
    # Nothing is overdue when it is written, however long the plan was not looked at.
    coming = [due for due in dues if due.day >= today]
    further = [due for due in coming if last < due.day <= until or (ends and due.is_end and due.day > today)]
    written = write(plan, row, [(due, due.day) for due in further], by=by)
    set_written_until(row, until)
    if written:
        history.record(plan, "follow_ups_extended", by=None, count=len(written), schedule=row.schedule.name)
    return True


def handled_in(plan: Plan, rows: Sequence[PlanSchedule]) -> dict[int, Handled]:
    """One query for all schedules of a plan."""
    written: dict[int, list[FollowUp]] = {row.schedule_id: [] for row in rows}
    for one in FollowUp.objects.filter(case_id=plan.case_id, schedule__in=written):
        written[one.schedule_id or 0].append(one)
    return {row.pk: handled_by(written[row.schedule_id]) for row in rows}


def doers_of(plan: Plan) -> list[int | None]:
    """Who does the follow-ups of each of its schedules: their memberships are taken before the plan."""
    return [row.doer_id for row in PlanSchedule.objects.filter(plan=plan, removed_at=None)]


def take_back(rows: FollowUpQuerySet, *, by: User, reason: str) -> None:
    """Cancelled by the schedule and not by a person."""
    for row in list(rows):
        withdraw_follow_up(row, by=by, expected_version=row.version, reason=reason)


def write(plan: Plan, row: PlanSchedule, planned: Sequence[tuple[Due, date]], *, by: User) -> list[FollowUp]:
    assignee = doer_of_schedule(row)
    if assignee is None:
        return []
    follow_ups = FollowUp.objects.bulk_create(
        FollowUp(
            board_id=plan.board_id, case_id=plan.case_id, plan=plan, schedule=row.schedule, kind=due.kind,
            title=due.title, due_on=day, due_until=latest_day(day, due.window_days), scheduled_for=due.day,
            assignee_id=assignee, created_by=by,
        )
        for due, day in planned
    )  # fmt: skip
    schedule_follow_ups(follow_ups, plan.board)
    return follow_ups


def set_written_until(row: PlanSchedule, until: date | None) -> None:
    PlanSchedule.objects.filter(pk=row.pk).update(written_until=until)
    row.written_until = until
