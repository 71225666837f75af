"""The resource types that are served: where each comes from, what it can be searched by, and what follows it into an answer.

The CapabilityStatement is made from this table, and a test asks the server for everything that it says.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from careplans.api.fhir import audit_rows, people_rows, rows
from careplans.api.fhir.datatypes import Resource
from careplans.api.fhir.resources import (
    advisories,
    audit_events,
    care_plans,
    cases,
    definitions,
    deliveries,
    facts,
    goals,
    messages,
    patients,
    people,
    request_groups,
    requests,
    results,
    signing,
)
from careplans.api.fhir.search.params import Param, by_name
from careplans.api.fhir.shelves import Shelf
from careplans.api.fhir.sources import AnySource
from careplans.api.fhir.terms import resources as terms


@dataclass(frozen=True)
class Kind:
    """`needs`: elements that R4 asks for, and those that change what the others mean; they stay in an excerpt."""

    type: str
    sources: tuple[AnySource, ...]
    params: tuple[Param, ...] = ()
    needs: tuple[str, ...] = ()
    in_everything: bool = False
    in_project: ClassVar[bool] = False

    @property
    def by_name(self) -> dict[str, Param]:
        return by_name(self.params)

    @property
    def includes(self) -> list[Param]:
        return [param for param in self.params if param.type == "reference" and param.targets]


def _one(build: Callable[[Any], Resource]) -> Callable[[Any], Iterable[Resource]]:
    return lambda row: [build(row)]


def _token(name: str, *paths: str) -> Param:
    return Param(name, "token", paths or (name,))


def _date(name: str, *paths: str) -> Param:
    return Param(name, "date", paths or (name,))


def _ref(name: str, path: str, *targets: str) -> Param:
    return Param(name, "reference", (path,), targets)


PATIENT, SUBJECT = _ref("patient", "subject", "Patient"), _ref("subject", "subject", "Patient")
STATUS, BASED_ON = _token("status"), _ref("based-on", "basedOn", "CarePlan", "ServiceRequest")
REASON = _ref("reason-reference", "reasonReference", "Condition")
REPLACES = "replaces"
# Of what has an address and a title.
NAMED = (Param("url", "uri", ("url",)), _token("version"), STATUS, Param("title", "string", ("title",)))
AUDITED = tuple(sorted({path.partition("/")[0] for path in audit_events.RESOURCES.values()}))
STEPS = {"step": "steps"}

KINDS: dict[str, Kind] = {
    kind.type: kind
    for kind in (
        Kind(
            "Patient", (rows.patient_rows(_one(patients.patient)),),
            (
                Param("identifier", "token", ("identifier",), by_rows=True, only_posted=True),
                *(Param(name, "string", ("name",), by_rows=True, only_posted=True) for name in ("name", "family", "given")),
                Param("birthdate", "date", ("birthDate",), by_rows=True, only_posted=True), _token("active"),
                _token("gender"), _ref("link", "link.other", "Patient"),
            ),
            in_everything=True,
        ),
        Kind(
            "Condition",
            (
                rows.case_rows(
                    _one(cases.condition), ids={"": "pk"}, one_each=True, states=rows.CONDITION_STATES,
                    state_name="clinical-status",
                ),
            ),
            (
                PATIENT, SUBJECT, _token("clinical-status", "clinicalStatus"), _token("code"), _token("body-site", "bodySite"),
                _date("recorded-date", "recordedDate"),
            ),
            ("clinicalStatus", "subject"), in_everything=True,
        ),
        Kind(
            "CareTeam",
            (
                rows.case_rows(
                    _one(cases.care_team), ids={"": "pk"}, one_each=True, states=rows.TEAM_STATES,
                    special={"participant": rows.of_member},
                ),
            ),
            (PATIENT, SUBJECT, STATUS, _ref("participant", "participant.member", "Practitioner")), ("status",),
            in_everything=True,
        ),
        Kind(
            "CarePlan",
            (
                rows.plan_rows(
                    _one(care_plans.care_plan), one_each=True, states=True, replaces="amends", goal="pk",
                    performer=rows.PERFORMER,
                ),
            ),
            (
                PATIENT, SUBJECT, STATUS, _token("intent"), _token("category"), _date("date", "period"),
                _ref("condition", "addresses", "Condition"), _ref("care-team", "careTeam", "CareTeam"),
                _ref("goal", "goal", "Goal"), _ref(REPLACES, "replaces", "CarePlan"),
                _ref("performer", "activity.detail.performer", "Practitioner"),
                _token("activity-code", "activity.detail.code"),
                _date("activity-date", "activity.detail.scheduledPeriod", "activity.detail.scheduledTiming"),
                _token("identifier"), Param("instantiates-canonical", "uri", ("instantiatesCanonical",)),
            ),
            ("status", "intent", "subject"), in_everything=True,
        ),
        Kind(
            "Goal", (rows.plan_rows(goals.goals, ids={"plan": "pk"}, gives=2),),
            (PATIENT, SUBJECT, _token("lifecycle-status", "lifecycleStatus"), _date("start-date", "startDate")),
            ("lifecycleStatus", "description", "subject"), in_everything=True,
        ),
        Kind(
            "RequestGroup", (rows.plan_rows(_one(request_groups.request_group), one_each=True),),
            (
                PATIENT, SUBJECT, STATUS, _token("intent"), _date("authored", "authoredOn"),
                _ref("author", "author", "Practitioner"),
            ),
            ("status", "intent"), in_everything=True,
        ),
        Kind(
            "ServiceRequest",
            (
                rows.plan_rows(
                    requests.step_requests, ids=STEPS, gives=3, replaces="steps__carried_from", performer=rows.PERFORMER
                ),
                rows.follow_up_rows(_one(requests.follow_up_request), one_each=True),
            ),
            (
                PATIENT, SUBJECT, STATUS, _token("intent"), _token("code"), BASED_ON,
                _date("occurrence", "occurrencePeriod", "occurrenceTiming"), _date("authored", "authoredOn"),
                _ref("performer", "performer", "Practitioner"), _ref("requester", "requester", "Practitioner"),
                _ref(REPLACES, "replaces", "ServiceRequest"), _token("body-site", "bodySite"),
            ),
            ("status", "intent", "subject"), in_everything=True,
        ),
        Kind(
            "MedicationRequest", (rows.plan_rows(requests.medication_requests, ids=STEPS),),
            (
                PATIENT, SUBJECT, STATUS, _token("intent"), _token("code", "medicationCodeableConcept"),
                _date("authoredon", "authoredOn"), _ref("requester", "requester", "Practitioner"),
            ),
            ("status", "intent", "subject", "medicationCodeableConcept"), in_everything=True,
        ),
        Kind(
            "Task", (rows.task_rows(signing.tasks),),
            (
                _ref("patient", "for", "Patient"), _ref("subject", "for", "Patient"), STATUS,
                _token("business-status", "businessStatus"), _token("code"), _ref("focus", "focus", "CarePlan"), BASED_ON,
                _ref("owner", "owner", "Practitioner"), _ref("requester", "requester", "Practitioner"),
                _date("authored-on", "authoredOn"), _date("modified", "lastModified"), _token("intent"),
            ),
            ("status", "intent"), in_everything=True,
        ),
        Kind(
            "Procedure",
            (
                rows.plan_rows(deliveries.procedures, ids={**STEPS, "occurrence": "steps__occurrences"}, part_of="steps"),
                rows.case_rows(
                    deliveries.prior_procedures, ids={"prior": "prior_treatments"}, part_of=rows.NEVER, based_on=rows.NEVER
                ),
            ),
            (
                PATIENT, SUBJECT, STATUS, _token("code"), BASED_ON, _date("date", "performedPeriod", "performedDateTime"),
                _ref("part-of", "partOf", "Procedure"), REASON,
            ),
            ("status", "subject"), in_everything=True,
        ),
        Kind(
            "Observation",
            (
                rows.case_rows(
                    facts.facts, ids={"fact": "pk", "specimen": "specimens"}, gives=10, focus="pk",
                    part_of=rows.NEVER, based_on=rows.NEVER,
                ),
                rows.plan_rows(
                    results.observations, ids={"plan": "pk", **STEPS}, focus="case", part_of="steps", derived_from=rows.NEVER
                ),
            ),
            (
                PATIENT, SUBJECT, STATUS, _token("code"), _token("category"), _date("date", "effectiveDateTime"),
                _token("value-concept", "valueCodeableConcept"), _ref("based-on", "basedOn", "CarePlan"),
                _ref("part-of", "partOf", "Procedure"), _ref("derived-from", "derivedFrom", "Observation"),
                _ref("focus", "focus", "Condition"),
            ),
            ("status", "code"), in_everything=True,
        ),
        Kind(
            "AdverseEvent", (rows.plan_rows(results.adverse_events, ids={"plan": "pk", **STEPS}),),
            (SUBJECT, _token("actuality"), _token("event"), _token("severity")),
            ("actuality", "subject"), in_everything=True,
        ),
        Kind(
            "DetectedIssue", (rows.advisory_rows(_one(advisories.detected_issue)),),
            (
                _ref("patient", "patient", "Patient"), _token("code"), _date("identified", "identifiedDateTime"),
                _ref("implicated", "implicated", "CarePlan", "ServiceRequest"),
                _ref("author", "mitigation.author", "Practitioner"),
            ),
            ("status",), in_everything=True,
        ),
        Kind(
            "Appointment", (rows.follow_up_rows(requests.appointments),),
            (
                _ref("patient", "participant.actor", "Patient"), _ref("actor", "participant.actor", "Patient", "Practitioner"),
                STATUS, _token("service-type", "serviceType"), REASON, BASED_ON,
            ),
            ("status", "participant"), in_everything=True,
        ),
        Kind(
            "Communication", (rows.reminder_rows(messages.communications),),
            (
                PATIENT, SUBJECT, STATUS, _date("sent"), _ref("recipient", "recipient", "Practitioner"), _token("category"),
                _token("medium"),
            ),
            ("status",), in_everything=True,
        ),
        Kind(
            "Provenance",
            (rows.plan_rows(signing.provenances, ids={"signature": "signatures", "release": "pk"}, target="pk"),),
            (_ref("target", "target", "CarePlan"), _date("recorded"), _ref("agent", "agent.who", "Practitioner")),
            ("target", "recorded", "agent"), in_everything=True,
        ),
        Kind("Practitioner", (people_rows.people_rows(_one(people.practitioner)),), (_token("active"),)),
        Kind(
            "PractitionerRole", (people_rows.role_rows(_one(people.practitioner_role)),),
            (
                _ref("practitioner", "practitioner", "Practitioner"), _ref("organization", "organization", "Organization"),
                _token("active"), _token("role", "code"), _token("specialty"),
            ),
        ),
        Kind(
            "Organization", (people_rows.board_rows(_one(people.board)), people_rows.institution_rows(_one(people.institution))),
            (_token("active"), _token("type"), Param("name", "string", ("name",)), _ref("partof", "partOf", "Organization")),
        ),
        Kind(
            "PlanDefinition",
            (people_rows.template_rows(_one(definitions.template)), Shelf("reference.read", definitions.rules)),
            (*NAMED, _token("type"), _date("date")), ("status",),
        ),
        Kind(
            "AuditEvent", (audit_rows.audit_rows(_one(audit_events.audit_event)),),
            (
                _date("date", "recorded"), _ref("agent", "agent.who", "Practitioner"), _token("action"), _token("subtype"),
                _token("outcome"), _token("type"), _ref("entity", "entity.what", *AUDITED),
                _ref("patient", "entity.what", "Patient"),
            ),
            ("type", "recorded", "agent", "source"),
        ),
        Kind(
            "CodeSystem", (Shelf("reference.read", terms.code_systems),),
            NAMED, ("status", "content"),
        ),
        Kind(
            "ConceptMap", (Shelf("reference.read", terms.concept_maps),),
            (
                *NAMED, Param("source-system", "uri", ("group.source",)), Param("target-system", "uri", ("group.target",)),
                _token("source-code", "group.element.code"), _token("target-code", "group.element.target.code"),
            ),
            ("status",),
        ),
        Kind(
            "StructureDefinition", (Shelf("reference.read", terms.extensions),),
            NAMED, ("url", "name", "status", "kind", "abstract", "type"),
        ),
        Kind(
            "ValueSet", (Shelf("reference.read", terms.value_sets),),
            NAMED, ("status",),
        ),
    )
}  # fmt: skip
