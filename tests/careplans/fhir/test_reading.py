"""One resource at a time: what it says of its row, its versions, its tag, and how a refusal is told."""

from datetime import date, timedelta

import pytest

from accounts.models import AuditEvent
from careplans.models import Advisory, Case, FollowUp, GuidanceAnswer, Occurrence, Plan, Signature, Step
from careplans.services.care_ends import record_death
from careplans.services.cases import add_prior_treatment
from careplans.services.followups import change_follow_up
from careplans.services.occurrence_progress import give_occurrence
from careplans.services.plans import amend_plan
from careplans.services.proforma import save_proforma
from careplans.services.step_progress import start_step, stop_step
from common.partial_dates import PartialDate
from modalities.models import Publication, Revision
from tests.careplans import makers
from tests.careplans.fhir.fhir import Fhir, extension, name, said
from tests.factories import make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db):
    return make_cast()


@pytest.fixture
def omar(cast):
    return Fhir(cast.omar)


def in_force(cast, **more):
    return makers.make_active_plan(makers.make_case(cast.board, by=cast.ana), by=cast.omar, chair=cast.chloe, **more)


def test_a_plan_names_its_patient_board_diagnosis_order_and_who_answers_for_it(cast, omar):
    plan = in_force(cast, steps=2)
    told = omar.one(f"CarePlan/{plan.pk}")
    assert (told["status"], told["intent"], told["title"]) == ("active", "plan", "Plan 1")
    assert told["subject"] == {"reference": f"Patient/{plan.case.patient_id}"}
    assert told["addresses"] == [{"reference": f"Condition/{plan.case_id}"}]
    assert told["careTeam"] == [{"reference": f"CareTeam/{plan.case_id}"}]
    assert told["author"] == {"reference": f"Practitioner/{cast.omar.pk}"}
    assert {"reference": f"Practitioner/{cast.chloe.pk}"} in told["contributor"]
    assert [extension(one, "sequence") for one in told["activity"]] == [1, 2]
    assert [one["detail"]["status"] for one in told["activity"]] == ["not-started", "not-started"]
    assert all("reference" not in one for one in told["activity"])
    assert told["meta"]["tag"][0]["code"] == "HTEST"


def test_what_is_referred_to_can_be_read(cast, omar):
    plan = in_force(cast)
    told = omar.one(f"CarePlan/{plan.pk}")
    references = [
        told["subject"], told["author"], *told["contributor"], *told["careTeam"], *told["addresses"], *told["goal"],
        *told["supportingInfo"],
    ]  # fmt: skip
    for one in references:
        assert omar.get(one["reference"]).status_code == 200, one


@pytest.mark.parametrize(
    ("state", "told"),
    [("in_progress", "in-progress"), ("on_hold", "on-hold"), ("planned", "not-started")],
)
def test_each_state_of_a_step_has_its_status(cast, omar, state, told):
    plan = in_force(cast)
    Step.objects.filter(plan=plan).update(status=state, started_on=date(2026, 1, 2), ended_on=None)
    activity = omar.one(f"CarePlan/{plan.pk}")["activity"][0]
    assert activity["detail"]["status"] == told
    assert extension(activity, "step-status")["code"] == state


def test_a_stopped_step_says_why_and_is_a_procedure_that_was_stopped(cast, omar):
    plan = in_force(cast)
    step = Step.objects.select_related("plan__case", "case", "board").get(plan=plan)
    start_step(step, by=cast.omar, expected_version=step.version, on=makers.TODAY())
    step.refresh_from_db()
    why = {"reason": "toxicity_or_not_tolerated", **makers.OUTCOME}
    stop_step(step, by=cast.omar, expected_version=step.version, on=makers.TODAY(), **why)
    detail = omar.one(f"CarePlan/{plan.pk}")["activity"][0]["detail"]
    assert detail["status"] == "stopped"
    assert detail["statusReason"]["coding"][0]["code"] == "toxicity_or_not_tolerated"
    procedure = omar.one(f"Procedure/step-{step.pk}")
    assert procedure["status"] == "stopped"
    assert procedure["performedPeriod"] == {"start": makers.TODAY().isoformat(), "end": makers.TODAY().isoformat()}


