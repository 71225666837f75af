"""Who answered for changed facts stays to be read: on the pages of the plan, in its history, over the API; and an amendment tells
which facts have changed since the plan before was signed."""

import re

import pytest

from careplans.models import Plan, Proforma
from careplans.services.changed_facts import keep_on_changed_facts
from careplans.services.plan_ending import revoke_plan
from careplans.services.plans import amend_plan, edit_plan, recall_plan
from careplans.services.proforma import save_proforma
from careplans.services.steps import edit_step
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.doors import browser, queries_of, url

pytestmark = pytest.mark.django_db

KI67 = "Ki-67: signed on 6 %, now 80 %"


@pytest.fixture
def case(board, ana):
    case = makers.make_case(board, by=ana)
    save_proforma(case, {"ki67_percent": "6", "egfr_ml_min": "70"}, by=ana)
    return case


@pytest.fixture
def asked(board, case, ana, omar):
    """In sign-off, signed by Omar."""
    makers.require_disciplines(board, "medical_oncology")
    plan = makers.submit(makers.make_plan(case, by=ana), by=ana)
    makers.sign(plan, by=omar)
    return fresh(plan)


@pytest.fixture
def acknowledged(asked, case, ana, chloe):
    save_proforma(case, {"ki67_percent": "80"}, by=ana)
    return makers.release(asked, by=chloe, acknowledged=["ki67_percent"], note="Rebiopsy; it fits NEC too.")


@pytest.fixture
def active(asked, chloe):
    return makers.release(asked, by=chloe)


def fresh(plan):
    return Plan.objects.select_related("case__proforma", "case__patient", "board").get(pk=plan.pk)


def keep(plan, by):
    seen = {"facts_version": Proforma.objects.get(case=plan.case_id).version}
    return keep_on_changed_facts(fresh(plan), by=by, reason="One hot spot.", **seen)


def read(user, name, plan):
    return words(browser(user).get(url(name, plan.pk)).content.decode())


def words(page):
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


@pytest.mark.parametrize("page", ["plan", "plan_print", "signoff"])
def test_after_the_release_the_pages_say_who_acknowledged_which_facts_and_when(acknowledged, nina, page):
    text = read(nina, page, acknowledged)
    assert "Acknowledged by Chloe Chair on " in text and KI67 in text and "“Rebiopsy; it fits NEC too.”" in text


def test_the_pages_of_a_step_say_so_too(acknowledged, ana):
    page = browser(ana).get(url("step_deliver", acknowledged.steps.get().pk))
    assert "Acknowledged by Chloe Chair" in words(page.content.decode())


def test_the_pages_of_a_step_tell_what_fires_since_the_facts_changed(active, case, ana):
    page = url("step_deliver", active.steps.get().pk)
    operable = {"extent": "localized", "surgery_option": "yes", "functional_status": "functional"}
    save_proforma(case, operable, by=ana)
    assert "Since the facts changed, this is advised too:" in words(browser(ana).get(page).content.decode())


def test_it_stays_when_the_facts_are_set_right_again_and_when_the_plan_has_ended(acknowledged, case, ana, chloe):
    save_proforma(case, {"ki67_percent": "6"}, by=ana)
    assert KI67 in read(ana, "plan", acknowledged)
    plan = fresh(acknowledged)
    revoke_plan(
        plan,
        by=chloe,
        expected_version=plan.version,
        reason_code="patient_choice",
        reason="Wishes no treatment.",
        ahead={"nothing_ahead_reason": "Hospice."},
    )
    assert KI67 in read(ana, "plan_print", acknowledged)


def test_the_history_of_the_case_names_who_and_which(acknowledged, nina):
    text = read(nina, "timeline", acknowledged.case)
    assert "Chloe Chair acknowledged for plan 1 that facts have changed (Ki-67)" in text


def test_over_the_api_too(acknowledged, chloe, nina):
    (told,) = Api(nina).get(f"/plans/{acknowledged.pk}/").json()["facts_answered"]
    assert told["by"] == {"id": chloe.pk, "name": "Chloe Chair"} and told["at"]
    assert told["reason"] == "Rebiopsy; it fits NEC too."
    assert [(fact["name"], fact["signed"], fact["now"]) for fact in told["facts"]] == [("ki67_percent", "6", "80")]


