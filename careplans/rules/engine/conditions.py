"""The words of the condition language. Each `word(...)` here returns a closure: a rule is put together once, then only asked.

A condition is asked about a situation and, in a rule of scope step, about one of its steps. docs/advisories.md has an
example of each word; `grammar.py` reads them.
"""

import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from careplans.rules.engine.proforma import EITHER
from careplans.rules.engine.situation import Situation
from careplans.rules.engine.steps import Step

Condition = Callable[[Situation, Step | None], bool]
COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


@dataclass(frozen=True)
class Pattern:
    """Which steps are meant. What is empty asks for nothing; what is given must all hold."""

    modality: frozenset[str] = frozenset()
    modality_not: frozenset[str] = frozenset()
    goal_any: frozenset[str] = frozenset()
    goal_none: frozenset[str] = frozenset()
    target: frozenset[str] = frozenset()

    def fits(self, step: Step) -> bool:
        return (
            (not self.modality or not self.modality.isdisjoint(step.names))
            and self.modality_not.isdisjoint(step.names)
            and (not self.goal_any or not self.goal_any.isdisjoint(step.goals))
            and self.goal_none.isdisjoint(step.goals)
            and (not self.target or step.target in self.target)
        )

    def first_order(self, steps: Iterable[Step]) -> int | None:
        """The lowest order number among the steps that fit."""
        return min((step.order for step in steps if self.fits(step)), default=None)


def all_of(parts: Sequence[Condition]) -> Condition:
    return lambda situation, step: all(part(situation, step) for part in parts)


def any_of(parts: Sequence[Condition]) -> Condition:
    return lambda situation, step: any(part(situation, step) for part in parts)


def not_(part: Condition) -> Condition:
    return lambda situation, step: not part(situation, step)


def plan_nonempty() -> Condition:
    """Steps that are stopped or held are steps too: a plan of nothing else still lacks what it lacks."""
    return lambda situation, step: bool(situation.steps) or situation.counts_nothing


def fact_in(name: str, values: frozenset[str]) -> Condition:
    """A code that stands for either of two is met by each of them; the reverse is not known."""
    values = values.union(*(EITHER.get(value, ()) for value in values))
    return lambda situation, step: situation.facts.code(name) in values


def missing_any(factors: Sequence[str]) -> Condition:
    return lambda situation, step: any(situation.facts.lacks(factor) for factor in factors)


def derived_is(name: str, value: bool | str) -> Condition:
    return lambda situation, step: situation.facts.derived(name) == value


def flag_open(name: str) -> Condition:
    return lambda situation, step: name in situation.flags


def plan_has(pattern: Pattern) -> Condition:
    return lambda situation, step: any(pattern.fits(each) for each in situation.counting)


def earlier(a: Pattern, b: Pattern, *, or_equal: bool) -> Condition:
    """A step that fits `a` comes before the first that fits `b`; false if either is not there."""
    precedes = operator.le if or_equal else operator.lt

    def holds(situation: Situation, step: Step | None) -> bool:
        first_a, first_b = a.first_order(situation.counting), b.first_order(situation.counting)
        return first_a is not None and first_b is not None and precedes(first_a, first_b)

    return holds


def first_in(of: Pattern, includes: Pattern) -> Condition:
    """Among the first steps that fit `of` (several, if they run in parallel) one also fits `includes`."""

    def holds(situation: Situation, step: Step | None) -> bool:
        first = of.first_order(situation.counting)
        return any(each.order == first and of.fits(each) and includes.fits(each) for each in situation.counting)

    return holds


def step_fits(pattern: Pattern) -> Condition:
    return lambda situation, step: step is not None and pattern.fits(step)


def target_operability(value: str) -> Condition:
    return lambda situation, step: step is not None and situation.target_operability(step) == value


def target_mm_missing() -> Condition:
    return lambda situation, step: step is not None and situation.target_mm(step) is None


def target_mm_compares(comparison: str, limit: int) -> Condition:
    """False where the diameter is not recorded: a gap is neither large nor small."""
    compares = COMPARISONS[comparison]

    def holds(situation: Situation, step: Step | None) -> bool:
        size = None if step is None else situation.target_mm(step)
        return size is not None and compares(size, limit)

    return holds
