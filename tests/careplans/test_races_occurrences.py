"""Two people at once about one step that is given in cycles: one of them wins, and what hangs on a cycle is written once."""

from datetime import timedelta

import pytest

from careplans.models import FollowUp, Occurrence, Reminder, Step
from careplans.services.occurrence_corrections import correct_as_given, take_back_occurrence
from careplans.services.occurrence_progress import give_occurrence, omit_occurrence
from careplans.services.step_progress import stop_step
from tests.careplans import makers
from tests.careplans.test_monitoring import BLOOD

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def course(board, ana, omar, chloe):
    return makers.make_course(board, by=ana, chair=chloe, owner=omar, hanging=BLOOD[:1])


def row(step, number):
    return Occurrence.objects.for_page().get(step=step, number=number)


def giving(step, by):
    seen = row(step, 1)
    return lambda: give_occurrence(row(step, 1), by=by, expected_version=seen.version, on=seen.board.today)


def test_two_who_record_one_cycle_record_it_once(track, course, ana, omar):
    for met in track.rounds(giving(course, omar), giving(course, ana)):
        assert met.is_clean and sorted(met.won) == [False, True], str(met)
        step = Step.objects.get(pk=course.pk)
        assert (step.status, step.occurrences_given) == ("in_progress", 1), str(met)
        assert FollowUp.objects.filter(monitoring__step=course).count() == 1, str(met)
        assert Reminder.objects.scheduled().filter(step=course, kind="due").count() == 1, str(met)


def test_a_cycle_is_left_out_while_somebody_records_it_as_given(track, course, ana, omar):
    seen = row(course, 1)

    def leave_out():
        return omit_occurrence(row(course, 1), by=ana, expected_version=seen.version, reason="patient_choice")

    for met in track.rounds(giving(course, omar), leave_out):
        assert met.is_clean and sorted(met.won) == [False, True], str(met)
        step = Step.objects.get(pk=course.pk)
        assert step.occurrences_given + step.occurrences_omitted == 1, str(met)


def test_a_step_is_stopped_while_its_next_cycle_is_given(track, course, ana, omar):
    giving(course, omar)()
    seen = Step.objects.get(pk=course.pk)
    second = row(course, 2)

    def stop():
        step = Step.objects.select_related("plan__case", "case", "board").get(pk=course.pk)
        return stop_step(
            step, by=ana, expected_version=seen.version, on=step.board.today, reason="patient_choice", **makers.OUTCOME
        )

    def give():
        one = row(course, 2)
        seen = {"by": omar, "expected_version": second.version}
        return give_occurrence(one, **seen, on=one.board.today, move_later=True, why="agreed")

    for met in track.rounds(stop, give):
        assert met.is_clean and sorted(met.won) == [False, True], str(met)
        step = Step.objects.get(pk=course.pk)
        rows = list(Occurrence.objects.filter(step=course))
        assert step.occurrences_given == sum(one.is_given for one in rows), str(met)
        assert (step.status == "stopped") == all(not one.is_open for one in rows), str(met)


def correcting(step, by, days_ago):
    seen = row(step, 1)
    on = seen.board.today - timedelta(days=days_ago)
    return lambda: correct_as_given(
        row(step, 1), by=by, expected_version=seen.version, on=on, why="a slip", move_later=False
    )


def test_two_who_correct_one_cycle_correct_it_once(track, course, ana, omar):
    giving(course, omar)()
    for met in track.rounds(correcting(course, ana, 1), correcting(course, omar, 2)):
        assert met.is_clean and sorted(met.won) == [False, True], str(met)
        step, one = Step.objects.get(pk=course.pk), row(course, 1)
        assert step.started_on == one.given_on, str(met)
        [count] = FollowUp.objects.filter(monitoring__step=course).open()
        assert count.due_on == one.given_on + timedelta(days=14), str(met)


def test_a_cycle_is_taken_back_while_the_next_one_is_given(track, course, ana, omar):
    giving(course, omar)()
    seen, second = row(course, 1), row(course, 2)

    def take_back():
        return take_back_occurrence(row(course, 1), by=ana, expected_version=seen.version, why="a slip")

    def give():
        one = row(course, 2)
        return give_occurrence(
            one, by=omar, expected_version=second.version, on=one.board.today, move_later=True, why="-"
        )

    for met in track.rounds(take_back, give):
        assert met.is_clean and sorted(met.won) == [False, True], str(met)
        step = Step.objects.get(pk=course.pk)
        rows = list(Occurrence.objects.filter(step=course).order_by("number"))
        assert step.occurrences_given == sum(one.is_given for one in rows), str(met)
        assert [one.is_given for one in rows[:2]] != [False, True], str(met)