def test_an_amendment_replaces_the_plan_that_it_supersedes_and_tells_no_cycle_twice(cast, omar):
    step = makers.make_course(cast.board, by=cast.omar, chair=cast.chloe)
    first = Occurrence.objects.select_related("step__plan__case", "step__case", "step__board", "board").get(
        step=step, number=1
    )
    give_occurrence(first, by=cast.omar, expected_version=first.version, on=makers.TODAY())
    plan = Plan.objects.get(pk=step.plan_id)
    amended = amend_plan(plan, by=cast.omar, reason="Another interval", expected_version=plan.version)
    makers.submit(amended, by=cast.omar)
    makers.release(amended, by=cast.chloe)
    told = omar.one(f"CarePlan/{amended.pk}")
    assert told["replaces"] == [{"reference": f"CarePlan/{plan.pk}"}]
    assert omar.one(f"CarePlan/{plan.pk}")["status"] == "revoked"
    given = [one for one in omar.found("Procedure") if one["status"] == "completed"]
    assert [name(one) for one in given] == [f"Procedure/occurrence-{first.pk}"]
    running = [one for one in omar.found("Procedure") if one["status"] == "in-progress"]
    assert [one["basedOn"][0]["reference"] for one in running] == [f"CarePlan/{amended.pk}"]
    # One injection is one procedure, within that of its step.
    assert given[0]["partOf"] == [{"reference": name(running[0])}]


def test_a_decision_offers_exactly_one_of_its_arms(cast, omar):
    found = makers.make_branched_plan(makers.make_case(cast.board, by=cast.ana), by=cast.omar, chair=cast.chloe)
    group = omar.one(f"RequestGroup/{found.plan.pk}")
    decision = next(one for one in group["action"] if one["id"] == f"step-{found.decision.pk}")
    assert decision["selectionBehavior"] == "exactly-one"
    assert [arm["title"] for arm in decision["action"]] == ["responds", "else PRRT"]
    assert decision["action"][0]["action"][0]["resource"] == {"reference": f"ServiceRequest/step-{found.surgery.pk}"}
    after = next(one for one in group["action"] if one["id"] == f"step-{found.after.pk}")
    assert {"actionId": f"step-{found.decision.pk}", "relationship": "after-end"} in after["relatedAction"]


def test_a_place_in_the_order_waits_for_a_beginning_and_words_wait_for_nothing_else(cast, omar):
    """A course that runs on never ends, and one that depends on words has no order but these."""
    plan = makers.make_plan(makers.make_case(cast.board, by=cast.ana), by=cast.omar, steps=3)
    first, second, third = plan.steps.order_by("position")
    Step.objects.filter(pk=third.pk).update(only_if="Only on progression")
    _, follows, depends = omar.one(f"RequestGroup/{plan.pk}")["action"]
    assert follows["relatedAction"] == [{"actionId": f"step-{first.pk}", "relationship": "after-start"}]
    assert (
        "relatedAction" not in depends and depends["condition"][0]["expression"]["description"] == "Only on progression"
    )
    Step.objects.filter(pk=third.pk).update(after_step=first, after_event="ended")
    *_, gated = omar.one(f"RequestGroup/{plan.pk}")["action"]
    assert gated["relatedAction"] == [{"actionId": f"step-{first.pk}", "relationship": "after-end"}]


