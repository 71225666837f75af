"""A plan or a case ends while somebody works on what belongs to it: one of the two is told, and nothing is left behind."""

from datetime import timedelta

import pytest

from careplans.models import FollowUp, NothingAhead, Plan, PlanSchedule, Reminder, Step
from careplans.services.cases import close_case
from careplans.services.followups import cancel_follow_up, change_follow_up, say_what_comes_next
from careplans.services.plan_ending import complete_plan, mark_in_error, revoke_plan
from careplans.services.plans import amend_plan, release_plan, submit_plan
from careplans.services.scheduled_follow_ups import extend_schedules
from careplans.services.step_progress import complete_step, hand_over_step, start_step
from tests.careplans import makers
from tests.careplans.makers import OUTCOME
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def active(case, ana, chloe):
    return makers.make_active_plan(case, by=ana, chair=chloe)


@pytest.fixture
def settled(active, ana):
    """A plan in force of which every step has ended, so that it may be completed."""
    step, today = active.steps.get(), active.board.today
    start_step(step, by=ana, expected_version=step.version, on=today)
    complete_step(step, by=ana, expected_version=step.version, on=today, fulfilment="full", **OUTCOME)
    return active


def now(row):
    return type(row).objects.get(pk=row.pk)


def ending(plan, how, by):
    plan = now(plan)
    seen = {"by": by, "expected_version": plan.version}
    if how == "completed":
        return lambda: complete_plan(now(plan), **seen, **OUTCOME, ahead=makers.NOTHING_AHEAD)
    return lambda: revoke_plan(
        now(plan), **seen, reason_code="patient_choice", reason="another patient's", ahead=makers.NOTHING_AHEAD
    )


def acting(verb, active, ana, chloe):
    """What somebody does about the amendment of a plan; there is one already unless it is to be begun."""
    if verb == "amend":
        return lambda: amend_plan(now(active), by=ana, reason="Progression")
    new = now(amend_plan(now(active), by=ana, reason="Progression"))
    if verb == "submit":
        return lambda: submit_plan(now(new), by=ana, expected_version=new.version)
    new = makers.submit(new, by=ana)
    seen = {"expected_version": new.version, "expected_hash": new.content_hash}
    return lambda: release_plan(now(new), by=chloe, **seen, ahead=makers.NOTHING_AHEAD)


@pytest.mark.parametrize("how", ["completed", "revoked"])
@pytest.mark.parametrize("verb", ["amend", "submit", "release"])
def test_a_plan_ends_or_its_amendment_goes_on_and_never_both(track, settled, ana, chloe, verb, how):
    act = acting(verb, settled, ana, chloe)
    for met in track.rounds(act, ending(settled, how, chloe)):
        assert met.is_clean and sum(met.won) == 1, str(met)
        assert not Plan.objects.in_force().filter(amends__status=how).exists(), str(met)


@pytest.mark.parametrize("how", ["completed", "revoked"])
def test_the_amendment_of_a_plan_that_has_ended_does_not_come_into_force(settled, ana, chloe, how):
    release, end = acting("release", settled, ana, chloe), ending(settled, how, chloe)
    for verb in (end, release):
        try:
            verb()
        except Exception as error:
            assert type(error).__name__ in ("Conflict", "ValidationError")
    assert not Plan.objects.in_force().filter(amends__status=how).exists()


def test_a_step_that_begins_while_its_plan_is_revoked_is_stopped_by_a_person_first(track, active, ana, chloe):
    step, today = active.steps.get(), active.board.today

    def start():
        return start_step(now(step), by=ana, expected_version=step.version, on=today)

    for met in track.rounds(start, ending(active, "revoked", chloe)):
        assert met.is_clean and sum(met.won) == 1, str(met)
        assert (now(active).status, now(step).status) in (("active", "in_progress"), ("revoked", "not_done")), str(met)


def test_a_step_that_is_handed_over_while_its_plan_is_revoked_reminds_nobody(track, active, ana, omar, chloe):
    step = active.steps.get()

    def hand_over():
        return hand_over_step(now(step), by=ana, expected_version=step.version, assignee=omar, why="on leave")

    for met in track.rounds(hand_over, ending(active, "revoked", chloe)):
        assert met.is_clean and any(met.won), str(met)
        if now(active).status == "revoked":
            assert not Reminder.objects.scheduled().filter(step=step).exists(), str(met)


