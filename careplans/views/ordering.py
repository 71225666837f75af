"""Steps as a list shows them: in order, with what runs side by side. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from careplans.models import Step


@dataclass(frozen=True)
class Placed:
    """A step with its place in the list, for the templates."""

    step: Step
    first: bool
    last: bool
    parallel: bool


def grouped(rows: Iterable[Step]) -> list[Placed]:
    """Steps in order; `parallel` marks one that runs at the same time as the one above it. No query."""
    ordered = list(rows)
    return [
        Placed(step, index == 0, index == len(ordered) - 1, index > 0 and ordered[index - 1].position == step.position)
        for index, step in enumerate(ordered)
    ]
