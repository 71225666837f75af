from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.permissions import require
from careplans import history
from careplans.guards import (
    able_on,
    ask_about,
    ask_about_done,
    check_days,
    check_has_come,
    check_near,
    check_open,
    check_person,
    check_reason,
    check_transition,
)  # fmt: skip
from careplans.locks import take_case, take_follow_up, take_people
from careplans.models import Case, FollowUp, FollowUpSchedule, Kind, Monitoring, NothingAhead, Plan
from careplans.models.followups import latest_day
from careplans.readers.nothing_ahead import has_date_ahead
from careplans.reminders.schedule import cancel_for_follow_up, schedule_follow_ups
from careplans.services.nothing_ahead import (
    ComesNext,
    check_ahead,
    keep_reason,
    overtake,
    person_of,
    record_nothing_ahead,
)
from common.errors import Conflict
from common.local_time import is_month_end
from common.writing import compare_and_set, transactional

MAX_WINDOW_DAYS = 180
# What says nothing beside the new day.
TOLD_BY_THE_DAY = ("agreed_on", "times_moved")
# What needs no further words; a follow-up of another kind is added on the page of the case.
NEXT_KINDS = [kind for kind in Kind.values if kind != Kind.OTHER]


@transactional
def add_follow_up(
    case: Case, *, by: User, kind: str, due_on: date, assignee: User, title: str = "", window_days: int | None = None,
    plan: Plan | None = None, schedule: FollowUpSchedule | None = None, replaces: FollowUp | None = None,
    monitoring: Monitoring | None = None, monitoring_number: int | None = None,
) -> FollowUp:  # fmt: skip
    """Add a dated thing to do, with the person who sees to it and their reminders.

    `window_days` is how late it may be before it is overdue; without it the board's days of grace count.
    """
    require(by, "followups.edit", case.board_id)
    take_people(case.board_id, assignee)
    take_case(case)
    check_open(case)
    if kind not in Kind.values:
        raise ValidationError({"kind": "Choose one of the listed kinds."})
    if kind == Kind.OTHER and not title.strip():
        raise ValidationError({"title": "Say in words what is to be done."})
    check_person(assignee, case.board_id, field="assignee")
    check_days(due_on=due_on)
    if monitoring is None:
        check_near(case.board.today, due_on=due_on)
    window = case.board.grace_days if window_days is None else window_days
    if not 0 <= window <= MAX_WINDOW_DAYS:
        raise ValidationError({"window_days": f"It may be late by 0 to {MAX_WINDOW_DAYS} days."})
    if monitoring is None and schedule is None and replaces is None:
        # Those are asked about where their day is said.
        ask_about(case.patient, case.board.today, planned={"due_on": due_on})
    follow_up = FollowUp.objects.create(
        board_id=case.board_id, case=case, plan=plan, schedule=schedule, kind=kind, title=title.strip(), due_on=due_on,
        due_until=latest_day(due_on, window), assignee=assignee, created_by=by, replaces=replaces,
        monitoring=monitoring, monitoring_number=monitoring_number,
    )  # fmt: skip
    schedule_follow_ups([follow_up], case.board)
    overtake(case)
    history.record(follow_up, "follow_up_added", by=by, new="planned", due_on=due_on.isoformat())
    return follow_up


@transactional
def complete_follow_up(
    follow_up: FollowUp, *, by: User, expected_version: int, done_on: date, result: str = "", ahead: ComesNext | None = None,
) -> FollowUp:  # fmt: skip
    """It was done. Of a case in care whose last dated thing it was, `ahead` says what comes next, or why nothing."""
    require(by, "followups.edit", follow_up.board_id)
    # What hangs on the course of a step comes again.
    take_people(follow_up.board_id, follow_up.assignee_id, by, person_of(ahead))
    take_follow_up(follow_up, expected=expected_version)
    check_open(follow_up.case)
    check_days(done_on=done_on)
    if done_on > follow_up.board.today:
        raise ValidationError({"done_on": "That day lies in the future. Record it when it has been done."})
    ask_about_done(follow_up, done_on)
    done = FollowUp.Status.DONE
    _settle(follow_up, done, by=by, expected_version=expected_version, done_on=done_on, result=result.strip())
    _go_on(follow_up, by=by, since=follow_up.board.today)
    answer_ahead(follow_up.case, ahead, by=by)
    return follow_up


