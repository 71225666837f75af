"""Follow-ups that hang on a step: drafted and signed with it; written when a cycle is given or the course begins, each once."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import NotRequired, TypedDict

from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from careplans import history
from careplans.guards import able_on, check_near
from careplans.models import FollowUp, Monitoring, Occurrence, PlanSchedule, Step
from careplans.models.followups import FollowUpQuerySet
from careplans.models.monitoring import monitoring_of, said_amiss
from careplans.readers.schedules.schedule_dates import Answer
from careplans.readers.steps.hanging import Hung, hung_on_cycle, of_course, of_cycle
from careplans.services import plan_content_lock
from careplans.services.followups import add_follow_up, change_follow_up, next_of_course, withdraw_follow_up
from careplans.services.plan_content_lock import Edited
from common.writing import raise_conflict, transactional

Fate = PlanSchedule.Fate


class Passed(TypedDict):
    """What becomes of one that hangs on what is recorded, by its line, where its day has passed."""

    monitoring: int
    fate: str
    on: NotRequired[date | None]


Late = Mapping[int, Answer]
UNSAID: Late = MappingProxyType({})


@transactional
def add_monitoring(
    step: Step, *, by: User, kind: str, when: str, title: str = "", days_after: int | None = None,
    interval: int | None = None, interval_unit: str = "", expected_version: int | None = None,
) -> Monitoring:  # fmt: skip
    """Hang a follow-up on a step of a draft. `expected_version` is the step's (the API)."""
    plan, step = plan_content_lock.lock_step_for_editing(step, by=by)
    _check_there(step, expected_version)
    line = write_monitoring(
        step, kind=kind, when=when, title=title, days_after=days_after, interval=interval, interval_unit=interval_unit
    )
    _changed(step)
    plan_content_lock.content_changed(plan, by=by)
    history.record(step, "monitoring_added", by=by, reason=line.words)
    return line


def write_monitoring(
    step: Step, *, kind: str, when: str, title: str = "", days_after: int | None = None, interval: int | None = None,
    interval_unit: str = "",
) -> Monitoring:  # fmt: skip
    """The row alone, checked: of whoever holds the plan, and counts and tells the change."""
    amiss = said_amiss(
        kind=kind, title=title, when=when, days_after=days_after, interval=interval, interval_unit=interval_unit
    )
    if amiss:
        raise ValidationError(amiss)
    if when == Monitoring.When.OCCURRENCE:
        interval, interval_unit = None, ""
    else:
        days_after = None
    return Monitoring.objects.create(
        board_id=step.board_id, case_id=step.case_id, step=step, kind=kind, title=title.strip(), when=when,
        days_after=days_after, interval=interval, interval_unit=interval_unit,
    )  # fmt: skip


@transactional
def remove_monitoring(line: Monitoring, *, by: User, expected_version: int | None = None) -> Edited:
    """Take it off the step again; the row stays."""
    plan, step = plan_content_lock.lock_step_for_editing(line.step, by=by)
    _check_there(step, expected_version)
    if not Monitoring.objects.filter(pk=line.pk, removed_at=None).update(removed_at=timezone.now()):
        return Edited(plan=plan)
    _changed(step)
    edited = plan_content_lock.content_changed(plan, by=by)
    history.record(step, "monitoring_removed", by=by, reason=line.words)
    return edited


def answers_of(passed: Sequence[Passed]) -> Late:
    return {one["monitoring"]: Answer(one["fate"], one.get("on")) for one in passed}


def follow_given(step: Step, occurrence: Occurrence, *, by: User, late: Late = UNSAID) -> list[FollowUp]:
    """What hangs on each cycle, for the one that was given. Of what has its day in the past, `late` says what becomes of each: it
    is never overdue when it is written, and never left out unasked. Inside the caller's transaction, as all that follow."""
    on, number = occurrence.given_on, occurrence.number
    dues = of_cycle(step, number, was=None, on=on) if on is not None else []
    return _settle(step, dues, late, by=by, number=number, why="")


