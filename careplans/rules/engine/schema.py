"""Reads a rule set and refuses one that is not right, with the place named, before any plan is judged by it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from careplans.rules.engine.conditions import Condition
from careplans.rules.engine.details import DETAILS, DetailWriter
from careplans.rules.engine.grammar import Context, read_condition
from careplans.rules.engine.shapes import (
    Malformed,
    as_code,
    as_codes,
    as_items,
    as_keys,
    as_object,
    as_text,
    as_truth,
    inside,
    shown,
)
from careplans.rules.engine.vocabulary import ADDED_SOURCE, BASES, SCOPES, SEVERITIES, STATEMENTS

RULE_ID = re.compile(r"[A-Z][A-Z0-9]{1,11}-[0-9]{2,3}")
NEEDED = ("id", "scope", "severity", "seed", "basis", "when", "advice", "blocks")


@dataclass(frozen=True)
class Rule:
    """`when` is the condition as it was written, to be shown and edited; `holds` is the same, ready to be asked.

    `off` is the centre's reason for switching the rule off; a rule that is in use has none.
    """

    id: str
    scope: str
    severity: str
    basis: str
    statements: tuple[str, ...]
    advice: str
    when: Mapping[str, object] = field(hash=False)
    holds: Condition = field(repr=False, compare=False)
    lists: tuple[DetailWriter, ...] = field(repr=False, compare=False)
    off: str = ""


@dataclass(frozen=True)
class RuleSet:
    version: str
    rules: tuple[Rule, ...]


@cache
def seed_rule_set() -> RuleSet:
    """The 35 rules that come with the program."""
    return parse_rule_set(_seed_file())


def seed_rules() -> list[dict[str, object]]:
    """The same rules as they are written, for a centre to begin its own set from. A new list each time."""
    rules: list[dict[str, object]] = _seed_file()["rules"]
    return rules


def _seed_file() -> Any:
    return json.loads(Path(__file__).with_name("rules.json").read_text(encoding="utf-8"))


def parse_rule_set(data: object) -> RuleSet:
    """A rule set from plain data, or `Malformed` with the place of the first thing that is wrong."""
    found = as_keys(data, "", needed=("version", "rules"), allowed=("severities",))
    version = as_text(found["version"], "version")
    _same_severities(found.get("severities", SEVERITIES))
    rules: dict[str, Rule] = {}
    for item, place in as_items(found["rules"], "rules"):
        rule = parse_rule(item, place)
        if rule.id in rules:
            earlier = list(rules).index(rule.id)
            raise Malformed(inside(place, "id"), f"{shown(rule.id)} is the id of rules[{earlier}] already")
        rules[rule.id] = rule
    return RuleSet(version, tuple(rules.values()))


def _same_severities(data: object) -> None:
    """Pages grade by these three, least first; a rule set may repeat them but not change them."""
    if not isinstance(data, list | tuple) or tuple(data) != SEVERITIES:
        raise Malformed("severities", f"must be {', '.join(SEVERITIES)}, in this order")


def parse_rule(data: object, place: str) -> Rule:
    place = _named(data, place)
    found = as_keys(data, place, needed=NEEDED, allowed=("details", "off"))
    scope = as_code(found["scope"], inside(place, "scope"), SCOPES, "scope")
    when, context = found["when"], Context(scope)
    condition = read_condition(when, inside(place, "when"), context)
    if as_truth(found["blocks"], inside(place, "blocks")):
        raise Malformed(inside(place, "blocks"), "must be false: an advisory never blocks")
    return Rule(
        id=_rule_id(found["id"], inside(place, "id")),
        scope=scope,
        severity=as_code(found["severity"], inside(place, "severity"), SEVERITIES, "severity"),
        basis=as_code(found["basis"], inside(place, "basis"), BASES, "basis"),
        statements=_statements(found["seed"], inside(place, "seed")),
        advice=as_text(found["advice"], inside(place, "advice")),
        when=as_object(when, inside(place, "when")),
        holds=condition,
        lists=_lists(found, inside(place, "details"), context.factors),
        off=as_text(found["off"], inside(place, "off")) if "off" in found else "",
    )


def _statements(data: object, place: str) -> tuple[str, ...]:
    """Statements of the source document, or sources that the centre added, such as E1."""
    added = [each for each, _ in as_items(data, place) if isinstance(each, str) and ADDED_SOURCE.fullmatch(each)]
    return as_codes(data, place, (*STATEMENTS, *added), "statement")


def _named(data: object, place: str) -> str:
    """`rules[7] (SEQ-06)`: nobody counts rules."""
    rule_id = data.get("id") if isinstance(data, Mapping) else None
    return f"{place} ({rule_id})" if isinstance(rule_id, str) and RULE_ID.fullmatch(rule_id) else place


def _rule_id(data: object, place: str) -> str:
    rule_id = as_text(data, place)
    if not RULE_ID.fullmatch(rule_id):
        raise Malformed(place, f"must be like SEQ-01, not {shown(rule_id)}")
    return rule_id


def _lists(found: Mapping[str, object], place: str, factors: list[str]) -> tuple[DetailWriter, ...]:
    if "details" not in found:
        return ()
    names = as_codes(found["details"], place, DETAILS, "detail")
    if "missing_factors" in names and not factors:
        raise Malformed(place, "missing_factors needs a missing_any in the condition of the rule")
    return tuple(DETAILS[name](factors) for name in names)
