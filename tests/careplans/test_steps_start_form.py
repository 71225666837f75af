"""By when a step that begins should have ended: proposed while that day lies ahead, and asked for once it has passed."""

from datetime import timedelta

import pytest

from careplans.forms.step_progress import verb_form
from tests.careplans import makers

pytestmark = pytest.mark.django_db


@pytest.fixture
def step(board, ana, chloe, omar):
    return makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe).steps.get()


@pytest.mark.parametrize(("days", "stands"), [(0, True), (9, True), (-1, False), (-34, False)])
def test_a_planned_end_is_proposed_while_it_lies_ahead(step, board, days, stands):
    end = board.today + timedelta(days=days)
    step.planned_end = end
    assert verb_form("start", step, board.today).initial["due_on"] == (end if stands else "")
