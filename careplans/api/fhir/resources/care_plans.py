from collections.abc import Iterator, Sequence
from typing import Any

from careplans.api.fhir.datatypes import Resource, day, extension, instant, meta, note, part, period, ref, refs, slug
from careplans.api.fhir.resources.activities import (
    ACTIVITY_STATUS,
    code_of,
    extensions_of,
    performers,
    planned_extensions,
    reason_of,
    scheduled_of,
)
from careplans.api.fhir.resources.deliveries import delivered
from careplans.api.fhir.terms.extensions import URL
from careplans.api.fhir.terms.systems import ACT, CANONICAL, CONTENT_HASH, FACT, FULFILMENT, MODALITY, PLAN_STATUS
from careplans.models import Plan, Step
from careplans.readers.facts.deciding_facts import FactDifference, changes_under
from careplans.readers.superseded_guidance import Concern
from common.centre_day import centre_zone

PLAN_STATUSES = {
    "draft": "draft", "in_signoff": "draft", "active": "active", "on_hold": "on-hold", "completed": "completed",
    "superseded": "revoked", "revoked": "revoked", "entered_in_error": "entered-in-error",
}  # fmt: skip
REQUEST_STATUSES = {**PLAN_STATUSES}


def plan_meta(plan: Plan) -> dict[str, Any]:
    return meta(plan.changed_at or plan.updated_at, synthetic=plan.is_synthetic)  # type: ignore[attr-defined]  # annotated


def care_plan(plan: Plan) -> Resource:
    """A plan with what became of its steps. As it was signed: `/_history/` and its content version."""
    steps: Sequence[Step] = list(plan.steps.all())
    signers = [row.signer_id for row in plan.signatures.all() if row.is_given]
    return {
        **(head := _head(plan)),
        "extension": [
            *head["extension"],
            *(_since_signed(one) for one in changes_under(plan)),
            *(found for one in plan.concerns for found in _superseded(one)),  # type: ignore[attr-defined]  # hung
        ],
        "status": PLAN_STATUSES[plan.status],
        "period": period(instant(plan.released_at), instant(plan.ended_at)) if plan.released_at else None,
        "contributor": refs("Practitioner", plan.submitted_by_id, *signers, plan.released_by_id),
        "goal": refs("Goal", *(goal_id(plan.pk, goal) for step in steps for goal in step.goals or ())),
        "activity": [_activity(plan, step) for step in steps],
        "note": note(
            plan.no_treatment_reason, plan.amendment_reason, plan.release_note, plan.end_words, plan.outcome_note
        ),
    }


def signed_care_plan(plan: Plan) -> Resource:
    """The content that the signatures cover: steps as they were planned, without what became of them."""
    steps: Sequence[Step] = list(plan.steps.all())
    activities = [_activity(plan, step, as_signed=True) for step in steps]
    return {
        **_head(plan),
        "meta": meta(plan.submitted_at or plan.updated_at, synthetic=plan.is_synthetic),  # type: ignore[attr-defined]
        "status": "active" if plan.released_at else "draft",
        "period": period(instant(plan.released_at)) if plan.released_at else None,
        "goal": refs("Goal", *(goal_id(plan.pk, goal) for step in steps for goal in step.goals or ())),
        "activity": activities,
        "note": note(plan.no_treatment_reason, plan.amendment_reason),
    }


def _since_signed(one: FactDifference) -> dict[str, Any] | None:
    parts = [
        part("fact", valueCoding=FACT.coding(one.name)),
        part("signed", valueString=one.signed_words),
        part("now", valueString=one.now_words),
    ]
    return extension("fact-since-signed", extension=[found for found in parts if found])


def _superseded(one: Concern) -> Iterator[dict[str, Any]]:
    """As its page asks about it: of each open step, the reference page under it that no longer stands."""
    revision, because = one.superseded.revision, one.superseded.because
    since = because.withdrawn_at.astimezone(centre_zone()).date() if because.withdrawn_at else because.in_force_on
    for step in one.steps:
        parts = [
            part("step", valueReference=ref("ServiceRequest", f"step-{step.pk}")),
            part("modality", valueCoding=MODALITY.coding(revision.modality.code) if revision.modality.code else None),
            part("revision", valuePositiveInt=revision.number),
            part("withdrawn", valueBoolean=one.superseded.is_withdrawn),
            part("since", valueDate=day(since)),
        ]
        yield {"url": f"{URL}/guidance-superseded", "extension": [found for found in parts if found]}


def goal_id(plan: int, goal: str) -> str:
    return f"plan-{plan}-{slug(goal)}"


def template_url(slug: str) -> str:
    return f"{CANONICAL}/PlanDefinition/{slug}"


def _head(plan: Plan) -> Resource:
    template = plan.template_slug  # type: ignore[attr-defined]  # annotated
    return {
        "resourceType": "CarePlan",
        "id": str(plan.pk),
        "meta": plan_meta(plan),
        "extension": [
            extension("plan-status", valueCoding=PLAN_STATUS.coding(plan.status)),
            extension("content-version", valuePositiveInt=plan.content_version),
            extension("no-treatment-now", valueBoolean=plan.no_treatment or None),
        ],
        "identifier": [{"system": CONTENT_HASH, "value": plan.content_hash}] if plan.content_hash else [],
        "instantiatesCanonical": [f"{template_url(template)}|{plan.template_number}"] if template else [],  # type: ignore[attr-defined]
        "replaces": [ref("CarePlan", plan.amends_id)] if plan.amends_id else [],
        "intent": "plan",
        "category": [ACT.concept("net-board-plan")],
        "title": f"Plan {plan.number}",
        "description": plan.aim,
        "subject": ref("Patient", plan.case.patient_id),
        "created": instant(plan.created_at),
        "author": ref("Practitioner", plan.created_by_id),
        "careTeam": [ref("CareTeam", plan.case_id)],
        "addresses": [ref("Condition", plan.case_id)],
        "supportingInfo": [ref("RequestGroup", plan.pk)],
    }


def _activity(plan: Plan, step: Step, *, as_signed: bool = False) -> dict[str, Any]:
    """Detail and outcome, never detail and reference (cpl-3)."""
    status = "not-started" if as_signed else ACTIVITY_STATUS[step.status]
    told = [] if as_signed else [key for kind, key in delivered(step)]
    fulfilled = FULFILMENT.concept(step.fulfilment, step.outcome) if step.fulfilment and not as_signed else None
    return {
        "extension": planned_extensions(step) if as_signed else extensions_of(step),
        "outcomeCodeableConcept": [fulfilled],
        "outcomeReference": refs("Procedure", *told),
        "detail": {
            "kind": "ServiceRequest",
            "code": code_of(step),
            "status": status,
            "statusReason": None if as_signed else reason_of(step),
            "goal": refs("Goal", *(goal_id(plan.pk, goal) for goal in step.goals or ())),
            "reasonReference": [ref("Condition", plan.case_id)],
            **scheduled_of(step),
            "performer": [ref("Practitioner", step.owner_id)] if as_signed else performers(step),
            "description": step.rationale,
        },
    }
