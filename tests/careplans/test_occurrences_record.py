"""Cycles, sessions and administrations: recorded one by one; the step, its reminders and those after it follow."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import AuditEvent
from careplans.models import Event, Occurrence, Reminder, Step
from careplans.readers.sequence.step_turns import turns_of
from careplans.services.occurrence_progress import (
    give_occurrence,
    give_otherwise,
    omit_occurrence,
    postpone_occurrence,
)
from careplans.services.step_progress import complete_step, hand_over_step, skip_step, start_step, stop_step
from common.errors import Conflict
from tests.careplans import makers
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def course(board, ana, omar, chloe):
    """Four cycles of PRRT, eight weeks apart, the first of them today; Omar's."""
    return makers.make_course(board, by=ana, chair=chloe, owner=omar)


@pytest.fixture
def ongoing(board, ana, omar, chloe):
    return makers.make_course(board, by=ana, chair=chloe, owner=omar, record_number="SYN-9", **makers.ONGOING)


def row(step, number):
    return Occurrence.objects.for_page().get(step=step, number=number)


def give(step, number, by, *, on=None, service=give_occurrence, **values):
    """A later one is given on the day that a test needs, which is rarely the planned one: that is said."""
    one = row(step, number)
    if number > 1 and service is give_occurrence:
        values = {"why": "As the test needs it."} | values
    return service(one, by=by, expected_version=one.version, on=on or one.board.today, **values)


def give_first(step, by, *, days_ago):
    """As if its first one had been planned and given so many days ago, and the others follow from there."""
    for one in Occurrence.objects.filter(step=step):
        Occurrence.objects.filter(pk=one.pk).update(planned_on=one.planned_on - days_ago * DAY)
    return give(step, 1, by, on=step.board.today - days_ago * DAY)


def days(step):
    return [one.planned_on for one in Occurrence.objects.filter(step=step).order_by("number")]


def states(step):
    return [one.status for one in Occurrence.objects.filter(step=step).order_by("number")]


def told(step):
    rows = Reminder.objects.scheduled().filter(step=step, kind="due")
    return list(rows.values_list("subject_due_on", flat=True))


def test_a_release_writes_one_row_for_each_cycle(course):
    today = course.board.today
    assert days(course) == [today + timedelta(weeks=8 * place) for place in range(4)]
    assert (course.delivered_words, course.due_on) == ("0 of 4 cycles given", today)


def test_the_first_one_begins_the_step_and_its_date_and_reminder_go_to_the_next(course, omar):
    today = course.board.today
    give(course, 1, omar)
    course.refresh_from_db()
    assert (course.status, course.started_on) == ("in_progress", today)
    assert (course.delivered_words, course.due_on) == ("1 of 4 cycles given", today + timedelta(weeks=8))
    assert told(course) == [today + timedelta(weeks=8)]


def test_what_was_recorded_stands_in_the_timeline_and_the_audit_trail(course, omar):
    give(course, 1, omar, service=give_otherwise, reason="medical_reason", reason_note="half of it")
    event = Event.objects.get(step=course, kind="occurrence_recorded")
    assert (event.new, event.reason, event.by) == ("given_otherwise", "Medical reason: half of it", omar)
    assert Event.objects.filter(step=course, kind="step_moved", new="in_progress", by=omar).exists()
    assert AuditEvent.objects.filter(action="occurrence_recorded", subject_id=str(course.pk)).exists()


def test_the_last_one_never_completes_the_step_but_asks_for_what_came_of_it(course, omar):
    today = course.board.today
    give_first(course, omar, days_ago=168)
    for number in (2, 3, 4):
        give(course, number, omar, on=row(course, number).planned_on)
    course.refresh_from_db()
    assert (course.status, course.delivered_words) == ("in_progress", "4 of 4 cycles given")
    assert course.due_on == max(today, course.planned_end)
    assert told(course) == [course.due_on]


def test_a_step_with_a_cycle_that_nobody_recorded_is_not_completed(course, omar):
    give(course, 1, omar)
    course.refresh_from_db()
    with pytest.raises(ValidationError, match="what became of cycle 2 of 4"):
        complete_step(
            course, by=omar, expected_version=course.version, on=course.board.today, fulfilment="full", **makers.OUTCOME
        )


