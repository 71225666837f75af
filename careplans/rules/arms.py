"""Rules judge each arm as a plan of its own: a plan fires what any way through it fires, and says in which arm. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

from careplans.models import Step
from careplans.readers.steps.arms import Way, decisions_in, in_which_arms, ways_through
from careplans.rules.engine import Firing

# The field holds 400 letters; names of arms are free text.
LONGEST = 400


@dataclass(frozen=True)
class PlanFiring(Firing):
    """A firing on a plan. `in_arms`: in which arms alone, in words; empty where it fires whichever way the plan goes."""

    in_arms: str = ""


def judge_by_arms(steps: Sequence[Step], judge: Callable[[Sequence[Step]], Sequence[Firing]]) -> list[PlanFiring]:
    """`judge` is asked about each way through the plan. In the order in which it told the firings."""
    ways = ways_through(steps)
    found: dict[tuple[str, str | None], tuple[Firing, list[Way]]] = {}
    for way in ways:
        for firing in judge(way.steps):
            found.setdefault((firing.rule, firing.step), (firing, []))[1].append(way)
    decisions = decisions_in(steps)
    return [_placed(firing, in_which_arms(decisions, fired, of=ways)) for firing, fired in found.values()]


def _placed(firing: Firing, words: str) -> PlanFiring:
    values = {one.name: getattr(firing, one.name) for one in fields(Firing)}
    return PlanFiring(**values, in_arms=words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…")
