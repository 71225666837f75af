"""A step that is held: from a day, until a day, for a coded reason; and what it takes to go on."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from careplans.models import Event, Plan, Reminder, Step, StepBreak
from careplans.outbox.messages import notice_text
from careplans.reminders.schedule import wanted_for
from careplans.services.care_ends import record_death
from careplans.services.occurrence_progress import give_occurrence
from careplans.services.plan_ending import complete_plan, revoke_plan
from careplans.services.plans import amend_plan
from careplans.services.step_progress import hold_step, replan_step, resume_step, skip_step, stop_step
from tests.careplans import makers
from tests.careplans.doors import browser, url
from tests.careplans.test_occurrences_record import days, give, give_first, row

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def course(board, ana, omar, chloe):
    """Four cycles of PRRT whose first was given ten days ago; Omar's."""
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar)
    give_first(step, omar, days_ago=10)
    step.refresh_from_db()
    return step


def hold(step, by, **values):
    step.refresh_from_db()
    values = {
        "on": step.board.today,
        "reason": "toxicity_or_not_tolerated",
        "until": step.board.today + 42 * DAY,
    } | values
    return hold_step(step, by=by, expected_version=step.version, **values)


def resume(step, by, **values):
    step.refresh_from_db()
    return resume_step(step, by=by, expected_version=step.version, **({"on": step.board.today} | values))


def test_a_break_has_days_and_a_reason_and_stands_in_the_timeline(course, omar):
    today = course.board.today
    hold(course, omar, reason_note="platelets 48")
    held = StepBreak.objects.get(step=course)
    assert held.words == f"held for 6 weeks from {today:%-d %b %Y}, until {today + 42 * DAY:%-d %b %Y}"
    assert held.reason_words == "Toxicity or not tolerated: platelets 48"
    assert "platelets 48; held for 6 weeks" in Event.objects.get(step=course, new="on_hold").reason


def test_the_owner_is_reminded_at_its_end_and_asked_whether_it_goes_on(course, omar):
    hold(course, omar)
    course.refresh_from_db()
    assert course.due_on == course.board.today + 42 * DAY
    reminder = Reminder.objects.scheduled().get(step=course, kind="due")
    assert reminder.subject_due_on == course.due_on
    assert "its break: does it go on?" in notice_text(reminder)


def test_a_break_without_an_end_is_looked_at_again_on_a_day(course, omar):
    with pytest.raises(ValidationError, match="when to look at it again"):
        hold(course, omar, until=None)
    hold(course, omar, until=None, due_on=course.board.today + 14 * DAY)
    course.refresh_from_db()
    assert course.due_on == course.board.today + 14 * DAY
    assert course.breaks.get().words.endswith("without an end date yet")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"on": 1}, "on"), ({"on": -11}, "on"), ({"until": -1}, "until"), ({"due_on": -1}, "due_on"),
        ({"reason": ""}, "reason"), ({"reason": "other"}, "reason_note"),
    ],
)  # fmt: skip
def test_a_break_that_cannot_be_is_refused(course, omar, values, field):
    today = course.board.today
    values = {name: today + value * DAY if isinstance(value, int) else value for name, value in values.items()}
    with pytest.raises(ValidationError) as error:
        hold(course, omar, **values)
    assert list(error.value.message_dict) == [field]


def test_nothing_is_given_while_the_step_is_held(course, omar):
    hold(course, omar)
    one = row(course, 2)
    with pytest.raises(ValidationError, match="The step is on hold. Say on its page that it goes on first"):
        give_occurrence(one, by=omar, expected_version=one.version, on=one.board.today, move_later=True)


def test_going_on_asks_whether_later_cycles_move(course, omar):
    today = course.board.today
    second, third = days(course)[1:3]
    hold(course, omar)
    with pytest.raises(ValidationError, match="Say whether those after it move by as much"):
        resume(course, omar, due_on=second + 7 * DAY)
    assert days(course)[1] == second
    resume(course, omar, due_on=second + 7 * DAY, move_later=True)
    course.refresh_from_db()
    assert (course.status, course.due_on) == ("in_progress", second + 7 * DAY)
    assert days(course)[1:3] == [second + 7 * DAY, third + 7 * DAY]
    assert course.breaks.get().ended_on == today
    assert Event.objects.filter(step=course, old="on_hold", new="in_progress").exists()


def test_going_on_on_the_days_as_planned_asks_nothing(course, omar):
    before = days(course)
    hold(course, omar)
    resume(course, omar, due_on=before[1])
    assert days(course) == before