@pytest.mark.parametrize(("fulfilment", "taken"), [("full", False), ("partial", True), ("not_assessed", True)])
def test_a_step_of_which_one_was_left_out_was_not_carried_out_in_full(course, omar, fulfilment, taken):
    give_first(course, omar, days_ago=168)
    for number in (2, 3):
        give(course, number, omar, on=row(course, number).planned_on)
    last = row(course, 4)
    omit_occurrence(last, by=omar, expected_version=last.version, reason="patient_choice")
    course.refresh_from_db()
    said = {"on": course.board.today, "fulfilment": fulfilment, **makers.OUTCOME}
    if not taken:
        words = "3 of 4 cycles given, 1 left out: that is not in full. Choose in part"
        with pytest.raises(ValidationError, match=words):
            complete_step(course, by=omar, expected_version=course.version, **said)
        return
    assert complete_step(course, by=omar, expected_version=course.version, **said).status == "completed"


def test_what_only_a_stop_ends_does_not_read_as_given_in_part_when_it_is_stopped(ongoing, course, omar):
    for step, fulfilment in ((ongoing, ""), (course, "partial")):
        give(step, 1, omar)
        step.refresh_from_db()
        stop = {"on": step.board.today, "reason": "progression", **makers.OUTCOME}
        stop_step(step, by=omar, expected_version=step.version, **stop)
        assert Step.objects.get(pk=step.pk).fulfilment == fulfilment


def test_a_step_that_is_stopped_leaves_out_what_was_still_to_come_with_its_reason(course, omar):
    give(course, 1, omar)
    course.refresh_from_db()
    stop_step(
        course, by=omar, expected_version=course.version, on=course.board.today, reason="toxicity_or_not_tolerated",
        **makers.OUTCOME,
    )  # fmt: skip
    assert states(course) == ["given", "omitted", "omitted", "omitted"]
    assert row(course, 2).reason == "toxicity_or_not_tolerated"
    course.refresh_from_db()
    assert course.delivered_words == "1 of 4 cycles given, 3 not given"
    step = Step.objects.for_plan().get(pk=course.pk)
    words = [turn.words.split(": ")[1].split(" planned for")[0] for turn in turns_of(step, None, reads_text=True)]
    assert words[1:] == ["fell away,"] * 3


def test_a_step_that_is_not_done_leaves_out_all_of_it(course, omar):
    skip_step(course, by=omar, expected_version=course.version, reason="patient_choice")
    assert states(course) == ["omitted"] * 4


def test_a_step_in_cycles_begins_with_its_first_one_only(course, omar):
    with pytest.raises(ValidationError, match="Record its first one instead: cycle 1 of 4"):
        start_step(course, by=omar, expected_version=course.version, on=course.board.today)


def test_cycles_are_recorded_in_their_order(course, omar):
    for act in (
        lambda: give(course, 2, omar),
        lambda: omit_occurrence(row(course, 2), by=omar, expected_version=1, reason="other", reason_note="-"),
    ):
        with pytest.raises(ValidationError, match="Record first what became of cycle 1 of 4"):
            act()


@pytest.mark.parametrize(("move", "weeks"), [(True, 9), (False, 8)])
def test_a_delay_asks_whether_later_ones_move_by_as_much(course, omar, move, weeks):
    today = course.board.today
    values = {"to": today + 7 * DAY, "reason": "medical_reason"}
    with pytest.raises(ValidationError) as error:
        postpone_occurrence(row(course, 1), by=omar, expected_version=1, **values)
    assert "Cycle 1 of 4 is 7 days later than planned." in error.value.message_dict["move_later"][0]
    assert days(course)[0] == today
    postpone_occurrence(row(course, 1), by=omar, expected_version=1, move_later=move, **values)
    assert days(course)[:2] == [today + 7 * DAY, today + timedelta(weeks=weeks)]
    course.refresh_from_db()
    assert (course.due_on, course.status) == (today + 7 * DAY, "planned")


def test_what_moves_with_one_keeps_its_day_of_before(course, omar):
    before, to = days(course), course.board.today + 7 * DAY
    postpone_occurrence(row(course, 1), by=omar, expected_version=1, to=to, reason="medical_reason", move_later=True)
    data = Event.objects.get(step=course, kind="occurrence_recorded").data
    of_the_second = data["was"]["occurrence 2 planned_on"], data["now"]["occurrence 2 planned_on"]
    assert of_the_second == (before[1].isoformat(), (before[1] + 7 * DAY).isoformat())
    assert (data["was"]["planned_on"], data["was"]["due_on"]) == (before[0].isoformat(), before[0].isoformat())


