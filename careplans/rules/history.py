"""Every rule of every set that was ever in force, and since and until when."""

from dataclasses import dataclass
from datetime import datetime

from careplans.models import RuleSetVersion
from careplans.rules.engine import Rule
from careplans.rules.in_force import SEED, parsed


@dataclass(frozen=True)
class DatedRule:
    """A rule as one set has it. The program's own set is in force from the beginning on, until a centre's takes its place."""

    rule_set: str
    rule: Rule
    place: int
    in_force_from: datetime | None
    in_force_until: datetime | None

    @property
    def is_in_force(self) -> bool:
        return self.in_force_until is None


def dated_rules() -> list[DatedRule]:
    """The newest set first, each in the order in which its rules are asked. One query."""
    past = (RuleSetVersion.State.PUBLISHED, RuleSetVersion.State.SUPERSEDED)
    rows = list(RuleSetVersion.objects.filter(state__in=past).order_by("published_at", "number"))
    sets = [(SEED, None), *((parsed(row), row.published_at) for row in rows)]
    ends = [*(row.published_at for row in rows), None]
    return [
        DatedRule(rules.version, rule, place, start, end)
        for (rules, start), end in reversed(list(zip(sets, ends, strict=True)))
        for place, rule in enumerate(rules.rules, start=1)
    ]
