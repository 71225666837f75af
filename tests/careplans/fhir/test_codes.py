"""What each state is called in FHIR, pinned: a validator knows which codes there are, and not which of them is true."""

from datetime import date

import pytest

from careplans.api.fhir.resources import care_plans, deliveries, goals, requests, results, signing
from careplans.models import FollowUp, Occurrence, Plan, Signature, Step
from careplans.models.outcomes import GRADED
from careplans.services.followups import record_missed_follow_up
from careplans.services.signatures import send_back_plan
from tests.careplans import makers
from tests.careplans.fhir.fhir import Fhir, extension
from tests.careplans.reports.delivering import CYCLES, Delivery, on
from tests.factories import make_cast

pytestmark = pytest.mark.django_db
OUTCOME = {"response": "not_assessed", "progression": "not_assessed", "symptom_control": "not_assessed"}


@pytest.fixture
def cast(db):
    return make_cast()


@pytest.fixture
def delivery(cast):
    return Delivery(cast.board, cast.ana, cast.chloe)


def test_each_state_has_its_code_and_none_is_left_out():
    """By hand, from the value sets of R4: request-status, event-status, task-status, goal-status, adverse-event-severity."""
    assert care_plans.PLAN_STATUSES == {
        "draft": "draft", "in_signoff": "draft", "active": "active", "on_hold": "on-hold", "completed": "completed",
        "superseded": "revoked", "revoked": "revoked", "entered_in_error": "entered-in-error",
    }  # fmt: skip
    assert goals.GOAL_STATUS == {
        "draft": "proposed", "in_signoff": "proposed", "active": "active", "on_hold": "on-hold", "completed": "completed",
        "superseded": "cancelled", "revoked": "cancelled", "entered_in_error": "entered-in-error",
    }  # fmt: skip
    assert signing.TASK_STATUS == {
        "pending": "requested", "delegated": "requested", "approved": "completed", "approved_with_comment": "completed",
        "dissented": "completed", "declined": "rejected", "void": "cancelled",
    }  # fmt: skip
    assert requests.FOLLOW_UP_REQUEST == {
        "planned": "active", "done": "completed", "did_not_attend": "revoked", "cancelled": "revoked",
    }  # fmt: skip
    assert requests.STEP_REQUEST == {
        "proposed": "draft", "planned": "active", "in_progress": "active", "on_hold": "on-hold", "completed": "completed",
        "stopped": "revoked", "not_done": "revoked", "set_aside": "revoked",
    }  # fmt: skip
    assert deliveries.STEP_PROCEDURE == {
        "in_progress": "in-progress", "on_hold": "on-hold", "completed": "completed", "stopped": "stopped",
        "not_done": "not-done",
    }  # fmt: skip
    assert results.SEVERITY == {
        "grade_1": "mild", "grade_2": "moderate", "grade_3": "severe", "grade_4": "severe", "grade_5": "severe",
    }  # fmt: skip
    # Every state of a row has one.
    assert set(care_plans.PLAN_STATUSES) == set(goals.GOAL_STATUS) == set(Plan.Status.values)
    assert set(signing.TASK_STATUS) == set(Signature.Status.values)
    assert set(requests.FOLLOW_UP_REQUEST) == set(FollowUp.Status.values)
    assert set(requests.STEP_REQUEST) == set(Step.Status.values)
    assert set(results.SEVERITY) == set(GRADED)


def test_a_cycle_that_was_not_given_was_not_done(cast, delivery):
    """Of four the first was given, the second otherwise, the third left out; the fourth is still to come and no procedure."""
    step = delivery.one(code="CHEMO", **(CYCLES | {"occurrences_planned": 4}))
    delivery.give(step, 1, 3, 10)
    delivery.give_otherwise(step, 2, 4, 7)
    delivery.omit(step, 3, 5, 5)
    pk = {row.number: row.pk for row in Occurrence.objects.filter(step=step)}
    api = Fhir(cast.omar)
    found = {number: api.one(f"Procedure/occurrence-{pk[number]}") for number in (1, 2, 3)}
    assert {number: one["status"] for number, one in found.items()} == {1: "completed", 2: "completed", 3: "not-done"}
    days = {number: one.get("performedDateTime") for number, one in found.items()}
    assert days == {1: "2026-03-10", 2: "2026-04-07", 3: None}
    assert found[3]["statusReason"]["coding"][0]["code"] == "patient_choice"
    assert "statusReason" not in found[2]
    assert api.get(f"Procedure/occurrence-{pk[4]}").status_code == 404


