"""A plan that is decided is read in lines, each opened where one wants all of it; what is to be decided on is read whole."""

import re

import pytest

from careplans.models import Plan
from careplans.models.signatures import tally
from careplans.paper import standing
from careplans.services.signatures import dissent_from_plan
from tests.careplans import makers
from tests.careplans.doors import browser, url

pytestmark = pytest.mark.django_db
FOLDED = 'class="nhsuk-details c-step__more"'


@pytest.fixture
def case(board, ana, chloe, omar, ravi):
    return makers.make_case(board, by=ana)


def page(person, plan, name="plan"):
    return browser(person).get(url(name, plan.pk)).content.decode()


def test_the_steps_of_a_plan_in_force_are_lines(case, ana, chloe):
    plan = makers.make_active_plan(case, by=ana, chair=chloe, steps=2)
    assert page(ana, plan).count(FOLDED) == 2


def test_what_is_to_be_done_stands_outside_the_fold(case, ana, chloe):
    plan = makers.make_active_plan(case, by=ana, chair=chloe)
    before = page(ana, plan).partition(FOLDED)[0]
    step = plan.steps.get()
    assert f"{step.due_on:%-d %b %Y}" in before and "data-record-opener" in before


@pytest.mark.parametrize("name", ["plan", "signoff"])
def test_who_signs_reads_all_of_it(case, ana, chloe, name):
    plan = makers.submit(makers.make_plan(case, by=ana, steps=2), by=ana)
    assert FOLDED not in page(chloe, plan, name)


def test_paper_shows_all_of_it(case, ana, chloe):
    plan = makers.make_active_plan(case, by=ana, chair=chloe)
    assert FOLDED not in page(ana, plan, "plan_print")


def test_the_strip_counts_a_dissent_apart_and_names_who_is_awaited(board, case, ana, omar, ravi):
    makers.require_disciplines(board, "medical_oncology", "radiology", "surgery")
    plan = makers.submit(makers.make_plan(case, by=ana), by=ana)
    makers.sign(plan, by=omar)
    plan = Plan.objects.get(pk=plan.pk)
    dissent_from_plan(
        plan, by=ravi, expected_version=plan.content_version, expected_hash=plan.content_hash, reason="Too early."
    )
    plan = Plan.objects.for_detail().get(pk=plan.pk)
    strip = tally(plan.standing_signatures)
    dissents, awaited = ([one.discipline_label for one in rows] for rows in (strip.dissents, strip.awaited))
    assert (strip.asked, strip.given, dissents, awaited) == (3, 1, ["Radiology"], ["Surgery"])
    assert "1 of 3 signed, 1 dissent, awaited: surgery" in page(omar, plan)
    assert standing.state(plan)["more"].startswith("1 of 3 signatures given, 1 dissent.")


def test_the_strip_is_open_while_something_is_awaited(board, case, ana, omar):
    makers.require_disciplines(board, "medical_oncology")
    plan = makers.submit(makers.make_plan(case, by=ana), by=ana)
    assert re.search(r'c-strip" open>', page(omar, plan))
    makers.sign(plan, by=omar)
    assert 'c-strip">' in page(omar, plan) and "1 of 1 signed" in page(omar, plan)
