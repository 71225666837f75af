"""What an amendment, and the end of a plan, make of cycles, breaks and of what hangs on a step."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from careplans.models import Event, FollowUp, Monitoring, Occurrence, Plan, Reminder, Step
from careplans.readers.plan_changes import compare_plans
from careplans.readers.sequence import sequence_of
from careplans.services.monitoring import remove_monitoring
from careplans.services.occurrence_corrections import correct_as_given
from careplans.services.plan_ending import complete_plan, revoke_plan
from careplans.services.plans import amend_plan
from careplans.services.steps import edit_step, remove_step
from tests.careplans import makers
from tests.careplans.doors import browser, url
from tests.careplans.test_breaks import hold
from tests.careplans.test_monitoring import BLOOD, ECHO
from tests.careplans.test_occurrences_correct import put
from tests.careplans.test_occurrences_record import days, give, row, states

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def course(board, ana, omar, chloe):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, hanging=[*BLOOD, *ECHO])
    give(step, 1, omar)
    step.refresh_from_db()
    return step


@pytest.fixture
def ongoing(board, ana, omar, chloe):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, hanging=ECHO, **makers.ONGOING)
    give(step, 1, omar)
    step.refresh_from_db()
    return step


def amended(step, ana, chloe, change=None):
    """The same step in the amendment, in force."""
    new = amend_plan(Plan.objects.get(pk=step.plan_id), by=ana, reason="Progression elsewhere")
    copy = Step.objects.select_related("plan").get(plan=new, carried_from=step)
    if change is not None:
        change(copy)
    makers.submit(new, by=ana)
    makers.release(new, by=chloe)
    return Step.objects.select_related("plan__case", "case", "board").get(pk=copy.pk)


def test_what_was_given_is_copied_and_what_is_to_come_goes_along(course, ana, chloe, omar):
    before = days(course)
    new = amended(course, ana, chloe)
    assert (states(new), days(new)) == (["given", "planned", "planned", "planned"], before)
    assert states(course) == ["given"]
    assert (new.delivered_words, new.due_on, new.status) == ("1 of 4 cycles given", before[1], "in_progress")
    give(new, 2, omar, move_later=True)
    assert states(new)[1] == "given"


def test_cycles_that_an_amendment_does_without_nobody_left_out_and_the_old_page_names_no_next_date(course, ana, chloe):
    """Of four the first was given; the amendment has two."""
    amended(course, ana, chloe, lambda copy: edit_step(copy, {"occurrences_planned": 2}, by=ana))
    course.refresh_from_db()
    assert course.delivered_words == "1 of 4 cycles given, 2 not given"
    old = Plan.objects.for_detail().get(pk=course.plan_id)
    (drawn,) = sequence_of(old, today=course.board.today).steps
    assert [turn.words.split(":")[1].split(",")[0].strip() for turn in drawn.turns][1:] == ["fell away"] * 2
    page = browser(ana).get(url("plan", old.pk)).content.decode()
    assert "<dt>Next date</dt>" not in page and "not given" in page


def test_reminders_are_those_of_the_new_step_alone(course, ana, chloe):
    new = amended(course, ana, chloe)
    due = Reminder.objects.scheduled().filter(kind="due", step__isnull=False)
    assert [(one.step_id, one.subject_due_on) for one in due] == [(new.pk, new.due_on)]


@pytest.mark.parametrize(("number", "wanted"), [(2, 2), (6, 6)])
def test_another_number_of_cycles_is_what_is_still_to_come(course, ana, chloe, number, wanted):
    new = amended(course, ana, chloe, lambda copy: edit_step(copy, {"occurrences_planned": number}, by=ana))
    assert len(days(new)) == wanted
    assert days(new) == sorted(days(new))


def test_another_interval_counts_from_the_next_one(course, ana, chloe):
    second = days(course)[1]
    new = amended(course, ana, chloe, lambda copy: edit_step(copy, {"interval": 10}, by=ana))
    assert days(new)[1:3] == [second, second + timedelta(weeks=10)]


def test_another_planned_start_moves_a_step_that_has_not_begun(board, ana, chloe):
    step = makers.make_course(board, by=ana, chair=chloe)
    day = board.today + 21 * DAY
    new = amended(step, ana, chloe, lambda copy: edit_step(copy, {"planned_start": day}, by=ana))
    assert days(new)[:2] == [day, day + timedelta(weeks=8)]


def test_a_break_goes_along(course, ana, chloe, omar):
    hold(course, omar)
    words = course.breaks.get().words
    new = amended(course, ana, chloe)
    assert (new.status, new.breaks.get().words) == ("on_hold", words)


def test_follow_ups_that_hang_on_the_step_go_along_and_none_is_written_twice(course, ana, chloe, omar):
    before = FollowUp.objects.filter(monitoring__isnull=False).count()
    new = amended(course, ana, chloe)
    rows = FollowUp.objects.filter(monitoring__isnull=False)
    assert rows.count() == before == 3
    assert {(one.plan_id, one.monitoring.step_id) for one in rows} == {(new.plan_id, new.pk)}
    give(new, 2, omar, move_later=True)
    assert rows.all().count() == 5


def test_what_the_amendment_takes_off_the_step_is_compared(course, ana):
    old = Plan.objects.get(pk=course.plan_id)
    new = amend_plan(old, by=ana, reason="Progression")
    assert compare_plans(*(Plan.objects.for_editing().get(pk=plan.pk) for plan in (old, new))).none
    remove_monitoring(Monitoring.objects.get(step__plan=new, kind="echo"), by=ana)
    [step] = compare_plans(*(Plan.objects.for_editing().get(pk=plan.pk) for plan in (old, new))).steps
    [change] = step.changes
    assert change.label == "Hangs on this step"
    assert ("removed", "cycle; Echocardiogram every 12 months while it runs") in change.pieces


def test_what_the_amendment_takes_off_the_step_is_cancelled(course, ana, chloe):
    new = amended(course, ana, chloe, lambda copy: remove_monitoring(copy.monitoring.get(kind="echo"), by=ana))
    echo = FollowUp.objects.get(kind="echo")
    assert (echo.status, echo.reason) == ("cancelled", f"Not part of plan {new.plan.number} any more.")


def test_a_step_that_the_amendment_leaves_out_leaves_nothing_to_be_given(board, ana, chloe):
    step = makers.make_course(board, by=ana, chair=chloe, steps=2)
    new = amend_plan(Plan.objects.get(pk=step.plan_id), by=ana, reason="Progression")
    remove_step(
        Step.objects.get(plan=new, carried_from=step), by=ana, reason_code="patient_choice", reason="Other treatment"
    )
    makers.submit(new, by=ana)
    makers.release(new, by=chloe)
    assert set(states(step)) == {"omitted"}


def test_a_revoked_plan_leaves_nothing_to_be_given(board, ana, chloe):
    step = makers.make_course(board, by=ana, chair=chloe)
    plan = Plan.objects.get(pk=step.plan_id)
    revoke_plan(
        plan,
        by=chloe,
        expected_version=plan.version,
        reason_code="patient_choice",
        reason="wrong case",
        ahead=makers.NOTHING_AHEAD,
    )
    assert set(states(step)) == {"omitted"}


def complete(step, chloe, **values):
    plan = Plan.objects.get(pk=step.plan_id)
    return complete_plan(plan, by=chloe, expected_version=plan.version, **values, **makers.OUTCOME)


def test_an_ongoing_step_is_asked_about_when_its_plan_is_completed(ongoing, chloe):
    with pytest.raises(ValidationError) as error:
        complete(ongoing, chloe)
    assert "Say under whose care it goes on" in error.value.message_dict["goes_on"][0]
    assert Plan.objects.get(pk=ongoing.plan_id).status == "active"


def test_it_goes_on_under_the_care_that_is_said_and_nobody_here_is_reminded_any_more(ongoing, chloe):
    complete(ongoing, chloe, goes_on={ongoing.pk: "Dr Hale, general practice"})
    ongoing.refresh_from_db()
    assert (ongoing.status, ongoing.goes_on_with) == ("in_progress", "Dr Hale, general practice")
    assert not Step.objects.waiting().filter(pk=ongoing.pk).exists()
    assert not Reminder.objects.scheduled().filter(step=ongoing).exists()
    assert states(ongoing) == ["given", "omitted"]
    assert Event.objects.get(step=ongoing, kind="step_handed_on").reason == "Dr Hale, general practice"


def test_cycles_that_run_still_keep_a_plan_from_being_completed(course, chloe):
    with pytest.raises(ValidationError, match="Record first what became of step 1"):
        complete(course, chloe, goes_on={course.pk: "Dr Hale"})


def test_no_row_of_an_open_step_is_lost_between_the_plans(course, ana, chloe):
    total = Occurrence.objects.count()
    amended(course, ana, chloe)
    assert Occurrence.objects.count() == total + 1


OTHERWISE = {
    "once": {"course": "once", "occurrences_planned": None, "interval": None, "interval_unit": ""},
    "continuous": {
        "course": "continuous", "occurrences_planned": None, "interval": None, "interval_unit": "", "stop_when": "progression",
    },
}  # fmt: skip


def to(course, ana):
    return lambda copy: edit_step(copy, course, by=ana)


@pytest.mark.parametrize("course", OTHERWISE)
def test_what_was_given_is_not_forgotten_when_an_amendment_changes_the_course(board, ana, omar, chloe, course):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar)
    give(step, 1, omar)
    step.refresh_from_db()
    new = amended(step, ana, chloe, to(OTHERWISE[course], ana))
    assert (states(new), new.delivered_words, new.status) == (
        ["given"],
        "1 given before the course changed",
        "in_progress",
    )
    assert "1 given before the course changed" in browser(omar).get(url("plan", new.plan_id)).content.decode()
    back = amended(new, ana, chloe, to(makers.CYCLES | {"stop_when": ""}, ana))
    assert (states(back), back.delivered_words) == (["given", "planned", "planned", "planned"], "1 of 4 cycles given")
    assert days(back)[1] == days(step)[0] + 56 * DAY == back.due_on


@pytest.mark.parametrize("change", [*OTHERWISE.values(), {"occurrences_planned": 2}])
def test_what_does_not_fit_the_course_any_more_is_left_out_of_the_plan_before(course, ana, chloe, change):
    new = amended(course, ana, chloe, lambda copy: _change(copy, change, ana))
    assert not Occurrence.objects.filter(step=course).open().exists()
    course.refresh_from_db()
    left_out = course.occurrences_omitted
    assert states(course) == ["given"] + ["omitted"] * left_out and left_out in (2, 3)
    note = f"Not part of plan {new.plan.number}."
    assert set(course.occurrences.filter(status="omitted").values_list("reason_note", flat=True)) == {note}
    assert Event.objects.filter(step=course, kind="occurrences_ended").exists()


def _change(copy, change, ana):
    if "course" in change:
        for line in copy.monitoring.all():
            remove_monitoring(line, by=ana)
        copy.refresh_from_db()
    edit_step(copy, change, by=ana)


def test_nothing_that_an_amendment_adds_to_an_old_course_is_overdue_at_once(board, ana, omar, chloe):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, **(makers.CYCLES | {"occurrences_planned": 1}))
    long_ago = board.today - 400 * DAY
    Occurrence.objects.filter(step=step).update(planned_on=long_ago)
    give(step, 1, omar, on=long_ago)
    step.refresh_from_db()
    new = amended(step, ana, chloe, to({"occurrences_planned": 3}, ana))
    assert days(new) == [long_ago, board.today, board.today + 56 * DAY]


def test_of_what_was_given_before_the_course_changed_only_day_and_reason_are_corrected(board, ana, omar, chloe):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar)
    give(step, 1, omar)
    step.refresh_from_db()
    new = amended(step, ana, chloe, to(OTHERWISE["once"], ana))
    page = browser(omar).get(url("occurrence", row(new, 1).pk)).content.decode()
    assert "Earlier administration 1" in page and "has changed the course of the step since" in page
    assert 'value="take_back"' not in page and 'value="correct_given"' in page
    with pytest.raises(ValidationError, match="has changed the course"):
        put(new, 1, omar)
    put(new, 1, omar, correct_as_given, on=board.today - DAY)
    new.refresh_from_db()
    assert (new.started_on, new.occurrences_given) == (board.today - DAY, 1)
