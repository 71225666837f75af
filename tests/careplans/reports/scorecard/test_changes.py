"""Plans in force whose facts or guidance changed, and how long that stood."""

from datetime import date

import pytest

from careplans.models import Plan, Proforma, Step
from careplans.services.changed_facts import keep_on_changed_facts
from careplans.services.plans import amend_plan
from careplans.services.superseded_guidance import keep_plan
from tests.careplans import makers
from tests.careplans.reports.scorecard.asking import (
    FACTS,
    MARCH,
    asked,
    figures,
    in_force,
    make_case,
    on,
    record,
    share,
    span,
)
from tests.careplans.test_superseded_guidance import publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def plans(pages, board, ana, chloe):
    """Four plans whose facts change on 3 March: kept after 6 days, amended after 10, again as before, and not answered."""
    with on(3, 2):
        made = [in_force(make_case(board, number, by=ana, facts=FACTS), by=ana, chair=chloe) for number in range(4)]
    with on(3, 3):
        for plan in made:
            record(plan.case, {"extent": "regional"}, by=ana)
    with on(3, 5):
        record(made[0].case, {"grade": "G2"}, by=ana)
        record(made[2].case, {"extent": "metastatic"}, by=ana)
    with on(3, 9):
        facts = Proforma.objects.get(case=made[0].case)
        keep_on_changed_facts(
            Plan.objects.get(pk=made[0].pk), by=ana, reason="Nothing follows.", facts_version=facts.version
        )
    with on(3, 13):
        new = amend_plan(Plan.objects.get(pk=made[1].pk), by=ana, reason="The facts changed.")
        makers.submit(new, by=ana)
        makers.release(new, by=chloe)
    with on(3, 23):
        yield made


def test_each_change_is_one_waiting_until_somebody_answers(plans, chloe):
    found = figures(chloe, **MARCH)
    assert found["facts-changed"]["count"] == 4
    assert share(found["changes-answered"]) == (2, 3)
    assert span(found["days-until-answered"]) == (2, 6, 8.0, 10)
    assert span(found["days-unanswered"]) == (1, 20, 20.0, 20)


def test_as_of_a_day_before_the_answer_it_stood(plans, chloe):
    found = figures(chloe, as_of="2026-03-08", since="2026-03-01")
    assert share(found["changes-answered"]) == (0, 3)
    assert span(found["days-unanswered"]) == (3, 5, 5.0, 5)


def test_a_later_change_is_another_waiting(plans, ana, chloe):
    record(plans[0].case, {"extent": "localized"}, by=ana)
    found = figures(chloe, **MARCH)
    assert found["facts-changed"]["count"] == 4
    assert share(found["changes-answered"]) == (2, 4)


@pytest.fixture
def pages_changed(board, ana, chloe):
    """Three plans on a page that is superseded on 10 March: kept after 5 days, its step ended before, and not answered."""
    with on(3, 2):
        made = [in_force(make_case(board, number, by=ana), by=ana, chair=chloe) for number in range(3)]
        Step.objects.filter(plan=made[1]).update(
            status="completed", fulfilment="full", started_on="2026-03-03", ended_on="2026-03-09", due_on=None
        )
    with on(3, 10):
        publication = publish(2, matters=True, in_force_on=date(2026, 3, 10))
    with on(3, 15):
        keep_plan(Plan.objects.get(pk=made[0].pk), by=ana, reason="It holds.", seen={publication.pk})
    with on(3, 20):
        yield made


def test_guidance_that_matters_is_answered_or_stands(pages_changed, chloe):
    found = figures(chloe, **MARCH)
    assert (found["guidance-changed"]["count"], found["facts-changed"]["count"]) == (2, 0)
    assert share(found["changes-answered"]) == (1, 2)
    assert span(found["days-until-answered"]) == (1, 5, 5.0, 5)
    assert span(found["days-unanswered"]) == (1, 10, 10.0, 10)


def test_guidance_that_does_not_matter_changes_nothing(board, ana, chloe):
    with on(3, 2):
        in_force(make_case(board, 1, by=ana), by=ana, chair=chloe)
    with on(3, 10):
        publish(2, matters=False)
    with on(3, 20):
        assert figures(chloe, **MARCH)["guidance-changed"]["count"] == 0


def test_a_plan_of_a_month_before_is_told_as_before(plans, chloe):
    april = asked(chloe, as_of="2026-03-23", since="2026-03-13", until="2026-03-23")["results"]
    one = next(one for one in april if one["name"] == "facts-changed")
    assert (one["figure"]["count"], one["before"]["count"]) == (0, 4)
