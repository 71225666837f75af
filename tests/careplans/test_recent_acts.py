"""What was recorded is undone within a minute by who did it: every row stands as before, and both acts stay in the history."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import AuditEvent
from careplans.models import Event, FollowUp, Occurrence, OutboxMessage, Reminder, Step, StepBreak
from careplans.services import followups, occurrence_corrections, occurrence_progress, step_progress
from careplans.services.arm_choice import choose_arm
from careplans.services.gates import rediscuss_step
from careplans.services.plan_schedules import add_schedule
from careplans.services.recent_acts import NOT_UNDONE, forget_old_acts, record_act, undo_act
from common.errors import Conflict
from tests.careplans import makers
from tests.careplans.test_monitoring import BLOOD, ECHO
from tests.careplans.undoing import check_undone, fresh, record, stands

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
REASON = {"reason": "patient_choice"}


@pytest.fixture
def course(board, ana, omar, chloe):
    return makers.make_course(board, by=ana, chair=chloe, owner=omar, hanging=[*BLOOD, *ECHO])


def nth(step, number):
    return Occurrence.objects.get(step=step, number=number)


def start(step, by, **values):
    today = step.board.today
    return record(step, step_progress.start_step, by, on=today, due_on=today + 30 * DAY, **values)


def acts_of_a_step(case, ana):
    today, step = makers.TODAY(), Step.objects.filter(case=case).order_by("position").first()
    yield step, step_progress.start_step, {"on": today, "due_on": today + 30 * DAY}
    yield step, step_progress.skip_step, REASON
    yield step, step_progress.hold_step, {"on": today, "due_on": today + 9 * DAY, **REASON}
    yield step, step_progress.hand_over_step, {"assignee": ana, "why": "away"}
    yield step, step_progress.hand_over_step, {"due_on": today + 5 * DAY, "why": "theatre"}


def test_each_verb_of_a_step_that_waits_is_put_back_exactly(board, ana, omar, chloe):
    case = makers.make_case(board, by=ana)
    makers.make_gated_plan(case, by=ana, chair=chloe, owner=omar)
    for step, service, values in acts_of_a_step(case, ana):
        before = stands(case)
        act = record(step, service, omar, **values).act
        assert stands(case) != before, service
        check_undone(case, before, act, omar)


def test_each_verb_of_a_step_that_runs_is_put_back_exactly(board, ana, omar, chloe):
    case = makers.make_case(board, by=ana)
    first, *_ = makers.make_gated_plan(case, by=ana, chair=chloe, owner=omar)
    today = board.today
    start(first, omar)
    for service, values in (
        (step_progress.complete_step, {"on": today, "fulfilment": "full", **makers.OUTCOME}),
        (step_progress.stop_step, {"on": today, **REASON, **makers.OUTCOME}),
        (step_progress.hold_step, {"on": today, "until": today + 9 * DAY, **REASON}),
    ):
        before = stands(case)
        check_undone(case, before, record(first, service, omar, **values).act, omar)
    record(first, step_progress.hold_step, omar, on=today, until=today + 9 * DAY, **REASON)
    before = stands(case)
    act = record(first, step_progress.resume_step, omar, on=today, due_on=today + 20 * DAY).act
    check_undone(case, before, act, omar)


def test_each_verb_of_a_cycle_is_put_back_exactly(course, omar):
    today, case = course.board.today, course.case
    for service, values in (
        (occurrence_progress.give_occurrence, {"on": today}),
        (occurrence_progress.give_otherwise, {"on": today, **REASON}),
        (occurrence_progress.postpone_occurrence, {"to": today + 3 * DAY, "move_later": True, **REASON}),
        (occurrence_progress.omit_occurrence, REASON),
    ):
        before = stands(case)
        check_undone(case, before, record(nth(course, 1), service, omar, **values).act, omar)
    record(nth(course, 1), occurrence_progress.give_occurrence, omar, on=today)
    before = stands(case)
    act = record(nth(course, 1), occurrence_corrections.take_back_occurrence, omar, why="another patient").act
    check_undone(case, before, act, omar)
    act = record(course, step_progress.stop_step, omar, on=today, **REASON, **makers.OUTCOME).act
    check_undone(case, before, act, omar)


def test_a_cycle_of_an_open_number_is_put_back_and_the_next_one_keeps_its_day(board, ana, omar, chloe):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, hanging=ECHO, **makers.ONGOING)
    before = stands(step.case)
    check_undone(
        step.case, before, record(nth(step, 1), occurrence_progress.give_occurrence, omar, on=board.today).act, omar
    )
    assert [one.status for one in Occurrence.objects.filter(step=step).order_by("number")] == ["planned", "planned"]
    # Recorded again it is as if it had never been recorded before.
    record(nth(step, 1), occurrence_progress.give_occurrence, omar, on=board.today)
    assert FollowUp.objects.open().filter(monitoring__step=step).count() == 1


def test_each_verb_of_a_follow_up_is_put_back_exactly(board, ana, omar, chloe):
    case = makers.make_case(board, by=ana)
    plan = makers.make_active_plan(case, by=ana, chair=chloe, owner=omar)
    today = board.today
    row = makers.make_follow_up(plan.case, by=ana, due_on=today, assignee=omar)
    for service, values in (
        (followups.complete_follow_up, {"done_on": today, "result": "stable"}),
        (followups.record_missed_follow_up, {"new_due_on": today + 7 * DAY, "reason": "snow"}),
        (followups.cancel_follow_up, {"reason": "not needed"}),
        (followups.change_follow_up, {"due_on": today + 7 * DAY, "reason": "the scanner is down"}),
        (followups.change_follow_up, {"assignee": ana, "reason": "away"}),
    ):
        before = stands(case)
        check_undone(case, before, record(row, service, omar, **values).act, omar)
    # What was missed and undone can be missed again.
    assert record(row, followups.record_missed_follow_up, omar, new_due_on=today + 7 * DAY).act


def test_a_schedule_that_began_with_the_step_has_not_begun_once_that_is_undone(board, ana, omar, chloe):
    case = makers.make_case(board, by=ana)
    plan = makers.make_plan(case, by=ana, owner=omar)
    schedule = makers.make_template(board, name="After it", kinds=["visit"])
    add_schedule(plan, by=ana, schedule=schedule, assignee=ana, from_step=plan.steps.get(), from_event="begun")
    makers.submit(plan, by=ana)
    makers.release(plan, by=chloe)
    before = stands(case)
    act = start(Step.objects.get(plan=plan), omar).act
    assert FollowUp.objects.open().filter(schedule=schedule).exists()
    check_undone(case, before, act, omar)
    start(Step.objects.get(plan=plan), omar)
    assert FollowUp.objects.open().filter(schedule=schedule).exists()


def test_news_of_an_act_waits_until_it_can_be_undone_no_more(board, ana, omar, chloe):
    case = makers.make_case(board, by=ana)
    first, *_ = makers.make_gated_plan(case, by=ana, chair=chloe, owner=ana)
    act = record(first, step_progress.skip_step, omar, **REASON).act
    early = OutboxMessage.objects.filter(
        reminder__case=case, status="pending", due_at__lt=act.event.at + timedelta(seconds=60)
    )
    assert not early.filter(reminder__pk__in=act.changed["reminders"]["new"]).exists()
    assert Reminder.objects.scheduled().filter(step=first, kind="step_ended").exists()
    undo_act(act, by=omar)
    assert not Reminder.objects.scheduled().filter(kind__in=["step_ended", "gate"]).exists()


def test_what_somebody_has_been_told_is_not_undone(board, ana, omar, chloe):
    first, *_ = makers.make_gated_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, owner=ana)
    act = record(first, step_progress.skip_step, omar, **REASON).act
    told = OutboxMessage.objects.filter(reminder__in=act.changed["reminders"]["new"])
    told.update(status="sent", sent_at=act.event.at)
    with pytest.raises(ValidationError, match="has been told of it already"):
        undo_act(act, by=omar)


def test_the_act_and_its_undoing_are_events_and_audited(course, omar):
    act = record(nth(course, 1), occurrence_progress.give_occurrence, omar, on=course.board.today).act
    undo_act(act, by=omar)
    kinds = list(Event.objects.filter(step=course).order_by("pk").values_list("kind", flat=True))
    assert "occurrence_recorded" in kinds and kinds[-1] == "step_undone"
    event = Event.objects.filter(kind="step_undone").get()
    assert event.by == omar and event.data["now"]["occurrence 1 status"] == "planned"
    assert AuditEvent.objects.filter(action="step_undone", actor=omar).exists()


@pytest.mark.parametrize(("seconds", "undone"), [(59, True), (60, False), (3600, False)])
def test_the_server_counts_the_minute_from_the_event(course, omar, seconds, undone):
    act = record(nth(course, 1), occurrence_progress.give_occurrence, omar, on=course.board.today).act
    with time_machine.travel(act.event.at + timedelta(seconds=seconds), tick=False):
        if undone:
            undo_act(act, by=omar)
        else:
            with pytest.raises(ValidationError, match="minute in which it could be undone is over"):
                undo_act(act, by=omar)
    assert nth(course, 1).is_open is undone


def test_nobody_else_undoes_it(course, omar, ana):
    act = record(nth(course, 1), occurrence_progress.give_occurrence, omar, on=course.board.today).act
    with pytest.raises(ValidationError, match="Only Omar"):
        undo_act(act, by=ana)


def test_who_only_observes_undoes_nothing(course, omar, nina):
    act = record(nth(course, 1), occurrence_progress.give_occurrence, omar, on=course.board.today).act
    with pytest.raises(PermissionDenied):
        undo_act(act, by=nina)


def test_it_is_undone_once(course, omar):
    act = record(nth(course, 1), occurrence_progress.give_occurrence, omar, on=course.board.today).act
    undo_act(act, by=omar)
    with pytest.raises(ValidationError, match="undone already"):
        undo_act(act, by=omar)


def test_it_is_not_undone_once_something_else_was_recorded_of_the_case(course, omar, ana):
    act = record(nth(course, 1), occurrence_progress.give_occurrence, omar, on=course.board.today).act
    row = FollowUp.objects.open().filter(case=course.case).first()
    followups.complete_follow_up(fresh(row), by=ana, expected_version=row.version, done_on=course.board.today)
    with pytest.raises(Conflict, match="Something else was recorded of this case since, by Ana"):
        undo_act(act, by=omar)


def test_it_is_not_undone_once_a_row_of_it_has_changed(course, omar):
    act = record(nth(course, 1), occurrence_progress.give_occurrence, omar, on=course.board.today).act
    Step.objects.filter(pk=course.pk).update(version=99)
    with pytest.raises(Conflict, match="changed again since"):
        undo_act(act, by=omar)


def test_a_break_that_was_undone_never_was(board, ana, omar, chloe):
    first, *_ = makers.make_gated_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, owner=omar)
    act = record(first, step_progress.hold_step, omar, on=board.today, due_on=board.today + DAY, **REASON).act
    undo_act(act, by=omar)
    assert list(first.breaks.all()) == [] and StepBreak.every.get().undone_at is not None


def test_what_cannot_be_put_back_exactly_is_declared_and_not_offered(board, ana, omar, chloe):
    found = makers.make_branched_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, owner=omar)
    step = fresh(found.decision)
    done = record_act(
        step, choose_arm, by=omar, verb="choose", say=str, expected_version=step.version, chosen_arm=found.responds,
        on=board.today, reason="it responds", why="now", **makers.OUTCOME,
    )  # fmt: skip
    assert done.act is None and "Correct the decision" in NOT_UNDONE["choose"]


def test_a_rediscussion_that_was_planned_is_taken_back(board, ana, omar, chloe):
    case = makers.make_case(board, by=ana)
    first, second, _ = makers.make_gated_plan(case, by=ana, chair=chloe, owner=omar)
    record(first, step_progress.skip_step, omar, **REASON)
    before = stands(case)
    act = record(second, rediscuss_step, omar, due_on=board.today + DAY, assignee=ana, title="What now").act
    check_undone(case, before, act, omar)


def test_what_can_be_undone_no_more_is_forgotten_after_a_day(course, omar):
    act = record(nth(course, 1), occurrence_progress.give_occurrence, omar, on=course.board.today).act
    assert forget_old_acts() == 0
    with time_machine.travel(act.event.at + timedelta(hours=25), tick=False):
        assert forget_old_acts() == 1
