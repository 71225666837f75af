"""Steps beside one that is ongoing, and after it: while it runs, while it is held, and once it was stopped."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from careplans.models import Occurrence, Reminder, Step
from careplans.services.occurrence_progress import give_occurrence
from careplans.services.step_order import order_concerns
from careplans.services.step_progress import hold_step, start_step, stop_step
from tests.careplans import makers
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db


@pytest.fixture
def steps(board, ana, omar, chloe):
    """An analogue that has begun; a second step that waits for its end, and a third that waits for the second."""
    case = makers.make_case(board, by=ana)
    steps = makers.make_gated_plan(case, by=ana, chair=chloe, owner=omar, before=makers.ONGOING)
    begin(steps[0], omar)
    return [now(step) for step in steps]


def begin(step, by):
    one = Occurrence.objects.for_page().get(step=step, number=1)
    give_occurrence(one, by=by, expected_version=one.version, on=one.board.today, move_later=True, why="agreed")


def now(step):
    return Step.objects.select_related("plan__case", "case", "board").get(pk=step.pk)


def stop(step, by, reason="progression"):
    step = now(step)
    seen = {"by": by, "expected_version": step.version, "on": step.board.today}
    return stop_step(step, reason=reason, **makers.OUTCOME, **seen)


def hold(step, by, **until):
    step = now(step)
    return hold_step(
        step, by=by, expected_version=step.version, on=step.board.today, reason="toxicity_or_not_tolerated", **until
    )


# Stopped


def test_who_waits_for_the_end_of_an_analogue_is_not_told_that_it_failed_when_it_is_stopped(steps, omar):
    first, second, _ = steps
    stop(first, omar)
    rows = Reminder.objects.scheduled().filter(step=second)
    assert not rows.filter(kind="gate").exists()
    assert rows.filter(kind="due").exists()


def test_and_is_asked_whether_that_stop_meets_the_condition(steps, omar):
    first, second, _ = steps
    stop(first, omar)
    second = now(second)
    seen = {"by": omar, "expected_version": second.version, "on": second.board.today}
    asked = r"was stopped: progression \(planned until: progression\). Does that meet the condition\?"
    with pytest.raises(ValidationError, match=asked):
        start_step(second, **seen)
    assert start_step(second, why="It does.", **seen).status == "in_progress"


# Held


@pytest.fixture
def beside(board, ana, omar, chloe):
    """An analogue that has begun, and a step after it in the order that waits for nothing."""
    first = makers.make_course(board, by=ana, chair=chloe, owner=omar, steps=2, **makers.ONGOING)
    begin(first, omar)
    return now(first), now(Step.objects.get(plan=first.plan, position=2))


def test_a_step_beside_an_analogue_on_a_break_is_told_of_the_break_and_not_of_the_order(beside, omar):
    first, second = beside
    today = first.board.today
    hold(first, omar, until=today + timedelta(weeks=6))
    [words] = order_concerns(second, today)
    assert words == (
        f"Step 1 ({first.title}) has begun and is on hold: held for 6 weeks from {today:%-d %b %Y}, until "
        f"{today + timedelta(weeks=6):%-d %b %Y}."
    )


def test_a_break_without_an_end_is_told_as_such(beside, omar):
    first, second = beside
    hold(first, omar, due_on=first.board.today + timedelta(days=14))
    assert order_concerns(second, first.board.today)[0].endswith("without an end date yet.")


def test_a_step_that_was_held_before_it_began_leaves_a_later_one_out_of_order(beside):
    first, second = beside
    Step.objects.filter(pk=first.pk).update(status="on_hold", started_on=None)
    assert "Out of order" in order_concerns(second, first.board.today)[0]


def test_a_step_that_waits_for_a_start_is_told_of_the_break_of_what_has_begun(beside, omar):
    first, second = beside
    hold(first, omar, until=first.board.today + timedelta(weeks=6))
    with rewriting():
        Step.objects.filter(pk=first.pk).update(course="cycles", occurrences_planned=4)
    assert "Out of order" in order_concerns(second, first.board.today)[0]
    with rewriting():
        Step.objects.filter(pk=second.pk).update(after_step=first, after_event="begun")
    assert "is on hold: held for 6 weeks" in order_concerns(now(second), first.board.today)[0]
