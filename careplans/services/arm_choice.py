"""The board chooses an arm at a decision: its steps are planned, those of the others set aside; and the choice can be corrected.

How decisions and arms are drafted: careplans/services/decisions.py.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Unpack

from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.permissions import require
from careplans import guards, history
from careplans.locks import take_people, take_step
from careplans.models import Arm, Plan, PlanSchedule, Reminder, Step
from careplans.models.outcomes import OUTCOME_FIELDS
from careplans.readers.steps.arms import start_in_question
from careplans.readers.steps.gates import load_gates
from careplans.reminders.escalation import coordinators
from careplans.reminders.schedule import cancel, cancel_for_step, schedule_steps
from careplans.rules import advisories
from careplans.services.breaks import end_break
from careplans.services.gates import Waiters, move_gates, take_waiters
from careplans.services.judged_steps import RunningFate, settle_judged, take_judged, words_of
from careplans.services.occurrences import replan_all, write_occurrences
from careplans.services.outcomes import Recorded, check_outcome, recorded_days
from careplans.services.schedule_moves import Moved
from careplans.services.schedule_starts import follow_steps, people_waiting
from careplans.services.step_order import order_concerns
from common.writing import compare_and_set, lock, transactional

Status = Step.Status
Starts = Mapping[int, date]
Fates = Mapping[int, RunningFate]


@dataclass(frozen=True)
class Choice:
    """What somebody says when an arm is chosen, or another one. `starts`: new dates of steps, `running`: what becomes of those
    that run, by their keys."""

    arm: Arm | None
    on: date
    reason: str
    starts: Starts
    running: Fates


@transactional
def choose_arm(
    step: Step, *, by: User, expected_version: int, chosen_arm: Arm | None, on: date, reason: str, starts: Starts | None = None,
    running: Fates | None = None, why: str = "", outcome: str = "", **recorded: Unpack[Recorded],
) -> Step:  # fmt: skip
    """Decide which way the plan goes on from here; None: on none of its arms, and the board discusses the case again.

    The decision is completed with what was found. The steps of the arm get their dates and reminders, all others are set aside.
    `running` says, by its key, what becomes of each treatment of the plan that still runs. Out of order or against its gate it is
    still made, once `why` says why.
    """
    choice = _take(step, Choice(chosen_arm, on, reason, starts or {}, running or {}), by=by, expected=expected_version)
    if step.status not in Step.BEFORE_START:
        raise ValidationError(
            f"This decision is {step.get_status_display().lower()} already. Correct it if it was wrong."
        )
    found, judged = check_outcome(recorded, today=step.board.today), take_judged(step, choice.running)
    planned = {"on": (step.planned_start, step.due_on)}
    guards.ask_about_step(step, recorded=recorded_days(on, found), expected=planned)
    early, ahead = _why_now(step, on, why), _look_ahead(step, choice)
    old, taken = step.status, take_waiters(step)
    waiters = replace(taken, steps=[other for other in taken.steps if not _is_in_arm_of(step, other)])
    compare_and_set(
        step, expected=expected_version, status=Status.COMPLETED, ended_on=on, due_on=None, chosen_arm=chosen_arm,
        choice_reason=choice.reason, decided_by=by, fulfilment=Step.Fulfilment.FULL, outcome=outcome.strip(), **found,
    )  # fmt: skip
    end_break(step, on)
    cancel_for_step(step, reason="the decision is made")
    told = f"{_named(chosen_arm)}: {choice.reason}{words_of(judged, choice.running)}{early}"
    _tell(step, "arm_chosen", told, old=old, by=by)
    _go_on(step, choice, ahead, by=by)
    move_gates(step, waiters, by=by)
    settle_judged(judged, choice.running, by=by, on=on, found=found)
    _judge_again(step)
    return step


@transactional
def correct_decision(
    step: Step, *, by: User, expected_version: int, chosen_arm: Arm | None, on: date, reason: str, starts: Starts | None = None,
    running: Fates | None = None,
) -> Step:  # fmt: skip
    """Another arm than was chosen: its steps come back, and those of the first are set aside, unless one has begun. The same arm:
    its day and its reason are put right, and its steps stay as they are.

    What was stopped with the first decision stays stopped; of what still runs it is said again, in `running`.
    """
    choice = _take(step, Choice(chosen_arm, on, reason, starts or {}, running or {}), by=by, expected=expected_version)
    if step.status != Status.COMPLETED:
        raise ValidationError("Nothing is decided here yet, so there is nothing to correct. Choose an arm.")
    if on != step.ended_on:
        guards.ask_about_step(step, recorded={"on": on}, expected={"on": [step.planned_start]})
    if step.chosen_arm_id == (chosen_arm.pk if chosen_arm else None):
        return _correct_day(step, choice, by=by)
    _check_not_begun(step)
    judged = take_judged(step, choice.running)
    ahead = _look_ahead(step, choice)
    before, was = _named(step.chosen_arm), step.ended_on
    compare_and_set(
        step, expected=expected_version, chosen_arm=chosen_arm, ended_on=on, choice_reason=choice.reason, decided_by=by
    )
    told = f"{_named(chosen_arm)} instead of {before}: {choice.reason}{words_of(judged, choice.running)}"
    _tell(step, "decision_corrected", told, old=step.status, by=by)
    _go_on(step, choice, ahead, by=by, was=was)
    found = {name: getattr(step, name) for name in OUTCOME_FIELDS}
    settle_judged(judged, choice.running, by=by, on=on, found=found)
    _judge_again(step)
    return step


def _correct_day(step: Step, choice: Choice, *, by: User) -> Step:
    was = step.ended_on
    if (was, step.choice_reason) == (choice.on, choice.reason):
        words = f"{_named(choice.arm)} is what was chosen, on that day and for that reason. Change what is wrong of it."
        raise ValidationError({"chosen_arm": words})
    if any(not fate.get("goes_on") for fate in choice.running.values()):
        raise ValidationError(
            {"running": "The same arm is only corrected. Record on the page of the step that it was stopped."}
        )
    begun = Step.objects.filter(arm=choice.arm, arm__isnull=False, removed_at=None, started_on__lt=choice.on)
    first = begun.order_by("started_on").first()
    if first is not None and was is not None and choice.on > was:
        words = f"Step {first.number} ({first.title}) of it began on {first.started_on:%-d %B %Y}, before that. Check the day."
        raise ValidationError({"on": words})
    compare_and_set(step, expected=step.version, ended_on=choice.on, choice_reason=choice.reason)
    moved = f", decided on {choice.on:%-d %b %Y} and not on {was:%-d %b %Y}" if was and was != choice.on else ""
    _tell(step, "decision_corrected", f"{_named(choice.arm)}{moved}: {choice.reason}", old=step.status, by=by)
    if moved and was:
        follow_steps(step.plan, by=by, moved=Moved(step.pk, PlanSchedule.FromEvent.ENDED, was))
    return step


def _take(step: Step, choice: Choice, *, by: User, expected: int) -> Choice:
    """Take the decision with its plan and case, and look at what is said about it."""
    require(by, "steps.deliver", step.board_id)
    take_people(step.board_id, *people_waiting(step.plan_id))
    take_step(step, expected=expected)
    guards.check_open(step.case)
    guards.check_plan_in_force(step.plan)
    if not step.is_decision:
        raise ValidationError("This step is no decision. Record what became of it instead.")
    if choice.arm is not None and (choice.arm.decision_id != step.pk or choice.arm.removed_at):
        raise ValidationError({"chosen_arm": "Choose one of the arms of this decision, or none of them."})
    guards.check_days(on=choice.on)
    guards.check_since_birth(step.case.patient, on=choice.on)
    if choice.on > step.board.today:
        raise ValidationError({"on": "The decision lies in the future. Record it on the day it is made."})
    reason = guards.check_reason(choice.reason, what="this choice")
    return replace(choice, reason=reason)


def _why_now(step: Step, on: date, why: str) -> str:
    """As a step that starts: what speaks against it is answered, and the answer stands with the decision."""
    why, concerns = why.strip(), order_concerns(step, on)
    if concerns and not why:
        raise ValidationError({"why": [*concerns, "Say why it is decided now; it is recorded with the decision."]})
    return f" (why now: {why})" if why else ""


@dataclass(frozen=True)
class ArmSteps:
    """The steps of all arms, taken, and what they come to; looked at before anything moves."""

    steps: list[Step]
    days: dict[int, date]
    waiting: dict[int, Waiters]
    """Who waits for each of them, also outside the arms."""


def _look_ahead(decision: Step, choice: Choice) -> ArmSteps:
    steps = lock(Step.objects.filter(arm__decision=decision, plan=decision.plan_id, removed_at=None))
    chosen = [step for step in steps if choice.arm is not None and step.arm_id == choice.arm.pk]
    days = _days(decision, chosen, choice)
    return ArmSteps(steps, days, {step.pk: take_waiters(step) for step in steps})


def _go_on(decision: Step, choice: Choice, ahead: ArmSteps, *, by: User, was: date | None = None) -> None:
    """Plan the steps of the chosen arm and set the others aside. Inside the caller's transaction."""
    steps, days, waiting = ahead.steps, ahead.days, ahead.waiting
    chosen = [step for step in steps if choice.arm is not None and step.arm_id == choice.arm.pk]
    aside = [step for step in steps if step not in chosen and step.status in Step.BEFORE_START and not step.started_on]
    for step in aside:
        _move(step, Status.SET_ASIDE, by=by, reason=f"{_named(choice.arm)} was chosen", due_on=None)
    planned = [step for step in chosen if step.pk in days]
    for step in planned:
        _move(step, Status.PLANNED, by=by, reason="its arm was chosen", due_on=days[step.pk])
    schedule_steps(planned, decision.board)
    _tell_waiters(decision, [*aside, *planned], waiting, by=by)
    moved = Moved(decision.pk, PlanSchedule.FromEvent.ENDED, was) if was else None
    follow_steps(decision.plan, by=by, moved=moved)


