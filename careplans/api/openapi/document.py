"""What the OpenAPI document says once for all endpoints. The settings read it, so it imports nothing."""

from typing import Any

# Names of value sets, where a field's name alone would not tell them apart.
ENUM_NAMES: dict[str, str] = {
    "AdviseStepStatus": "careplans.rules.engine.vocabulary.STATUSES",
    "ArmDirection": "careplans.api.serializers.arms.DIRECTIONS",
    "NextKind": "careplans.api.serializers.nothing_ahead.NEXT_KINDS",
    "ProblemType": "careplans.api.openapi.schema.PROBLEM_TYPES",
    "FollowUpState": "careplans.api.serializers.followups.STATES",
    "ImportedDoes": "careplans.models.ImportedPart.Does",
    "ImportFormat": "careplans.models.Import.Format",
    "AdvisoryAnswer": "careplans.models.Advisory.Answer",
    "AdvisoryState": "careplans.models.Advisory.State",
    "AfterEvent": "careplans.models.courses.AfterEvent",
    "BiliaryAccess": "careplans.models.fact_values.BiliaryAccess",
    "CaseStatus": "careplans.models.Case.Status",
    "CellType": "careplans.models.fact_values.CellType",
    "ChangedNoun": "careplans.models.Change.Noun",
    "CloseReason": "careplans.models.Case.CloseReason",
    "Course": "careplans.models.courses.Course",
    "Differentiation": "careplans.models.fact_values.Differentiation",
    "Discipline": "accounts.models.Discipline",
    "ExportedNoun": "careplans.exports.sources.TOLD",
    "ExportForm": "careplans.models.Export.Form",
    "ExportState": "careplans.models.Export.State",
    "ExportWhat": "careplans.exports.sources.CHOICES",
    "EventKind": "careplans.api.serializers.events.KINDS",
    "Extent": "careplans.models.fact_values.Extent",
    "FdgResult": "careplans.models.fact_values.FdgResult",
    "FollowUpKind": "careplans.models.schedules.Kind",
    "FollowUpStatus": "careplans.models.FollowUp.Status",
    "Frailty": "careplans.models.fact_values.Frailty",
    "Fulfilment": "careplans.models.step_values.Fulfilment",
    "Function": "careplans.models.fact_values.Function",
    "FunctionalStatus": "careplans.models.fact_values.FunctionalStatus",
    "GastricType": "careplans.models.fact_values.GastricType",
    "GateState": "careplans.readers.steps.gates.State",
    "GeneTest": "careplans.models.fact_values.GeneTest",
    "Goal": "careplans.models.step_values.Goal",
    "Grade": "careplans.models.fact_values.Grade",
    "GradeEdition": "careplans.models.fact_values.GradeEdition",
    "HeartDisease": "careplans.models.fact_values.HeartDisease",
    "IntervalUnit": "careplans.models.courses.IntervalUnit",
    "LetGoReason": "careplans.models.PatientBoard.LetGo",
    "LiverInvolvement": "careplans.models.fact_values.LiverInvolvement",
    "LiverLobes": "careplans.models.fact_values.LiverLobes",
    "MStage": "careplans.models.tnm.M",
    "MibgAvidity": "careplans.models.fact_values.MibgAvidity",
    "ModalityCode": "careplans.models.step_values.ModalityCode",
    "MonitoringWhen": "careplans.models.Monitoring.When",
    "NStage": "careplans.models.tnm.N",
    "NoteState": "modalities.models.StatementFlag.State",
    "OccurrenceStatus": "careplans.models.Occurrence.Status",
    "OldName": "careplans.api.serializers.patients.OLD_NAMES",
    "OtherMetastaticSite": "careplans.models.fact_values.OtherSite",
    "OtherNameKind": "careplans.models.PatientName.Kind",
    "PastFate": "careplans.models.plan_schedules.PlanSchedule.Fate",
    "Phase": "careplans.models.step_values.Phase",
    "PlanStatus": "careplans.models.Plan.Status",
    "PortalVein": "careplans.models.fact_values.PortalVein",
    "Present": "careplans.models.fact_values.Present",
    "ScorecardBetter": "careplans.reports.api.scorecard.BETTER",
    "ReportFigureKind": "careplans.reports.api.reports.KINDS",
    "PrimarySite": "careplans.models.fact_values.PrimarySite",
    "ProformaSymptomControl": "careplans.models.fact_values.SymptomControl",
    "Progression": "careplans.models.outcomes.Progression",
    "ProgressionGiven": "careplans.models.outcomes.PROGRESSIONS",
    "RecistChange": "careplans.models.fact_values.RecistChange",
    "RecordMoveKind": "careplans.models.RecordMove.Kind",
    "RecordMoveStatus": "careplans.models.RecordMove.Status",
    "RequiredWhen": "accounts.models.RequiredDiscipline.When",
    "Response": "careplans.models.outcomes.Response",
    "ResponseGiven": "careplans.models.outcomes.RESPONSES",
    "Role": "accounts.models.Role",
    "ScheduleFromEvent": "careplans.models.plan_schedules.PlanSchedule.FromEvent",
    "ScheduleOverlap": "careplans.models.PlanSchedule.Overlap",
    "ScheduleUnit": "careplans.models.schedules.Unit",
    "Severity": "careplans.models.Advisory.Severity",
    "Scope": "accounts.scopes.CHOICES",
    "Sex": "careplans.models.Patient.Sex",
    "SignatureStatus": "careplans.models.Signature.Status",
    "SpecimenKind": "careplans.models.fact_values.SpecimenKind",
    "SpecimenSite": "careplans.models.fact_values.SpecimenSite",
    "SstrExpression": "careplans.models.fact_values.SstrExpression",
    "StageBasis": "careplans.models.fact_values.StageBasis",
    "StagingSystem": "careplans.models.fact_values.StagingSystem",
    "StepReason": "careplans.models.Step.Reason",
    "StepReasonGiven": "careplans.models.step_values.REASONS_GIVEN",
    "StepReasonOffered": "careplans.models.step_values.REASONS_OFFERED",
    "StepStatus": "careplans.models.Step.Status",
    "SymptomControl": "careplans.models.outcomes.SymptomControl",
    "SymptomControlGiven": "careplans.models.outcomes.SYMPTOM_CONTROLS",
    "Syndrome": "careplans.models.fact_values.Syndrome",
    "TStage": "careplans.models.tnm.T",
    "Target": "careplans.models.step_values.Target",
    "Toxicity": "careplans.models.outcomes.Toxicity",
    "ToxicityGiven": "careplans.models.outcomes.TOXICITIES",
    "TransferConfirmed": "careplans.models.care_ends.CareEnd.Confirmed",
    "TreatmentEnded": "careplans.models.cases.PriorTreatment.Ended",
    "TrialConsideration": "careplans.models.fact_values.TrialConsideration",
    "TumourVolume": "careplans.models.fact_values.TumourVolume",
    "VisceralCrisis": "careplans.models.fact_values.VisceralCrisis",
    "YesNo": "careplans.models.fact_values.YesNo",
    "YesNoNotApplicable": "careplans.models.fact_values.YesNoNotApplicable",
}