@pytest.mark.parametrize(
    ("gates", "related"),
    [
        ({}, ["", "1 after-start", "2 after-start"]),
        # The second waits for the end of the third: that comes after the first.
        ({2: 3}, ["", "3 after-end, 1 after-start", "1 after-start"]),
        # The first waits for the second, and so for nothing that stands behind it.
        ({1: 2}, ["2 after-end", "", "2 after-start"]),
        # The first waits for the third, which would wait for the second, which comes after the first.
        ({1: 3}, ["3 after-end", "1 after-start", ""]),
        ({1: 2, 2: 3}, ["2 after-end", "3 after-end", ""]),
    ],
)
def test_no_step_waits_for_one_that_waits_for_it(cast, omar, gates, related):
    """What stands in front may wait for what stands behind it: the place of that one then says nothing."""
    plan = makers.make_plan(makers.make_case(cast.board, by=cast.ana), by=cast.omar, steps=3)
    of_place = dict(enumerate(plan.steps.order_by("position"), 1))
    for waits, gate in gates.items():
        Step.objects.filter(pk=of_place[waits].pk).update(after_step=of_place[gate], after_event="ended")
    numbers = {f"step-{step.pk}": str(number) for number, step in of_place.items()}
    told = [
        ", ".join(f"{numbers[one['actionId']]} {one['relationship']}" for one in action.get("relatedAction", []))
        for action in omar.one(f"RequestGroup/{plan.pk}")["action"]
    ]
    assert told == related


def test_who_is_responsible_asserted_nothing_and_a_referred_tumour_has_no_clinical_status(cast, omar):
    case = in_force(cast).case
    told = omar.one(f"Condition/{case.pk}")
    assert "asserter" not in told and told["recorder"] == {"reference": f"Practitioner/{cast.ana.pk}"}
    assert extension(told, "responsible") == {"reference": f"Practitioner/{case.responsible_id}"}
    assert told["clinicalStatus"]["coding"][0]["code"] == "active"
    Case.objects.filter(pk=case.pk).update(status="referred")
    assert "clinicalStatus" not in omar.one(f"Condition/{case.pk}")
    assert omar.found("Condition", {"clinical-status": "active"}) == []


def test_a_complete_response_is_an_observation_and_no_remission(cast, omar):
    """A complete response is one of the lesions that were measured: nobody records that the patient is free of the disease."""
    plan = in_force(cast)
    step = plan.steps.get()
    Step.objects.filter(pk=step.pk).update(
        status="completed",
        fulfilment="full",
        response="complete",
        started_on=date(2026, 5, 4),
        ended_on=date(2026, 5, 4),
    )
    response = omar.one(f"Observation/step-{step.pk}-response")
    assert "complete" in [one["code"] for one in response["valueCodeableConcept"]["coding"]]
    assert omar.one(f"Condition/{plan.case_id}")["clinicalStatus"]["coding"][0]["code"] == "active"


@pytest.mark.parametrize(
    ("fact", "value", "status", "why"),
    [
        ("men1", "pending", "registered", "temp-unknown"), ("men1", "not_tested", "cancelled", "not-performed"),
        ("fdg_result", "not_done", "cancelled", "not-performed"),
    ],
)  # fmt: skip
def test_what_has_no_result_is_not_final(cast, omar, fact, value, status, why):
    case = makers.make_case(cast.board, by=cast.ana)
    save_proforma(case, {fact: value}, by=cast.ana)
    told = omar.one(f"Observation/fact-{case.pk}-{fact.replace('_', '-')}")
    assert (told["status"], "valueCodeableConcept" in told) == (status, False)
    assert [one["code"] for one in told["dataAbsentReason"]["coding"]] == [why, value]


def test_a_plan_says_which_facts_are_others_than_were_signed(cast, omar):
    case = makers.make_case(cast.board, by=cast.ana)
    save_proforma(case, {"grade": "G2"}, by=cast.ana)
    plan = makers.make_active_plan(case, by=cast.omar, chair=cast.chloe)
    assert "fact-since-signed" not in str(omar.one(f"CarePlan/{plan.pk}"))
    save_proforma(case, {"grade": "G3"}, by=cast.ana)
    told = omar.one(f"CarePlan/{plan.pk}")
    [changed] = [one["extension"] for one in told["extension"] if one["url"].endswith("/fact-since-signed")]
    fact, signed, now = changed
    assert fact["valueCoding"]["code"] == "grade"
    assert (signed["valueString"], now["valueString"]) == (
        "NET G2",
        "NET G3 (well differentiated)",
    )