@transactional
def record_missed_follow_up(
    follow_up: FollowUp, *, by: User, expected_version: int, new_due_on: date, reason: str = ""
) -> FollowUp:
    """The patient did not attend. Makes the new appointment in the same transaction and returns it."""
    require(by, "followups.edit", follow_up.board_id)
    take_people(follow_up.board_id, follow_up.assignee_id)
    take_follow_up(follow_up, expected=expected_version)
    check_open(follow_up.case)
    check_days(new_due_on=new_due_on)
    check_has_come(follow_up)
    check_near(follow_up.board.today, new_due_on=new_due_on)
    if new_due_on <= follow_up.due_on:
        raise ValidationError({"new_due_on": "The new date has to be after the one that was missed."})
    ask_about(follow_up.case.patient, follow_up.board.today, planned={"new_due_on": new_due_on})
    window = (follow_up.due_until - follow_up.due_on).days
    _settle(follow_up, FollowUp.Status.DID_NOT_ATTEND, by=by, expected_version=expected_version, reason=reason.strip())
    return add_follow_up(
        follow_up.case, by=by, kind=follow_up.kind, due_on=new_due_on, assignee=follow_up.assignee,
        title=follow_up.title, window_days=window, plan=follow_up.plan, schedule=follow_up.schedule, replaces=follow_up,
        monitoring=follow_up.monitoring, monitoring_number=follow_up.monitoring_number,
    )  # fmt: skip


@transactional
def cancel_follow_up(
    follow_up: FollowUp, *, by: User, expected_version: int, reason: str, ahead: ComesNext | None = None
) -> FollowUp:
    """It is not needed any more. What is asked about what lies ahead is as when it was done."""
    take_people(follow_up.board_id, person_of(ahead))
    _cancel(follow_up, by=by, expected_version=expected_version, reason=reason)
    answer_ahead(follow_up.case, ahead, by=by)
    return follow_up


@transactional
def withdraw_follow_up(follow_up: FollowUp, *, by: User, expected_version: int, reason: str) -> FollowUp:
    """Cancelled by what ends or replaces it, which itself sees to it that something lies ahead. Nobody decided that it is not
    needed: the day of the schedule that it was written for is free, for a later plan to write again."""
    return _cancel(follow_up, by=by, expected_version=expected_version, reason=reason, scheduled_for=None)


def _cancel(follow_up: FollowUp, *, by: User, expected_version: int, reason: str, **more: Any) -> FollowUp:
    require(by, "followups.edit", follow_up.board_id)
    reason = check_reason(reason, what="cancelling a follow-up")
    # Also on an ended case: it leaves nothing open behind.
    take_follow_up(follow_up, expected=expected_version)
    cancelled = FollowUp.Status.CANCELLED
    return _settle(follow_up, cancelled, by=by, expected_version=expected_version, reason=reason, **more)


@transactional
def change_follow_up(
    follow_up: FollowUp, *, by: User, expected_version: int, reason: str, due_on: date | None = None,
    assignee: User | None = None, along: bool = False,
) -> FollowUp:  # fmt: skip
    """Move a follow-up to another day or another person, with the reason; its reminders move with it. `along`: what it hangs on
    has another day, so that nobody put it off."""
    require(by, "followups.edit", follow_up.board_id)
    reason = check_reason(reason, what="moving a follow-up")
    take_people(follow_up.board_id, assignee)
    take_follow_up(follow_up, expected=expected_version)
    check_open(follow_up.case)
    if not follow_up.is_open:
        raise ValidationError(f"This follow-up is {follow_up.get_status_display().lower()} and stays as it is.")
    check_person(assignee, follow_up.board_id, field="assignee")
    check_days(due_on=due_on)
    if due_on != follow_up.due_on:
        check_near(follow_up.board.today, due_on=due_on)
    changes: dict[str, Any] = {}
    if due_on is not None and due_on != follow_up.due_on:
        changes |= follow_up.moved_to(due_on, along=along)
    if assignee is not None and assignee.pk != follow_up.assignee_id:
        changes["assignee"] = assignee
    if not changes:
        raise ValidationError("Choose another date or another person.")
    ask_about(follow_up.case.patient, follow_up.board.today, planned={"due_on": changes.get("due_on")})
    old, moved = follow_up.due_on, follow_up.told_of_move(along=along) if "due_on" in changes else {}
    compare_and_set(follow_up, expected=expected_version, **changes)
    schedule_follow_ups([follow_up], follow_up.board)
    history.record(
        follow_up, "follow_up_changed", by=by, reason=reason, fields=sorted(set(changes) - set(TOLD_BY_THE_DAY)),
        old_due_on=old.isoformat(), **moved,
    )  # fmt: skip
    return follow_up


@transactional
def say_what_comes_next(case: Case, *, by: User, ahead: ComesNext, seen: int | None = None) -> None:
    """The answer of the list “in care, nothing ahead”: a next date, or the reason for none. `seen`: the key of the reason that
    stood when it was asked, 0 for none. Sent twice it is one answer, and of two people the second is told what the first said."""
    require(by, "followups.edit", case.board_id)
    take_people(case.board_id, person_of(ahead))
    take_case(case)
    check_open(case)
    _check_still_asked(case, ahead, seen)
    if ahead.get("next_on") is not None:
        answer_ahead(case, ahead, by=by)
    else:
        record_nothing_ahead(
            case, by=by, nothing_ahead_reason=ahead.get("nothing_ahead_reason") or "",
            look_again_on=ahead.get("look_again_on"),
        )  # fmt: skip