def test_a_follow_up_that_moves_while_its_plan_is_revoked_is_cancelled_or_moved(track, board, case, ana, omar, chloe):
    plan = makers.make_active_plan(case, by=ana, chair=chloe, schedule=makers.make_template(board, kinds=["visit"]))
    follow_up = FollowUp.objects.filter(plan=plan).order_by("-due_on").first()
    day = follow_up.due_on + timedelta(days=9)

    def move():
        return change_follow_up(
            now(follow_up), by=omar, expected_version=follow_up.version, reason="scanner", due_on=day
        )

    for met in track.rounds(move, ending(plan, "revoked", chloe)):
        assert met.is_clean and any(met.won), str(met)
        if now(plan).status == "revoked":
            assert not FollowUp.objects.filter(plan=plan).open().exists(), str(met)
            assert not Reminder.objects.scheduled().filter(follow_up__plan=plan).exists(), str(met)


@pytest.mark.parametrize("what", ["case", "plan"])
def test_a_schedule_writes_nothing_for_what_ends_at_that_moment(track, board, case, ana, chloe, what):
    """The tick writes long schedules further; nobody would look at what it leaves behind an ended case."""
    template = makers.make_template(board, kinds=["visit"], months=60)
    plan = makers.make_active_plan(case, by=ana, chair=chloe, schedule=template)
    for row in FollowUp.objects.filter(plan=plan).open():
        cancel_follow_up(row, by=ana, expected_version=row.version, reason="moved away")
    step = plan.steps.get()
    start_step(step, by=ana, expected_version=step.version, on=board.today)
    complete_step(step, by=ana, expected_version=step.version, on=board.today, fulfilment="full", **OUTCOME)
    if what == "case":
        ending(plan, "completed", chloe)()
    # As if it had begun a year ago and was written out up to now.
    begun = board.today - timedelta(days=370)
    with rewriting():
        PlanSchedule.objects.filter(plan=plan).update(counts_from=begun, written_until=board.today)

    def end():
        if what == "case":
            return close_case(now(case), by=chloe, reason="discharged")
        seen = {"by": chloe, "expected_version": plan.version}
        return mark_in_error(now(plan), **seen, reason="another patient's", ahead=makers.NOTHING_AHEAD)

    for met in track.rounds(extend_schedules, end):
        assert met.is_clean, str(met)
        ended = now(case).status == "closed" or now(plan).status == "entered_in_error"
        assert ended == (met.won[1]), str(met)
        assert ended != FollowUp.objects.filter(case=case).open().exists(), str(met)


@pytest.mark.parametrize("second", [0, 3])
def test_two_who_say_what_comes_next_give_one_date(track, active, case, ana, omar, second):
    """The same words are one answer, and of two answers the second is told what the first said."""
    Step.objects.update(status="not_done", due_on=None, reason="progression")

    def say(by, later):
        day = case.board.today + timedelta(days=30 + later)
        ahead = {"next_kind": "markers", "next_on": day, "next_assignee": ana}
        return lambda: say_what_comes_next(now(case), by=by, ahead=ahead)

    for met in track.rounds(say(ana, 0), say(omar, second)):
        assert met.is_clean and sorted(met.won) == [not second, True], str(met)
        assert FollowUp.objects.filter(case=case).count() == 1, str(met)


def test_two_who_say_why_nothing_is_planned_do_not_overwrite_each_other(track, active, case, ana, omar):
    Step.objects.update(status="not_done", due_on=None, reason="progression")

    def say(by, words):
        return lambda: say_what_comes_next(now(case), by=by, ahead={"nothing_ahead_reason": words}, seen=0)

    for met in track.rounds(say(ana, "Seen by the GP."), say(omar, "Moved to the coast.")):
        assert met.is_clean and sorted(met.won) == [False, True], str(met)
        assert NothingAhead.objects.filter(case=case).count() == 1, str(met)