def test_what_depends_on_words_is_an_option_and_its_goal_is_planned(cast, omar):
    plan = makers.make_plan(makers.make_case(cast.board, by=cast.ana), by=cast.omar, steps=2)
    Step.objects.filter(plan=plan, position=2).update(only_if="Only on progression", goals=["cure"])
    makers.submit(plan, by=cast.omar)
    makers.release(plan, by=cast.chloe)
    first, second = plan.steps.order_by("position")
    requests = {name(one): one for one in omar.found("ServiceRequest")}
    assert requests[f"ServiceRequest/step-{first.pk}"]["intent"] == "plan"
    assert requests[f"ServiceRequest/step-{second.pk}"]["intent"] == "option"
    assert omar.one(f"Goal/plan-{plan.pk}-cure")["lifecycleStatus"] == "planned"
    assert omar.one(f"Goal/plan-{plan.pk}-symptom-control")["lifecycleStatus"] == "active"


def test_an_earlier_treatment_tells_its_response(cast, omar):
    case = makers.make_case(cast.board, by=cast.ana)
    add_prior_treatment(case, by=cast.ana, modality_code="OSA", ended="not_known", response="partial")
    [told] = omar.found("Procedure")
    assert extension(told, "prior-response")["code"] == "partial"


def test_an_advisory_lists_what_it_says_is_listed(cast, omar):
    plan = in_force(cast)
    row = Advisory.objects.create(
        board=plan.board, case=plan.case, plan=plan, rule="XX-01", rule_set="seed-1", severity="info", basis="source",
        advice="The missing factors are listed.", details=["ECOG", "grade"], content_version=1, fired_at=plan.created_at,
    )  # fmt: skip
    assert omar.one(f"DetectedIssue/{row.pk}")["detail"] == "The missing factors are listed. ECOG; grade."


def test_an_advisory_and_its_rule_name_their_source(cast, omar):
    """SEQ-06 is an inference from S20 of the rules that came with the program."""
    plan = in_force(cast)
    rule = omar.one("PlanDefinition/rule-SEQ-06")
    numbers = [one["label"] for one in rule["relatedArtifact"]]
    assert (extension(rule, "rule-basis"), {one["type"] for one in rule["relatedArtifact"]}) == (
        "inference", {"derived-from"},
    )  # fmt: skip
    assert numbers and all(one.startswith("S") for one in numbers)
    row = Advisory.objects.create(
        board=plan.board, case=plan.case, plan=plan, rule="SEQ-06", rule_set="seed-1", severity="info", basis="inference",
        advice="One before the other.", statements=numbers, content_version=1, fired_at=plan.created_at,
    )  # fmt: skip
    told = omar.one(f"DetectedIssue/{row.pk}")
    assert extension(told, "rule-basis") == "inference"
    assert [one["valueCode"] for one in told["extension"] if one["url"].endswith("rule-statement")] == numbers
    assert told["code"]["coding"][0]["display"] == "SEQ-06" and told["code"]["text"] == "One before the other."


def test_a_gate_that_failed_and_the_days_of_a_single_step_stand_in_the_order(cast, omar):
    """Its end is waited for, and it was not done: what waits looks free, and is not."""
    day = makers.TODAY() + timedelta(days=90)
    first, second, _ = makers.make_gated_plan(
        makers.make_case(cast.board, by=cast.ana), by=cast.omar, chair=cast.chloe, after_event="ended", not_before=day
    )
    _, waits, _ = omar.one(f"RequestGroup/{first.plan_id}")["action"]
    assert (extension(waits, "gate-failed"), extension(waits, "not-before")) == (None, day.isoformat())
    assert waits["timingPeriod"]["start"] == second.planned_start.isoformat()
    Step.objects.filter(pk=first.pk).update(status="not_done", due_on=None, reason="patient_choice")
    _, waits, third = omar.one(f"RequestGroup/{first.plan_id}")["action"]
    assert extension(waits, "gate-failed") is True
    assert "extension" not in third


