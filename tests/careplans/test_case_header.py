"""The header that decides, on the pages: over which plan it speaks, who it is, and what it asks the database."""

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext

from careplans.models import Case, Plan, Step
from careplans.services.plan_ending import revoke_plan
from careplans.services.plans import amend_plan
from careplans.services.proforma import save_proforma
from tests.careplans import makers
from tests.careplans.doors import browser, url

pytestmark = pytest.mark.django_db

KNOWN = {"functional_status": "functional", "syndrome": "vipoma", "grade": "G2", "extent": "metastatic", "ecog": 1}


@pytest.fixture
def case(board, ana):
    case = makers.make_case(board, by=ana)
    save_proforma(case, KNOWN | {"hormone_symptoms_controlled": "no"}, by=ana)
    return case


def flags_of(page):
    text = page.content.decode()
    return text[text.index('class="c-case-header"') : text.index("All facts that decide")]


def as_prrt(plan):
    Step.objects.filter(plan=plan).update(modality_code="PRRT")
    return plan


def put_in_force(plan, ana, chloe):
    makers.submit(plan, by=ana)
    makers.release(plan, by=chloe)


def test_a_page_without_a_plan_says_what_the_facts_say_where_there_is_no_plan(case, omar):
    head = flags_of(browser(omar).get(url("timeline", case.pk)))
    assert "Symptoms not controlled" in head and "eGFR" not in head


@pytest.mark.parametrize("name", ["plan", "plan_edit", "signoff", "plan_print", "advisories"])
def test_the_pages_of_a_plan_ask_for_what_its_steps_depend_on(case, ana, name):
    plan = as_prrt(makers.make_plan(case, by=ana))
    head = flags_of(browser(ana).get(url(name, plan.pk)))
    assert "eGFR" in head and "receptor expression" in head and "Not known:" in head


def test_the_page_of_a_case_speaks_over_the_plan_in_force(case, ana, chloe):
    put_in_force(as_prrt(makers.make_plan(case, by=ana)), ana, chloe)
    assert "eGFR" in flags_of(browser(ana).get(url("case", case.pk)))


@pytest.mark.parametrize("name", ["timeline", "proforma", "followup_new", "specimen_new"])
@pytest.mark.parametrize("in_force", [True, False])
def test_the_other_pages_of_a_case_speak_over_the_plan_in_force_or_in_work(case, ana, chloe, name, in_force):
    plan = as_prrt(makers.make_plan(case, by=ana))
    if in_force:
        put_in_force(plan, ana, chloe)
    assert "eGFR" in flags_of(browser(ana).get(url(name, case.pk)))


def test_a_plan_that_is_past_asks_for_nothing(case, ana, chloe):
    put_in_force(as_prrt(makers.make_plan(case, by=ana)), ana, chloe)
    plan = case.plans.get()
    revoke_plan(
        plan,
        by=chloe,
        reason_code="patient_choice",
        reason="wrong patient",
        expected_version=plan.version,
        ahead=makers.NOTHING_AHEAD,
    )
    assert "eGFR" not in flags_of(browser(ana).get(url("timeline", case.pk)))


def test_what_is_in_force_goes_before_its_amendment(case, ana, chloe):
    plan = makers.make_active_plan(case, by=ana, chair=chloe)
    as_prrt(amend_plan(plan, by=ana, reason="new scan", expected_version=plan.version))
    assert "eGFR" not in flags_of(browser(ana).get(url("timeline", case.pk)))


def test_who_it_is_stands_on_every_page(case, ana):
    plan = makers.make_plan(case, by=ana)
    for page in (url("case", case.pk), url("plan", plan.pk), url("proforma", case.pk)):
        head = flags_of(browser(ana).get(page))
        for words in ("Ashdown, Synthetic", "SYN-1", "17 May 1960", "years)", "Female", "Synthetic</span>"):
            assert words in head, (page, words)


def test_changed_facts_are_said_first(case, board, ana, chloe):
    makers.make_active_plan(case, by=ana, chair=chloe)
    save_proforma(case, {"grade": "NEC"}, by=ana)
    plan = case.plans.get()
    head = flags_of(browser(ana).get(url("plan", plan.pk)))
    assert head.index("Facts have changed since signing") < head.index("Symptoms not controlled") < head.index("NEC")


def test_each_weight_has_its_icon_and_its_word(case, ana):
    save_proforma(case, {"heart_disease": "mild", "ecog": None}, by=ana)
    head = flags_of(browser(ana).get(url("case", case.pk)))
    for part in ("#warning", "Warning: ", "#caution", "Caution: ", "#question", "Not known: ECOG"):
        assert part in head


def test_saving_the_proforma_draws_the_header_anew(case, omar):
    sent = {"version": 1, "hormone_symptoms_controlled": "yes", "base-hormone_symptoms_controlled": "no"}
    answer = browser(omar).post(url("proforma_save", case.pk), sent, HTTP_X_REQUESTED_WITH="fetch").json()
    assert "Symptoms not controlled" not in answer["html"]["case-header"]


def test_where_the_page_has_loaded_no_steps_the_header_asks_for_them_once(case, ana):
    as_prrt(makers.make_plan(case, by=ana, steps=12))
    case = Case.objects.select_related("patient", "proforma").get(pk=case.pk)
    assert queries_of_header(case) == 1


def queries_of_header(case):
    render_to_string("careplans/cases/_header.html", {"case": case, "in_force": None})
    with CaptureQueriesContext(connection) as bare:
        render_to_string("careplans/cases/_header.html", {"case": case, "in_force": None})
    with CaptureQueriesContext(connection) as asked:
        assert "eGFR" in render_to_string("careplans/cases/_header.html", {"case": case})
    return len(asked) - len(bare)


def test_the_header_of_a_plan_that_is_loaded_asks_the_database_for_nothing(case, ana, django_assert_num_queries):
    plan = as_prrt(makers.make_plan(case, by=ana))
    plan = Plan.objects.for_detail().get(pk=plan.pk)
    with django_assert_num_queries(0):
        assert "eGFR" in render_to_string("careplans/cases/_header.html", {"case": plan.case, "plan": plan})
