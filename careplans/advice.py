"""The sequencing advisories of a plan, beside the step they concern. Read-only: nothing is stored, nothing is blocked.

The rules look at the facts as they stand for a draft, and as they stood when the plan was submitted afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from careplans import advisories
from careplans.advisories import OF_CASE, RULE_FACTS, CaseFacts, Firing, RuleSet
from careplans.advisories.vocabulary import PRRT_AVAILABILITY
from careplans.models import Facts, Plan, Step
from modalities.models import StatementFlag

# Statements on the availability of PRRT (domain note I12).
AVAILABILITY_STATEMENTS = ("S26", "S27")


@dataclass(frozen=True)
class Advice:
    """The firings of one plan: those about the whole plan, and those about each step by its id."""

    whole: list[Firing] = field(default_factory=list)
    by_step: Mapping[int, list[Firing]] = field(default_factory=dict)
    rule_set: str = ""

    @property
    def warnings(self) -> list[Firing]:
        return [firing for firing in self.all if firing.severity == "warning"]

    @property
    def all(self) -> list[Firing]:
        return [*self.whole, *(firing for firings in self.by_step.values() for firing in firings)]


@cache
def rule_set() -> RuleSet:
    return advisories.seed_rule_set()


def advice_for(plan: Plan, steps: Sequence[Step], facts: Facts) -> Advice:
    """Evaluate the rules on a plan. One query, for the open content flags; steps and facts come loaded."""
    firings = advisories.evaluate(
        rule_set(), read_case(plan, facts), [read_step(step) for step in steps], flags=open_flags()
    )
    by_step: dict[int, list[Firing]] = {}
    for firing in firings:
        if firing.step is not None:
            by_step.setdefault(int(firing.step), []).append(firing)
    return Advice([firing for firing in firings if firing.step is None], by_step, rule_set().version)


def read_case(plan: Plan, facts: Facts) -> CaseFacts:
    """What the rules see: the facts now, or the snapshot on which a submitted plan was signed."""
    if plan.facts_snapshot and plan.status != Plan.Status.DRAFT:
        values = {name: plan.facts_snapshot.get(name) for name in RULE_FACTS}
    else:
        values = {name: getattr(facts, name) for name in RULE_FACTS}
    return advisories.read_facts(values)


def read_step(step: Step) -> advisories.Step:
    """A step without a figure of its own takes the case's (domain note B.3)."""
    return advisories.Step(
        id=str(step.pk), order=step.position, modality=step.modality_code, goals=frozenset(step.goals),
        target=step.target or None, target_mm=OF_CASE if step.target_mm is None else step.target_mm, status=step.status,
    )  # fmt: skip


def open_flags() -> frozenset[str]:
    """The PRRT availability flag is open until the newest note on each of its statements says `current`."""
    newest: dict[str, str] = {}
    notes = StatementFlag.objects.filter(
        statement__number__in=AVAILABILITY_STATEMENTS, about=StatementFlag.About.STATEMENT
    )
    for number, state in notes.order_by("noted_on", "pk").values_list("statement__number", "state"):
        newest[number] = state
    closed = len(newest) == len(AVAILABILITY_STATEMENTS) and set(newest.values()) == {StatementFlag.State.CURRENT}
    return frozenset() if closed else frozenset({PRRT_AVAILABILITY})
