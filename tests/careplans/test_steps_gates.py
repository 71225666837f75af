"""What becomes of a step that waits for another, when that one ends otherwise than planned."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import AuditEvent, Board
from careplans.models import Event, FollowUp, Plan, Reminder, Step
from careplans.readers.steps.gates import gate_now
from careplans.reminders.retime import retime_boards
from careplans.services.gates import rediscuss_step
from careplans.services.plan_ending import revoke_plan
from careplans.services.plans import amend_plan
from careplans.services.step_progress import (
    complete_step,
    hand_over_step,
    skip_step,
    start_step,
    stop_step,
)
from common.errors import Conflict
from tests.careplans import makers

pytestmark = pytest.mark.django_db
OWN = ("lead", "due", "overdue")


@pytest.fixture
def steps(board, ana, omar, chloe):
    case = makers.make_case(board, by=ana)
    return makers.make_gated_plan(case, by=ana, chair=chloe, owner=omar)


def now(step):
    return Step.objects.select_related("plan__case", "case", "board").get(pk=step.pk)


def start(step, by, **values):
    step = now(step)
    return start_step(
        step, by=by, expected_version=step.version, on=step.board.today, **({"why": "agreed by the board"} | values)
    )


def end(step, by, how):
    step = now(step)
    seen = {"by": by, "expected_version": step.version}
    if how == "not done":
        return skip_step(step, reason="patient_choice", **seen)
    step = now(start(step, by))
    seen["expected_version"] = step.version
    if how == "stopped":
        return stop_step(step, on=step.board.today, reason="progression", **makers.OUTCOME, **seen)
    return complete_step(step, on=step.board.today, fulfilment=how, **makers.OUTCOME, **seen)


def told(step, kind="gate"):
    return set(Reminder.objects.scheduled().filter(step=step, kind=kind).values_list("recipient__name", flat=True))


def own_days(step):
    rows = Reminder.objects.scheduled().filter(step=step, kind__in=OWN).order_by("local_day", "pk")
    return {row.kind: row.local_day for row in rows}


@pytest.mark.parametrize("how", ["stopped", "not done"])
def test_owner_and_coordinator_are_told_once_that_a_gate_has_failed(steps, omar, how):
    first, second, third = steps
    end(first, omar, how)
    assert told(second) == {"Omar Oncologist", "Ana Coordinator"}
    assert told(third) == set()
    row = Reminder.objects.filter(step=second, kind="gate").first()
    assert row.why == f"step 1a (Other systemic agent) was {how}"
    assert sorted(row.messages.values_list("channel", flat=True)) == ["email", "in_app"]


@pytest.mark.parametrize("how", ["full", "partial"])
def test_nobody_is_told_of_a_gate_that_opens(steps, omar, how):
    first, second, _ = steps
    end(first, omar, how)
    assert told(second) == set()


def test_who_owns_the_step_and_coordinates_is_told_once(board, ana, chloe):
    first, second, _ = makers.make_gated_plan(makers.make_case(board, by=ana), by=ana, chair=chloe)
    end(first, ana, "not done")
    assert Reminder.objects.filter(step=second, kind="gate").count() == 1


def test_the_chair_is_told_where_nobody_coordinates(steps, omar, ana):
    ana.memberships.update(role="member")
    first, second, _ = steps
    end(first, omar, "not done")
    assert told(second) == {"Omar Oncologist", "Chloe Chair"}


def test_nobody_is_asked_to_begin_any_more_and_it_still_escalates(steps, omar):
    first, second, _ = steps
    assert set(own_days(second)) == {"lead", "due", "overdue"}
    end(first, omar, "not done")
    assert own_days(second) == {}
    assert told(second, "escalation") == {"Ana Coordinator"}


def test_the_timeline_says_what_became_of_the_gate(steps, omar):
    first, second, _ = steps
    end(first, omar, "not done")
    event = Event.objects.get(step=second, kind="gate_moved")
    assert (event.old, event.new, event.by) == ("waiting", "failed", omar)
    assert "was not done" in event.reason
    assert AuditEvent.objects.filter(action="gate_moved", subject_id=str(second.pk)).exists()


def test_whoever_has_the_step_on_the_screen_sees_the_gate_as_it_is_before_they_start_it(steps, omar):
    first, second, _ = steps
    end(first, omar, "not done")
    with pytest.raises(Conflict):
        start_step(second, by=omar, expected_version=second.version, on=second.board.today, why="agreed")


def test_a_gate_that_failed_asks_and_blocks_nobody(steps, omar):
    first, second, _ = steps
    end(first, omar, "stopped")
    with pytest.raises(ValidationError, match="Its condition has failed: step 1") as refused:
        start(second, omar, why="")
    assert "why" in refused.value.message_dict
    assert start(second, omar).status == "in_progress"


def test_what_was_told_is_withdrawn_when_the_step_ends(steps, omar):
    first, second, _ = steps
    end(first, omar, "not done")
    end(second, omar, "not done")
    assert told(second) == set()


def test_a_step_that_was_completed_in_part_asks(steps, omar):
    first, second, _ = steps
    end(first, omar, "partial")
    with pytest.raises(ValidationError, match="completed in part: does that meet the condition"):
        start(second, omar, why="")
    assert start(second, omar).status == "in_progress"


def test_a_step_that_was_completed_in_full_asks_nothing(steps, omar):
    first, second, _ = steps
    end(first, omar, "full")
    assert start(second, omar, why="").status == "in_progress"


def test_a_start_reads_the_step_before_as_it_is_now(steps, omar):
    """The row at hand, as a view hands it over, may have been loaded before the other step ended."""
    first, second, _ = steps
    second.after_step = now(first)
    end(first, omar, "full")
    second.version = now(second).version
    assert start_step(second, by=omar, expected_version=second.version, on=second.board.today).status == "in_progress"


def test_a_step_that_has_begun_hears_nothing_of_its_gate(steps, omar):
    first, second, _ = steps
    start(second, omar)
    end(first, omar, "not done")
    assert told(second) == set()
    assert not Event.objects.filter(step=second, kind="gate_moved").exists()


def test_a_step_on_hold_that_never_began_is_told_too(steps, omar):
    first, second, _ = steps
    Step.objects.filter(pk=second.pk).update(status="on_hold")
    end(first, omar, "not done")
    assert told(second) == {"Omar Oncologist", "Ana Coordinator"}


def test_revoking_the_plan_tells_nobody_of_gates(steps, chloe):
    plan = now(steps[0]).plan
    revoke_plan(
        plan,
        by=chloe,
        expected_version=plan.version,
        reason_code="patient_choice",
        reason="another patient",
        ahead=makers.NOTHING_AHEAD,
    )
    assert not Reminder.objects.filter(kind="gate").exists()


# Days


def test_reminders_wait_for_the_planned_end_of_the_step_before(steps):
    first, second, _ = steps
    Step.objects.filter(pk=second.pk).update(due_on=makers.TODAY())
    day = makers.TODAY() + timedelta(days=50)
    hand_over_step(first, by=first.owner, expected_version=first.version, due_on=day, why="no bed")
    assert own_days(second)["due"] == day


def test_reminders_stay_where_the_end_of_the_step_before_stays(steps, ana, omar):
    first, second, _ = steps
    before = list(Reminder.objects.scheduled().filter(step=second).values_list("pk", flat=True))
    hand_over_step(first, by=omar, expected_version=first.version, assignee=ana, why="on leave")
    assert list(Reminder.objects.scheduled().filter(step=second).values_list("pk", flat=True)) == before


def test_a_gate_that_opens_late_starts_the_reminders_anew(steps, omar):
    first, second, _ = steps
    Step.objects.filter(pk=second.pk).update(due_on=makers.TODAY() - timedelta(days=60))
    end(first, omar, "full")
    days = own_days(second)
    assert days["due"] == now(second).board.today
    assert days["overdue"] > now(second).board.today


def test_a_day_that_is_waited_for_moves_the_reminders(board, ana, chloe):
    day = makers.TODAY() + timedelta(days=200)
    case = makers.make_case(board, by=ana)
    _, second, _ = makers.make_gated_plan(case, by=ana, chair=chloe, not_before=day)
    assert own_days(second)["due"] == day


def test_new_settings_of_the_board_move_them_by_the_gate_too(board, ana, chloe):
    day = makers.TODAY() + timedelta(days=200)
    case = makers.make_case(board, by=ana)
    _, second, _ = makers.make_gated_plan(case, by=ana, chair=chloe, not_before=day)
    Board.objects.filter(pk=board.pk).update(lead_days=3, timing=board.timing + 1)
    assert retime_boards() > 0
    assert own_days(second)["lead"] == day - timedelta(days=3)


def test_an_amendment_asks_nobody_to_begin_a_step_whose_condition_has_failed(steps, omar, ana, chloe):
    first, second, _ = steps
    end(first, omar, "not done")
    makers.submit(amend_plan(now(second).plan, by=ana, reason="Progression"), by=ana)
    new = makers.release(Plan.objects.get(amends=second.plan), by=chloe)
    carried = new.steps.get(carried_from=second)
    assert own_days(carried) == {}
    assert told(carried, "escalation") == {"Ana Coordinator"}


# Re-discussion


@pytest.fixture
def failed(steps, omar):
    end(steps[0], omar, "not done")
    return now(steps[1])


def rediscuss(step, by, **values):
    values = {"due_on": step.board.today + timedelta(days=7), "assignee": by, "title": "Re-discuss step 1"} | values
    return rediscuss_step(step, by=by, expected_version=step.version, **values)


def test_a_failed_step_comes_back_before_the_board(failed, omar):
    found = rediscuss(failed, omar)
    assert (found.kind, found.plan, found.assignee, found.is_open) == ("rediscussion", failed.plan, omar, True)
    assert Reminder.objects.scheduled().filter(follow_up=found, recipient=omar).exists()


def test_asked_twice_it_is_one_follow_up(failed, omar):
    assert rediscuss(failed, omar) == rediscuss(failed, omar)
    assert FollowUp.objects.filter(kind="rediscussion").count() == 1


def test_another_day_for_what_is_planned_already_is_refused(failed, omar):
    rediscuss(failed, omar)
    with pytest.raises(ValidationError, match="is planned already"):
        rediscuss(failed, omar, due_on=failed.board.today + timedelta(days=9))


def test_a_day_in_the_past_is_refused(failed, omar):
    with pytest.raises(ValidationError, match="lies in the past"):
        rediscuss(failed, omar, due_on=failed.board.today - timedelta(days=1))


def test_a_step_whose_gate_waits_is_not_discussed_again_this_way(steps, omar):
    with pytest.raises(ValidationError, match="has not failed"):
        rediscuss(now(steps[1]), omar)


def test_who_only_observes_proposes_nothing(failed, nina):
    with pytest.raises(PermissionDenied):
        rediscuss(failed, nina)


def test_the_gate_of_a_row_at_hand_is_read_anew(failed):
    assert gate_now(failed, failed.board.today).has_failed
