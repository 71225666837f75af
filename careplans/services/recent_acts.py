"""What was recorded can be undone for a minute, by whoever recorded it: everything that it changed is put back, and both the act
and its undoing stay in the history. After that the verbs that correct are the way.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from accounts.permissions import require
from careplans import history
from careplans.guards import able_on, check_open
from careplans.locks import take_case, take_people
from careplans.models import Case, Event, FollowUp, Occurrence, RecentAct, Step
from careplans.services.act_images import Changed, difference, image_of, is_as_left, name_of, put_back
from careplans.services.act_reminders import (
    hold_back,
    moved_reminders,
    open_reminders,
    restore_reminders,
    told_already,
)
from careplans.services.schedule_starts import people_waiting
from common.errors import Conflict
from common.writing import lock, note_with, transactional

SECONDS = 60
# What an act writes waits a little longer than it can be undone: both clocks are not one.
HELD_SECONDS = SECONDS + 5
KEPT = timedelta(days=1)
# Of a step, what cannot be put back exactly, and what to do instead. Said where an undo would stand.
NOT_UNDONE: Mapping[str, str] = {
    "choose": "A decision is not undone here: the steps of its arms have got their days or are set aside, and treatments may "
    "have been stopped with it. Correct the decision if it was wrong.",
    "correct": "A correction of a decision is not undone here: correct the decision again if it was wrong.",
    "add_outcome": "What was added to an outcome is not undone here: correct the outcome if it was wrong.",
    "correct_outcome": "A correction of an outcome is not undone here: correct it again if it was wrong.",
}  # fmt: skip
ACTIONS = {Step: "steps.deliver", FollowUp: "followups.edit"}

Row = Step | Occurrence | FollowUp


class Recorded(NamedTuple):
    """What the verb made of it; and the act, where it can be undone."""

    made: Any
    act: RecentAct | None


@transactional
def record_act(
    row: Row, service: Callable[..., Any], *, by: User, verb: str, say: Callable[[Any], str], **values: Any
) -> Recorded:
    """Carry out a verb of a step, one of its cycles or a follow-up, and keep for a minute what it changed. `say`: what was
    recorded, in words, once it is."""
    subject = row.step if isinstance(row, Occurrence) else row
    require(by, ACTIONS[type(subject)], subject.board_id)
    # Everybody whom a verb may give work: memberships come before the case.
    take_people(subject.board_id, by, *_people(subject), *_named(values))
    take_case(subject.case)
    before, waiting, last = image_of(subject.case), open_reminders(subject.case), _last_event(subject.case)
    made = service(row, by=by, **values)
    told = _last_event(subject.case)
    stays = (isinstance(row, Step) and verb in NOT_UNDONE) or not subject.case.is_open
    if told is None or told == last or stays:
        return Recorded(made, None)
    reminders = moved_reminders(subject.case, waiting)
    hold_back(reminders, seconds=HELD_SECONDS)
    act = RecentAct.objects.create(
        board_id=subject.board_id, case=subject.case, by=by, verb=verb, said=say(made)[:300], event_id=told.pk,
        step=subject if isinstance(subject, Step) else None, follow_up=subject if isinstance(subject, FollowUp) else None,
        changed={"rows": difference(before, image_of(subject.case)), "reminders": reminders},
    )  # fmt: skip
    return Recorded(made, act)


@transactional
def undo_act(act: RecentAct, *, by: User) -> RecentAct:
    """Put back what an act of one's own changed, within its minute and while nothing else was recorded of the case."""
    subject = act.subject
    require(by, ACTIONS[type(subject)], act.board_id)
    rows = act.changed["rows"]
    # Where a row is with somebody else by now, it is not as the act left it.
    people = _people_in(rows)
    take_people(act.board_id, by, *_people(subject), *people)
    take_case(act.case)
    # The act afresh: whoever undid it in the same moment held the case.
    [act] = lock(RecentAct.objects.filter(pk=act.pk).select_related("case", "event", "step__plan", "follow_up"))
    check_open(act.case)
    _check(act, rows, people, by=by)
    reason = f"Undone by {by.name} within a minute: {act.said}"
    found = put_back(rows, reason=reason)
    restore_reminders(act.changed["reminders"], reason="what it was for was undone")
    RecentAct.objects.filter(pk=act.pk).update(undone_at=timezone.now())
    act.undone_at = timezone.now()
    _tell(act, found, reason, by=by)
    return act


