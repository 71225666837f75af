"""As of a past day with all that is known now: what was recorded late counts by its day, and what came later does not count.

A history alone proves little of it: what was not known then is not in it. Here it is known, so that the dates decide. The board
has three days of grace.
"""

from datetime import UTC, date, datetime

import pytest

from careplans.models import Advisory, Plan, Step
from careplans.services.cases import move_case
from careplans.services.changed_facts import keep_on_changed_facts
from careplans.services.followups import complete_follow_up
from careplans.services.step_progress import complete_step
from careplans.services.superseded_guidance import keep_plan
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.reports.delivering import on
from tests.careplans.reports.escalating import escalated
from tests.careplans.reports.scorecard.asking import FACTS, figures, record
from tests.careplans.reports.worked_out import asked, share
from tests.careplans.test_superseded_guidance import publish

pytestmark = pytest.mark.django_db


def total(person, report, as_of, known_by="now"):
    with on(6, 30):
        return asked(person, report, as_of=as_of, known_by=known_by, by="", since="2026-01-01", until="2026-12-31")[
            "total"
        ]


def overdue(person, as_of, known_by="now"):
    with on(6, 30):
        return asked(person, "overdue", as_of=as_of, known_by=known_by, by="")["total"]["overdue"]


def scorecard(person, as_of, known_by="now"):
    with on(6, 30):
        return figures(person, as_of=as_of, known_by=known_by, since="2026-01-01", until="2026-12-31")


def as_known_then(person, as_of, name):
    with on(6, 30):
        return figures(person, as_of=as_of, since="2026-01-01", until="2026-12-31")[name]


# Overdue


def test_a_step_that_was_done_in_time_and_recorded_late_was_not_overdue(delivery, chloe):
    """Due on 10 March, in time until the 13th; done on the 15th, which was written on 10 April."""
    step = delivery.one()
    delivery.start(step, 3, 10, recorded=(4, 10))
    delivery.complete(step, 3, 15, recorded=(4, 10))
    found = {day: overdue(chloe, f"2026-03-{day}") for day in (13, 14, 15, 16, 31)}
    assert found == {13: 0, 14: 1, 15: 0, 16: 0, 31: 0}
    # What was known then says otherwise, and goes on saying so.
    assert overdue(chloe, "2026-03-31", known_by="2026-03-31") == 1


def test_a_step_that_was_left_out_was_overdue_until_that_was_recorded(delivery, chloe):
    """It has no day of its own."""
    delivery.skip(delivery.one(), 4, 10)
    assert [overdue(chloe, day) for day in ("2026-03-31", "2026-04-09", "2026-04-10")] == [1, 1, 0]


def test_a_follow_up_that_was_done_and_recorded_late_was_not_overdue(delivery, ana, chloe):
    """Due until 9 March; done on the 12th, which was written on 10 April."""
    with on(3, 1):
        case = makers.make_case(delivery.board, by=ana)
        row = makers.make_follow_up(case, by=ana, due_on=date(2026, 3, 9), window_days=0)
        assert row.due_until == date(2026, 3, 9)
    with on(4, 10):
        complete_follow_up(row, by=ana, expected_version=row.version, done_on=date(2026, 3, 12))
    found = {day: overdue(chloe, f"2026-03-{day:02}") for day in (9, 10, 11, 12, 31)}
    assert found == {9: 0, 10: 1, 11: 1, 12: 0, 31: 0}
    assert overdue(chloe, "2026-03-31", known_by="2026-03-31") == 1


# Follow-ups that were due


def test_a_follow_up_that_was_done_later_was_not_done_yet(delivery, ana, chloe):
    """Two of March: one in time until the 11th, done on the 10th; one in time until the 2nd, done on the 10th."""
    with on(3, 1):
        case = makers.make_case(delivery.board, by=ana)
        long, short = (
            makers.make_follow_up(case, by=ana, due_on=date(2026, 3, day), window_days=window)
            for day, window in ((4, 7), (2, 0))
        )
    with on(3, 10):
        for row in (long, short):
            complete_follow_up(row, by=ana, expected_version=row.version, done_on=date(2026, 3, 10))
    assert (long.due_until, short.due_until) == (date(2026, 3, 11), date(2026, 3, 2))
    before, after = (scorecard(chloe, day) for day in ("2026-03-09", "2026-03-10"))
    assert (share(before["follow-ups-on-time"]), share(before["follow-ups-overdue"])) == ((0, 1), (1, 1))
    assert (share(after["follow-ups-on-time"]), share(after["follow-ups-overdue"])) == ((1, 2), (0, 2))
    assert (before["days-late"]["count"], after["days-late"]["count"]) == (0, 1)


# Answers to rules


def test_an_advisory_that_went_later_still_fired(delivery, omar, chloe):
    """Fired on 2 March; one went on the 5th, one was answered on the 6th."""
    with on(3, 2):
        plan, _ = delivery.draft({})
        Advisory.objects.all().delete()
    row = {
        "board": plan.board, "case": plan.case, "plan": plan, "rule_set": "seed-1", "severity": "caution", "basis": "direct",
        "advice": "x", "content_version": 1, "fired_at": datetime(2026, 3, 2, tzinfo=UTC),
    }  # fmt: skip
    with on(3, 2):
        gone, answered = (Advisory.objects.create(**row, rule=rule, state="open") for rule in ("G-1", "A-1"))
    with on(3, 5):
        Advisory.objects.filter(pk=gone.pk).update(state="obsolete", ended_at=datetime(2026, 3, 5, 10, tzinfo=UTC))
    with on(3, 6):
        told = {"answered_by": omar, "answered_at": datetime(2026, 3, 6, 10, tzinfo=UTC)}
        Advisory.objects.filter(pk=answered.pk).update(state="followed", answer="followed", **told)
    found = {day: total(chloe, "answers", f"2026-03-0{day}") for day in (4, 5, 6)}
    told = {day: (one["fired"], one["unanswered"], one["gone"], share(one["followed"])) for day, one in found.items()}
    assert told == {4: (2, 2, 0, (0, 0)), 5: (2, 1, 1, (0, 0)), 6: (2, 0, 1, (1, 1))}


