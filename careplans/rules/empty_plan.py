"""What a plan without any step lacks: “no treatment now”, or one whose steps have all come to nothing.

The rules speak of plans with at least one step, and `advise` keeps to that. A board that plans nothing still has to see what
the rules would miss, so the app asks those that miss a step, and those that miss a fact, in its own words.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from careplans.rules import engine
from careplans.rules.engine import CaseFacts, Firing, RuleSet


def firings_of_nothing(
    rule_set: RuleSet, facts: CaseFacts, flags: Collection[str], *, no_treatment: bool
) -> list[Firing]:
    """What fires because the plan has no step, or although it has none. No query."""
    asked = [rule for rule in rule_set.rules if rule.scope == "plan"]
    lacking = tuple(rule for rule in asked if _misses_a_step(rule.when) or _misses_a_fact(rule.when))
    found = engine.evaluate(RuleSet(rule_set.version, lacking), facts, (), flags=flags, counts_nothing=True)
    why = "The plan says “no treatment now”" if no_treatment else "No step of the plan is left"
    return [replace(firing, advice=f"{why}. {firing.advice}") for firing in found]


def _misses_a_step(when: object) -> bool:
    """Whether a condition, as it was written, holds because a step is not there: `plan_lacks`, or `not` of `plan_has`."""
    if isinstance(when, Mapping):
        inner = when.get("not")
        if "plan_lacks" in when or (isinstance(inner, Mapping) and "plan_has" in inner):
            return True
        return any(_misses_a_step(part) for part in when.values())
    return isinstance(when, list | tuple) and any(_misses_a_step(part) for part in when)


def _misses_a_fact(when: object) -> bool:
    """Whether a condition, as it was written, holds because something is not recorded or cannot be derived."""
    if isinstance(when, Mapping):
        gap = "not_recorded" in _listed(when.get("in")) or (when.get("derived") and when.get("is") == "unknown")
        return bool("missing_any" in when or gap or any(_misses_a_fact(part) for part in when.values()))
    return isinstance(when, list | tuple) and any(_misses_a_fact(part) for part in when)


def _listed(values: object) -> Collection[object]:
    return values if isinstance(values, list | tuple) else ()
