"""The gate of a step: open, waiting or failed. The days that follow from it are in gate_days.py.

Pure: rows come with the step that they wait for, the one that this waits for, and the decision about their arm
(`StepQuerySet.with_gate`); only `load_gates` asks the database. A step that has begun or ended has passed its gate, and so has
one that went on in an amendment.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import TextChoices

from careplans.models import Arm, Step
from careplans.models.step_values import reason_label

Status = Step.Status


class State(TextChoices):
    OPEN = "open", "Open"
    WAITING = "waiting", "Waits"
    FAILED = "failed", "Condition failed"


@dataclass(frozen=True)
class Gate:
    """`why` names steps by their titles, which are free text; `coded` says the same without, for what leaves the house."""

    state: State = State.OPEN
    why: str = ""
    coded: str = ""
    asks: tuple[str, ...] = ()
    """What nobody but a person can say: whoever starts the step answers it."""

    @property
    def label(self) -> str:
        return str(self.state.label)

    @property
    def is_closed(self) -> bool:
        return self.state != State.OPEN

    @property
    def has_failed(self) -> bool:
        return self.state == State.FAILED

    @property
    def sentence(self) -> str:
        """Without a full stop; empty where the gate is open."""
        return _sentence(self.state, self.why)

    @property
    def coded_sentence(self) -> str:
        return _sentence(self.state, self.coded)

    @property
    def reason(self) -> str:
        return self.sentence or " ".join(self.asks)


NO_GATE = Gate()


@dataclass(frozen=True)
class _Part:
    state: State
    why: str
    coded: str


def gate_of(step: Step, today: date) -> Gate:
    """Whether the step may begin on this day. No query."""
    if not is_before_gate(step):
        return NO_GATE
    parts = list(filter(None, [_of_arm(step.arm), _of_step(step), _of_day(step.not_before, today)]))
    for state in (State.FAILED, State.WAITING):
        found = [part for part in parts if part.state == state]
        if found:
            why, coded = (" and ".join(getattr(part, name) for part in found) for name in ("why", "coded"))
            return Gate(state, why, coded, _asks(step))
    return Gate(asks=_asks(step))


def is_before_gate(step: Step) -> bool:
    begun = step.started_on is not None or step.status not in (Status.PROPOSED, *Step.BEFORE_START)
    return not begun and step.carried_over_at is None and step.removed_at is None


def _of_arm(arm: Arm | None) -> _Part | None:
    """What the decision about its arm says: chosen, still to be made, or not to come any more."""
    if arm is None:
        return None
    decision = arm.decision
    name, coded = name_of(decision), f"step {decision.number}"
    if decision.removed_at is not None or decision.status in Step.FAILED:
        words = "where its arm was to be chosen, was not done"
        return _Part(State.FAILED, f"{name}, {words}", f"{coded}, {words}")
    if decision.status != Status.COMPLETED:
        return _Part(State.WAITING, f"for the decision of {name}", f"for the decision of {coded}")
    if decision.chosen_arm_id == arm.pk:
        return None
    return _Part(State.FAILED, f"another arm was chosen at {name}", f"another arm was chosen at {coded}")


def _of_step(step: Step, depth: int = 2) -> _Part | None:
    """What the step that is waited for says. Who waits for one that waits in vain still waits, and is told for what."""
    after = step.after_step
    if after is None or is_met(step, after):
        return None
    # Steps side by side share their number, so the modality stands beside it.
    coded = f"step {after.number} ({after.coded_name})"
    name = name_of(after)
    if after.removed_at is not None:
        return _Part(
            State.FAILED, f"{name} is not part of the plan any more", f"{coded} is not part of the plan any more"
        )
    if words := in_vain(step, after):
        return _Part(State.FAILED, f"{name} {words}", f"{coded} {words}")
    event = awaited(step, after)
    if after.awaits_decision:
        words = "whose arm is not chosen yet"
        return _Part(State.WAITING, f"for {event}{name}, {words}", f"for {event}{coded}, {words}")
    own = _of_step(after, depth - 1) if depth > 1 and is_before_gate(after) else None
    if own is None:
        return _Part(State.WAITING, f"for {event}{name}", f"for {event}{coded}")
    words = "whose own condition has failed:" if own.state == State.FAILED else "which itself waits"
    return _Part(State.WAITING, f"for {event}{name}, {words} {own.why}", f"for {event}{coded}, {words} {own.coded}")


def is_met(step: Step, after: Step) -> bool:
    """Whether what this step waits for of the other has come. In the database: `met_by_course`."""
    if step.after_event == Step.AfterEvent.OCCURRENCE:
        return after.occurrences_given >= (step.after_occurrence or 1)
    begun = step.after_event == Step.AfterEvent.BEGUN and after.started_on is not None
    return begun or after.status == Status.COMPLETED or _has_run_its_course(step, after)


def _has_run_its_course(step: Step, after: Step) -> bool:
    """Whether its end is waited for, and a stop is that end."""
    return after.has_run_its_course and step.after_event == Step.AfterEvent.ENDED


def in_vain(step: Step, after: Step) -> str:
    """Why what this step waits for, and has not come, will not come any more. In the database: `fails_by_course`."""
    ended = _ENDINGS.get(after.status, "")
    if step.after_event != Step.AfterEvent.OCCURRENCE:
        return ended if after.status in Step.FAILED else ""
    if after.status in Step.ENDED:
        return f"{ended or 'was completed'} with {after.delivered_words or 'nothing given'}"
    if after.is_counted and (after.occurrences_planned or 0) - after.occurrences_omitted < (step.after_occurrence or 1):
        left = (after.occurrences_planned or 0) - after.occurrences_omitted
        return f"will be given {left} times at most, of {after.occurrences_planned}"
    return ""


_ENDINGS: dict[str, str] = {
    Status.STOPPED: "was stopped",
    Status.NOT_DONE: "was not done",
    Status.SET_ASIDE: "was set aside with its arm",
}


def awaited(step: Step, after: Step) -> str:
    """“the start of”, “cycle 2 of”; nothing for its end."""
    if step.after_event == Step.AfterEvent.BEGUN:
        return "the start of "
    if step.after_event == Step.AfterEvent.OCCURRENCE:
        return f"{after.occurrence_word or 'occurrence'} {step.after_occurrence or 1} of "
    return ""


def _of_day(not_before: date | None, today: date) -> _Part | None:
    if not_before is None or not_before <= today:
        return None
    words = f"until {not_before:%-d %b %Y}"
    return _Part(State.WAITING, words, words)


def _asks(step: Step) -> tuple[str, ...]:
    after = step.after_step
    asks = []
    if after is not None and _ended_in_part(step, after):
        asks.append(f"{capital(name_of(after))} was completed {_in_part(after)}: does that meet the condition?")
    if after is not None and _has_run_its_course(step, after):
        asks.append(f"{capital(name_of(after))} {_stopped_why(after)}. Does that meet the condition?")
    if step.only_if:
        asks.append(f"This step depends on: {step.only_if}. Say whether that holds.")
    return tuple(asks)


def _ended_in_part(step: Step, after: Step) -> bool:
    """Only where its end is waited for: what has begun or been given has."""
    partial = after.fulfilment == Step.Fulfilment.PARTIAL or after.was_left_out_in_part
    return partial and after.status == Status.COMPLETED and step.after_event == Step.AfterEvent.ENDED


def _in_part(after: Step) -> str:
    return f"in part ({after.delivered_words})" if after.was_left_out_in_part else "in part"


def _stopped_why(after: Step) -> str:
    """With what it was to be stopped at, where the plan says so."""
    reason = f": {reason_label(after.reason, after.reason_note).lower()}" if after.reason else ""
    until = f" (planned until: {after.stop_when})" if after.stop_when else ""
    return f"was stopped{reason}{until}"


def _sentence(state: State, why: str) -> str:
    words = {State.WAITING: f"Waits {why}", State.FAILED: f"Its condition has failed: {why}"}
    return words.get(state, "")


def name_of(step: Step) -> str:
    return f"step {step.number} ({step.title})"


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def told_of_waiters(step: Step, others: Iterable[Step]) -> list[str]:
    """What stands on a step that others of its plan wait for: “Step 3 (PRRT) waited for this”."""
    waiters = [other for other in others if other.after_step_id == step.pk and is_before_gate(other)]
    return [f"{capital(name_of(other))} {words}" for other in waiters if (words := _told_of(other, step))]


def _told_of(other: Step, step: Step) -> str:
    if _ended_in_part(other, step):
        return f"waited for this, which was completed {_in_part(step)}."
    if _has_run_its_course(other, step):
        return f"waited for this, which {_stopped_why(step)}."
    if is_met(other, step):
        return ""
    if in_vain(other, step):
        return "waited for this: its condition has failed."
    event = awaited(other, step)
    return f"waits for {event}this." if event else "waits for this."


def load_gates(steps: Sequence[Step], known: Iterable[Step] | None = None) -> None:
    """Give each step what it waits for as it stands now. One query; none where nothing is waited for, or where all steps of
    the plan are known, each with its arm."""
    plans = {step.plan_id for step in steps if step.after_step_id or step.arm_id}
    if not plans:
        return
    if known is None:
        known = Step.objects.filter(plan__in=plans).select_related("arm").defer("rationale", "alternatives")
    rows = {row.pk: row for row in known}
    for step in (*rows.values(), *steps):
        if step.after_step_id in rows:
            step.after_step = rows[step.after_step_id]
        if step.arm_id and step.pk in rows:
            step.arm = rows[step.pk].arm
        if step.arm is not None and step.arm.decision_id in rows:
            step.arm.decision = rows[step.arm.decision_id]


def gate_now(step: Step, today: date) -> Gate:
    """The gate by what stands in the database at this moment. One query, and none where nothing is waited for."""
    load_gates([step])
    return gate_of(step, today)
