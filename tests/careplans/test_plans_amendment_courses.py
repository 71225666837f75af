"""The sign-off of an amendment tells cycles, breaks, decisions and arms of the plan in force as they stand."""

import re
from datetime import timedelta

import pytest

from careplans.models import Plan, Step
from careplans.services.arm_choice import choose_arm
from careplans.services.occurrence_progress import give_occurrence
from careplans.services.plan_schedules import set_schedules
from careplans.services.plans import amend_plan
from careplans.services.step_progress import hold_step
from careplans.services.steps import edit_step, reorder_steps
from tests.careplans import makers
from tests.careplans.doors import browser, url

pytestmark = pytest.mark.django_db
PAGES = ["signoff", "plan_compare"]


def amend(plan, by):
    return amend_plan(Plan.objects.get(pk=plan.pk), by=by, reason="The scan shows more.")


def changes(user, name, plan):
    text = re.sub(r"<[^>]*>", " ", browser(user).get(url(name, plan.pk)).content.decode())
    return " ".join(text.split()).partition("Underlined words")[2].partition("Steps, in order")[0]


def day(value):
    return f"{value:%-d %b %Y}"


@pytest.mark.parametrize("page", PAGES)
def test_cycles_that_were_given_and_a_break_are_told(page, board, ana, chloe, omar):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar)
    first, today = step.occurrences.get(number=1), makers.TODAY()
    give_occurrence(first, by=omar, expected_version=first.version, on=today)
    step = Step.objects.get(pk=step.pk)
    until = today + timedelta(weeks=6)
    hold_step(step, by=omar, expected_version=step.version, on=today, until=until, reason="medical_reason")
    text = changes(omar, page, amend(step.plan, ana))
    assert f"on hold, 1 of 4 cycles given, held for 6 weeks from {day(today)}, until {day(until)}" in text
    assert "it goes on as step 1 of plan 2" in text


def test_cycles_that_fall_away_are_told_and_fewer_than_were_given_stand_in_the_way(board, ana, chloe, omar):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar)
    new = amend(step.plan, ana)
    edit_step(new.steps.get(), {"occurrences_planned": 2}, by=ana)
    assert "it goes on as step 1 of plan 2, and 2 of its 4 cycles fall away" in changes(omar, PAGES[0], new)
    Step.objects.filter(pk=step.pk).update(occurrences_given=3)
    assert "it asks for 2 cycles, fewer than were given: plan 2 cannot be released so" in changes(omar, PAGES[0], new)


@pytest.mark.parametrize("page", PAGES)
def test_more_cycles_another_interval_and_agent_are_shown_word_by_word(page, board, ana, chloe, omar):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar)
    new = amend(step.plan, ana)
    edit_step(new.steps.get(), {"occurrences_planned": 6, "interval": 10, "agent": "177Lu-DOTATATE"}, by=ana)
    text = changes(omar, page, new)
    assert (
        "removed: 4 added: 6" in text
        and "Interval: every removed: 8 added: 10 weeks" in text
        and "added: 177Lu-DOTATATE" in text
    )


@pytest.mark.parametrize("page", PAGES)
def test_a_decision_and_its_arms_are_told_as_they_stand(page, board, ana, chloe, omar):
    branched = makers.make_branched_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, owner=omar)
    text = changes(omar, page, amend(branched.plan, ana))
    assert f"waits for the decision at step {branched.decision.position}" in text
    decision = Step.objects.select_related("board").get(pk=branched.decision.pk)
    choose_arm(
        decision, by=ana, chosen_arm=branched.responds, on=decision.board.today, reason="partial response on CT",
        why="early", expected_version=decision.version, **makers.OUTCOME,
    )  # fmt: skip
    text = changes(omar, page, Plan.objects.get(amends=branched.plan))
    assert "decided: responds" in text and "Now set aside" in text
    assert "waits for the decision" not in text


@pytest.mark.parametrize("page", PAGES)
def test_another_order_and_another_schedule_are_shown(page, board, ana, chloe, omar):
    plan = makers.make_active_plan(
        makers.make_case(board, by=ana), by=ana, chair=chloe, steps=3, owner=omar, schedule=makers.make_template(board)
    )
    new = amend(plan, ana)
    reorder_steps(new, [[pk] for pk in new.steps.order_by("-position").values_list("pk", flat=True)], by=ana)
    yearly = makers.make_template(board, name="Every year", every=12, months=60)
    new = Plan.objects.get(pk=new.pk)
    wanted = [{"schedule": yearly, "counts_from": makers.TODAY()}]
    set_schedules(new, by=ana, expected_version=new.version, schedules=wanted)
    text = changes(omar, page, new)
    assert "Moved from place 1" in text and "Moved from place 3" in text
    assert "Follow-up schedule:" in text and "Every year" in text and "Every six months" in text


def test_a_plan_that_was_superseded_tells_its_steps_as_they_stood_then(board, ana, chloe, omar):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar)
    new = amend(step.plan, ana)
    makers.release(makers.submit(new, by=ana), by=chloe)
    text = changes(omar, "plan_compare", Plan.objects.get(pk=new.pk))
    assert "When plan 1 was superseded: planned, 0 of 4 cycles given." in text
    assert "Now planned" not in text and "next date" not in text