@pytest.mark.parametrize(("begins", "told"), [(True, {1: "completed", 2: "not-done"}), (False, {})])
def test_a_cycle_that_was_never_due_is_no_procedure(cast, delivery, begins, told):
    """Of 10 March, 7 April and 5 May. Stopped on 8 April the third fell away; not done, the step says so by itself."""
    step = delivery.one(code="CHEMO", **(CYCLES | {"occurrences_planned": 3}))
    if begins:
        delivery.give(step, 1, 3, 10)
        delivery.stop(step, 4, 8, reason="progression")
    else:
        delivery.skip(step, 4, 8)
    found = {one["id"]: one["status"] for one in Fhir(cast.omar).found("Procedure")}
    assert found.pop(f"step-{step.pk}") == ("stopped" if begins else "not-done")
    assert found == {
        f"occurrence-{Occurrence.objects.get(step=step, number=number).pk}": state for number, state in told.items()
    }


def test_who_did_not_come_is_no_request_that_was_completed(cast):
    with on(3, 1):
        row = makers.make_follow_up(makers.make_case(cast.board, by=cast.ana), by=cast.ana, due_on=date(2026, 3, 9))
    with on(3, 12):
        record_missed_follow_up(row, by=cast.ana, expected_version=row.version, new_due_on=date(2026, 4, 20))
    missed, new = FollowUp.objects.order_by("pk")
    told = Fhir(cast.omar).one(f"ServiceRequest/followup-{missed.pk}")
    assert (told["status"], extension(told, "follow-up-status")["code"]) == ("revoked", "did_not_attend")
    assert Fhir(cast.omar).one(f"ServiceRequest/followup-{new.pk}")["status"] == "active"


def test_a_plan_that_was_sent_back_was_no_task_that_was_completed(cast, delivery):
    makers.require_disciplines(cast.board, "medical_oncology", "radiology")
    with on(3, 1):
        plan, _ = delivery.draft({})
        makers.submit(plan, by=cast.ana)
    with on(3, 2):
        plan = Plan.objects.get(pk=plan.pk)
        send_back_plan(
            plan, by=cast.omar, expected_version=plan.content_version, expected_hash=plan.content_hash,
            reason="Ki-67 is missing.",
        )  # fmt: skip
    row = Signature.objects.get(plan=plan, signer=cast.omar)
    told = Fhir(cast.ravi).one(f"Task/signature-{row.pk}")
    assert (told["businessStatus"]["coding"][0]["code"], told["status"]) == (row.status, {
        "declined": "rejected", "void": "cancelled",
    }[row.status])  # fmt: skip
    assert Fhir(cast.ravi).found("Task", {"status": "completed"}) == []


@pytest.mark.parametrize(
    ("grade", "severity", "outcome"),
    [
        ("grade_1", "mild", None), ("grade_2", "moderate", None), ("grade_3", "severe", None), ("grade_4", "severe", None),
        ("grade_5", "severe", "fatal"),
    ],
)  # fmt: skip
def test_a_grade_has_its_severity(cast, delivery, grade, severity, outcome):
    step = delivery.one()
    Step.objects.filter(pk=step.pk).update(
        status="completed", started_on="2026-03-10", ended_on="2026-03-12", fulfilment="full", due_on=None, toxicity=grade,
        toxicity_term="Neutropenia", **OUTCOME,
    )  # fmt: skip
    told = Fhir(cast.omar).one(f"AdverseEvent/step-{step.pk}")
    assert told["severity"]["coding"][0]["code"] == severity
    assert told["event"]["coding"][0]["code"] == grade
    assert told.get("outcome", {"coding": [{"code": None}]})["coding"][0]["code"] == outcome