# What the history tells


def test_a_discussion_of_a_later_day_is_no_decision_yet(delivery, ana, chloe):
    """The case is opened on 2 March and discussed on the 20th."""
    with on(3, 2):
        case = makers.make_case(delivery.board, by=ana)
    with on(3, 20):
        for status in ("listed", "discussed"):
            case.refresh_from_db()
            move_case(case, status, by=ana)
    before, after = (scorecard(chloe, day) for day in ("2026-03-19", "2026-03-20"))
    assert before["days-from-referral"]["count"] == 0
    assert (after["days-from-referral"]["count"], after["days-from-referral"]["median"]) == (1, 18.0)
    assert before["undecided"]["median"] == 17.0
    assert after["decided-without-plan"]["median"] == 0.0
    # Four weeks after it was opened, it counts as reviewed.
    with on(4, 2):
        four_weeks = {day: scorecard(chloe, day)["tumour-board-review"] for day in ("2026-03-29", "2026-03-30")}
    assert [share(one) for one in four_weeks.values()] == [(0, 0), (1, 1)]


def test_a_change_of_facts_that_was_answered_later_stood(delivery, ana, chloe):
    """Released on 1 March, changed on the 3rd, kept on the 9th; as of the 2nd nothing had changed."""
    with on(3, 1):
        plan, _ = delivery.draft({})
        record(plan.case, FACTS, by=ana)
        delivery.release(plan)
    with on(3, 3):
        record(plan.case, {"extent": "regional"}, by=ana)
    with on(3, 9):
        plan = Plan.objects.get(pk=plan.pk)
        keep_on_changed_facts(plan, by=ana, reason="It holds.", facts_version=plan.case.proforma.version)
    found = {day: scorecard(chloe, f"2026-03-0{day}") for day in (2, 5, 9)}
    counted = {day: (one["facts-changed"]["count"], share(one["changes-answered"])) for day, one in found.items()}
    assert counted == {2: (0, (0, 0)), 5: (1, (0, 1)), 9: (1, (1, 1))}
    assert found[5]["days-unanswered"]["median"] == 2.0


def test_guidance_that_somebody_answered_later_stood(delivery, ana, chloe):
    """A page that matters is in force from 10 March, and the plan is kept on the 15th."""
    step = delivery.one(start=(5, 1))
    with on(3, 10):
        publication = publish(2, matters=True, in_force_on=date(2026, 3, 10))
    with on(3, 15):
        keep_plan(Plan.objects.get(pk=step.plan_id), by=ana, reason="It holds.", seen={publication.pk})
    found = {day: scorecard(chloe, f"2026-03-{day}") for day in (12, 15)}
    assert {day: share(one["changes-answered"]) for day, one in found.items()} == {12: (0, 1), 15: (1, 1)}
    assert found[12]["days-unanswered"]["median"] == 2.0


def test_an_escalation_of_a_later_day_was_told_nobody_yet(delivery, ana, chloe):
    step = delivery.one()
    with on(3, 20):
        escalated(step, ana, 20)
    found = {day: scorecard(chloe, f"2026-03-{day}")["escalations"]["count"] for day in (19, 20)}
    assert found == {19: 0, 20: 1}


# Outcomes


def test_a_response_of_a_later_day_was_not_known_yet(delivery, ana, chloe):
    """Ended on 12 March; a progression of the 14th and a response of the 18th, all written on the 20th."""
    step = delivery.one()
    delivery.start(step, 3, 10)
    with on(3, 20):
        step = Step.objects.select_related("plan__case", "case__patient", "board").get(pk=step.pk)
        complete_step(
            step, by=ana, expected_version=step.version, on=date(2026, 3, 12), fulfilment="full", response="progression",
            response_on=date(2026, 3, 18), progression="yes", progressed_on=date(2026, 3, 14), toxicity="grade_1",
            toxicity_term="Nausea", symptom_control="yes",
        )  # fmt: skip
    found = {day: scorecard(chloe, f"2026-03-{day}") for day in (11, 13, 14, 17, 18)}
    names = ("response-recorded", "progression-recorded", "toxicity-recorded", "outcome-of-steps")
    assert {day: [share(one[name]) for name in names] for day, one in found.items()} == {
        11: [(0, 0)] * 4,
        13: [(0, 1), (0, 1), (1, 1), (0, 1)],
        14: [(0, 1), (1, 1), (1, 1), (0, 1)],
        17: [(0, 1), (1, 1), (1, 1), (0, 1)],
        18: [(1, 1), (1, 1), (1, 1), (1, 1)],
    }


def test_an_answer_of_the_earliest_day_can_be_asked_again_from_itself(pages, board, chloe):
    told = Api(chloe).get("/reports/concordance/", as_of="1900-01-01").json()
    assert told["since"] == "1900-01-01"
    ask = {name: told[name] for name in ("as_of", "known_by", "since", "until")}
    assert Api(chloe).get("/reports/concordance/", **ask).json() == told