def test_guidance_that_no_longer_stands_is_told_until_it_is_answered(cast, omar):
    plan = in_force(cast)
    step = plan.steps.select_related("modality_revision__modality").get()
    assert extension(omar.one(f"CarePlan/{plan.pk}"), "guidance-superseded") is None
    old = step.modality_revision
    newer = Revision.objects.create(
        modality=old.modality, number=2, title=old.title, what_it_is="Newer words", indication="-", limits="-", goal="-",
        availability="-", references="-", change_note="newer", sha256="2" * 64,
    )  # fmt: skip
    page = Publication.objects.create(
        revision=newer, in_force_on=makers.TODAY(), matters_to_plans=True, why="Newer trials."
    )
    [told] = [one for one in omar.one(f"CarePlan/{plan.pk}")["extension"] if one["url"].endswith("guidance-superseded")]
    assert told["extension"][0] == {"url": "step", "valueReference": {"reference": f"ServiceRequest/step-{step.pk}"}}
    assert told["extension"][2:] == [
        {"url": "revision", "valuePositiveInt": 1}, {"url": "withdrawn", "valueBoolean": False},
        {"url": "since", "valueDate": makers.TODAY().isoformat()},
    ]  # fmt: skip
    GuidanceAnswer.objects.create(
        board=plan.board,
        plan=plan,
        revision=step.modality_revision,
        because=page,
        reason="It holds here.",
        by=cast.chloe,
    )
    assert extension(omar.one(f"CarePlan/{plan.pk}"), "guidance-superseded") is None


def test_a_follow_up_that_was_moved_says_from_when_and_how_often(cast, omar):
    case = makers.make_case(cast.board, by=cast.ana)
    row = makers.make_follow_up(case, by=cast.ana, due_on=makers.TODAY() + timedelta(days=5))
    for days in (9, 30):
        change_follow_up(
            row,
            by=cast.ana,
            expected_version=row.version,
            reason="Travels.",
            due_on=makers.TODAY() + timedelta(days=days),
        )
    told = omar.one(f"ServiceRequest/followup-{row.pk}")
    first = (makers.TODAY() + timedelta(days=5)).isoformat()
    assert (extension(told, "first-agreed"), extension(told, "times-moved")) == (first, 2)