def _check_still_asked(case: Case, ahead: ComesNext, seen: int | None) -> None:
    rows = FollowUp.objects.open().filter(case=case).order_by("due_on", "pk").select_related("assignee")
    mine = (ahead.get("next_kind"), ahead.get("next_on"), ahead.get("next_assignee"))
    if any((row.kind, row.due_on, row.assignee) == mine for row in rows):
        return
    if ahead.get("next_on") is not None and (first := rows.first()):
        raise Conflict(
            f"Something lies ahead of this case by now: {first.heading}, {first.due_on:%-d %b %Y}, with {first.assignee.name}. "
            "Nothing of yours was saved. Add another follow-up if both are needed."
        )
    standing = NothingAhead.objects.standing().filter(case=case).select_related("recorded_by").first()
    if seen is None or standing is None or standing.pk == seen:
        return
    if standing.reason != (ahead.get("nothing_ahead_reason") or "").strip():
        raise Conflict(
            f"{standing.recorded_by.name} has said meanwhile why nothing is planned: “{standing.reason}”. Nothing of yours was "
            "saved. Save again if yours is to take its place."
        )


def answer_ahead(case: Case, ahead: ComesNext | None, *, by: User) -> None:
    """Add the next date or keep the reason that somebody gave, and refuse to leave a case in care with neither.

    Inside the caller's transaction, which holds the case.
    """
    ahead = ahead or {}
    next_on, reason = ahead.get("next_on"), (ahead.get("nothing_ahead_reason") or "").strip()
    if next_on is not None and reason:
        raise ValidationError({"nothing_ahead_reason": "Give the next date, or the reason for none: not both."})
    if next_on is not None:
        _add_next(case, next_on, ahead.get("next_kind") or "", ahead.get("next_assignee"), by=by)
    elif reason and not has_date_ahead(case):
        keep_reason(case, reason, by=by, look_again_on=ahead.get("look_again_on"))
    check_ahead(case)


def _add_next(case: Case, due_on: date, kind: str, assignee: User | None, *, by: User) -> None:
    problems = {}
    if due_on < case.board.today:
        problems["next_on"] = "That day lies in the past. Choose the day on which somebody sees to it."
    if kind not in NEXT_KINDS:
        problems["next_kind"] = "Say what is done on that day."
    if assignee is None:
        problems["next_assignee"] = "Say who sees to it; they are reminded."
    else:
        check_person(assignee, case.board_id, field="next_assignee")
    if problems or assignee is None:
        raise ValidationError(problems)
    check_near(case.board.today, next_on=due_on)
    if FollowUp.objects.open().filter(case=case, kind=kind, due_on=due_on, assignee=assignee).exists():
        # Sent twice, it is one.
        return
    add_follow_up(case, by=by, kind=kind, due_on=due_on, assignee=assignee)


def _settle(follow_up: FollowUp, to: str, *, by: User, expected_version: int, **changes: Any) -> FollowUp:
    check_transition(FollowUp.TRANSITIONS, follow_up.status, to, noun="follow-up")
    compare_and_set(follow_up, expected=expected_version, status=to, **changes)
    cancel_for_follow_up(follow_up, reason=f"the follow-up is {to.replace('_', ' ')}")
    history.record(follow_up, "follow_up_settled", by=by, old="planned", new=to, reason=changes.get("reason", ""))
    return follow_up


def _go_on(follow_up: FollowUp, *, by: User, since: date) -> None:
    """What hangs on the course of a step comes again as long as that runs: done once, the next one is written."""
    line, number = follow_up.monitoring, follow_up.monitoring_number
    if line is None or number is None or line.when != Monitoring.When.COURSE or not line.step.is_running:
        return
    if FollowUp.objects.filter(monitoring=line, monitoring_number__gt=number).exists():
        return
    add_follow_up(
        follow_up.case, by=by, kind=line.kind, title=line.title, due_on=next_of_course(line, follow_up.due_on, since),
        assignee=follow_up.assignee if able_on(follow_up.board_id, {follow_up.assignee_id}) else by, plan=follow_up.plan,
        monitoring=line, monitoring_number=number + 1,
    )  # fmt: skip


def next_of_course(line: Monitoring, last: date, since: date) -> date:
    """The next day in its rhythm that does not lie before `since`, so that nothing is overdue when it is written. In months it
    keeps the day of the month on which the step began, where a short month has pulled the last one forward."""
    began = line.step.started_on
    kept = max(last.day, began.day) if began is not None and is_month_end(last) else last.day
    times = 1
    while (day := line.day_after(last, times, kept=kept)) < since:
        times += 1
    return day
