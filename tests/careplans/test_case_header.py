"""The header that decides, on the pages: over which plan it speaks, who it is, and that it asks the database for nothing."""

import pytest
from django.template.loader import render_to_string

from careplans.models import Plan, Step
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


def test_a_page_without_a_plan_says_what_the_facts_say(case, omar):
    head = flags_of(browser(omar).get(url("timeline", case.pk)))
    assert "Symptoms not controlled" in head and "eGFR" not in head


@pytest.mark.parametrize("name", ["plan", "plan_edit", "signoff", "plan_print", "advisories"])
def test_the_pages_of_a_plan_ask_for_what_its_steps_depend_on(case, ana, name):
    plan = as_prrt(makers.make_plan(case, by=ana))
    head = flags_of(browser(ana).get(url(name, plan.pk)))
    assert "eGFR" in head and "receptor expression" in head and "Not known:" in head


def test_the_page_of_a_case_speaks_over_the_plan_in_force(case, ana, chloe):
    plan = as_prrt(makers.make_plan(case, by=ana))
    makers.submit(plan, by=ana)
    makers.release(plan, by=chloe)
    assert "eGFR" in flags_of(browser(ana).get(url("case", case.pk)))


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


def test_the_header_asks_the_database_for_nothing(case, ana, django_assert_num_queries):
    plan = as_prrt(makers.make_plan(case, by=ana))
    plan = Plan.objects.for_detail().get(pk=plan.pk)
    with django_assert_num_queries(0):
        assert "eGFR" in render_to_string("careplans/cases/_header.html", {"case": plan.case, "plan": plan})