def test_a_course_is_a_timing(cast, omar):
    step = makers.make_course(cast.board, by=cast.omar, chair=cast.chloe)
    repeat = omar.one(f"ServiceRequest/step-{step.pk}")["occurrenceTiming"]["repeat"]
    assert repeat["count"] == 4
    assert (repeat["frequency"], repeat["period"], repeat["periodUnit"]) == (1, 8, "wk")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("6", {"valueQuantity": {"value": 6, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"}}),
        ("2.5", {"valueQuantity": {"value": 2.5, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"}}),
        (
            "<1",
            {
                "valueQuantity": {
                    "value": 1,
                    "unit": "%",
                    "system": "http://unitsofmeasure.org",
                    "code": "%",
                    "comparator": "<",
                }
            },
        ),
        (
            ">95",
            {
                "valueQuantity": {
                    "value": 95,
                    "unit": "%",
                    "system": "http://unitsofmeasure.org",
                    "code": "%",
                    "comparator": ">",
                }
            },
        ),
        ("ca. 5", {"valueString": "ca. 5 %"}),
    ],
)
def test_a_figure_is_told_as_its_report_gives_it(cast, omar, written, value):
    case = makers.make_case(cast.board, by=cast.ana)
    save_proforma(case, {"ki67_percent": written}, by=cast.ana)
    told = omar.one(f"Observation/fact-{case.pk}-ki67-percent")
    assert {key: one for key, one in told.items() if key.startswith("value")} == value
    assert [one["code"] for one in told["code"]["coding"]] == ["ki67_percent", "29593-1"]


def test_a_range_has_two_ends(cast, omar):
    case = makers.make_case(cast.board, by=cast.ana)
    save_proforma(case, {"ki67_percent": "3-5"}, by=cast.ana)
    told = omar.one(f"Observation/fact-{case.pk}-ki67-percent")["valueRange"]
    assert (told["low"]["value"], told["high"]["value"]) == (3, 5)


def test_what_is_not_recorded_is_not_told(cast, omar):
    case = makers.make_case(cast.board, by=cast.ana)
    assert omar.found("Observation") == []
    assert omar.get(f"Observation/fact-{case.pk}-grade").status_code == 404


def test_a_death_is_told_as_far_as_it_is_known(cast, omar):
    patient = makers.make_patient(cast.board, by=cast.ana)
    record_death(
        patient, by=cast.chloe, expected_version=patient.version, year=2026, month=3, day=None, source="letter"
    )
    assert omar.one(f"Patient/{patient.pk}")["deceasedDateTime"] == "2026-03"


def test_a_signature_is_a_task_and_then_provenance_of_the_content_that_was_signed(cast, omar):
    makers.require_disciplines(cast.board, "medical_oncology")
    plan = makers.make_plan(makers.make_case(cast.board, by=cast.ana), by=cast.ana, owner=cast.omar)
    makers.submit(plan, by=cast.ana)
    row = Signature.objects.get(plan=plan)
    asked = omar.one(f"Task/signature-{row.pk}")
    assert (asked["status"], asked["focus"]["reference"]) == (
        "requested",
        f"CarePlan/{plan.pk}/_history/{row.content_version}",
    )
    assert omar.get(f"Provenance/signature-{row.pk}").status_code == 404
    makers.sign(plan, by=cast.omar)
    assert omar.one(f"Task/signature-{row.pk}")["status"] == "completed"
    given = omar.one(f"Provenance/signature-{row.pk}")
    assert given["agent"][0]["who"] == {"reference": f"Practitioner/{cast.omar.pk}"}
    assert given["entity"][0]["what"]["identifier"]["value"] == row.content_hash
    assert omar.one(given["target"][0]["reference"])["id"] == str(plan.pk)


def test_the_signed_version_stays_as_it_was_when_steps_are_carried_out(cast, omar):
    plan = in_force(cast)
    before = omar.one(f"CarePlan/{plan.pk}/_history/{plan.content_version}")
    step = Step.objects.select_related("plan__case", "case", "board").get(plan=plan)
    start_step(step, by=cast.omar, expected_version=step.version, on=makers.TODAY())
    assert omar.one(f"CarePlan/{plan.pk}")["activity"][0]["detail"]["status"] == "in-progress"
    after = omar.one(f"CarePlan/{plan.pk}/_history/{plan.content_version}")
    assert after["activity"] == before["activity"]
    assert after["meta"]["versionId"] == str(plan.content_version)


def test_the_history_of_a_plan_is_what_was_signed_and_what_stands(cast, omar):
    plan = in_force(cast)
    told = omar.one(f"CarePlan/{plan.pk}/_history")
    versions = [entry["resource"]["meta"]["versionId"] for entry in told["entry"]]
    assert told["type"] == "history"
    assert versions == [omar.one(f"CarePlan/{plan.pk}")["meta"]["versionId"], str(plan.content_version)]
    assert omar.get(f"CarePlan/{plan.pk}/_history/99").status_code == 404


def test_the_tag_moves_when_anything_that_is_told_does(cast, omar):
    plan = in_force(cast)
    first = omar.get(f"CarePlan/{plan.pk}")
    assert omar.get(f"CarePlan/{plan.pk}", **{"If-None-Match": first["ETag"]}).status_code == 304
    assert omar.client.head(f"/fhir/R4/CarePlan/{plan.pk}")["ETag"] == first["ETag"]
    step = Step.objects.select_related("plan__case", "case", "board").get(plan=plan)
    start_step(step, by=cast.omar, expected_version=step.version, on=makers.TODAY())
    again = omar.get(f"CarePlan/{plan.pk}", **{"If-None-Match": first["ETag"]})
    assert again.status_code == 200
    assert again["ETag"] != first["ETag"]


def test_reading_leaves_a_read_event(cast, omar):
    plan = in_force(cast)
    seen = AuditEvent.objects.latest("pk").pk
    omar.one(f"Goal/plan-{plan.pk}-symptom-control")
    event = AuditEvent.objects.get(pk__gt=seen, action="read", actor=cast.omar)
    assert (event.subject_type, event.subject_id) == ("plan", str(plan.pk))


def test_a_rediscussion_ahead_is_proposed_and_one_that_took_place_a_request_alone(cast, omar):
    case = makers.make_case(cast.board, by=cast.ana)
    row = makers.make_follow_up(case, by=cast.ana, kind="rediscussion")
    assert omar.one(f"Appointment/followup-{row.pk}")["status"] == "proposed"
    FollowUp.objects.filter(pk=row.pk).update(status="done", done_on=makers.TODAY())
    assert omar.get(f"Appointment/followup-{row.pk}").status_code == 404
    told = omar.one(f"ServiceRequest/followup-{row.pk}")
    assert (told["status"], extension(told, "done-on")) == ("completed", makers.TODAY().isoformat())


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("CarePlan/999999", 404, "not-found"), ("CarePlan/abc", 404, "not-found"), ("Nothing/1", 404, "not-found"),
        ("Goal/plan-1-nothing", 404, "not-found"), ("AuditEvent", 403, "forbidden"), ("AuditEvent/1", 403, "forbidden"),
        ("CarePlan/1?x=1", 400, "invalid"), ("CarePlan/99999999999999999999", 404, "not-found"), ("a/b/c/d", 404, "not-found"),
        ("CarePlan/1/_history/%00", 404, "not-found"), ("CarePlan?status=%00", 400, "invalid"), ("metadata?x=1", 400, "invalid"),
    ],
)  # fmt: skip
def test_every_refusal_is_an_operation_outcome(omar, path, status, code):
    answer = omar.client.get(f"/fhir/R4/{path}")
    assert answer.status_code == status
    assert said(answer)
    assert answer.json()["issue"][0]["code"] == code


def test_nothing_is_written_here(cast, omar):
    plan = in_force(cast)
    for method in ("post", "put", "patch", "delete"):
        answer = getattr(omar.client, method)(f"/fhir/R4/CarePlan/{plan.pk}")
        assert answer.status_code in (404, 405, 415)
        assert said(answer)


def test_another_form_than_json_is_refused(omar):
    refused = omar.get("metadata", Accept="application/fhir+xml")
    assert (refused.status_code, "application/fhir+json" in refused.content.decode()) == (406, True)
    assert omar.get("metadata", {"_format": "xml"}).status_code == 406
    assert omar.get("metadata", Accept="application/json")["Content-Type"] == "application/json"
    assert omar.get("metadata")["Content-Type"] == "application/fhir+json"


def test_without_a_token_nobody_is_told_anything(client, cast):
    answer = client.get("/fhir/R4/CarePlan")
    assert answer.status_code == 401
    assert answer.json()["issue"][0]["code"] == "login"


@pytest.mark.parametrize(
    ("begun", "ended", "told"),
    [
        ("2018-03", "2018", {"start": "2018", "end": "2018"}), ("2018", "2018-03", {"start": "2018", "end": "2018-03"}),
        ("2018", None, {"start": "2018"}), (None, "2019-01-02", {"end": "2019-01-02"}),
    ],
)  # fmt: skip
def test_a_treatment_of_before_is_told_as_far_as_its_days_are_known(cast, omar, begun, ended, told):
    days = {"started_on": begun and PartialDate.read(begun), "ended_on": ended and PartialDate.read(ended)}
    case = makers.make_case(cast.board, by=cast.ana)
    row = add_prior_treatment(case, by=cast.ana, modality_code="SURG", response="complete", **days)
    procedure = omar.one(f"Procedure/prior-{row.pk}")
    assert procedure["performedPeriod"] == told
    assert [one["code"] for one in procedure["code"]["coding"]] == ["SURG", "C15329"]
