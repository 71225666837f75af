"""Plans in force whose facts or guidance changed, and how long that stood."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from accounts.models import Board
from careplans.demo.clock import history_at
from careplans.models import Plan, Proforma, Step
from careplans.services.care_ends import record_death
from careplans.services.changed_facts import keep_on_changed_facts
from careplans.services.plan_ending import revoke_plan
from careplans.services.plans import amend_plan
from careplans.services.step_progress import skip_step
from careplans.services.superseded_guidance import keep_plan
from modalities.models import Publication
from tests.careplans import makers
from tests.careplans.api import Api
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
def made_plans(pages, board, ana, chloe):
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
    return made


@pytest.fixture
def plans(made_plans):
    with on(3, 23):
        yield made_plans


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
def made_pages_changed(board, ana, chloe):
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
    return made


@pytest.fixture
def pages_changed(made_pages_changed):
    with on(3, 20):
        yield made_pages_changed


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


# What a plan was revoked for


def left_out(person, name):
    one = next(one for one in asked(person, **MARCH)["results"] if one["name"] == name)
    return {each["measure"]: each["figure"]["count"] for each in one["left_out"]}


def revoke(plan, *, by, reason="The facts changed."):
    plan = Plan.objects.get(pk=plan.pk)
    revoke_plan(
        plan,
        by=by,
        expected_version=plan.version,
        reason_code="patient_choice",
        reason=reason,
        ahead=makers.NOTHING_AHEAD,
    )


def test_a_plan_that_is_revoked_while_the_change_stands_is_an_answer(plans, chloe):
    """The fourth plan, of which nothing was answered, is revoked on the 23rd: after 20 days. Before it 6 and 10."""
    revoke(plans[3], by=chloe)
    found = figures(chloe, **MARCH)
    assert share(found["changes-answered"]) == (3, 3)
    assert span(found["days-until-answered"]) == (3, 6, 10.0, 20)
    assert found["days-unanswered"]["count"] == 0


def test_a_death_revokes_a_plan_and_answers_nothing(plans, ana, chloe):
    patient = plans[3].case.patient
    patient.refresh_from_db()
    record_death(patient, by=ana, expected_version=patient.version, source="Ward", year=2026, month=3, day=22)
    assert Plan.objects.get(pk=plans[3].pk).status == "revoked"
    found = figures(chloe, **MARCH)
    assert share(found["changes-answered"]) == (2, 2)
    # Nor does it hide that nobody had: of the other the facts are as before.
    assert found["changes-unanswered-at-the-end-of-care"]["count"] == 1
    assert left_out(chloe, "changes-answered") == {"gone": 1, "care_ended": 1}


def test_under_a_page_that_changed_a_death_hides_nothing(pages_changed, ana, chloe):
    """Its step runs, and ends on the day of the death; on the 20th, with the page, it had not been answered."""
    plan = pages_changed[2]
    Step.objects.filter(plan=plan).update(status="in_progress", started_on="2026-03-03")
    patient = plan.case.patient
    patient.refresh_from_db()
    record_death(patient, by=ana, expected_version=patient.version, source="Ward", year=2026, month=3, day=18)
    found = figures(chloe, **MARCH)
    assert share(found["changes-answered"]) == (1, 1)
    assert found["changes-unanswered-at-the-end-of-care"]["count"] == 1
    assert left_out(chloe, "changes-answered") == {"gone": 0, "care_ended": 1}


def test_a_change_that_was_answered_before_the_death_was_answered(plans, ana, chloe):
    """The first was kept on the 9th; the fourth still stands."""
    patient = plans[0].case.patient
    patient.refresh_from_db()
    record_death(patient, by=ana, expected_version=patient.version, source="Ward", year=2026, month=3, day=22)
    found = figures(chloe, **MARCH)
    assert share(found["changes-answered"]) == (2, 3)
    assert found["changes-unanswered-at-the-end-of-care"]["count"] == 0


def test_a_period_that_has_not_begun_has_nothing_that_stands(plans, chloe):
    """On the 23rd one stands; from the 24th on there is nothing to tell yet, by the scorecard as by its report."""
    found = figures(chloe, since="2026-03-24", until="2026-04-30")
    assert (share(found["changes-answered"]), found["days-unanswered"]["count"]) == ((0, 0), 0)


def test_a_plan_revoked_because_its_page_changed_is_an_answer(pages_changed, chloe):
    """Its step is not done with it; until then it rested on the page: 10 days."""
    revoke(pages_changed[2], by=chloe, reason="The page changed.")
    found = figures(chloe, **MARCH)
    assert found["guidance-changed"]["count"] == 2
    assert share(found["changes-answered"]) == (2, 2)
    assert span(found["days-until-answered"]) == (2, 5, 7.5, 10)


# What stands longer than the period

LATER = {"since": date(2027, 4, 1), "until": date(2028, 3, 31), "as_of": "2028-03-31"}


@pytest.fixture
def two_years(plans):
    with time_machine.travel(datetime(2028, 4, 1, 12, tzinfo=UTC)), history_at(datetime(2028, 4, 1, 12, tzinfo=UTC)):
        yield plans


def test_what_stands_longer_than_the_period_counts_at_its_end(two_years, chloe):
    """Of 3 March 2026; as of 31 March 2028 it stands for 759 days."""
    found = figures(chloe, **LATER)
    assert found["facts-changed"]["count"] == 0
    assert share(found["changes-answered"]) == (0, 1)
    assert span(found["days-unanswered"]) == (1, 759, 759.0, 759)


def test_the_period_before_says_what_stood_at_its_own_end(plans, chloe):
    """From 10 to 22 March the amended one was answered, and one stood at the end: 1 of 2. In the days before that one was
    kept, and two stood at the end: 1 of 3."""
    found = asked(chloe, as_of="2026-03-22", since="2026-03-10", until="2026-03-22")["results"]
    one = {row["name"]: row for row in found}
    assert share(one["changes-answered"]["figure"]) == (1, 2)
    assert share(one["changes-answered"]["before"]) == (1, 3)
    assert span(one["days-unanswered"]["before"]) == (2, 6, 6.0, 6)


def test_told_by_month_each_month_says_what_stood_at_its_end(plans, chloe):
    with on(4, 10):
        found = asked(chloe, since="2026-02-01", until="2026-04-30", by="month")["results"]
    apart = next(row for row in found if row["name"] == "changes-answered")["apart"]
    assert [(row["at"], share(row["figure"])) for row in apart] == [(["2026-03"], (2, 3)), (["2026-04"], (0, 1))]


def test_the_day_on_which_a_page_was_withdrawn_is_that_of_the_board(delivery, admin, chloe):
    """In Berlin it is the 13th already when a page is withdrawn on the 12th at 23:30 by the clock of London."""
    with on(3, 1):
        Board.objects.filter(pk=delivery.board.pk).update(time_zone="Europe/Berlin")
        publish(2, matters=False, in_force_on=date(2026, 3, 1))
    with on(3, 11):
        plan = delivery.plan({"start": (5, 1)})[0].plan
    with on(3, 14):
        Publication.objects.filter(revision__number=2).update(
            withdrawn_at=datetime(2026, 3, 12, 23, 30, tzinfo=UTC), withdrawn_by=admin, withdrawn_reason="Wrong."
        )
        rows = Api(chloe).get("/reports/changes-under-plans/rows/", **MARCH).json()["results"]
    assert [(row["plan"], row["cells"]["changed_on"]) for row in rows] == [(plan.pk, "2026-03-13")]


def test_a_page_that_was_withdrawn_before_it_came_into_force_changed_nothing(board, ana, admin, chloe):
    """To come into force on 20 March, and withdrawn on the 10th."""
    with on(3, 2):
        in_force(make_case(board, 1, by=ana), by=ana, chair=chloe)
    with on(3, 8):
        publish(2, matters=True, in_force_on=date(2026, 3, 20))
    with on(3, 10):
        Publication.objects.filter(revision__number=2).update(
            withdrawn_at=datetime(2026, 3, 10, 12, tzinfo=UTC), withdrawn_by=admin, withdrawn_reason="Wrong."
        )
    with on(3, 23):
        assert figures(chloe, **MARCH)["guidance-changed"]["count"] == 0


def test_a_step_that_was_not_done_while_its_plan_went_on_rested_on_no_page(pages_changed, ana, chloe):
    """Of the two whose page changed on the 10th, one is answered; the step of the other is not done on the 20th, and the plan is
    revoked on the 21st: nobody had to answer for it."""
    step = Step.objects.get(plan=pages_changed[2])
    skip_step(step, by=ana, expected_version=step.version, reason="patient_choice")
    with on(3, 21):
        revoke(Plan.objects.get(pk=pages_changed[2].pk), by=chloe, reason="Nothing is left.")
        found = figures(chloe, **MARCH)
    assert found["guidance-changed"]["count"] == 1
    assert share(found["changes-answered"]) == (1, 1)
