"""A step stops while the step that waits for it starts: either it begins before its gate fails, or its starter is told."""

import pytest

from careplans.models import Event, FollowUp, Reminder, Step
from careplans.services.gates import rediscuss_step
from careplans.services.step_progress import complete_step, skip_step, start_step, stop_step
from tests.careplans import makers

pytestmark = pytest.mark.django_db(transaction=True)
TO_START = ("lead", "due", "overdue")


@pytest.fixture
def steps(board, ana, omar, chloe):
    return makers.make_gated_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, owner=omar)


def now(step):
    return Step.objects.select_related("plan__case", "case", "board", "after_step").get(pk=step.pk)


def starting(step, omar, why="agreed by the board"):
    seen = now(step)
    return lambda: start_step(now(step), by=omar, expected_version=seen.version, on=seen.board.today, why=why)


def test_a_step_starts_while_the_one_that_it_waits_for_is_stopped(track, steps, ana, omar):
    first, second, _ = steps
    start_step(first, by=ana, expected_version=first.version, on=first.board.today, why="at once")
    first = now(first)

    def stop():
        seen = {"expected_version": first.version, "reason": "progression", **makers.OUTCOME}
        return stop_step(now(first), by=ana, on=first.board.today, **seen)

    for met in track.rounds(stop, starting(second, omar)):
        assert met.is_clean and met.won[0], str(met)
        told = Reminder.objects.scheduled().filter(step=second, kind="gate").exists()
        failed = Event.objects.filter(step=second, kind="gate_moved", new="failed").exists()
        asked = Reminder.objects.scheduled().filter(step=second, kind__in=TO_START).exists()
        begun = now(second).status == "in_progress"
        # Begun before its gate failed, with the reminders of a step that runs; or not begun, told, and asked no more.
        assert (begun, told, failed, asked) in ((True, False, False, True), (False, True, True, False)), str(met)
        assert begun == met.won[1], str(met)


def test_a_step_starts_without_a_reason_only_after_the_one_before_is_completed(track, steps, ana, omar):
    first, second, _ = steps
    start_step(first, by=ana, expected_version=first.version, on=first.board.today, why="at once")
    first = now(first)

    def complete():
        seen = {"expected_version": first.version, "fulfilment": "full", **makers.OUTCOME}
        return complete_step(now(first), by=ana, on=first.board.today, **seen)

    for met in track.rounds(complete, starting(second, omar, why="")):
        assert met.is_clean and met.won == [True, False], str(met)
        assert Reminder.objects.scheduled().filter(step=second, kind="due").count() == 1, str(met)


def test_two_who_end_a_step_and_the_one_that_waits_for_it_leave_no_reminder(track, steps, ana, omar):
    first, second, _ = steps

    def skip(step, by):
        seen = now(step)
        return lambda: skip_step(now(step), by=by, expected_version=seen.version, reason="patient_choice")

    for met in track.rounds(skip(first, ana), skip(second, omar)):
        assert met.is_clean and met.won[0], str(met)
        ended = now(second).status == "not_done"
        assert Reminder.objects.scheduled().filter(step=second, kind="gate").exists() != ended, str(met)


def test_two_who_propose_a_re_discussion_at_once_make_one(track, steps, ana, omar):
    first, second, _ = steps
    skip_step(first, by=ana, expected_version=first.version, reason="patient_choice")
    seen = now(second)

    def propose():
        return rediscuss_step(
            now(second), by=omar, expected_version=seen.version, due_on=seen.board.today, assignee=omar, title="Again"
        )

    for met in track.rounds(propose, propose):
        assert met.is_clean and met.won == [True, True], str(met)
        assert FollowUp.objects.filter(kind="rediscussion").count() == 1, str(met)
