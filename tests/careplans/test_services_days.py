"""Days and windows that no calendar holds are refused with a sentence, not with an error page."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from careplans.models import FollowUp
from careplans.services import followups, step_progress, steps
from careplans.services.plan_schedules import add_schedule
from tests.careplans import makers

pytestmark = pytest.mark.django_db

FAR = [date.min, date(1899, 12, 31), date(2200, 1, 1), date.max]


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.mark.parametrize("day", FAR)
def test_a_follow_up_needs_a_day_that_can_be_meant(case, ana, day):
    with pytest.raises(ValidationError, match="cannot be meant"):
        makers.make_follow_up(case, by=ana, due_on=day)
    assert not FollowUp.objects.exists()


@pytest.mark.parametrize("day", FAR)
def test_a_follow_up_moves_only_to_a_day_that_can_be_meant(case, ana, day):
    follow_up = makers.make_follow_up(case, by=ana)
    with pytest.raises(ValidationError, match="cannot be meant"):
        followups.change_follow_up(follow_up, by=ana, expected_version=1, reason="moved", due_on=day)
    with pytest.raises(ValidationError, match="cannot be meant"):
        followups.record_missed_follow_up(follow_up, by=ana, expected_version=1, new_due_on=day)


@pytest.mark.parametrize("days", [-1, 181, 10**12])
def test_a_follow_up_may_be_late_by_half_a_year_at_most(case, ana, days):
    with pytest.raises(ValidationError, match="0 to 180 days"):
        makers.make_follow_up(case, by=ana, window_days=days)


@pytest.mark.parametrize("day", FAR)
def test_a_step_is_planned_for_a_day_that_can_be_meant(case, ana, day):
    plan = makers.make_plan(case, by=ana)
    with pytest.raises(ValidationError, match="cannot be meant"):
        steps.edit_step(plan.steps.get(), {"planned_start": day, "planned_end": day}, by=ana)
    with pytest.raises(ValidationError, match="cannot be meant"):
        add_schedule(plan, by=ana, schedule=makers.make_template(case.board), counts_from=day, assignee=ana)


@pytest.mark.parametrize("day", FAR)
def test_a_step_is_held_until_a_day_that_can_be_meant(case, ana, chloe, day):
    step = makers.make_active_plan(case, by=ana, chair=chloe).steps.get()
    with pytest.raises(ValidationError, match="cannot be meant"):
        step_progress.hold_step(
            step, by=ana, expected_version=step.version, on=step.board.today, due_on=day, reason="medical_reason"
        )
    with pytest.raises(ValidationError, match="cannot be meant"):
        step_progress.hand_over_step(step, by=ana, expected_version=step.version, due_on=day, why="fever")
