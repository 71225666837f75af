"""What the OpenAPI document says once for all endpoints. The settings read it, so it imports nothing."""

from typing import Any

# Names of value sets, where a field's name alone would not tell them apart.
ENUM_NAMES: dict[str, str] = {
    "AdvisoryAnswer": "careplans.models.Advisory.Answer",
    "AdvisoryState": "careplans.models.Advisory.State",
    "Severity": "careplans.models.Advisory.Severity",
    "CaseStatus": "careplans.models.Case.Status",
    "CloseReason": "careplans.models.Case.CloseReason",
    "Discipline": "accounts.models.Discipline",
    "FollowUpKind": "careplans.models.schedules.Kind",
    "FollowUpStatus": "careplans.models.FollowUp.Status",
    "Function": "careplans.models.fact_values.Function",
    "GateState": "careplans.readers.steps.gates.State",
    "GeneTest": "careplans.models.fact_values.GeneTest",
    "PastFate": "careplans.models.plan_schedules.PlanSchedule.Fate",
    "MonitoringWhen": "careplans.models.Monitoring.When",
    "OtherNameKind": "careplans.models.PatientName.Kind",
    "OccurrenceStatus": "careplans.models.Occurrence.Status",
    "PlanStatus": "careplans.models.Plan.Status",
    "Present": "careplans.models.fact_values.Present",
    "SignatureStatus": "careplans.models.Signature.Status",
    "SpecimenKind": "careplans.models.fact_values.SpecimenKind",
    "SpecimenSite": "careplans.models.fact_values.SpecimenSite",
    "StepReason": "careplans.models.Step.Reason",
    "StepStatus": "careplans.models.Step.Status",
    "ScheduleFromEvent": "careplans.models.plan_schedules.PlanSchedule.FromEvent",
    "ScheduleUnit": "careplans.models.schedules.Unit",
    "YesNo": "careplans.models.fact_values.YesNo",
    "YesNoNotApplicable": "careplans.models.fact_values.YesNoNotApplicable",
    "ProformaSymptomControl": "careplans.models.fact_values.SymptomControl",
    "Response": "careplans.models.outcomes.Response",
    "Toxicity": "careplans.models.outcomes.Toxicity",
    "SymptomControl": "careplans.models.outcomes.SymptomControl",
    "Progression": "careplans.models.outcomes.Progression",
    "ResponseGiven": "careplans.models.outcomes.RESPONSES",
    "ToxicityGiven": "careplans.models.outcomes.TOXICITIES",
    "SymptomControlGiven": "careplans.models.outcomes.SYMPTOM_CONTROLS",
    "ProgressionGiven": "careplans.models.outcomes.PROGRESSIONS",
}

# Refusals, by status.
REFUSALS: dict[str, tuple[str, str]] = {
    "400": ("BadRequest", "Something in the request is not as it should be; each error names its field."),
    "401": ("NotSignedIn", "No valid token or session."),
    "403": ("NotAllowed", "Your role may not do this. The sentence says who may."),
    "404": ("NotFound", "There is no such row on your boards."),
    "409": ("Conflict", "It collides with what a colleague has just done."),
    "412": ("StaleVersion", "The version in If-Match is not the one that stands; `current` is what does."),
    "422": ("KeyUsedOtherwise", "The Idempotency-Key was used for another call."),
    "428": ("VersionMissing", "If-Match is missing."),
    "429": ("TooMany", "Too many attempts to sign in. Wait as long as Retry-After says."),
}


def _refusal(code: str, words: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{'Stale' if code == '412' else 'Problem'}"}
    return {"description": words, "content": {"application/json": {"schema": schema}}}


def close_bodies(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """What is only sent, and never answered, takes no field that is not listed."""
    schemas = result["components"]["schemas"]
    operations = [told for methods in result["paths"].values() for told in methods.values() if isinstance(told, dict)]
    sent = _reached(schemas, [told.get("requestBody") for told in operations])
    answered = _reached(schemas, [told.get("responses") for told in operations])
    for name in sent - answered:
        if schemas[name].get("type") == "object":
            schemas[name]["additionalProperties"] = False
    return result


def _reached(schemas: dict[str, Any], start: Any) -> set[str]:
    found: set[str] = set()
    todo = [start]
    while todo:
        part = todo.pop()
        name = str(part.get("$ref", "")).rpartition("/schemas/")[2] if isinstance(part, dict) else ""
        if name in schemas and name not in found:
            found.add(name)
            todo.append(schemas[name])
        todo += part.values() if isinstance(part, dict) else part if isinstance(part, list) else []
    return found


COMPONENTS: dict[str, Any] = {"responses": {name: _refusal(code, words) for code, (name, words) in REFUSALS.items()}}
