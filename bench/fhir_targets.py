"""Searches of FHIR, and far pages of them and of the API's lists, beside the first: they are to cost the same."""

from datetime import UTC
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from bench.rows import Rows
from careplans.api.fhir.search.query import page_token
from careplans.api.fhir.search.walking import Place
from careplans.models import Change, Plan, Step
from common.paging import position

ROOT = "/fhir/R4"
NEWEST = ("-pk",)
# Page 2,000 of fifty; of a smaller board the last one.
FAR = 1_999 * 50
SINCE = 50


def fhir_paths(rows: Rows, person: User) -> dict[str, str]:
    """By what each is called. The rows are like ones at every size."""
    patient, plan = rows.case.patient_id, rows.in_force.pk
    plans = Plan.objects.filter(board=rows.board)
    return {
        "FHIR CarePlan": f"{ROOT}/CarePlan",
        "FHIR CarePlan, page 2,000": f"{ROOT}/CarePlan?_page={page_token('CarePlan', Place(0, far_in(plans), 0))}",
        "FHIR CarePlan, two included": f"{ROOT}/CarePlan?_include=CarePlan:patient&_include=CarePlan:care-team",
        "FHIR CarePlan of a patient": f"{ROOT}/CarePlan?patient={patient}",
        "FHIR CarePlan, last changed": f"{ROOT}/CarePlan?_sort=-_lastUpdated",
        "FHIR CarePlan since": f"{ROOT}/CarePlan?_lastUpdated=ge{since(rows)}",
        "FHIR CarePlan, active": f"{ROOT}/CarePlan?status=active",
        "FHIR Condition": f"{ROOT}/Condition",
        "FHIR Observation of a patient": f"{ROOT}/Observation?patient={patient}",
        "FHIR Observation, page 2,000": f"{ROOT}/Observation?_page={page_token('Observation', Place(1, far_in(plans), 0))}",
        "FHIR Patient": f"{ROOT}/Patient",
        "FHIR Patient, who has": f"{ROOT}/Patient?_has:CarePlan:patient:status=active",
        "FHIR ServiceRequest": f"{ROOT}/ServiceRequest",
        "FHIR ServiceRequest of a plan": f"{ROOT}/ServiceRequest?based-on=CarePlan/{plan}",
        "FHIR Task to be done": f"{ROOT}/Task?owner=Practitioner/{person.pk}&status=completed",
        "FHIR Task, requested": f"{ROOT}/Task?status=requested",
        "FHIR everything of a patient": f"{ROOT}/Patient/{patient}/$everything",
    }


def far_paths(rows: Rows) -> dict[str, str]:
    found: dict[str, Any] = {
        "plans": Plan.objects.filter(board=rows.board),
        "steps": Step.objects.filter(board=rows.board),
    }
    return {
        f"API {noun}, page 2,000": f"/api/v1/{noun}/?page_size=50&cursor=n{far_in(of)}" for noun, of in found.items()
    } | {f"API {noun}, page of 50": f"/api/v1/{noun}/?page_size=50" for noun in found}


def far_in(rows: QuerySet[Any]) -> str:
    """The place behind which page 2,000 begins, or the last page."""
    keys = rows.order_by(*NEWEST).values_list("pk", flat=True)
    there = min(FAR, max(keys.count() - 51, 0))
    return position([keys[there]], NEWEST)


def since(rows: Rows) -> str:
    """When the fiftieth of the latest plans changed."""
    changes = Change.objects.filter(noun=Change.Noun.PLANS, board_id=rows.board.pk).order_by("-at", "-id")
    at = changes.values_list("at", flat=True)[:SINCE]
    return list(at)[-1].astimezone(UTC).isoformat().replace("+00:00", "Z")
