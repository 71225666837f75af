"""Advisories of a signed plan whose facts have changed: each says which facts it judges."""

import pytest

from careplans.models import Plan
from careplans.rules.plan_advice import advice_for
from careplans.services.proforma import save_proforma
from careplans.services.steps import add_step
from modalities.services import load_pages
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.doors import browser, url

pytestmark = pytest.mark.django_db
SIGNED = {"extent": "localized", "surgery_option": "yes", "primary_site": "ileum", "differentiation": "poor"}
TODAY = {"extent": "metastatic", "surgery_option": "no"}


@pytest.fixture(autouse=True)
def pages(db):
    return load_pages()


@pytest.fixture
def case(board, ana):
    case = makers.make_case(board, by=ana)
    save_proforma(case, SIGNED, by=ana)
    return case


@pytest.fixture
def signed(case, ana):
    """In sign-off with one step of chemotherapy: SUR-01 fires on the plan, and CHE-02 on the step."""
    plan = makers.make_plan(case, by=ana, steps=0)
    add_step(
        plan, by=ana, phase="tumour_control", modality_code="CHEMO", goals=["tumour_control"], description="x", owner=ana,
        planned_start=makers.TODAY(),
    )  # fmt: skip
    return makers.submit(plan, by=ana)


def judged(plan):
    advice = advice_for(Plan.objects.for_detail().get(pk=plan.pk))
    return {item.firing.rule: item.facts for item in [*advice.all, *advice.since_facts_changed]}


def test_while_the_facts_are_the_same_nothing_is_said(signed):
    assert set(judged(signed).values()) == {""}


def test_each_says_whether_it_fires_on_the_facts_of_today(signed, case, ana):
    save_proforma(case, TODAY, by=ana)
    told = judged(signed)
    assert told["SUR-01"].endswith("On today's facts it fires no more.")
    assert told["TRI-01"].endswith("On today's facts it fires too.")
    assert "it fires on other grounds: surgery is recorded as not possible;" in told["CHE-02"]


def test_what_fires_only_since_says_so(signed, case, ana):
    save_proforma(case, {"functional_status": "functional"}, by=ana)
    assert judged(signed)["SEQ-02"] == "Judged on today's facts: since the facts changed."


@pytest.mark.parametrize("name", ["plan", "plan_print", "signoff", "advisories"])
def test_every_page_says_so(signed, case, ana, name):
    save_proforma(case, TODAY, by=ana)
    page = browser(ana).get(url(name, signed.pk)).content.decode().replace("&#x27;", "'").replace("&#39;", "'")
    assert "On today's facts it fires no more." in page and "it fires on other grounds" in page


def test_the_page_of_a_step_tells_what_fires_no_more(signed, case, ana, chloe):
    makers.release(signed, by=chloe)
    save_proforma(case, TODAY, by=ana)
    page = browser(ana).get(url("step_deliver", signed.steps.get().pk)).content.decode()
    assert "This was advised on the facts that the plan was signed on:" in page


def test_an_unanswered_warning_that_fires_no_more_is_marked(signed, case, ana):
    save_proforma(case, TODAY, by=ana)
    page = browser(ana).get(url("plan_print", signed.pk)).content.decode()
    assert "” (no more on today's facts)" in page.replace("&#x27;", "'")


def test_programs_read_it_too(signed, case, ana):
    save_proforma(case, TODAY, by=ana)
    rows = {row["rule"]: row for row in Api(ana).get(f"/plans/{signed.pk}/advisories/").json()}
    assert rows["SUR-01"]["judged"].endswith("it fires no more.")


def test_a_note_speaks_to_the_facts_of_today(case, ana):
    small = {"primary_site": "pancreas", "largest_primary_mm": 18, "functional_status": "non_functional"}
    save_proforma(case, small | {"differentiation": "not_recorded"}, by=ana)
    plan = makers.submit(makers.make_plan(case, by=ana), by=ana)
    assert notes(plan, "SUR-01") == ["S11"]
    save_proforma(case, {"largest_primary_mm": 32}, by=ana)
    assert notes(plan, "SUR-01") == []


def notes(plan, rule):
    (item,) = [one for one in advice_for(Plan.objects.for_detail().get(pk=plan.pk)).all if one.firing.rule == rule]
    return [note.flag.statement.number for note in item.notes]
