"""The picture says of a day what the lists say of it."""

from datetime import timedelta

import pytest

from careplans.models import Plan, Step
from careplans.readers.sequence import sequence_of
from careplans.services.step_progress import hold_step
from tests.careplans import makers

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def stands(plan, number):
    plan = Plan.objects.for_detail().get(pk=plan.pk)
    shown = sequence_of(plan, today=plan.board.today)
    return next(step for step in shown.steps if step.label.endswith(number))


@pytest.mark.parametrize(("name", "said"), [("due_on", "On hold, to be looked at on "), ("until", "On hold until ")])
def test_what_is_on_hold_says_whether_that_day_is_its_end(board, ana, chloe, omar, name, said):
    plan = makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, owner=omar)
    step = plan.steps.get()
    day = board.today + 9 * DAY
    hold_step(step, by=omar, expected_version=step.version, on=board.today, reason="patient_choice", **{name: day})
    assert stands(plan, "1").state == f"{said}{day:%-d %b %Y}"


def test_a_day_before_what_is_waited_for_is_named_with_the_one_on_which_it_can_begin(board, ana, chloe, omar):
    first, second, _ = makers.make_gated_plan(
        makers.make_case(board, by=ana), by=ana, chair=chloe, owner=omar, before={"planned_end": board.today + 60 * DAY}
    )
    due = Step.objects.get(pk=second.pk).due_on
    words = stands(second.plan, "b").state
    assert f"Due {due:%-d %b %Y}, cannot begin before" in words
