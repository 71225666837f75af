"""The gate of a step: open, waiting or failed, and the days that follow from it.

Pure: rows come with the step that they wait for, and the one that this waits for (`StepQuerySet.with_gate`); only `load_gates`
asks the database. A step that has begun or ended has passed its gate, and so has one that went on in an amendment.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import TextChoices

from careplans.models import Step

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
    parts = list(filter(None, [_of_step(step.after_step), _of_day(step.not_before, today)]))
    for state in (State.FAILED, State.WAITING):
        found = [part for part in parts if part.state == state]
        if found:
            why, coded = (" and ".join(getattr(part, name) for part in found) for name in ("why", "coded"))
            return Gate(state, why, coded, _asks(step))
    return Gate(asks=_asks(step))


def is_before_gate(step: Step) -> bool:
    begun = step.started_on is not None or step.status not in (Status.PROPOSED, *Step.BEFORE_START)
    return not begun and step.carried_over_at is None and step.removed_at is None


def _of_step(after: Step | None, depth: int = 2) -> _Part | None:
    """What the step that is waited for says. Who waits for one that waits in vain still waits, and is told for what."""
    if after is None or after.status == Status.COMPLETED:
        return None
    # Steps side by side share their number, so the modality stands beside it.
    coded = f"step {after.position} ({after.reference_page_title or after.get_modality_code_display()})"
    name = _name(after)
    if after.removed_at is not None:
        return _Part(
            State.FAILED, f"{name} is not part of the plan any more", f"{coded} is not part of the plan any more"
        )
    if after.status in Step.FAILED:
        words = "was stopped" if after.status == Status.STOPPED else "was not done"
        return _Part(State.FAILED, f"{name} {words}", f"{coded} {words}")
    own = _of_step(after.after_step, depth - 1) if depth > 1 and is_before_gate(after) else None
    if own is None:
        return _Part(State.WAITING, f"for {name}", f"for {coded}")
    words = "whose own condition has failed:" if own.state == State.FAILED else "which itself waits"
    return _Part(State.WAITING, f"for {name}, {words} {own.why}", f"for {coded}, {words} {own.coded}")


def _of_day(not_before: date | None, today: date) -> _Part | None:
    if not_before is None or not_before <= today:
        return None
    words = f"until {not_before:%-d %b %Y}"
    return _Part(State.WAITING, words, words)


def _asks(step: Step) -> tuple[str, ...]:
    after = step.after_step
    asks = []
    if after is not None and after.status == Status.COMPLETED and after.fulfilment == Step.Fulfilment.PARTIAL:
        asks.append(f"{_capital(_name(after))} was completed in part: does that meet the condition?")
    if step.only_if:
        asks.append(f"This step depends on: {step.only_if}. Say whether that holds.")
    return tuple(asks)


def _sentence(state: State, why: str) -> str:
    words = {State.WAITING: f"Waits {why}", State.FAILED: f"Its condition has failed: {why}"}
    return words.get(state, "")


def _name(step: Step) -> str:
    return f"step {step.position} ({step.title})"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def told_of_waiters(step: Step, others: Iterable[Step]) -> list[str]:
    """What stands on a step that others of its plan wait for: “Step 3 (PRRT) waited for this”."""
    waiters = [other for other in others if other.after_step_id == step.pk and is_before_gate(other)]
    words = "waits for this."
    if step.status in Step.FAILED:
        words = "waited for this: its condition has failed."
    elif step.status == Status.COMPLETED:
        if step.fulfilment != Step.Fulfilment.PARTIAL:
            return []
        words = "waited for this, which was completed in part."
    return [f"{_capital(_name(other))} {words}" for other in waiters]


def next_day(step: Step) -> date | None:
    """The later of the step's own next date and the day on which its gate opens, as far as that is planned. No query."""
    if step.due_on is None or not is_before_gate(step):
        return step.due_on
    days = (step.due_on, step.not_before, day_opened_by(step.after_step))
    return max(day for day in days if day is not None)


def day_opened_by(step: Step | None) -> date | None:
    """When a step is past, as far as it is known: its end, or the day by which it is expected."""
    if step is None or step.status in Step.FAILED:
        return None
    if step.status == Status.COMPLETED:
        return step.ended_on
    if step.status == Status.IN_PROGRESS:
        return step.due_on
    return max((day for day in (step.planned_end, step.due_on) if day is not None), default=None)


@dataclass(frozen=True)
class Remark:
    """Something to look at before the plan is signed. Never in the way."""

    steps: frozenset[int]
    """Keys of the steps that it concerns."""
    text: str


def remarks(steps: Iterable[Step]) -> list[Remark]:
    """Dates that lie before a gate, and gates that have failed in the plan in force. Steps from `for_plan()`; no query."""
    return [remark for step in steps for remark in _remarks(step)]


def _remarks(step: Step) -> Iterable[Remark]:
    after, start, own = step.after_step, step.planned_start, frozenset({step.pk})
    name = _capital(_name(step))
    if step.not_before and start and start < step.not_before:
        yield Remark(own, f"{name} is planned to start on {_day(start)}, but not before {_day(step.not_before)}.")
    if after is None:
        return
    both = own | {after.pk}
    past, words = (after.planned_end, "end") if after.planned_end else (after.planned_start, "start")
    if past and start and start < past:
        yield Remark(
            both,
            f"{name} is planned to start on {_day(start)}, before {_name(after)}, which it waits for, is planned to {words} "
            f"on {_day(past)}.",
        )
    before = after.carried_from if after.status == Status.PROPOSED else None
    if before is not None and before.status in Step.FAILED:
        words = "was stopped" if before.status == Status.STOPPED else "was not done"
        yield Remark(both, f"{name} waits for {_name(after)}, which {words}: its condition has failed.")


def _day(day: date) -> str:
    return f"{day:%-d %b %Y}"


def load_gates(steps: Sequence[Step]) -> None:
    """Give each step those that it waits for as they stand now. One query, and none where nothing is waited for."""
    plans = {step.plan_id for step in steps if step.after_step_id}
    if not plans:
        return
    rows = {row.pk: row for row in Step.objects.filter(plan__in=plans).defer("rationale", "alternatives")}
    for step in (*rows.values(), *steps):
        if step.after_step_id:
            step.after_step = rows[step.after_step_id]


def gate_now(step: Step, today: date) -> Gate:
    """The gate by what stands in the database at this moment. One query, and none where nothing is waited for."""
    load_gates([step])
    return gate_of(step, today)
