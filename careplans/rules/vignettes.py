"""The worked plans of the invented cases under two sets of rules: what an editor sees before any real plan is asked."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from careplans.rules.engine import Draft, RuleSet, evaluate, read_draft

VIGNETTES = Path(__file__).resolve().parent / "data" / "vignettes.json"


def read_cases() -> list[dict[str, Any]]:
    """The invented cases, each with its facts and its worked plans. Sizes keep every digit."""
    found: list[dict[str, Any]] = json.loads(VIGNETTES.read_text(encoding="utf-8"), parse_float=Decimal)
    return found


@dataclass(frozen=True)
class VignetteChange:
    """One rule, with the worked plans on which it newly fires, no longer fires, or says something else."""

    rule: str
    fires: list[str]
    stops: list[str]
    differs: list[str]


@cache
def drafts() -> dict[str, Draft]:
    """By name, such as V1-A."""
    return {
        f"{case['id']}-{name}": read_draft({"facts": _facts(case, plan), "steps": list(_steps(plan["steps"]))})
        for case in read_cases()
        for name, plan in case["plans"].items()
    }


def compare(old: RuleSet, new: RuleSet) -> list[VignetteChange]:
    """Only rules that differ on some plan, in the order of the newer set and then of the older."""
    found: dict[str, tuple[list[str], list[str], list[str]]] = {}
    for name, draft in drafts().items():
        before, after = _fired(old, draft), _fired(new, draft)
        for key in sorted({*before, *after}, key=str):
            if before.get(key) == after.get(key):
                continue
            place = 0 if key not in before else 1 if key not in after else 2
            plans = found.setdefault(key[0], ([], [], []))[place]
            if name not in plans:
                plans.append(name)
    order = list(dict.fromkeys(rule.id for rules in (new, old) for rule in rules.rules))
    return [VignetteChange(rule, *found[rule]) for rule in order if rule in found]


def _fired(rules: RuleSet, draft: Draft) -> dict[tuple[str, str | None], tuple[object, ...]]:
    found = evaluate(rules, draft.facts, draft.steps)
    return {(f.rule, f.step): (f.advice, f.severity, f.statements) for f in found}


def _facts(case: dict[str, Any], plan: dict[str, Any]) -> dict[str, object]:
    """Lengths stand in cm as the source prints them; rules read whole millimetres."""
    facts = case["facts"] | plan["facts_changed"]
    return {
        name.replace("_cm", "_mm"): int(Decimal(value) * 10) if name.endswith("_cm") else value
        for name, value in facts.items()
    }


def _steps(text: str) -> Iterator[dict[str, object]]:
    """Steps as `order modality goals target=... cm=...; ...`."""
    for number, part in enumerate(text.split(";"), start=1):
        order, modality, goals, *rest = part.split()
        named = dict(word.split("=") for word in rest)
        step: dict[str, object] = {
            "id": f"s{number}", "order": int(order), "modality": modality, "goals": goals.split(","),
        }  # fmt: skip
        if "target" in named:
            step["target"] = named["target"]
        if "cm" in named:
            step["target_mm"] = None if named["cm"] == "none" else int(Decimal(named["cm"]) * 10)
        yield step