def test_one_that_would_come_after_the_next_moves_that_too_or_not_at_all(course, omar):
    values = {"to": course.board.today + timedelta(weeks=8), "reason": "medical_reason"}
    with pytest.raises(ValidationError, match="Let those after it move as well"):
        postpone_occurrence(row(course, 1), by=omar, expected_version=1, move_later=False, **values)


def test_one_that_was_given_on_another_day_asks_too(course, omar):
    Occurrence.objects.filter(step=course, number=1).update(planned_on=course.board.today - 3 * DAY)
    with pytest.raises(ValidationError, match="3 days later than planned"):
        give(course, 1, omar)
    give(course, 1, omar, move_later=True)
    assert days(course)[1] == course.board.today + timedelta(weeks=8) + 3 * DAY


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"on": 1}, "lies in the future"),
        ({"on": -100, "second": True}, "Cycle 1 of 4 was given on"),
        ({"to": -1}, "lies in the past"),
        ({"to": 0}, "planned for that day already"),
    ],
)
def test_days_that_cannot_be_are_refused(course, omar, values, words):
    today = course.board.today
    number = 1
    if values.get("second"):
        give(course, 1, omar)
        number = 2
    with pytest.raises(ValidationError, match=words):
        if "to" in values:
            one = row(course, number)
            to = today + values["to"] * DAY
            postpone_occurrence(one, by=omar, expected_version=one.version, to=to, reason="medical_reason")
        else:
            give(course, number, omar, on=today + values["on"] * DAY, move_later=True)


@pytest.mark.parametrize("service", [give_otherwise, postpone_occurrence, omit_occurrence])
def test_what_is_not_as_planned_has_a_coded_reason(course, omar, service):
    days_ = {give_otherwise: {"on": course.board.today}, postpone_occurrence: {"to": course.board.today + DAY}}
    with pytest.raises(ValidationError, match="Choose the reason from the list"):
        service(row(course, 1), by=omar, expected_version=1, reason="", **days_.get(service, {}))
    with pytest.raises(ValidationError, match="in words what the other reason is"):
        service(row(course, 1), by=omar, expected_version=1, reason="other", **days_.get(service, {}))


def test_one_that_is_left_out_keeps_the_days_of_the_others_and_counts(course, omar):
    before = days(course)
    omit_occurrence(row(course, 1), by=omar, expected_version=1, reason="patient_choice")
    assert days(course) == before
    course.refresh_from_db()
    assert (course.status, course.delivered_words) == ("planned", "0 of 4 cycles given, 1 left out")
    assert course.due_on == before[1]


def test_an_ongoing_step_has_its_next_one_only_and_writes_it_when_one_is_recorded(ongoing, omar):
    today = ongoing.board.today
    assert days(ongoing) == [today]
    give(ongoing, 1, omar)
    assert days(ongoing) == [today, today + 28 * DAY]
    ongoing.refresh_from_db()
    assert (ongoing.delivered_words, ongoing.due_on) == ("1 administration given", today + 28 * DAY)
    assert row(ongoing, 2).heading == "Administration 2"


def test_an_ongoing_step_whose_next_one_is_left_out_goes_on_with_the_one_after_it(ongoing, omar):
    """Otherwise nothing of it would lie ahead any more, and nobody would be reminded."""
    today = ongoing.board.today
    give(ongoing, 1, omar)
    second = row(ongoing, 2)
    omit_occurrence(second, by=omar, expected_version=second.version, reason="patient_choice")
    assert states(ongoing) == ["given", "omitted", "planned"]
    assert days(ongoing)[2] == today + 56 * DAY
    ongoing.refresh_from_db()
    assert (ongoing.status, ongoing.due_on) == ("in_progress", today + 56 * DAY)
    assert told(ongoing) == [today + 56 * DAY]


def test_an_ongoing_step_that_is_given_late_asks_for_its_rhythm(ongoing, omar):
    today = ongoing.board.today
    Occurrence.objects.filter(step=ongoing).update(planned_on=today - 5 * DAY)
    with pytest.raises(ValidationError, match="5 days later than planned"):
        give(ongoing, 1, omar)
    assert Occurrence.objects.filter(step=ongoing).count() == 1
    give(ongoing, 1, omar, move_later=False)
    assert days(ongoing)[1] == today + 23 * DAY


