"""What a condition is asked about: the facts, the steps that take part, and the open content flags."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property

from careplans.rules.engine.facts import CaseFacts
from careplans.rules.engine.steps import Diameter, Step

LIVER_MODALITIES = frozenset({"TAE", "TACE", "SIRT"})


@dataclass(frozen=True)
class Situation:
    facts: CaseFacts
    steps: tuple[Step, ...]
    flags: Collection[str]
    # The app asks what a plan without any step lacks; otherwise no rule speaks of such a plan.
    counts_nothing: bool = False

    @cached_property
    def counting(self) -> tuple[Step, ...]:
        """What the plan has: without the steps that are stopped or held."""
        return tuple(step for step in self.steps if step.counts)

    def target_operability(self, step: Step) -> str:
        on_liver = step.modality in LIVER_MODALITIES or step.target == "liver"
        return self.facts.code("liver_surgery_option" if on_liver else "surgery_option")

    def target_mm(self, step: Step) -> int | None:
        """The step's own figure, else that of the case; None where neither is recorded."""
        if not isinstance(step.target_mm, Diameter):
            return step.target_mm
        if step.target == "liver":
            return self.facts.size("largest_liver_lesion_mm")
        return self.facts.size("largest_primary_mm") if step.target == "primary" else None


def situation_of(
    facts: CaseFacts, steps: Iterable[Step], flags: Collection[str], *, counts_nothing: bool = False
) -> Situation:
    """In an order that does not depend on the order of the rows, so that neither do the firings."""
    taking_part = (step for step in steps if step.takes_part)
    return Situation(facts, tuple(sorted(taking_part, key=lambda step: (step.order, step.id))), flags, counts_nothing)
