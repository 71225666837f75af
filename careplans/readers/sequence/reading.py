"""From the rows of a plan to what its picture shows (`what.py`). They are loaded: `for_detail()` or `for_plan()`; no query."""

from collections.abc import Iterable, Iterator
from datetime import date

from careplans.models import Arm, FollowUp, Plan, Step
from careplans.models.step_values import Phase
from careplans.readers.sequence.lanes import lanes_ahead, lanes_of
from careplans.readers.sequence.mini import Slot
from careplans.readers.sequence.phrases import arm_words, conditions, in_arm_words
from careplans.readers.sequence.step_days import as_it_stands, days_of
from careplans.readers.sequence.step_turns import turns_of
from careplans.readers.sequence.step_words import LOOKS, late_words, looks_like, planned_words, state_words, who_words
from careplans.readers.sequence.text import plain
from careplans.readers.sequence.what import OPEN_MARKS, Branch, Gate, Look, Passage, Sequence, StepShown, day_words
from careplans.readers.steps.gates import NO_GATE, capital, gate_of, is_before_gate
from careplans.readers.steps.gates import Gate as Stands
from common.direction import isolated

PAST = (Plan.Status.SUPERSEDED, Plan.Status.COMPLETED, Plan.Status.REVOKED, Plan.Status.ENTERED_IN_ERROR)
PHASES: dict[str, str] = {phase.value: str(phase.label) for phase in Phase}


def sequence_of(
    plan: Plan, steps: Iterable[Step] | None = None, follow_ups: Iterable[FollowUp] = (), *, today: date,
    reads_text: bool = True,
) -> Sequence:  # fmt: skip
    """The plan as a sequence. `steps`: where they are at hand; `follow_ups`: of a plan that has been released, which else would
    take a query; `reads_text`: without it no free text and no name is in the picture (`text.view`)."""
    rows = in_order(plan.steps.all() if steps is None else steps)
    reader = Reader(plan, rows, today, reads_text)
    shown = tuple(reader.shown(step) for step in rows)
    since = min((step.start for step in shown if step.start), default=None)
    if plan.released_at is None and plan.status not in PAST:
        lanes = lanes_ahead(plan, today, reads_text=reads_text)
    else:
        lanes = lanes_of(follow_ups, reader.now, since=since, reads_text=reads_text)
    state = plan.get_status_display().lower()
    # Of a plan that is past nothing can be late any more but its follow-ups, which go on.
    goes_on = any(mark.state in OPEN_MARKS for lane in lanes for mark in lane.marks)
    return Sequence(f"Plan {plan.number}", state, reader.now if goes_on else reader.today, shown, lanes)


def in_order(steps: Iterable[Step]) -> list[Step]:
    """By number, and the steps of each arm below the decision that leads to them."""
    ordered = sorted(steps, key=lambda step: (step.position, step.pk or 0))
    decisions = {step.pk for step in ordered if step.is_decision}
    nested: dict[int, list[Step]] = {}
    for step in ordered:
        if step.arm is not None and step.arm.decision_id in decisions:
            nested.setdefault(step.arm.decision_id, []).append(step)
    inside = {step.pk for own in nested.values() for step in own}
    found: list[Step] = []
    for step in ordered:
        if step.pk not in inside:
            found += [step, *sorted(nested.get(step.pk, ()), key=_by_arm)]
    return found


def _by_arm(step: Step) -> tuple[int, int, int]:
    arm = step.arm
    return (arm.position if arm else 0, step.position, step.pk or 0)


def slots_of(steps: Iterable[Step]) -> list[Slot]:
    """For the picture on one line: by the columns of the steps alone, as a list has them."""
    return [Slot(step.position, step.phase, _look(step)) for step in steps if step.removed_at is None]


def _look(step: Step) -> Look:
    return Look.IN_ARM if step.awaits_decision else LOOKS.get(step.status, Look.PLANNED)


class Reader:
    """One plan while it is read."""

    def __init__(self, plan: Plan, steps: list[Step], today: date, reads_text: bool) -> None:
        self.plan, self.steps, self.reads_text = plan, steps, reads_text
        self.now, self.today = today, None if plan.status in PAST else today
        self.zone, self.grace = plan.board.zone, plan.board.grace_days
        self.here = {step.pk for step in steps}

    def shown(self, step: Step) -> StepShown:
        days = days_of(step, self.now, self.zone)
        stands = gate_of(step, self.now) if step.is_open else NO_GATE
        arm = step.arm
        return StepShown(
            step.pk, step.number, self.words(step.title_with_agent, step.coded_name), step.phase, PHASES.get(step.phase, ""),
            looks_like(step), state_words(step, days), days.start, days.end, days.filled_until, days.goes_on,
            turns_of(step, days.start, reads_text=self.reads_text), self.gate(step, stands), step.is_decision,
            tuple(self.branches(step)) if step.is_decision else (),
            arm.decision_id if arm is not None and arm.decision_id in self.here else None,
            branch_state(arm) if arm else "", self.in_arm(arm) if arm else "",
            late_words(step, stands, self.today, self.grace),
            isolated(plain(who_words(step))) if self.reads_text else "", planned_words(step),
        )  # fmt: skip

    def words(self, written: str, coded: str) -> str:
        return isolated(plain(written)) if self.reads_text else coded

    def gate(self, step: Step, stands: Stands) -> Gate | None:
        """Of a step that waits for something, or did: `stands` says how, as its page says it."""
        if not (step.after_step_id or step.not_before or step.only_if):
            return None
        state = Passage(stands.state.value)
        before = is_before_gate(as_it_stands(step))
        if before and step.status == Step.Status.PROPOSED:
            state = Passage.WAITING
        words = self.gate_words(step, state, stands.coded) if before else ""
        agreed = "" if before else f"was agreed: {self.conditions(step)}"
        return Gate(
            words, state, step.after_step_id, step.after_event, step.after_occurrence or 1, step.not_before, agreed
        )

    def conditions(self, step: Step) -> str:
        return conditions(
            step, not_before=day_words(step.not_before) if step.not_before else "",
            only_if=self.words(step.only_if, "a condition in words holds") if step.only_if else "",
        )  # fmt: skip

    def gate_words(self, step: Step, state: Passage, coded: str) -> str:
        if state == Passage.FAILED:
            return f"Condition failed: {coded}"
        words = self.conditions(step)
        # In a draft nothing waits yet, and what somebody has to judge is not for the program to call open.
        if step.status == Step.Status.PROPOSED or (state == Passage.OPEN and step.only_if):
            return capital(words)
        return f"Waits: {words}" if state == Passage.WAITING else f"May begin: {words}"

    def in_arm(self, arm: Arm) -> str:
        return in_arm_words(self.words(arm.name, f"arm {arm.position}"), arm.decision.number, branch_state(arm))

    def branches(self, decision: Step) -> Iterator[Branch]:
        for arm in decision.arms.all():
            own = [step.number for step in self.steps if step.arm_id == arm.pk]
            no_step = self.words(arm.no_step, "") if arm.no_step else ""
            state = "waiting"
            if decision.is_decided:
                state = "chosen" if decision.has_chosen(arm) else "set_aside"
            words = arm_words(self.words(arm.words, f"arm {arm.position}"), own, no_step, state)
            yield Branch(arm.pk, words, state)


def branch_state(arm: Arm) -> str:
    decision = arm.decision
    if not decision.is_decided:
        return "waiting"
    return "chosen" if decision.has_chosen(arm) else "set_aside"