def why_not(act: RecentAct, by: User, now: datetime) -> str:
    """Why it cannot be undone any more, as far as the act itself says; empty where it can."""
    if act.by_id != by.pk:
        return f"Only {act.by.name}, who recorded it, could undo it. Correct it on its page if it is wrong."
    if act.undone_at is not None:
        return "It is undone already."
    if seconds_left(act, now) <= 0:
        return "The minute in which it could be undone is over. Nothing was changed: correct it on its page if it is wrong."
    return ""


def seconds_left(act: RecentAct, now: datetime) -> int:
    return max(0, SECONDS - int((now - act.event.at).total_seconds()))


def forget_old_acts() -> int:
    """Nothing clinical: what was recorded and what was undone stand in the events."""
    found, _ = RecentAct.objects.filter(event__at__lt=timezone.now() - KEPT).delete()
    return found


def _check(act: RecentAct, rows: Changed, people: set[int], *, by: User) -> None:
    if words := why_not(act, by, timezone.now()):
        raise ValidationError(words)
    last = _last_event(act.case)
    if last is not None and last.pk != act.event_id:
        who = last.by.name if last.by else "Consilium"
        raise Conflict(
            f"Something else was recorded of this case since, by {who}. Nothing was undone: look at what stands now, and correct "
            "what is wrong on its page."
        )
    if not is_as_left(rows, act.case):
        raise Conflict("What it changed has been changed again since. Nothing was undone: look at what stands now.")
    if name := told_already(act.changed["reminders"]):
        raise ValidationError(
            f"{name} has been told of it already, so it is not undone. Correct it on its page if it is wrong."
        )
    if people - able_on(act.board_id, people):
        raise ValidationError("Somebody with whom it was cannot act on this board any more. Correct it on its page.")


def _tell(act: RecentAct, found: Mapping[Any, list[Any]], reason: str, *, by: User) -> None:
    """Every step and follow-up that was put back in its own words; the one that was recorded last, as the newest of them."""
    mine = act.step_id if act.step_id else act.follow_up_id
    kind = Step if act.step_id else FollowUp
    for step in found[Step]:
        if (Step, step.pk) != (kind, mine):
            history.record(step, "step_undone", by=by, new=step.status, reason=reason)
    for row in found[FollowUp]:
        if (FollowUp, row.pk) != (kind, mine):
            history.record(row, "follow_up_undone", by=by, new=row.status, reason=reason)
    subject = next((row for row in found[kind] if row.pk == mine), act.subject)
    for occurrence in found[Occurrence]:
        note_with(subject, occurrence, f"occurrence {occurrence.number}")
    told = "step_undone" if isinstance(subject, Step) else "follow_up_undone"
    history.record(subject, told, by=by, new=subject.status, reason=f"Undone: {act.said}")


def _people(subject: Step | FollowUp) -> set[int | None]:
    waiting = people_waiting(subject.plan_id) if isinstance(subject, Step) else set()
    return {subject.assignee_id, *waiting}


def _named(values: Mapping[str, Any]) -> list[User]:
    flat = [*values.values(), *(values.get("ahead") or {}).values()]
    return [value for value in flat if isinstance(value, User)]


def _people_in(rows: Changed) -> set[int]:
    """Who gets work back: with whom each row was that is open then, which may be with whom it still is."""
    found: set[int] = set()
    for table in (Step, FollowUp):
        told = {int(pk): values["was"] for pk, values in rows.get(name_of(table), {}).items() if "was" in values}
        for row in table._base_manager.filter(pk__in=told):
            was = told[row.pk]
            row.status = was.get("status", row.status)
            if row.is_open:
                found.add(was.get("assignee_id", row.assignee_id))
    return found - {None}


def _last_event(case: Case) -> Event | None:
    found: Event | None = Event.objects.filter(case=case).select_related("by").order_by("-pk").first()
    return found
