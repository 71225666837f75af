"""Templates of plans and the rules in force as PlanDefinitions."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from accounts.models import User
from careplans.api.fhir.datatypes import Resource, extension, instant, meta
from careplans.api.fhir.resources.activities import PERIOD_UNITS
from careplans.api.fhir.resources.advisories import RULES
from careplans.api.fhir.resources.care_plans import template_url
from careplans.api.fhir.terms.systems import CANONICAL, DISCIPLINE, GOAL, TERMINOLOGY, modality
from careplans.models import PlanTemplateVersion
from careplans.plan_templates.content import TemplateContent, TemplateStep, read_content
from careplans.rules.in_force import rules_in_force

# The rules that came with the program have no day of their own.
BEGUN = datetime(2026, 1, 1, tzinfo=UTC)


def template(row: PlanTemplateVersion) -> Resource:
    content = read_content(row.content)
    return {
        "resourceType": "PlanDefinition",
        "id": f"template-{row.pk}",
        "meta": meta(row.ended_at or row.published_at or row.changed_at),
        "url": template_url(row.template.slug),
        "version": str(row.number),
        "name": _name(row.template.slug),
        "title": row.title,
        "type": _type("clinical-protocol"),
        "status": "active" if row.state == PlanTemplateVersion.State.PUBLISHED else "retired",
        "date": instant(row.published_at),
        "description": content.summary,
        "purpose": content.aim,
        "goal": [
            {"id": f"goal-{goal.replace('_', '-')}", "description": GOAL.concept(goal)}
            for goal in dict.fromkeys(goal for step in content.ordered for goal in step.goals)
        ],
        "action": [_action(content, step) for step in content.ordered if not step.arm],
    }


def _name(slug: str) -> str:
    """As a program names it: letters and digits, beginning with a capital."""
    return "".join(word.capitalize() for word in slug.split("-")) or "Template"


def _type(code: str) -> dict[str, Any]:
    return {"coding": [{"system": f"{TERMINOLOGY}/plan-definition-type", "code": code}]}


def _action(content: TemplateContent, step: TemplateStep) -> dict[str, Any]:
    action: dict[str, Any] = {
        "id": f"step-{step.key}",
        "prefix": content.number_of(step),
        "title": step.description or step.modality,
        "code": [modality(step.modality, step.description)] if step.modality and not step.page else [],
        "goalId": [f"goal-{goal.replace('_', '-')}" for goal in step.goals],
        "condition": _condition(step.only_if),
        "relatedAction": [{"actionId": f"step-{step.after}", "relationship": "after"}] if step.after else [],
        "timingTiming": _timing(step),
        "participant": [{"type": "practitioner", "role": DISCIPLINE.concept(step.owner)}] if step.owner else [],
        "description": step.rationale,
    }
    if step.arms:
        arms = [
            {
                "id": f"arm-{arm.key}",
                "title": arm.name,
                "condition": _condition(arm.condition),
                "description": arm.no_step,
                "action": [_action(content, one) for one in content.ordered if one.arm == arm.key],
            }
            for arm in step.arms
        ]
        action |= {"selectionBehavior": "exactly-one", "action": arms}
    return action


def _condition(words: str) -> list[dict[str, Any]]:
    if not words:
        return []
    return [
        {"kind": "applicability", "expression": {"description": words, "language": "text/plain", "expression": words}}
    ]


def _timing(step: TemplateStep) -> dict[str, Any] | None:
    repeat: dict[str, Any] = {}
    if step.occurrences_planned:
        repeat["count"] = step.occurrences_planned
    if step.interval and step.interval_unit:
        repeat |= {"frequency": 1, "period": step.interval, "periodUnit": PERIOD_UNITS[step.interval_unit]}
    return {"repeat": repeat} if repeat else None


def rules(person: User) -> Iterator[Resource]:
    """Each rule in force, in words; how it decides stands in docs/advisories.md and is no program for another server."""
    row, found = rules_in_force()
    for rule in found:
        if rule.get("off"):
            continue
        yield {
            "resourceType": "PlanDefinition",
            "id": f"rule-{rule['id']}",
            "meta": meta(row.published_at if row else BEGUN),
            "url": f"{CANONICAL}/PlanDefinition/rule-{rule['id']}",
            "version": row.label if row else "seed-1",
            "name": f"Rule{str(rule['id']).replace('-', '')}",
            "title": str(rule["id"]),
            "type": _type("eca-rule"),
            "status": "active",
            "extension": [extension("rule-basis", valueCode=str(rule["basis"]))],
            "description": str(rule["advice"]),
            "relatedArtifact": [_source(number) for number in _texts(rule["seed"])],
            "action": [
                {
                    "title": str(rule["id"]),
                    "textEquivalent": str(rule["advice"]),
                    "code": [{"coding": [{"system": RULES, "code": str(rule["id"]), "display": str(rule["id"])}]}],
                }
            ],
        }


def _source(number: str) -> dict[str, Any]:
    """A statement of the source that the reference pages cite, too: S20."""
    return {
        "type": "derived-from",
        "label": number,
        "display": f"Statement {number} of the source of the reference pages",
    }


def _texts(found: object) -> list[str]:
    return [str(one) for one in found] if isinstance(found, list | tuple) else []