def _is_in_arm_of(decision: Step, other: Step) -> bool:
    """Its arm may also be one of another decision."""
    return other.arm is not None and other.arm.decision_id == decision.pk


def _tell_waiters(decision: Step, moved: Iterable[Step], waiting: Mapping[int, Waiters], *, by: User) -> None:
    """Steps outside the arms that wait for one that was set aside learn it, and those whose condition can hold again too."""
    for step in moved:
        others = [other for other in waiting[step.pk].steps if not _is_in_arm_of(decision, other)]
        if step.status == Status.PLANNED and others:
            cancel(Reminder.objects.filter(step__in=others, kind=Reminder.Kind.GATE), "the decision was corrected")
            load_gates(others)
            schedule_steps(others, step.board)
        elif others:
            move_gates(step, replace(waiting[step.pk], steps=others), by=by)


def _move(step: Step, to: str, *, by: User, reason: str, due_on: date | None) -> None:
    old = step.status
    compare_and_set(step, expected=step.version, status=to, due_on=due_on, assignee_id=_doer_of(step, to))
    if old == Status.ON_HOLD:
        end_break(step, step.board.today)
    if to == Status.SET_ASIDE:
        cancel_for_step(step, reason="its arm was not chosen")
    elif due_on is not None:
        replan_all(step, due_on, agreed=True)
        write_occurrences(step)
    history.record(step, "step_moved", by=by, old=old, new=to, reason=reason)


