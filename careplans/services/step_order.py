"""What speaks against starting a step now: the order of the plan and the step's gate. Read, shown and asked; it blocks nobody."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.core.exceptions import ValidationError

from careplans.models import Step, StepBreak
from careplans.models.plan_parts import LONG_TEXTS
from careplans.readers.steps.gates import capital, gate_of, is_met, load_gates, name_of


def order_concerns(step: Step, on: date, others: Sequence[Step] | None = None) -> list[str]:
    """Why starting now would be out of order or against the step's gate, as sentences. One query, and none where `others` are
    given: the steps of its plan, as a page has just read them."""
    if others is None:
        others = list(
            Step.objects.filter(plan_id=step.plan_id)
            .select_related("arm")
            .defer(*LONG_TEXTS)
            .order_by("position", "id")
        )
    load_gates([step], others)
    gate = gate_of(step, on)
    before = [other for other in others if _is_expected_before(other, step) and not _runs_as_planned(other, step)]
    held = [other for other in before if _may_run_beside(other, step)]
    waiting = [name_of(other) for other in before if other not in held]
    chosen = _not_chosen_yet(step, on, others)
    order = f"Out of order: it is not recorded yet what became of {', '.join(waiting)}." if waiting else ""
    concerns = (order, chosen, *_on_hold(held), gate.sentence and f"{gate.sentence}.", *gate.asks)
    return [sentence for sentence in concerns if sentence]


def check_order(step: Step, on: date, why: str) -> None:
    """Refused until somebody says why, where something speaks against it."""
    concerns = order_concerns(step, on)
    if concerns and not why.strip():
        raise ValidationError({"why": [*concerns, "Say why it starts now; it is recorded with the step."]})


def _not_chosen_yet(step: Step, on: date, others: Iterable[Step]) -> str:
    """A step of an arm begins once that is chosen."""
    if step.arm_id is None:
        return ""
    days = (other.ended_on for other in others if other.is_decision and other.chosen_arm_id == step.arm_id)
    after = next((day for day in days if day is not None and on < day), None)
    return f"Its arm was chosen on {after:%-d %B %Y}, after {on:%-d %B %Y}." if after else ""


def _is_expected_before(other: Step, step: Step) -> bool:
    """As `StepQuerySet.expected()`: one in an arm that nobody has chosen yet is not."""
    awaited = other.is_open and other.removed_at is None and (other.arm_id is None or other.due_on is not None)
    return awaited and other.position < step.position


def _runs_as_planned(earlier: Step, step: Step) -> bool:
    return earlier.status == Step.Status.IN_PROGRESS and _may_run_beside(earlier, step)


def _may_run_beside(earlier: Step, step: Step) -> bool:
    """Whether it is as planned that the earlier one has not ended: it is ongoing, or this one waits for less than its end."""
    if not earlier.is_running:
        return False
    less = step.after_step_id == earlier.pk and step.after_event != Step.AfterEvent.ENDED
    return earlier.is_ongoing or (less and is_met(step, earlier))


def _on_hold(steps: Iterable[Step]) -> list[str]:
    """Begun and on a break: not out of order, and yet not running beside. One query, and none where nothing is held."""
    found = {step.pk: step for step in steps}
    if not found:
        return []
    breaks = {row.step_id: row for row in StepBreak.objects.filter(step__in=found, ended_on=None)}
    words = {pk: f": {breaks[pk].words}" if pk in breaks else "" for pk in found}
    return [f"{capital(name_of(step))} has begun and is on hold{words[pk]}." for pk, step in found.items()]