def test_a_step_that_had_not_begun_is_planned_again_with_all_of_it(board, ana, omar, chloe):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar)
    hold(step, omar)
    with pytest.raises(ValidationError, match="Only a step that had begun"):
        resume(step, omar, due_on=board.today)
    step.refresh_from_db()
    day = board.today + 50 * DAY
    replan_step(step, by=omar, expected_version=step.version, due_on=day, why="well again")
    assert days(step)[:2] == [day, day + timedelta(weeks=8)]
    assert step.breaks.get().ended_on == board.today


@pytest.mark.parametrize("how", ["stopped", "not done"])
def test_whatever_ends_the_step_ends_its_break(course, board, ana, omar, chloe, how):
    if how == "stopped":
        hold(course, omar)
        course.refresh_from_db()
        stop_step(
            course, by=omar, expected_version=course.version, on=board.today, reason="patient_choice", **makers.OUTCOME
        )
        assert course.breaks.get().ended_on == board.today
    else:
        step = makers.make_course(board, by=ana, chair=chloe, record_number="SYN-9")
        hold(step, omar)
        step.refresh_from_db()
        skip_step(step, by=omar, expected_version=step.version, reason="patient_choice")
        assert not step.breaks.filter(ended_on=None).exists()


def test_a_step_can_be_held_again(course, omar):
    for _ in range(2):
        hold(course, omar)
        resume(course, omar, due_on=row(course, 2).planned_on)
    assert course.breaks.count() == 2
    give(course, 2, omar, move_later=True)


def test_a_break_ends_with_the_plan_that_hands_its_step_on(board, ana, omar, chloe):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, **makers.ONGOING)
    give_first(step, omar, days_ago=10)
    hold(step, omar)
    plan = Plan.objects.get(pk=step.plan_id)
    complete_plan(
        plan, by=chloe, expected_version=plan.version, goes_on={step.pk: "Dr Hale"}, ahead=makers.NOTHING_AHEAD, **makers.OUTCOME
    )  # fmt: skip
    assert step.breaks.get().ended_on == board.today
    assert "Dr Hale (held for 6 weeks" in Event.objects.get(step=step, kind="step_handed_on").reason
    page = browser(omar).get(url("plan", plan.pk)).content.decode()
    assert "On hold when it went on in other hands:" in page


def test_a_break_goes_on_in_an_amendment_and_ends_in_the_plan_before(course, board, ana, omar, chloe):
    hold(course, omar)
    amended = amend_plan(Plan.objects.get(pk=course.plan_id), by=ana, reason="another aim")
    makers.submit(amended, by=ana)
    makers.release(amended, by=chloe)
    step = Step.objects.get(plan=amended)
    assert (step.status, step.breaks.get().ended_on) == ("on_hold", None)
    assert course.breaks.get().ended_on == board.today
    page = browser(omar).get(url("plan", course.plan_id)).content.decode()
    assert "On hold when it went on in a later plan:" in page


@pytest.mark.parametrize("how", ["revoked", "died"])
def test_a_plan_that_ends_leaves_no_break_open(board, ana, omar, chloe, how):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar)
    hold(step, omar)
    plan = Plan.objects.get(pk=step.plan_id)
    if how == "revoked":
        revoke_plan(
            plan,
            by=chloe,
            expected_version=plan.version,
            reason_code="patient_choice",
            reason="wrong",
            ahead=makers.NOTHING_AHEAD,
        )
    else:
        patient = step.case.patient
        day = {"year": board.today.year, "month": None, "day": None}
        record_death(patient, by=ana, expected_version=patient.version, source="the ward", **day)
    assert not StepBreak.objects.filter(ended_on=None).exists()


def test_a_break_whose_end_has_passed_is_late_in_the_lists_says_so_and_reminds(course, board, omar):
    hold(course, omar, until=board.today)
    past = board.today - 20 * DAY
    StepBreak.objects.filter(step=course).update(held_from=past - 5 * DAY, held_until=past)
    Step.objects.filter(pk=course.pk).update(due_on=past)
    client = browser(omar)
    work = client.get(url("my_work")).content.decode()
    assert "Overdue" in work and "its break: does it go on?" in work
    for name in ("plan", "plan_print"):
        page = client.get(url(name, course.plan_id)).content.decode()
        assert "That day has passed, and nobody has said whether it goes on." in page
    step = Step.objects.select_related("board", "after_step").get(pk=course.pk)
    assert [(one.kind, one.day) for one in wanted_for(step, board, []) if one.day > past] == [
        ("overdue", past + (board.grace_days + 1) * DAY)
    ]