def move_given(
    step: Step, occurrence: Occurrence, *, was: date, started: date | None, by: User, why: str, late: Late
) -> None:
    """A cycle was given on another day than `was` recorded, and the step, if it began with it, began on another than `started`.
    What hangs on either and is still to be done moves with it, unless somebody has given it a day of its own; what was settled
    only for the wrong day is asked for again."""
    on, began = occurrence.given_on, step.started_on
    if on is None:
        return
    dues = of_cycle(step, occurrence.number, was=was, on=on)
    anew = [one.line for one in dues if one.row is None]
    hung_on_cycle(step, occurrence.number).filter(monitoring__in=anew).update(monitoring_number=None)
    if started is not None and began is not None:
        dues += of_course(step, was=started, on=began)
    _settle(step, dues, late, by=by, number=occurrence.number, why=why)


def forget_given(step: Step, number: int, *, by: User, why: str) -> None:
    """A cycle was recorded by mistake: what hangs on it is cancelled. What was done for it stays on record, and is asked for
    again once the cycle is given."""
    _forget(hung_on_cycle(step, number), by=by, why=why)


def forget_course(step: Step, *, by: User, why: str) -> None:
    """Its start was recorded by mistake."""
    rows = FollowUp.objects.filter(monitoring__step=step, monitoring__when=Monitoring.When.COURSE)
    _forget(rows.filter(monitoring_number__isnull=False), by=by, why=why)


def _forget(rows: FollowUpQuerySet, *, by: User, why: str) -> None:
    pks = list(rows.values_list("pk", flat=True))
    _cancel(list(rows.open()), by=by, reason=why)
    FollowUp.objects.filter(pk__in=pks).update(monitoring_number=None)


def follow_course(step: Step, *, by: User) -> list[FollowUp]:
    """What hangs on the course, its first one each; the next is written when that is done."""
    lines = [one for one in monitoring_of(step) if one.when == Monitoring.When.COURSE]
    started = step.started_on
    return [
        _write(step, line, 1, next_of_course(line, started, step.board.today), by=by)
        for line in lines
        if started is not None and not line.follow_ups.filter(monitoring_number__isnull=False).exists()
    ]


def end_monitoring(step: Step, *, by: User, reason: str) -> None:
    """The course is over, and so is what hung on it. What a cycle that was given asks for stays."""
    open_ones = FollowUp.objects.filter(monitoring__step=step, monitoring__when=Monitoring.When.COURSE).open()
    _cancel(list(open_ones), by=by, reason=reason)


def carry_monitoring(before: Step, step: Step, *, by: User) -> None:
    """An amendment is released: what hung on the step before hangs on this one. What it left out is asked for no more, and is
    cancelled where it hung on the course; what a cycle that was given asks for stays."""
    lines = {line.carried_from_id: line for line in monitoring_of(step) if line.carried_from_id}
    left_out = Monitoring.objects.filter(step=before, when=Monitoring.When.OCCURRENCE).exclude(pk__in=lines)
    for old in left_out.filter(follow_ups__status=FollowUp.Status.PLANNED).distinct():
        # Taken off, so that no later cycle brings it; taken back, a cycle finds here what it had brought.
        lines[old.pk] = _copy_line(old, step, removed_at=timezone.now())
    for old_pk, line in lines.items():
        rows = FollowUp.objects.filter(monitoring=old_pk)
        rows.filter(status=FollowUp.Status.PLANNED).update(plan=step.plan_id)
        rows.update(monitoring=line)
    dropped = list(FollowUp.objects.filter(monitoring__step=before).open())
    _cancel(dropped, by=by, reason=f"Not part of plan {step.plan.number} any more.")
    if step.status == Step.Status.IN_PROGRESS:
        follow_course(step, by=by)


def copy_monitoring(old: Step, new: Step) -> None:
    """Into the draft of an amendment."""
    for line in monitoring_of(old):
        _copy_line(line, new)


def _copy_line(line: Monitoring, step: Step, *, removed_at: datetime | None = None) -> Monitoring:
    return Monitoring.objects.create(
        board_id=step.board_id,
        case_id=step.case_id,
        step=step,
        carried_from=line,
        removed_at=removed_at,
        **line.content,
    )


