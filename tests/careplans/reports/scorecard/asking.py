"""The scorecard as somebody asks it over the API, and days to do things on."""

from datetime import date

from careplans.models import Plan
from careplans.models.proforma import DAYS
from careplans.services.plans import draft_plan
from careplans.services.proforma import save_proforma
from careplans.services.steps import add_step
from common.partial_dates import PartialDate
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.reports.worked_out import on  # noqa: F401

FACTS = {
    "primary_site": "ileum", "grade": "G1", "grade_edition": "who_2022", "differentiation": "well", "ki67_percent": "2",
    "pathology_on": "2026-02-01", "extent": "metastatic", "functional_status": "functional", "syndrome": "carcinoid_syndrome",
    "hormone_symptoms_controlled": "partly", "sstr_expression": "high", "sstr_on": "2026-02", "tumour_volume": "low",
    "visceral_crisis": "none", "surgery_option": "no", "liver_metastases": "yes", "liver_surgery_option": "no", "ecog": 0,
    "echo_on": "2026-02-10", "largest_primary_mm": 21, "other_options_exhausted": "no",
    "trial_consideration": "none_available", "egfr_ml_min": "84",
}  # fmt: skip


def asked(person, **params):
    answer = Api(person).get("/scorecard/", **params)
    assert answer.status_code == 200, answer.content
    return answer.json()


def figures(person, **params):
    """By the name of the indicator. With `since` and `until` as they are given, the period before is as long."""
    return {one["name"]: one["figure"] for one in asked(person, **params)["results"]}


def share(figure):
    return figure["count"], figure["among"]


def span(figure):
    return figure["count"], figure["least"], figure["median"], figure["most"]


def make_case(board, number, *, by, facts=None, **fields):
    case = makers.make_case(board, by=by, record_number=f"SYN-{number}", **fields)
    if facts:
        record(case, facts, by=by)
    return case


def record(case, facts, *, by):
    """Facts as a form cleans them: dates may be known in part."""
    read = {name: PartialDate.read(value) if name in DAYS and value else value for name, value in facts.items()}
    save_proforma(case, read, by=by)


def drafted(case, *, by, steps=1):
    makers.make_modality("OSA")
    plan = draft_plan(case, by=by)
    for _ in range(steps):
        add_step(
            plan, by=by, phase="tumour_control", modality_code="OSA", goals=["tumour_control"], owner=by,
            planned_start=makers.TODAY(),
        )  # fmt: skip
    return Plan.objects.get(pk=plan.pk)


def in_force(case, *, by, chair, steps=1):
    """A plan that is sent to sign-off and released in the same hour."""
    plan = drafted(case, by=by, steps=steps)
    makers.submit(plan, by=by)
    makers.release(plan, by=chair)
    return Plan.objects.get(pk=plan.pk)


MARCH = {"since": date(2026, 3, 1), "until": date(2026, 3, 31)}
