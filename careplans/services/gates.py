"""What becomes of the steps that wait for another: told, reminded anew, or discussed again."""

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import Q

from accounts.models import User
from accounts.permissions import require
from careplans import history
from careplans.guards import check_open, check_plan_in_force
from careplans.locks import take_people, take_step
from careplans.models import FollowUp, Kind, Reminder, Step
from careplans.readers.steps.gate_days import day_opened_by
from careplans.readers.steps.gates import Gate, State, gate_now, gate_of, load_gates
from careplans.reminders.schedule import cancel, schedule_steps, tell_gates_failed
from careplans.services.followups import add_follow_up
from careplans.services.occurrences import write_occurrences
from common.writing import compare_and_set, lock, transactional


@dataclass(frozen=True)
class Waiters:
    """The steps that wait for one, before that one moves."""

    steps: list[Step]
    states: dict[int, State]
    days: dict[int, date | None]
    """When each gate was expected to open: where that stays, so do the reminders."""


def take_waiters(step: Step) -> Waiters:
    """Take the steps that wait for this one, in its arms too, as the lock order asks: after it, and before any reminder."""
    rows = Step.objects.filter(
        Q(after_step=step) | Q(arm__decision=step), plan=step.plan_id, removed_at=None, carried_over_at=None, started_on=None
    )  # fmt: skip
    taken = lock(rows.filter(status__in=Step.BEFORE_START))
    if taken:
        load_gates(taken)
    states = {other.pk: gate_of(other, step.board.today).state for other in taken}
    return Waiters(taken, states, {other.pk: day_opened_by(step, other) for other in taken})


def move_gates(step: Step, waiters: Waiters, *, by: User) -> None:
    """A step has moved: those that wait for it follow. Inside the caller's transaction, which holds the case."""
    if not waiters.steps:
        return
    load_gates(waiters.steps)
    gates = {other.pk: gate_of(other, step.board.today) for other in waiters.steps}
    moved = [other for other in waiters.steps if _has_moved(step, other, gates[other.pk], waiters)]
    for other in moved:
        gate = gates[other.pk]
        # Whoever has the step on the screen has an older gate there. A step of an arm that will never be chosen gets a day, so
        # that it stands in the lists until somebody decides; one whose arm may still be chosen never does.
        day = step.board.today if _arm_is_lost(other) else other.due_on
        compare_and_set(other, expected=other.version, due_on=day)
        write_occurrences(other)
        history.record(other, "gate_moved", by=by, old=waiters.states[other.pk], new=gate.state, reason=gate.why)
    failed = [other for other in moved if gates[other.pk].has_failed]
    # What was taken back may come all the same.
    saved = [other.pk for other in moved if waiters.states[other.pk] == State.FAILED and other not in failed]
    if saved:
        cancel(Reminder.objects.filter(step__in=saved, kind=Reminder.Kind.GATE), "its condition can be met again")
    if failed:
        # Of those that had no day nothing is written yet that escalates.
        schedule_steps([other for other in failed if other.arm_id and step.is_decision], step.board)
        tell_gates_failed(failed, step.board)
    again = [other for other in waiters.steps if other in moved or day_opened_by(step, other) != waiters.days[other.pk]]
    if later := [other for other in again if other not in failed]:
        schedule_steps(later, step.board)


def _has_moved(step: Step, other: Step, gate: Gate, waiters: Waiters) -> bool:
    """Its gate is another than before; or what it waited for of this step has come, and it waits for a day all the same."""
    by_its_end = step.status in Step.ENDED and other.after_event == Step.AfterEvent.ENDED
    return by_its_end or gate.state != waiters.states[other.pk] or _arm_is_lost(other)


def _arm_is_lost(other: Step) -> bool:
    """Whether it still waits for a decision that will not be made."""
    return other.awaits_decision and other.arm is not None and other.arm.decision.status in Step.FAILED


@transactional
def rediscuss_step(
    step: Step, *, by: User, expected_version: int, due_on: date, assignee: User, title: str
) -> FollowUp:
    """Bring a step whose condition has failed, or a decision for no arm, back before the board on a day.

    Asked twice, it is one follow-up.
    """
    require(by, "followups.edit", step.board_id)
    take_people(step.board_id, assignee)
    take_step(step, expected=expected_version)
    check_open(step.case)
    check_plan_in_force(step.plan)
    if not (gate_now(step, step.board.today).has_failed or step.asks_for_rediscussion):
        raise ValidationError(
            "The condition of this step has not failed. Add a follow-up on the page of the case instead."
        )
    if due_on < step.board.today:
        raise ValidationError({"due_on": "That day lies in the past. Choose a day on which the board can discuss it."})
    standing: FollowUp | None = (
        FollowUp.objects.filter(plan=step.plan_id, kind=Kind.REDISCUSSION, title=title.strip()).open().first()
    )
    if standing is None:
        return add_follow_up(
            step.case, by=by, kind=Kind.REDISCUSSION, due_on=due_on, assignee=assignee, title=title, plan=step.plan
        )
    if (standing.due_on, standing.assignee_id) != (due_on, assignee.pk):
        raise ValidationError(
            f"“{standing}” is planned already, with {standing.assignee.name}. Move it there if need be."
        )
    return standing