def test_an_ongoing_step_can_be_completed_and_its_next_one_falls_away(ongoing, omar):
    give(ongoing, 1, omar)
    ongoing.refresh_from_db()
    complete_step(
        ongoing, by=omar, expected_version=ongoing.version, on=ongoing.board.today, fulfilment="full", **makers.OUTCOME
    )
    assert states(ongoing) == ["given", "omitted"]
    ongoing.refresh_from_db()
    assert ongoing.delivered_words == "1 administration given"


def test_another_date_of_a_step_that_has_not_begun_moves_all_of_it(course, omar):
    day = course.board.today + 10 * DAY
    hand_over_step(course, by=omar, expected_version=course.version, why="the ward", due_on=day)
    assert days(course) == [day + timedelta(weeks=8 * place) for place in range(4)]


def test_another_date_of_a_step_that_runs_is_that_of_its_next_one(course, omar):
    give(course, 1, omar)
    course.refresh_from_db()
    with pytest.raises(ValidationError, match="that of cycle 2 of 4"):
        hand_over_step(
            course, by=omar, expected_version=course.version, why="the ward", due_on=course.board.today + 9 * DAY
        )


def test_who_looks_at_an_older_state_changes_nothing(course, omar, ana):
    seen = row(course, 1)
    postpone_occurrence(
        row(course, 1), by=ana, expected_version=1, to=seen.board.today + DAY, reason="other", reason_note="-",
        move_later=False,
    )  # fmt: skip
    with pytest.raises(Conflict):
        give_occurrence(seen, by=omar, expected_version=seen.version, on=seen.board.today)


def test_what_is_recorded_stays_as_it_is(course, omar):
    give(course, 1, omar)
    with pytest.raises(ValidationError, match="cannot become given"):
        give(course, 1, omar)


def test_nothing_is_given_after_the_step_was_stopped(course, omar):
    give(course, 1, omar)
    Step.objects.filter(pk=course.pk).update(status="stopped", reason="progression", ended_on=course.board.today)
    with pytest.raises(ValidationError, match="The step is stopped"):
        give(course, 2, omar, move_later=True)


@pytest.mark.parametrize("who", ["nina", "otto"])
def test_who_may_not_deliver_steps_records_nothing(course, who, request):
    with pytest.raises(PermissionDenied):
        give(course, 1, request.getfixturevalue(who))


def test_a_first_one_out_of_order_asks_why(board, ana, omar, chloe):
    course = makers.make_course(board, by=ana, chair=chloe, owner=omar, steps=2)
    with rewriting():
        Step.objects.filter(pk=course.pk).update(position=2)
    with rewriting():
        Step.objects.filter(plan=course.plan).exclude(pk=course.pk).update(position=1)
    with pytest.raises(ValidationError, match="Say why it starts now"):
        give(course, 1, omar)
    give(course, 1, omar, why="the slot was free")
    assert Event.objects.get(step=course, kind="step_moved", new="in_progress").reason == "the slot was free"


def test_a_gate_at_the_second_cycle_opens_with_it(board, ana, omar, chloe):
    first, second, _ = makers.make_gated_plan(
        makers.make_case(board, by=ana), by=ana, chair=chloe, owner=omar, before=makers.CYCLES,
        after_event="occurrence", after_occurrence=2,
    )  # fmt: skip
    for one in Occurrence.objects.filter(step=first):
        Occurrence.objects.filter(pk=one.pk).update(planned_on=one.planned_on - 100 * DAY)
    give(first, 1, omar, on=board.today - 60 * DAY, move_later=True, why="a bed was free only then")
    assert not Event.objects.filter(step=second, kind="gate_moved").exists()
    give(first, 2, omar, move_later=True)
    event = Event.objects.get(step=second, kind="gate_moved")
    assert (event.old, event.new) == ("waiting", "open")
    first.refresh_from_db()
    stop_step(first, by=omar, expected_version=first.version, on=board.today, reason="patient_choice", **makers.OUTCOME)
    assert Event.objects.filter(step=second, kind="gate_moved").count() == 1


def test_a_gate_at_a_cycle_that_can_never_come_has_failed_and_is_told(board, ana, omar, chloe):
    first, second, _ = makers.make_gated_plan(
        makers.make_case(board, by=ana), by=ana, chair=chloe, owner=omar, before=makers.CYCLES,
        after_event="occurrence", after_occurrence=4,
    )  # fmt: skip
    omit_occurrence(row(first, 1), by=omar, expected_version=1, reason="patient_choice")
    event = Event.objects.get(step=second, kind="gate_moved")
    assert (event.new, event.by) == ("failed", omar)
    assert Reminder.objects.scheduled().filter(step=second, kind="gate").count() == 2