def _write(step: Step, line: Monitoring, number: int, day: date, *, by: User) -> FollowUp:
    return add_follow_up(
        step.case, by=by, kind=line.kind, title=line.title, due_on=day, assignee=_assignee(step, by), plan=step.plan,
        monitoring=line, monitoring_number=number,
    )  # fmt: skip


def _settle(step: Step, dues: Sequence[Hung], late: Late, *, by: User, number: int, why: str) -> list[FollowUp]:
    """Written where it is not there yet; on its day, or as it is said of those whose day has passed, which come last: they may be
    one with another."""
    _check_late(step, dues, late)
    rows = [(one, one.row or _write(step, one.line, number, one.day, by=by)) for one in dues]
    for one, row in sorted(rows, key=lambda pair: pair[0].day < step.board.today):
        if one.day < step.board.today:
            _settle_late(step, row, one, late[one.line.pk], by=by)
        elif one.row is not None:
            _move(row, one.day, by=by, reason=why, along=True)
    return [row for _, row in rows]


def _check_late(step: Step, dues: Sequence[Hung], late: Late) -> None:
    """As for the dates of a schedule: whoever records it says of each whose day has passed what becomes of it."""
    today = step.board.today
    past = [one for one in dues if one.day < today]
    unsaid = [one.words for one in past if one.line.pk not in late or late[one.line.pk].fate not in Fate.values]
    if unsaid:
        words = f"The day of what hangs on it has passed ({', '.join(unsaid)}). Say of each what becomes of it."
        raise ValidationError({"passed": words})
    for one in past:
        fate, on = late[one.line.pk].fate, late[one.line.pk].on
        if fate != Fate.PLANNED:
            continue
        if on is None or on < today:
            raise ValidationError({"passed": f"{one.words}: say for which day, from today on, it is planned."})
        check_near(today, passed=on)


def _settle_late(step: Step, row: FollowUp, one: Hung, said: Answer, *, by: User) -> None:
    belonged = f"It belonged on {one.day:%-d %b %Y}, before anybody recorded what it follows"
    planned = said.on if said.fate == Fate.PLANNED else None
    if planned is not None and not _is_planned(step, row, planned):
        _move(row, planned, by=by, reason=f"{belonged}.")
        return
    then = f"then said: {Fate(said.fate).label.lower()}"
    if planned is not None:
        then = f"the same is planned for {planned:%-d %b %Y}, and one serves for both"
    withdraw_follow_up(row, by=by, expected_version=row.version, reason=f"{belonged}; {then}.")
    if one.line.when == Monitoring.When.COURSE:
        # The course runs on: only this once is settled.
        day = next_of_course(one.line, one.day, step.board.today)
        _write(step, one.line, (row.monitoring_number or 0) + 1, day, by=by)


def _is_planned(step: Step, row: FollowUp, on: date) -> bool:
    """Whether the same hangs on the step for that day already."""
    same = FollowUp.objects.filter(monitoring__step=step, kind=row.kind, title__iexact=row.title, due_on=on)
    return same.open().exclude(pk=row.pk).exists()


def _move(row: FollowUp, to: date, *, by: User, reason: str, along: bool = False) -> None:
    if row.due_on != to:
        change_follow_up(row, by=by, expected_version=row.version, reason=reason, due_on=to, along=along)


def _assignee(step: Step, by: User) -> User:
    """Who sees to the step, as long as they may act on its board; else whoever records, so that it is somebody's."""
    able = able_on(step.board_id, {step.assignee_id} if step.assignee_id else set())
    return step.assignee if step.assignee is not None and step.assignee_id in able else by


def _cancel(rows: list[FollowUp], *, by: User, reason: str) -> None:
    for row in rows:
        withdraw_follow_up(row, by=by, expected_version=row.version, reason=reason)


def _check_there(step: Step, expected_version: int | None) -> None:
    """The step is taken."""
    if step.removed_at:
        raise ValidationError("Somebody removed this step while you had it open. Add it again if it is still wanted.")
    if expected_version is not None and step.version != expected_version:
        raise_conflict(step)


def _changed(step: Step) -> None:
    Step.objects.filter(pk=step.pk).update(version=F("version") + 1)
