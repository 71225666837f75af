"""Sequencing advisories: facts + steps + declared rules in, firings out. Pure: nothing here imports Django.

    rule_set = seed_rule_set()                     # or parse_rule_set(data) of a centre's own
    draft = read_draft({"facts": {...}, "steps": [...]})
    for firing in evaluate(rule_set, draft.facts, draft.steps):
        ...

Whoever has rows instead of JSON gives `read_facts()` the names of `RULE_FACTS` and makes each `Step` itself.
docs/advisories.md describes the input and the condition language.
"""

from careplans.rules.engine.details import Detail
from careplans.rules.engine.documents import read_drafts
from careplans.rules.engine.evaluate import Firing, evaluate
from careplans.rules.engine.facts import CaseFacts, read_facts
from careplans.rules.engine.schema import Rule, RuleSet, parse_rule_set, seed_rule_set, seed_rules
from careplans.rules.engine.shapes import Malformed
from careplans.rules.engine.steps import OF_CASE, Draft, Step, read_draft
from careplans.rules.engine.vocabulary import DEFAULT_FLAGS, RULE_FACTS

__all__ = [
    "DEFAULT_FLAGS",
    "OF_CASE",
    "RULE_FACTS",
    "CaseFacts",
    "Detail",
    "Draft",
    "Firing",
    "Malformed",
    "Rule",
    "RuleSet",
    "Step",
    "evaluate",
    "parse_rule_set",
    "read_draft",
    "read_drafts",
    "read_facts",
    "seed_rule_set",
    "seed_rules",
]
