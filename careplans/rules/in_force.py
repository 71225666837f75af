"""Which rules are in force, read and kept, and what differs between two sets. Reads rows and changes none."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from careplans.models import RuleSetVersion
from careplans.models.rule_sets import RuleData
from careplans.rules import engine
from careplans.rules.engine import Rule, RuleSet
from careplans.rules.engine.words import Words, words_of
from common.worddiff import Piece, word_diff

SEED = engine.seed_rule_set()
SEED_IDS = frozenset(rule.id for rule in SEED.rules)


@lru_cache(maxsize=8)
def published_set(pk: int, number: int, content_hash: str) -> RuleSet:
    """A published set, parsed once in a process. It never changes, and its hash is in the key: nothing here grows old."""
    return parsed(RuleSetVersion.objects.get(pk=pk))


def parsed(row: RuleSetVersion) -> RuleSet:
    return engine.parse_rule_set({"version": row.label, "rules": row.rules})


def rules_in_force() -> tuple[RuleSetVersion | None, list[RuleData]]:
    """The row (none: the program's own set) and its rules as written."""
    row = RuleSetVersion.objects.in_force().first()
    return row, (engine.seed_rules() if row is None else row.rules)


def hash_of(rules: Sequence[RuleData]) -> str:
    """SHA-256 in hex over the rules as compact JSON with sorted keys, in UTF-8."""
    text = json.dumps(rules, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class ShownRule:
    """A rule as a page shows it: beside the rule its condition in words and as it is written."""

    rule: Rule
    words: Words
    written: str

    @property
    def is_own(self) -> bool:
        return self.rule.id not in SEED_IDS


def shown(rule: Rule) -> ShownRule:
    return ShownRule(rule, words_of(rule.when), json.dumps(rule.when, indent=2, ensure_ascii=False))


@dataclass(frozen=True)
class RuleChange:
    """One rule that differs between two sets; `old` or `new` is empty where the rule was added or removed."""

    id: str
    old: Rule | None
    new: Rule | None

    @property
    def pieces(self) -> list[Piece]:
        """The wording, word by word, where it differs."""
        if self.old is None or self.new is None or self.old.advice == self.new.advice:
            return []
        return word_diff(self.old.advice, self.new.advice)

    @property
    def old_words(self) -> Words | None:
        return words_of(self.old.when) if self.old and self.new and self.old.when != self.new.when else None

    @property
    def new_words(self) -> Words | None:
        return words_of(self.new.when) if self.new and (self.old is None or self.old_words) else None


def changes_between(old: RuleSet, new: RuleSet) -> list[RuleChange]:
    """In the order of the newer set; removed rules last."""
    before, after = {rule.id: rule for rule in old.rules}, {rule.id: rule for rule in new.rules}
    ids = [*after, *(rule_id for rule_id in before if rule_id not in after)]
    changes = (RuleChange(rule_id, before.get(rule_id), after.get(rule_id)) for rule_id in ids)
    return [change for change in changes if change.old != change.new]
