"""Advisories over the API: kept ones with their arm and answer, and those of one plan as its pages show them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from careplans.models import Advisory, Plan
from careplans.rules.advisories import Given, answer_advisories
from careplans.services.proforma import save_proforma
from tests.careplans import makers
from tests.careplans.api import Api, attrs

pytestmark = pytest.mark.django_db
JUDGED = Given(answer="clinical_judgement", note="The tumour threatens the bowel.")
OPERABLE = {"functional_status": "functional", "extent": "localized", "surgery_option": "yes"}


@pytest.fixture
def case(board, ana):
    case = makers.make_case(board, by=ana)
    save_proforma(case, OPERABLE, by=ana)
    return case


@pytest.fixture
def plan(case, ana):
    return makers.make_plan(case, by=ana)


def fresh(plan):
    return Plan.objects.get(pk=plan.pk)


def test_a_kept_advisory_is_served_with_its_answer_and_what_was_known(plan, omar, nina):
    answer_advisories(fresh(plan), {("SUR-01", None): JUDGED}, by=omar)
    (row,) = Api(nina).get("/advisories/", plan=plan.pk, rule="SUR-01").json()["results"]
    assert (row["state"], row["answer"], row["note"]) == ("kept", "clinical_judgement", JUDGED.note)
    assert row["answered_by"] == {"id": omar.pk, "name": "Omar Oncologist"}
    assert row["facts"]["extent"] == "localized" and row["in_arms"] == "" and row["severity"] == "warning"
    assert Api(nina).get(f"/advisories/{row['id']}/").json() == row


def test_it_says_in_which_arm_it_fires(board, ana, chloe, nina):
    case = makers.make_case(board, by=ana)
    branched = makers.make_branched_plan(case, by=ana, chair=chloe)
    kept = {(row.rule, row.step_id): row.in_arms for row in Advisory.objects.filter(plan=branched.plan).standing()}
    assert any(kept.values())
    listed = Api(nina).get("/advisories/", plan=branched.plan.pk, standing=True).json()["results"]
    assert {(row["rule"], row["step"]): row["in_arms"] for row in listed} == kept
    shown = Api(nina).get(f"/plans/{branched.plan.pk}/advisories/").json()
    assert {(row["rule"], row["step"]): row["in_arms"] for row in shown} == kept


def test_what_stopped_firing_stays_and_is_told_apart(plan, case, ana):
    save_proforma(case, {"extent": "metastatic"}, by=ana)
    api = Api(ana)
    (row,) = api.get("/advisories/", rule="SUR-01").json()["results"]
    assert row["state"] == "obsolete" and row["ended_at"]
    assert api.get("/advisories/", rule="SUR-01", standing=True).json()["results"] == []


def test_a_filter_that_does_not_exist_is_refused(plan, ana):
    answer = Api(ana).get("/advisories/", answered=True)
    assert (answer.status_code, attrs(answer)) == (400, ["answered"])


def test_a_plan_shows_what_its_pages_show_with_the_answers(plan, ana, omar):
    answer_advisories(fresh(plan), {("SUR-01", None): JUDGED}, by=omar)
    shown = {(row["rule"], row["step"]): row for row in Api(ana).get(f"/plans/{plan.pk}/advisories/").json()}
    kept = {row.key for row in Advisory.objects.filter(plan=plan).standing()}
    assert set(shown) == kept and not any(row["since_facts_changed"] for row in shown.values())
    assert shown["SUR-01", None]["answer"]["note"] == JUDGED.note
    assert [row["answer"] for key, row in shown.items() if key != ("SUR-01", None)] == [None] * (len(kept) - 1)


def test_it_says_what_fires_only_since_the_facts_changed(board, ana, chloe):
    case = makers.make_case(board, by=ana)
    plan = makers.make_active_plan(case, by=ana, chair=chloe)
    save_proforma(case, OPERABLE, by=ana)
    since = [row["rule"] for row in Api(ana).get(f"/plans/{plan.pk}/advisories/").json() if row["since_facts_changed"]]
    assert "SUR-01" in since


def test_a_plan_that_has_ended_shows_what_was_kept(plan, ana):
    kept = {row.key for row in Advisory.objects.filter(plan=plan).standing()}
    Plan.objects.filter(pk=plan.pk).update(status="entered_in_error", end_reason="Twice.")
    assert {(row["rule"], row["step"]) for row in Api(ana).get(f"/plans/{plan.pk}/advisories/").json()} == kept


def test_another_board_sees_none(plan, otto):
    assert Api(otto).get("/advisories/").json()["results"] == []
    assert Api(otto).get(f"/advisories/{Advisory.objects.first().pk}/").status_code == 404
    assert Api(otto).get(f"/plans/{plan.pk}/advisories/").status_code == 404


def test_the_list_and_the_plan_take_as_many_queries_for_two_as_for_twelve(board, plan, ana):
    api = Api(ana)

    def cost(path):
        api.get(path)
        with CaptureQueriesContext(connection) as captured:
            assert api.get(path).status_code == 200
        return len(captured)

    few = cost("/advisories/"), cost(f"/plans/{plan.pk}/advisories/")
    for number in range(2, 12):
        case = makers.make_case(board, by=ana, record_number=f"SYN-{number}")
        save_proforma(case, OPERABLE, by=ana)
        many = makers.make_plan(case, by=ana, steps=12)
    assert (cost("/advisories/"), cost(f"/plans/{many.pk}/advisories/")) == few