# Refusals, by status.
REFUSALS: dict[str, tuple[str, str]] = {
    "400": ("BadRequest", "Something in the request is not as it should be; each error names its field."),
    "401": ("NotSignedIn", "No valid token or session."),
    "403": ("NotAllowed", "Your role may not do this. The sentence says who may."),
    "404": ("NotFound", "There is no such row on your boards."),
    "406": ("NoSuchForm", "There is no such form of this answer; the sentence names those that there are."),
    "409": ("Conflict", "It collides with what a colleague has just done."),
    "412": ("StaleVersion", "The version in If-Match is not the one that stands; `current` is what does."),
    "413": ("TooLarge", "The body is larger than can be taken at once. Nothing was saved."),
    "422": ("KeyUsedOtherwise", "The Idempotency-Key was used for another call."),
    "428": ("VersionMissing", "If-Match is missing."),
    "429": (
        "TooMany",
        "Too many calls in a minute, or too many attempts to sign in. Nothing was done. Wait as long as Retry-After says.",
    ),
}
NOT_MODIFIED = "NotModified"
WAIT = {"Retry-After": {"schema": {"type": "integer"}, "description": "Number of seconds to wait."}}


# Between the writing of a shape and `close_shapes`, which knows whether it is answered alone.
PROMISED = "x-promised"


def _refusal(code: str, words: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{'Stale' if code == '412' else 'Problem'}"}
    headers = {"headers": WAIT} if code == "429" else {}
    return {"description": words, **headers, "content": {"application/json": {"schema": schema}}}


def name_value_sets(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A filter takes the values that a field has: it names their set, so that a client passes on what it was given."""
    sets = {frozenset(one["enum"]): name for name, one in result["components"]["schemas"].items() if "enum" in one}
    for methods in result["paths"].values():
        for parameter in (one for told in methods.values() for one in told.get("parameters", ())):
            schema = parameter["schema"]
            place = schema.get("items", schema)
            if name := sets.get(frozenset(place.get("enum", ()))):
                place.pop("type", None)
                place.pop("enum")
                place["$ref"] = f"#/components/schemas/{name}"
    return result


def close_shapes(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """What is only sent takes no field that is not listed. What is only answered has each field that it promises."""
    schemas = result["components"]["schemas"]
    operations = [told for methods in result["paths"].values() for told in methods.values() if isinstance(told, dict)]
    sent = _reached(schemas, [told.get("requestBody") for told in operations])
    answered = _reached(schemas, [told.get("responses") for told in operations])
    for name in sent - answered:
        if schemas[name].get("type") == "object":
            schemas[name]["additionalProperties"] = False
    for name, schema in schemas.items():
        if all(one.get("type") == "array" for one in schema.get("oneOf", [{}])):
            # An empty list is each of them.
            schema["anyOf"] = schema.pop("oneOf")
        promised = schema.pop(PROMISED, ())
        if promised and name not in sent:
            schema["required"] = promised
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


COMPONENTS: dict[str, Any] = {
    "responses": {
        **{name: _refusal(code, words) for code, (name, words) in REFUSALS.items()},
        NOT_MODIFIED: {"description": "The answer is the one of the ETag in If-None-Match. It has no body."},
    }
}
