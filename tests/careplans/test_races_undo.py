"""An act is undone while somebody goes on from it: one of the two wins, and what stands fits together."""

import pytest

from careplans.models import FollowUp, Occurrence, RecentAct, Reminder, Step
from careplans.services.followups import complete_follow_up
from careplans.services.occurrence_progress import give_occurrence
from careplans.services.recent_acts import record_act, undo_act
from careplans.services.step_progress import hand_over_step
from tests.careplans import makers
from tests.careplans.test_monitoring import BLOOD

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def act(board, ana, omar, chloe):
    course = makers.make_course(board, by=ana, chair=chloe, owner=omar, hanging=BLOOD[:1])
    row = Occurrence.objects.for_page().get(step=course, number=1)
    values = {"expected_version": row.version, "on": board.today}
    return record_act(row, give_occurrence, by=omar, verb="give", say=str, **values).act


def undoing(act, by):
    rows = RecentAct.objects.select_related("case", "event", "by", "step__plan", "board", "follow_up")
    return lambda: undo_act(rows.get(pk=act.pk), by=by)


def check(met, act):
    assert met.is_clean and sorted(met.won) == [False, True], str(met)
    step, row = Step.objects.get(pk=act.step_id), Occurrence.objects.get(step=act.step_id, number=1)
    assert (step.status == "in_progress") == row.is_given == (step.occurrences_given == 1), str(met)
    assert Reminder.objects.scheduled().filter(step=step, kind="due").count() == 1, str(met)
    return row.is_given


def test_it_is_undone_while_what_it_brought_is_done(track, act, omar, ana):
    seen = FollowUp.objects.get(monitoring__step=act.step_id)

    def done():
        row = FollowUp.objects.select_related("case__patient", "plan", "board", "assignee", "monitoring__step").get(
            pk=seen.pk
        )
        return complete_follow_up(row, by=ana, expected_version=seen.version, done_on=row.board.today)

    for met in track.rounds(undoing(act, omar), done):
        assert check(met, act) == met.won[1], str(met)
        assert FollowUp.objects.get(pk=seen.pk).status == ("done" if met.won[1] else "cancelled"), str(met)


def test_it_is_undone_while_the_step_is_handed_over(track, act, omar, ana):
    seen = Step.objects.get(pk=act.step_id)

    def hand_over():
        step = Step.objects.select_related("plan__case", "case__patient", "board", "assignee").get(pk=seen.pk)
        return hand_over_step(step, by=ana, expected_version=seen.version, assignee=ana, why="away")

    for met in track.rounds(undoing(act, omar), hand_over):
        assert check(met, act) == met.won[1], str(met)


def test_undone_twice_in_one_moment_it_is_undone_once(track, act, omar):
    for met in track.rounds(undoing(act, omar), undoing(act, omar)):
        assert not check(met, act), str(met)
        assert RecentAct.objects.get(pk=act.pk).undone_at is not None
