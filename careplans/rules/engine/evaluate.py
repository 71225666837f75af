"""Asks every rule about a plan. The advisories inform a board and never stop it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from careplans.rules.engine.details import Detail
from careplans.rules.engine.facts import CaseFacts
from careplans.rules.engine.schema import Rule, RuleSet
from careplans.rules.engine.situation import Situation, situation_of
from careplans.rules.engine.steps import Step
from careplans.rules.engine.vocabulary import DEFAULT_FLAGS


@dataclass(frozen=True)
class Firing:
    """One rule that fired, on one step or (step None) on the whole plan. Rule and step identify it within a plan."""

    rule: str
    step: str | None
    severity: str
    basis: str
    advice: str
    statements: tuple[str, ...]
    details: tuple[Detail, ...]
    rule_set: str

    def as_dict(self) -> dict[str, object]:
        """As the command and the API print it."""
        return {
            "rule": self.rule, "step": self.step, "severity": self.severity, "advice": self.advice,
            "statements": list(self.statements), "rule_set": self.rule_set,
        }  # fmt: skip


def evaluate(
    rule_set: RuleSet, facts: CaseFacts, steps: Iterable[Step], *, flags: Collection[str] = DEFAULT_FLAGS,
    counts_nothing: bool = False,
) -> list[Firing]:  # fmt: skip
    """Every firing, in the order of the rules and then of the steps, whatever order the rows came in.

    Rules that the centre has switched off are not asked.

    `flags` are the content flags that are open: AVL-01 fires only while the PRRT availability statement is in doubt.
    `counts_nothing`: a plan without steps is asked about too.
    """
    situation = situation_of(facts, steps, flags, counts_nothing=counts_nothing)
    return [
        _firing(rule_set, rule, situation, step)
        for rule in rule_set.rules
        if not rule.off
        for step in (situation.steps if rule.scope == "step" else (None,))
        if rule.holds(situation, step)
    ]


def _firing(rule_set: RuleSet, rule: Rule, situation: Situation, step: Step | None) -> Firing:
    return Firing(
        rule=rule.id,
        step=step.id if step else None,
        severity=rule.severity,
        basis=rule.basis,
        advice=rule.advice,
        statements=rule.statements,
        details=tuple(detail for write in rule.lists for detail in write(situation.facts)),
        rule_set=rule_set.version,
    )
