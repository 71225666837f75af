"""What happens to a case while the chair releases a plan: the release sees it, or it is told that it came too late."""

from datetime import timedelta

import pytest

from careplans.models import Event, FollowUp, Reminder, Step
from careplans.services.followups import record_missed_follow_up
from careplans.services.plan_schedules import change_schedule
from careplans.services.plans import amend_plan, edit_plan, release_plan
from careplans.services.signatures import dissent_from_plan
from careplans.services.step_progress import skip_step, start_step, stop_step
from tests.careplans import makers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


def now(row):
    return type(row).objects.get(pk=row.pk)


def releasing(plan, chloe):
    """The release of a plan as it is on the chair's screen."""
    plan = now(plan)
    seen = {"expected_version": plan.version, "expected_hash": plan.content_hash}
    return lambda: release_plan(now(plan), by=chloe, **seen)


def amended(active, ana, **values):
    """An amendment of a plan in force, in sign-off."""
    new = amend_plan(now(active), by=ana, reason="Progression")
    edit_plan(new, values, by=ana)
    return makers.submit(new, by=ana)


def test_the_chair_releases_no_plan_with_a_dissent_that_was_not_answered(track, board, case, ana, omar, ravi, chloe):
    makers.require_disciplines(board, "medical_oncology")
    plan = makers.submit(makers.make_plan(case, by=ana), by=ana)
    makers.sign(plan, by=omar)
    seen = {"expected_version": plan.content_version, "expected_hash": plan.content_hash}

    def dissent():
        return dissent_from_plan(now(plan), by=ravi, reason="The scan speaks against it", **seen)

    for met in track.rounds(releasing(plan, chloe), dissent):
        assert met.is_clean and sum(met.won) == 1, str(met)
        dissented = plan.signatures.filter(status="dissented").exists()
        assert (now(plan).status, dissented) in (("active", False), ("in_signoff", True)), str(met)


def test_a_plan_is_released_once(track, case, ana, chloe):
    plan = makers.submit(makers.make_plan(case, by=ana), by=ana)
    for met in track.rounds(releasing(plan, chloe), releasing(plan, chloe)):
        assert met.is_clean and sum(met.won) == 1, str(met)
        assert Event.objects.filter(plan=plan, new="active").count() == 1, str(met)


@pytest.mark.parametrize("fate", ["not_done", "stopped"])
def test_a_step_that_ends_while_the_amendment_is_released_has_ended_there_too(track, case, ana, omar, chloe, fate):
    active = makers.make_active_plan(case, by=ana, chair=chloe)
    step = active.steps.get()
    if fate == "stopped":
        start_step(step, by=ana, expected_version=step.version, on=case.board.today)
    step = now(step)
    new = amended(active, ana)

    def end():
        seen = {"by": omar, "expected_version": step.version, "reason": "patient_choice"}
        if fate == "not_done":
            return skip_step(now(step), **seen)
        return stop_step(now(step), on=case.board.today, **seen, **makers.OUTCOME)

    for met in track.rounds(releasing(new, chloe), end):
        assert met.is_clean and any(met.won), str(met)
        released, ended = (outcome.kind == "won" for outcome in met.outcomes)
        assert (now(new).status, now(active).status) == (
            ("active", "superseded") if released else ("in_signoff", "active")
        ), str(met)
        if released:
            assert (new.steps.get().status == fate) == ended, str(met)
        assert (
            not Reminder.objects.scheduled()
            .exclude(kind__in=Reminder.NEWS)
            .filter(step=step, step__status__in=Step.ENDED)
            .exists()
        ), str(met)
        assert (
            not Reminder.objects.scheduled()
            .exclude(kind__in=Reminder.NEWS)
            .filter(step__plan__status="superseded")
            .exists()
        ), str(met)


@pytest.mark.parametrize("schedule", ["stays", "changes"])
def test_a_follow_up_that_is_missed_during_a_release_is_made_up_for_in_the_plan_in_force(
    track, board, case, ana, omar, chloe, schedule, monkeypatch
):
    # What is raced here is the move; its day has not come in this world.
    monkeypatch.setattr("careplans.services.followups.check_has_come", lambda follow_up: None)
    active = makers.make_active_plan(case, by=ana, chair=chloe, schedule=makers.make_template(board))
    first = FollowUp.objects.filter(plan=active).order_by("due_on").first()
    new = amend_plan(now(active), by=ana, reason="Progression")
    if schedule == "changes":
        day = makers.TODAY() + timedelta(days=9)
        change_schedule(makers.schedule_of(new), by=ana, expected_version=1, counts_from=day)
    new = makers.submit(new, by=ana)
    again = first.due_on + timedelta(days=20)

    def miss():
        return record_missed_follow_up(now(first), by=omar, expected_version=first.version, new_due_on=again)

    for met in track.rounds(releasing(new, chloe), miss):
        assert met.is_clean and any(met.won), str(met)
        made_up = FollowUp.objects.filter(replaces=first)
        assert made_up.open().count() == made_up.count() == (met.won[1]), str(met)
        if met.won[0] and schedule == "stays":
            assert not FollowUp.objects.filter(plan=active).open().exists(), str(met)
        if met.won[0] and schedule == "changes":
            assert not FollowUp.objects.filter(plan=active, replaces=None).open().exists(), str(met)
