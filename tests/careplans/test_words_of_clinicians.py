"""What a clinician reads has no codes of rules, of the source's statements or of versions: they are one click away."""

import re

import pytest

from careplans.models import Plan
from careplans.services.proforma import save_proforma
from careplans.services.steps import add_step
from modalities.services import load_pages
from tests.careplans import makers
from tests.careplans.doors import browser, url

pytestmark = pytest.mark.django_db

CODES = re.compile(r"\b[SE]\d{2}\b|\b[A-Z]{3,4}-\d{2}\b|seed-\d|fingerprint|superseded guidance", re.IGNORECASE)
LEFT_OUT = re.compile(r"<(script|style|template|head)\b.*?</\1>", re.DOTALL)
PLAN_PAGES = ["plan", "plan_edit", "plan_print", "signoff", "advisories"]


@pytest.fixture
def plan(board, ana):
    """In sign-off; rules fire on the plan and on its step, with and without what changed since."""
    load_pages()
    case = makers.make_case(board, by=ana)
    save_proforma(case, {"primary_site": "pancreas", "extent": "localized", "grade": "NEC"}, by=ana)
    plan = makers.make_plan(case, by=ana, steps=0)
    add_step(
        plan, by=ana, phase="tumour_control", modality_code="CHEMO", goals=["cure"], description="x", owner=ana,
        planned_start=makers.TODAY(),
    )  # fmt: skip
    plan = makers.submit(plan, by=ana)
    save_proforma(case, {"functional_status": "functional", "extent": "metastatic"}, by=ana)
    return Plan.objects.get(pk=plan.pk)


def read(person, name, *args):
    page = browser(person).get(url(name, *args)).content.decode()
    # A record number is a code that clinicians do read.
    return re.sub(r"<[^>]+>", " ", LEFT_OUT.sub(" ", page)).replace("SYN-1", "")


def test_the_pattern_knows_such_codes():
    assert [bool(CODES.search(text)) for text in ("S07", "SEQ-02", "seed-1", "Ki-67", "CA 19-9", "step 2a")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize("name", PLAN_PAGES)
def test_the_pages_of_a_plan_have_none(plan, chloe, name):
    text = read(chloe, name, plan.pk)
    assert ("The rule" in text, CODES.findall(text)) == (True, [])


@pytest.mark.parametrize("name", ["case", "timeline"])
def test_the_pages_of_a_case_have_none(plan, chloe, name):
    assert CODES.findall(read(chloe, name, plan.case_id)) == []


@pytest.mark.parametrize("name", ["my_work"])
def test_my_work_has_none(plan, chloe, name):
    assert CODES.findall(read(chloe, name)) == []


@pytest.mark.parametrize("name", ["board_home", "superseded_guidance", "changed_facts", "nothing_ahead"])
def test_the_pages_of_a_board_have_none(plan, chloe, name):
    assert CODES.findall(read(chloe, name, plan.board_id)) == []


def test_the_rule_itself_says_them(plan, chloe):
    page = browser(chloe).get(url("plan", plan.pk)).content.decode()
    [rule, *_] = re.findall(r'href="(/rules/[^"]+)"', page)
    assert CODES.search(re.sub(r"<[^>]+>", " ", browser(chloe).get(rule).content.decode()))
