"""Steps as a list shows them: in order, with what runs side by side. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from careplans.models import Arm, Step


@dataclass(frozen=True)
class Placed:
    """A step with its place in the list, for the templates."""

    step: Step
    first: bool
    last: bool
    parallel: bool
    arms: "tuple[ArmShown, ...]" = ()
    """Of a decision: what may follow, each with its own steps."""


@dataclass(frozen=True)
class ArmShown:
    """One arm with its steps. `state`: `chosen` or `set_aside` once the board has decided, else `waiting`."""

    arm: Arm
    state: str
    label: str
    steps: list[Placed]


def grouped(rows: Iterable[Step]) -> list[Placed]:
    """Steps in order; `parallel` marks one that runs at the same time as the one above it. No query."""
    ordered = list(rows)
    return [
        Placed(step, index == 0, index == len(ordered) - 1, index > 0 and ordered[index - 1].position == step.position)
        for index, step in enumerate(ordered)
    ]


def with_arms(rows: Iterable[Step]) -> list[Placed]:
    """The same, with the steps of each arm under its decision. Steps from `for_plan()`; no query."""
    ordered = list(rows)
    decisions = {step.pk for step in ordered if step.is_decision}
    nested = [step for step in ordered if step.arm is not None and step.arm.decision_id in decisions]
    return [
        replace(placed, arms=arms_of(placed.step, nested)) if placed.step.is_decision else placed
        for placed in grouped(step for step in ordered if step not in nested)
    ]


def arms_of(decision: Step, nested: Iterable[Step]) -> tuple[ArmShown, ...]:
    """The arms of a decision that comes with them; `nested`: the steps of arms."""
    nested, shown = list(nested), []
    for arm in decision.arms.all():
        own = grouped(step for step in nested if step.arm_id == arm.pk)
        state, label = "waiting", "Not decided yet"
        if decision.is_decided:
            state, label = ("chosen", "Chosen") if decision.has_chosen(arm) else ("set_aside", "Set aside")
        shown.append(ArmShown(arm, state, label, own))
    return tuple(shown)
