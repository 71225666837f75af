"""What was recorded of a cycle is put right, or taken back as entered in error; and what follows from it follows again."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import AuditEvent
from careplans.models import Event, FollowUp, Occurrence, Plan, Reminder, Step
from careplans.readers.steps.taking_back import effects_of_taking_back
from careplans.services.followups import complete_follow_up
from careplans.services.occurrence_corrections import (
    correct_as_given,
    correct_as_omitted,
    correct_as_otherwise,
    take_back_occurrence,
)
from careplans.services.occurrence_progress import omit_occurrence, postpone_occurrence
from careplans.services.plan_schedules import add_schedule
from careplans.services.plans import amend_plan
from careplans.services.step_progress import hold_step, start_step, stop_step
from careplans.services.steps import edit_step
from common.errors import Conflict
from tests.careplans import makers
from tests.careplans.api import Api, attrs
from tests.careplans.doors import browser, queries_of, url
from tests.careplans.test_monitoring import BLOOD, ECHO, planned
from tests.careplans.test_occurrences_record import days, give, give_first, row, states, told

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WHY = "entered for another patient"


@pytest.fixture
def course(board, ana, omar, chloe):
    """Four cycles, eight weeks apart, with blood counts after each; the first was planned and given four days ago."""
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, hanging=BLOOD)
    for one in Occurrence.objects.filter(step=step):
        Occurrence.objects.filter(pk=one.pk).update(planned_on=one.planned_on - 4 * DAY)
    give(step, 1, omar, on=board.today - 4 * DAY)
    step.refresh_from_db()
    return step


@pytest.fixture
def ongoing(board, ana, omar, chloe):
    """Every 28 days until a reason to stop; the first was given 32 days ago, the second should have been four days ago."""
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, **makers.ONGOING)
    give_first(step, omar, days_ago=32)
    step.refresh_from_db()
    return step


@pytest.fixture
def agreed(ongoing, omar):
    """The second was given on its day, and the third is postponed to a day that was agreed with the patient."""
    give(ongoing, 2, omar, on=days(ongoing)[1])
    third = row(ongoing, 3)
    postpone_occurrence(
        third, by=omar, expected_version=third.version, to=third.planned_on + 12 * DAY, reason="patient_choice",
        reason_note="away until then",
    )  # fmt: skip
    ongoing.refresh_from_db()
    return ongoing


@pytest.fixture
def echoes(board, ana, omar, chloe):
    """The same, with an echocardiogram every eight weeks while it runs."""
    hanging = [{"kind": "echo", "when": "course", "interval": 8, "interval_unit": "weeks"}]
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, hanging=hanging)
    give_first(step, omar, days_ago=4)
    step.refresh_from_db()
    return step


def put(step, number, by, service=take_back_occurrence, **values):
    one = row(step, number)
    done = service(one, by=by, expected_version=one.version, **({"why": WHY} | values))
    step.refresh_from_db()
    return done


def blood(step):
    return [day for _, day in planned(step)]


# Corrected: another day, another outcome, another reason.


def test_another_day_is_corrected_and_what_hangs_on_it_moves_along(course, omar):
    today = course.board.today
    put(course, 1, omar, correct_as_given, on=today - 2 * DAY, move_later=False)
    one = row(course, 1)
    assert (one.given_on, one.planned_on, course.started_on) == (today - 2 * DAY, today - 4 * DAY, today - 2 * DAY)
    assert blood(course) == [today + 12 * DAY, today + 26 * DAY]
    assert one.difference == "2 days later than planned"


def test_old_and_new_stand_in_the_timeline_and_the_audit_trail(course, omar):
    today = course.board.today
    put(
        course, 1, omar, correct_as_otherwise, on=today - 3 * DAY, reason="medical_reason", reason_note="half of it",
        move_later=False,
    )  # fmt: skip
    event = Event.objects.get(step=course, kind="occurrence_corrected")
    assert (event.old, event.new, event.by) == ("given", "given_otherwise", omar)
    assert f"Recorded was: given as planned on {today - 4 * DAY:%-d %b %Y}" in event.reason
    assert f"Now: given otherwise on {today - 3 * DAY:%-d %b %Y} (Medical reason: half of it)" in event.reason
    assert event.reason.startswith(WHY)
    assert AuditEvent.objects.filter(action="occurrence_corrected", subject_id=str(course.pk)).exists()


def test_another_day_asks_whether_those_after_it_move(course, omar):
    second = days(course)[1]
    with pytest.raises(ValidationError, match="2 days later than was recorded"):
        put(course, 1, omar, correct_as_given, on=course.board.today - 2 * DAY)
    put(course, 1, omar, correct_as_given, on=course.board.today - 2 * DAY, move_later=True)
    assert days(course)[1] == course.due_on == second + 2 * DAY
    assert told(course) == [course.due_on]


def test_one_that_was_left_out_by_a_slip_was_given_after_all(course, omar):
    omit = row(course, 2)
    omit_occurrence(omit, by=omar, expected_version=omit.version, reason="patient_choice")
    why = {"reason": "medical_reason", "reason_note": "early"}
    put(course, 2, omar, correct_as_otherwise, on=course.board.today, move_later=False, **why)
    assert (course.delivered_words, states(course)[1]) == ("2 of 4 cycles given", "given_otherwise")
    assert len(planned(course)) == 4


def test_one_that_was_recorded_as_given_was_left_out(course, omar):
    put(course, 1, omar, correct_as_omitted, reason="patient_choice")
    assert (course.status, course.started_on) == ("planned", None)
    assert course.delivered_words == "0 of 4 cycles given, 1 left out"
    assert planned(course) == []


def given_early(course, omar):
    """The second, ten weeks ahead, is recorded as given today, and those after it came along."""
    for one in Occurrence.objects.filter(step=course, number__gt=1):
        Occurrence.objects.filter(pk=one.pk).update(planned_on=one.planned_on + 18 * DAY)
    before = days(course)
    give(course, 2, omar, move_later=True)
    assert days(course)[2] < before[1]
    return before


def test_one_that_was_left_out_asks_whether_those_after_it_move_back(course, omar):
    before = given_early(course, omar)
    for said, words in ((None, "than was recorded"), (False, "Let those after it move as well")):
        with pytest.raises(ValidationError, match=words):
            put(course, 2, omar, correct_as_omitted, reason="patient_choice", move_later=said)
    put(course, 2, omar, correct_as_omitted, reason="patient_choice", move_later=True)
    assert days(course) == before
    put(course, 2, omar)
    assert days(course) == before and course.due_on == before[1]


def test_an_ongoing_one_that_was_left_out_asks_so_too(board, ana, omar, chloe):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, **makers.ONGOING)
    Occurrence.objects.filter(step=step).update(planned_on=board.today + 40 * DAY)
    give(step, 1, omar, move_later=True, why="a bed was free")
    with pytest.raises(ValidationError, match="40 days later than was recorded"):
        put(step, 1, omar, correct_as_omitted, reason="patient_choice")
    put(step, 1, omar, correct_as_omitted, reason="patient_choice", move_later=True)
    assert days(step) == [board.today + 40 * DAY, board.today + 68 * DAY]


def test_a_reason_is_corrected(course, omar):
    one = row(course, 2)
    omit_occurrence(one, by=omar, expected_version=one.version, reason="patient_choice")
    put(course, 2, omar, correct_as_omitted, reason="medical_reason", reason_note="platelets 48")
    assert (row(course, 2).reason, row(course, 2).reason_note) == ("medical_reason", "platelets 48")


def test_a_follow_up_with_a_day_of_its_own_keeps_it_and_one_that_would_be_late_asks(course, omar):
    today = course.board.today
    first = FollowUp.objects.filter(monitoring__step=course).order_by("due_on").first()
    FollowUp.objects.filter(pk=first.pk).update(due_on=today + 3 * DAY)
    put(course, 1, omar, correct_as_given, on=today - 5 * DAY, move_later=False)
    assert blood(course) == [today + 3 * DAY, today + 23 * DAY]
    with pytest.raises(ValidationError) as error:
        put(course, 1, omar, correct_as_given, on=today - 40 * DAY, move_later=False)
    assert list(error.value.message_dict) == ["passed"]
    passed = [{"monitoring": course.monitoring.order_by("pk")[1].pk, "fate": "elsewhere"}]
    put(course, 1, omar, correct_as_given, on=today - 40 * DAY, move_later=False, passed=passed)
    assert blood(course) == [today + 3 * DAY]


def each(step, **said):
    return [{"monitoring": line.pk} | said for line in step.monitoring.all()]


def recorded_late(step, omar, **said):
    """The first as given 37 days ago, both blood counts past; as the newcomer found it."""
    for one in Occurrence.objects.filter(step=step):
        Occurrence.objects.filter(pk=one.pk).update(planned_on=one.planned_on - 37 * DAY)
    give(step, 1, omar, on=step.board.today - 37 * DAY, **said)
    step.refresh_from_db()


@pytest.fixture
def late(board, ana, omar, chloe):
    return makers.make_course(board, by=ana, chair=chloe, owner=omar, hanging=BLOOD)


def test_blood_counts_that_were_answered_as_past_are_planned_where_they_now_lie_ahead(late, omar):
    recorded_late(late, omar, passed=each(late, fate="elsewhere"))
    assert blood(late) == []
    put(late, 1, omar, correct_as_given, on=late.board.today - 2 * DAY, move_later=True)
    assert blood(late) == [late.board.today + 12 * DAY, late.board.today + 26 * DAY]
    put(late, 1, omar, correct_as_given, on=late.board.today - DAY, move_later=True)
    assert blood(late) == [late.board.today + 13 * DAY, late.board.today + 27 * DAY]


def test_blood_counts_that_were_put_on_a_later_day_because_theirs_had_passed_move_to_their_own(late, omar):
    today = late.board.today
    recorded_late(late, omar, passed=each(late, fate="planned", on=today + DAY))
    assert blood(late) == [today + DAY]
    put(late, 1, omar, correct_as_given, on=today - 2 * DAY, move_later=True)
    assert blood(late) == [today + 12 * DAY, today + 26 * DAY]


def test_a_blood_count_answered_for_a_day_before_the_cycle_is_asked_about_where_it_is_past_again(late, omar):
    recorded_late(late, omar, passed=each(late, fate="elsewhere"))
    on = late.board.today - 16 * DAY
    with pytest.raises(ValidationError, match="Blood count|blood count"):
        put(late, 1, omar, correct_as_given, on=on, move_later=True)
    put(late, 1, omar, correct_as_given, on=on, move_later=True, passed=each(late, fate="elsewhere"))
    assert blood(late) == [on + 28 * DAY]


def test_a_blood_count_that_was_done_before_the_cycle_is_asked_for_again_and_one_done_after_it_is_not(course, omar):
    today = course.board.today
    first = FollowUp.objects.filter(monitoring__step=course).order_by("due_on").first()
    complete_follow_up(first, by=omar, expected_version=first.version, done_on=today - 2 * DAY)
    put(course, 1, omar, correct_as_given, on=today - 3 * DAY, move_later=False)
    assert blood(course) == [today + 25 * DAY]
    put(course, 1, omar, correct_as_given, on=today - DAY, move_later=False)
    assert blood(course) == [today + 13 * DAY, today + 27 * DAY]
    assert FollowUp.objects.get(pk=first.pk).status == "done"


@pytest.mark.parametrize(
    ("on", "words"), [(1, "lies in the future"), (-4, "That is what is recorded"), (-40000, "was born on")]
)
def test_a_day_that_cannot_be_is_refused(course, omar, on, words):
    with pytest.raises(ValidationError, match=words):
        put(course, 1, omar, correct_as_given, on=course.board.today + on * DAY, move_later=False)


def test_a_day_after_the_next_one_is_refused(course, omar):
    give(course, 2, omar, on=course.board.today - 3 * DAY, move_later=False)
    with pytest.raises(ValidationError, match="Cycle 2 of 4 was given on"):
        put(course, 1, omar, correct_as_given, on=course.board.today, move_later=False)
    why = {"reason": "medical_reason", "reason_note": "both halves"}
    put(course, 1, omar, correct_as_otherwise, on=course.board.today - 3 * DAY, move_later=False, **why)


def test_a_day_after_the_break_began_is_refused(course, omar):
    today = course.board.today
    hold_step(
        course, by=omar, expected_version=course.version, on=today - 2 * DAY, reason="medical_reason",
        due_on=today + 9 * DAY,
    )  # fmt: skip
    with pytest.raises(ValidationError, match="The step is held from"):
        put(course, 1, omar, correct_as_given, on=today - DAY, move_later=False)
    put(course, 1, omar, correct_as_given, on=today - 2 * DAY, move_later=False)


def test_a_step_that_had_begun_before_it_was_given_in_cycles_keeps_its_start(board, ana, omar, chloe):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana, owner=omar)
    makers.submit(plan, by=ana)
    makers.release(plan, by=chloe)
    step, today = plan.steps.get(), board.today
    step = start_step(
        step, by=omar, expected_version=step.version, on=today - 30 * DAY, due_on=today + 30 * DAY, why="-"
    )
    amended = amend_plan(Plan.objects.get(pk=plan.pk), by=ana, reason="in cycles")
    edit_step(amended.steps.get(), makers.CYCLES, by=ana)
    makers.submit(amended, by=ana)
    makers.release(amended, by=chloe)
    step = Step.objects.select_related("plan__case", "case", "board").get(plan=amended)
    give(step, 1, omar, move_later=False, why="begun long before")
    step.refresh_from_db()
    put(step, 1, omar, correct_as_given, on=today - DAY, move_later=False)
    assert (step.status, step.started_on) == ("in_progress", today - 30 * DAY)


def test_what_has_ended_keeps_its_outcome_but_a_wrong_day_is_corrected(course, omar):
    today = course.board.today
    stop_step(
        course, by=omar, expected_version=course.version, on=today - DAY, reason="patient_choice", **makers.OUTCOME
    )
    for service, values in ((take_back_occurrence, {}), (correct_as_omitted, {"reason": "patient_choice"})):
        with pytest.raises(ValidationError, match="The step is stopped with this recorded"):
            put(course, 1, omar, service, **values)
    with pytest.raises(ValidationError, match="The step ended on"):
        put(course, 1, omar, correct_as_given, on=today)
    put(course, 1, omar, correct_as_given, on=today - 5 * DAY)
    assert (course.status, course.due_on, course.started_on) == ("stopped", None, today - 5 * DAY)


def test_a_corrected_day_says_so_and_does_not_call_it_recorded_by_mistake(course, omar):
    today = course.board.today
    put(course, 1, omar, correct_as_given, on=today - 2 * DAY, move_later=False)
    moved = Event.objects.filter(follow_up__monitoring__step=course, kind="follow_up_changed")
    words = f"Cycle 1 of 4 was given on {today - 2 * DAY:%-d %b %Y}, not on {today - 4 * DAY:%-d %b %Y}: {WHY}"
    assert {event.reason for event in moved} == {words}


def test_a_corrected_start_moves_what_hangs_on_the_course(echoes, omar):
    today = echoes.board.today
    assert [day for _, day in planned(echoes)] == [today - 4 * DAY + timedelta(weeks=8)]
    put(echoes, 1, omar, correct_as_given, on=today - 9 * DAY, move_later=False)
    assert [day for _, day in planned(echoes)] == [today - 9 * DAY + timedelta(weeks=8)]


def test_a_corrected_start_leaves_what_somebody_gave_a_day_of_its_own(echoes, omar):
    today = echoes.board.today
    FollowUp.objects.filter(monitoring__step=echoes).update(due_on=today + 30 * DAY)
    put(echoes, 1, omar, correct_as_given, on=today - 9 * DAY, move_later=False)
    assert [day for _, day in planned(echoes)] == [today + 30 * DAY]


@pytest.mark.parametrize(
    ("said", "after"), [({"fate": "elsewhere"}, 52), ({"fate": "planned", "on": 3}, 3)], ids=["elsewhere", "planned"]
)
def test_a_corrected_start_asks_about_what_hangs_on_the_course_and_would_be_late_and_the_course_goes_on(
    echoes, omar, said, after
):
    today, line = echoes.board.today, echoes.monitoring.get()
    with pytest.raises(ValidationError) as error:
        put(echoes, 1, omar, correct_as_given, on=today - 60 * DAY, move_later=False)
    assert f"Echocardiogram of {today - 4 * DAY:%-d %b %Y}" in error.value.message_dict["passed"][0]
    said = {"monitoring": line.pk} | said
    if "on" in said:
        said["on"] = today + said["on"] * DAY
    put(echoes, 1, omar, correct_as_given, on=today - 60 * DAY, move_later=False, passed=[said])
    assert [day for _, day in planned(echoes)] == [today + after * DAY]


def test_the_page_asks_what_becomes_of_what_a_corrected_start_makes_late(echoes, omar):
    today, line, one = echoes.board.today, echoes.monitoring.get(), row(echoes, 1)
    body = {
        "verb": "correct_given", "version": one.version, "on": (today - 60 * DAY).isoformat(), "move_later": "no",
        "why": WHY,
    }  # fmt: skip
    answer = browser(omar).post(url("occurrence", one.pk), body)
    assert answer.status_code == 400 and f"Echocardiogram of {today - 4 * DAY:%-d %b %Y}" in answer.content.decode()
    answer = browser(omar).post(url("occurrence", one.pk), body | {f"passed_{line.pk}": "skipped"})
    assert answer.status_code == 302
    assert [day for _, day in planned(echoes)] == [today + 52 * DAY]


# Taken back: it was entered in error.


def test_what_was_entered_in_error_is_still_to_be_given(course, omar):
    today = course.board.today
    give(course, 2, omar, move_later=False)
    planned_for = row(course, 2).planned_on
    put(course, 2, omar, move_later=False)
    one = row(course, 2)
    assert (one.status, one.given_on, one.planned_on) == ("planned", None, planned_for)
    assert (course.delivered_words, course.due_on, course.status) == ("1 of 4 cycles given", planned_for, "in_progress")
    assert told(course) == [planned_for]
    assert blood(course) == [today + 10 * DAY, today + 24 * DAY]
    event = Event.objects.get(step=course, kind="occurrence_taken_back")
    assert (event.old, event.new) == ("given", "planned")
    assert f"Recorded was: given as planned on {today:%-d %b %Y}. Now: still to be given." in event.reason


def test_the_first_one_takes_the_start_of_the_step_back(course, omar):
    put(course, 1, omar)
    assert (course.status, course.started_on, course.due_on) == ("planned", None, row(course, 1).planned_on)
    assert planned(course) == []
    assert Event.objects.filter(step=course, kind="step_moved", old="in_progress", new="planned").exists()
    give(course, 1, omar, on=course.board.today - 4 * DAY)
    course.refresh_from_db()
    assert course.status == "in_progress" and len(planned(course)) == 2


def test_blood_counts_are_asked_for_again_although_one_was_done_after_the_mistake(course, omar):
    today = course.board.today
    first = FollowUp.objects.filter(monitoring__step=course).order_by("due_on").first()
    complete_follow_up(first, by=omar, expected_version=first.version, done_on=today)
    put(course, 1, omar)
    assert FollowUp.objects.get(pk=first.pk).status == "done"
    give(course, 1, omar, move_later=False)
    assert blood(course) == [today + 14 * DAY, today + 28 * DAY]


def test_an_ongoing_step_has_one_next_one_again_and_what_hangs_on_its_course_begins_anew(board, ana, omar, chloe):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, hanging=ECHO, **makers.ONGOING)
    give(step, 1, omar)
    step.refresh_from_db()
    assert len(planned(step)) == 1
    put(step, 1, omar)
    assert (step.delivered_words, step.status, step.due_on) == ("0 administrations given", "planned", board.today)
    assert planned(step) == []
    give(step, 1, omar)
    assert days(step) == [board.today, board.today + 28 * DAY]
    assert len(planned(step)) == 1


def test_the_day_that_was_agreed_for_the_next_one_stays_when_this_one_is_taken_back_and_given_again(agreed, omar):
    step, (_, second, third) = agreed, days(agreed)
    put(step, 2, omar)
    give(step, 2, omar, on=second)
    step.refresh_from_db()
    assert (days(step)[2], step.due_on, told(step)) == (third, third, [third])
    put(step, 2, omar)
    one = row(step, 2)
    omit_occurrence(one, by=omar, expected_version=one.version, reason="patient_choice")
    assert days(step)[2] == third


def test_the_next_one_of_an_ongoing_step_moves_back_only_where_that_is_said(ongoing, omar):
    planned_for = days(ongoing)[1]
    give(ongoing, 2, omar, on=planned_for + 3 * DAY, move_later=True)
    third = days(ongoing)[2]
    with pytest.raises(ValidationError, match="3 days earlier than was recorded"):
        put(ongoing, 2, omar)
    page = browser(omar).get(url("occurrence", row(ongoing, 2).pk)).content.decode()
    assert 'id="id_take_back_move_later"' in page
    put(ongoing, 2, omar, move_later=True)
    assert days(ongoing)[2] == third - 3 * DAY


def test_one_that_was_taken_back_is_postponed_and_asks_about_the_one_after_it(agreed, omar):
    step, client = agreed, browser(omar)
    third = days(step)[2]
    put(step, 2, omar)
    one = row(step, 2)
    assert 'id="id_postpone_move_later"' in client.get(url("occurrence", one.pk)).content.decode()
    to = step.board.today + 2 * DAY
    postpone_occurrence(one, by=omar, expected_version=one.version, to=to, reason="patient_choice", move_later=False)
    assert days(step)[1:] == [to, third]


def test_days_that_had_moved_along_move_back_where_that_is_said(course, omar):
    before = days(course)
    give(course, 2, omar, move_later=True)
    with pytest.raises(ValidationError, match="than was recorded"):
        put(course, 2, omar)
    put(course, 2, omar, move_later=True)
    assert days(course) == before


def test_none_comes_back_behind_the_one_after_it(course, omar):
    one = row(course, 2)
    omit_occurrence(one, by=omar, expected_version=one.version, reason="patient_choice")
    # As a correction left it before it asked about those after it.
    Occurrence.objects.filter(step=course, number=3).update(planned_on=one.planned_on - DAY)
    with pytest.raises(ValidationError, match=r"Cycle 3 of 4 is planned for .* Give that one another day first"):
        put(course, 2, omar)
    assert any("before this one. Give it another day first" in said for said in effects_of_taking_back(row(course, 2)))
    page = browser(omar).post(url("occurrence", one.pk), {"verb": "take_back", "version": 2, "why": WHY})
    assert page.status_code == 400 and "Give that one another day first" in page.content.decode()


def test_what_is_taken_back_says_before_what_becomes_of_those_after_it(course, omar):
    before = given_early(course, omar)
    said = " ".join(effects_of_taking_back(row(course, 2)))
    assert f"Cycle 3 of 4, now planned for {days(course)[2]:%-d %b %Y}, would be on {before[2]:%-d %b %Y}" in said
    assert "It cannot keep its day" in said


def test_the_next_of_an_ongoing_step_follows_the_one_that_is_taken_back(board, ana, omar, chloe):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, **makers.ONGOING)
    Occurrence.objects.filter(step=step).update(planned_on=board.today + 40 * DAY)
    give(step, 1, omar, move_later=True, why="a bed was free")
    put(step, 1, omar, move_later=True)
    assert days(step) == [board.today + 40 * DAY, board.today + 68 * DAY]


def test_a_later_one_holds_an_earlier_one_and_says_what_to_do(course, omar):
    give(course, 2, omar, move_later=False)
    for service, values in ((take_back_occurrence, {}), (correct_as_omitted, {"reason": "patient_choice"})):
        with pytest.raises(ValidationError, match=r"Cycle 2 of 4 was recorded after it .* Take that one back first"):
            put(course, 1, omar, service, **values)


def test_a_plan_that_has_ended_keeps_what_was_recorded_and_the_next_plan_corrects_it(course, ana, chloe, omar):
    amended = amend_plan(Plan.objects.get(pk=course.plan_id), by=ana, reason="another aim")
    makers.submit(amended, by=ana)
    makers.release(amended, by=chloe)
    with pytest.raises(ValidationError, match="This plan is superseded"):
        put(course, 1, omar)
    step = Step.objects.select_related("plan__case", "case", "board").get(plan=amended)
    put(step, 1, omar)
    assert (step.delivered_words, step.status) == ("0 of 4 cycles given", "planned")
    assert planned(step) == []


def test_a_gate_that_had_opened_waits_again_and_says_so_before(board, ana, omar, chloe):
    first, second, _ = makers.make_gated_plan(
        makers.make_case(board, by=ana), by=ana, chair=chloe, owner=omar, before=makers.CYCLES,
        after_event="occurrence", after_occurrence=1,
    )  # fmt: skip
    give(first, 1, omar, move_later=False)
    assert any(
        f"Step {second.number} ({second.title}) waits again" in one for one in effects_of_taking_back(row(first, 1))
    )
    put(first, 1, omar, move_later=False)
    event = Event.objects.filter(step=second, kind="gate_moved").order_by("-id").first()
    assert (event.old, event.new) == ("open", "waiting")


def test_a_gate_that_had_failed_can_be_met_again_and_its_notice_is_withdrawn(board, ana, omar, chloe):
    first, second, _ = makers.make_gated_plan(
        makers.make_case(board, by=ana), by=ana, chair=chloe, owner=omar, before=makers.CYCLES,
        after_event="occurrence", after_occurrence=4,
    )  # fmt: skip
    one = row(first, 1)
    omit_occurrence(one, by=omar, expected_version=one.version, reason="patient_choice")
    assert any("can be met again" in words for words in effects_of_taking_back(row(first, 1)))
    put(first, 1, omar)
    assert not Reminder.objects.scheduled().filter(step=second, kind="gate").exists()
    assert Reminder.objects.scheduled().filter(step=second, kind="due").exists()


def test_a_step_that_has_begun_on_it_is_named_before(board, ana, omar, chloe):
    first, second, _ = makers.make_gated_plan(
        makers.make_case(board, by=ana), by=ana, chair=chloe, owner=omar, before=makers.CYCLES,
        after_event="occurrence", after_occurrence=1,
    )  # fmt: skip
    give(first, 1, omar, move_later=False)
    second.refresh_from_db()
    start_step(second, by=omar, expected_version=second.version, on=board.today, due_on=board.today + 9 * DAY, why="-")
    assert any("has begun or ended on it" in one for one in effects_of_taking_back(row(first, 1)))


def test_nothing_recorded_is_nothing_to_correct_and_a_reason_is_needed(course, omar):
    with pytest.raises(ValidationError, match="Nothing is recorded of it yet"):
        put(course, 2, omar)
    with pytest.raises(ValidationError) as error:
        put(course, 1, omar, why=" ")
    assert list(error.value.message_dict) == ["why"]


@pytest.mark.parametrize("who", ["nina", "otto"])
def test_who_may_not_deliver_steps_corrects_nothing(course, who, request):
    with pytest.raises(PermissionDenied):
        put(course, 1, request.getfixturevalue(who))


def test_who_looks_at_an_older_state_corrects_nothing(course, omar, ana):
    seen = row(course, 1)
    put(course, 1, ana, correct_as_given, on=course.board.today - 3 * DAY, move_later=False)
    with pytest.raises(Conflict):
        take_back_occurrence(seen, by=omar, expected_version=seen.version, why=WHY)


def test_a_schedule_that_counts_from_the_start_of_the_step_begins_anew(board, ana, omar, chloe):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana, owner=omar)
    step = plan.steps.get()
    edit_step(step, {"planned_start": board.today, **makers.CYCLES}, by=ana)
    schedule = makers.make_template(board)
    add_schedule(plan, by=ana, schedule=schedule, from_step=step, from_event="begun", assignee=ana)
    makers.submit(plan, by=ana)
    makers.release(plan, by=chloe)
    step = Step.objects.select_related("plan__case", "case", "board").get(pk=step.pk)
    give(step, 1, omar)
    rows = FollowUp.objects.filter(schedule=schedule)
    many = rows.open().count()
    assert many
    assert any("begins anew" in one for one in effects_of_taking_back(row(step, 1)))
    put(step, 1, omar)
    assert not rows.open().exists()
    give(step, 1, omar)
    assert rows.open().count() == many


# The page and the API.


def test_the_page_says_what_it_would_change_before_it_is_done(course, omar):
    client, one = browser(omar), row(course, 1)
    page = client.get(url("occurrence", one.pk)).content.decode()
    assert "“1 of 4 cycles given” becomes “0 of 4 cycles given”" in page
    assert "The step is planned again: it had begun with this one" in page
    assert "What hangs on it is cancelled: Blood count, due" in page
    assert "It was entered in error" in page and "Correct: it was given otherwise" in page
    body = {"verb": "take_back", "version": one.version, "why": ""}
    refused = client.post(url("occurrence", one.pk), body)
    assert refused.status_code == 400
    assert client.post(url("occurrence", one.pk), body | {"why": WHY}).status_code == 302
    assert "0 of 4 cycles given" in client.get(url("plan", course.plan_id)).content.decode()


def test_a_refused_correction_keeps_what_was_typed(course, omar):
    one, on = row(course, 1), (course.board.today + 3 * DAY).isoformat()
    body = {"verb": "correct_given", "version": one.version, "on": on, "why": "typed in a hurry", "move_later": "no"}
    answer = browser(omar).post(url("occurrence", one.pk), body)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert on in page and "typed in a hurry" in page and "lies in the future" in page


def test_what_later_things_rest_on_offers_its_day_alone_and_says_why(course, omar, nina):
    give(course, 2, omar, move_later=False)
    page = browser(omar).get(url("occurrence", row(course, 1).pk)).content.decode()
    assert "Take that one back first" in page and "It was entered in error" not in page
    assert "Correct: it was given as planned" in page
    assert "Correct:" not in browser(nina).get(url("occurrence", row(course, 1).pk)).content.decode()


def test_the_table_leads_to_what_was_recorded_and_tells_planned_from_given(course, omar):
    page = browser(omar).get(url("step_deliver", course.pk)).content.decode()
    assert url("occurrence", row(course, 1).pk) in page
    assert "on the day planned" in page


def test_the_page_of_what_was_recorded_takes_the_same_queries_for_two_cycles_and_for_twelve(board, ana, omar, chloe):
    found = []
    for number, many in enumerate((2, 12)):
        step = makers.make_course(
            board, by=ana, chair=chloe, record_number=f"SYN-{number}", **(makers.CYCLES | {"occurrences_planned": many})
        )
        give(step, 1, ana)
        found.append(queries_of(browser(omar), url("occurrence", row(step, 1).pk)))
    assert found[0] == found[1]


def test_the_api_corrects_and_takes_back(course, omar):
    api, one = Api(omar), row(course, 1)
    on = (course.board.today - 3 * DAY).isoformat()
    assert attrs(api.post(f"/occurrences/{one.pk}/correct-as-given/", {"on": on}, version=one.version)) == ["why"]
    body = {"on": on, "why": WHY, "move_later": False}
    answer = api.post(f"/occurrences/{one.pk}/correct-as-given/", body, version=one.version)
    assert (answer.status_code, answer.json()["given_on"]) == (200, on)
    assert api.post(f"/occurrences/{one.pk}/take-back/", {"why": WHY}, version=one.version).status_code == 412
    answer = api.post(
        f"/occurrences/{one.pk}/take-back/", {"why": WHY, "move_later": False}, version=answer.json()["version"]
    )
    assert (answer.status_code, answer.json()["status"]) == (200, "planned")