def _doer_of(step: Step, to: str) -> int | None:
    """Who has it stays who had it; where they have left meanwhile, a coordinator, since a step that comes back asks nobody."""
    if to != Status.PLANNED or guards.able_on(step.board_id, [step.assignee_id or 0]):
        return step.assignee_id
    return next(iter(coordinators(step.board_id)), step.assignee_id)


def _days(decision: Step, steps: Iterable[Step], choice: Choice) -> dict[int, date]:
    """The next date of each step that now is to be done: as it was planned, or the day of the decision; what is in question is
    asked, all of it at once."""
    today, days, asked = decision.board.today, {}, []
    to_begin = [step for step in steps if step.status in (Status.PLANNED, Status.SET_ASIDE)]
    _check_starts(choice, {step.pk for step in to_begin})
    for step in to_begin:
        given = choice.starts.get(step.pk)
        day = given or step.planned_start or max(choice.on, today)
        words = start_in_question(step, decision, on=choice.on, today=today) if given is None else ""
        if given is not None and given < today:
            words = f"cannot begin on {day:%-d %B %Y}, which is past"
        if words:
            asked.append(f"Step {step.number} ({step.title}) {words}. Give the day on which it is to start.")
        days[step.pk] = day
        guards.check_days(starts=day)
    if asked:
        raise ValidationError({"starts": asked})
    return days


def _check_starts(choice: Choice, known: Collection[int]) -> None:
    """No day is said for nothing."""
    others = Step.objects.filter(pk__in=choice.starts.keys() - {*known}).order_by("position") if choice.starts else ()
    if others:
        where = (
            f"steps of {_named(choice.arm)} that have not begun"
            if choice.arm
            else "none, as none of the arms was chosen"
        )
        words = "; ".join(f"Step {step.number} ({step.title})" for step in others)
        raise ValidationError({"starts": f"{words}: days are given for {where}. Leave it out."})


def _check_not_begun(decision: Step) -> None:
    first = Step.objects.filter(arm=decision.chosen_arm_id, arm__isnull=False, removed_at=None)
    waiting = first.exclude(status=Status.NOT_DONE).exclude(
        status__in=(*Step.BEFORE_START, Status.SET_ASIDE), started_on=None
    )
    if begun := waiting.order_by("position").first():
        raise ValidationError(
            f"Step {begun.number} ({begun.title}) of {_named(decision.chosen_arm)} has begun, so the decision stays. Record "
            "what becomes of that step, and amend the plan for what comes instead."
        )


def _tell(decision: Step, kind: str, words: str, *, old: str, by: User) -> None:
    history.record(decision, kind, by=by, old=old, new=decision.status, reason=words, arm=decision.chosen_arm_id)


def _named(arm: Arm | None) -> str:
    return f"arm “{arm.name}”" if arm else "none of the arms"


def _judge_again(decision: Step) -> None:
    """What the rules say follows the arm that is gone, in an amendment in work too."""
    advisories.refresh_plan(decision.plan_id)
    for amendment in Plan.objects.working().filter(amends=decision.plan_id):
        advisories.refresh_plan(amendment.pk)