def test_a_plan_in_force_says_that_nobody_has_answered_yet_and_then_who_kept_it(active, case, ana, omar):
    save_proforma(case, {"ki67_percent": "80"}, by=ana)
    assert "Nobody has answered for these facts yet" in read(omar, "plan", active)
    keep(active, omar)
    text = read(omar, "plan", active)
    assert "Acknowledged by Omar Oncologist" in text and "Nobody has answered" not in text
    save_proforma(case, {"ki67_percent": "90"}, by=ana)
    assert "Nobody has answered for these facts yet" in read(omar, "plan", active)


def amended(plan, by):
    return amend_plan(fresh(plan), by=by, reason="The tumour has changed.")


CAUSE = "Facts that have changed since plan 1 was signed Ki-67 plan 1 signed on 6 % → plan 2 rests on 80 %"


@pytest.mark.parametrize("page", ["plan", "plan_print", "signoff", "plan_compare", "plan_edit"])
def test_an_amendment_names_the_facts_that_have_changed_whatever_its_reason_says(active, case, ana, page):
    save_proforma(case, {"ki67_percent": "80"}, by=ana)
    assert CAUSE in read(ana, page, amended(active, ana))


@pytest.mark.parametrize("page", ["plan", "plan_print", "signoff", "plan_compare"])
def test_once_signed_it_rests_on_its_own_facts_whatever_comes_later(active, case, ana, omar, chloe, page):
    save_proforma(case, {"ki67_percent": "80"}, by=ana)
    new = makers.submit(amended(active, ana), by=ana)
    makers.sign(new, by=omar)
    makers.release(fresh(new), by=chloe)
    save_proforma(case, {"ki67_percent": "40"}, by=ana)
    assert CAUSE in read(ana, page, new)


def test_a_draft_that_was_taken_back_rests_on_the_facts_as_they_are(active, case, ana):
    new = makers.submit(amended(active, ana), by=ana)
    save_proforma(case, {"ki67_percent": "80"}, by=ana)
    recall_plan(fresh(new), by=ana, expected_version=fresh(new).version, reason="NEC now")
    assert CAUSE in read(ana, "plan", new)


def test_an_amendment_on_the_same_facts_names_none(active, case, ana):
    save_proforma(case, {"wishes": "In hospital."}, by=ana)
    new = amended(active, ana)
    assert "Facts that have changed since" not in read(ana, "plan", new)
    assert Api(ana).get(f"/plans/{new.pk}/").json()["facts_since_amended"] == []


def test_what_only_a_condition_of_its_steps_names_is_named(active, case, ana):
    save_proforma(case, {"albumin_g_l": "19"}, by=ana)
    new = amended(active, ana)
    assert "Albumin" not in read(ana, "plan", new).partition("Facts that have changed since")[2][:200]
    edit_step(new.steps.get(), {"only_if": "only if albumin above 30"}, by=ana)
    edit_plan(fresh(new), {"aim": "Palliation"}, by=ana)
    assert "Albumin plan 1 signed on not recorded → plan 2 rests on 19" in read(ana, "plan", new)


def test_the_api_names_them(active, case, ana):
    save_proforma(case, {"ki67_percent": "80"}, by=ana)
    (told,) = Api(ana).get(f"/plans/{amended(active, ana).pk}/").json()["facts_since_amended"]
    assert (told["name"], told["signed"], told["now"]) == ("ki67_percent", "6", "80")


def test_the_pages_ask_as_often_for_one_answer_as_for_four(acknowledged, case, ana, omar):
    client = browser(ana)
    few = [queries_of(client, url(page, acknowledged.pk)) for page in ("plan", "plan_print", "signoff")]
    for value in ("81", "82", "83"):
        save_proforma(case, {"ki67_percent": value}, by=ana)
        keep(acknowledged, omar)
    assert [queries_of(client, url(page, acknowledged.pk)) for page in ("plan", "plan_print", "signoff")] == few
