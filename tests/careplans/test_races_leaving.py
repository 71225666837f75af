"""Somebody leaves while others give them work: it is handed over with the rest, or it is not given at all."""

import pytest

from accounts.models import Membership, User
from careplans.models import Case, Event, FollowUp, Plan, Step
from careplans.services.cases import open_case
from careplans.services.followups import add_follow_up, change_follow_up
from careplans.services.leaving import deactivate_person, end_membership
from careplans.services.plans import release_plan
from careplans.services.step_progress import hand_over_step, skip_step
from tests.careplans import makers

pytestmark = pytest.mark.django_db(transaction=True)
KINDS = ("steps", "follow_ups", "cases", "drafts")


def now(row):
    return type(row).objects.get(pk=row.pk)


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def leaving(omar, ravi, admin):
    """Omar leaves; Ravi takes over."""
    seat = omar.memberships.get()

    def leave():
        return end_membership(now(seat), by=admin, successors=dict.fromkeys(KINDS, now(ravi)))

    return leave


def left_to(user):
    steps = Step.objects.waiting().filter(assignee=user).exists()
    return (
        steps
        or FollowUp.objects.open().filter(assignee=user).exists()
        or Case.objects.filter(responsible=user).exists()
    )


def meetings(track, *calls, count=60):
    """With everybody back in their places after each: of the accounts nothing is put back by itself."""
    for met in track.rounds(*calls, count=count):
        yield met
        Membership.objects.update(ended_at=None)
        User.objects.update(is_active=True)


def is_gone(user):
    return not Membership.objects.filter(user=user, ended_at=None).exists() or not now(user).is_active


def test_a_release_gives_nothing_to_somebody_who_leaves_meanwhile(track, case, ana, omar, chloe, leaving):
    plan = makers.submit(makers.make_plan(case, by=ana, owner=omar), by=ana)
    seen = {"expected_version": plan.version, "expected_hash": plan.content_hash}

    def release():
        return release_plan(now(plan), by=now(chloe), **seen)

    for met in meetings(track, release, leaving, count=100):
        assert met.is_clean and met.won[1], str(met)
        assert is_gone(omar) and not left_to(omar), str(met)
        assert now(plan).status == ("active" if met.won[0] else "in_signoff"), str(met)


def test_a_follow_up_is_given_to_nobody_who_leaves_meanwhile(track, case, ana, omar, leaving):
    def add():
        return add_follow_up(now(case), by=now(ana), kind="visit", due_on=makers.TODAY(), assignee=now(omar))

    for met in meetings(track, add, leaving):
        assert met.is_clean and met.won[1] and not left_to(omar), str(met)


def test_a_step_or_a_follow_up_is_handed_over_to_nobody_who_leaves_meanwhile(track, case, ana, omar, chloe, leaving):
    plan = makers.make_active_plan(case, by=ana, chair=chloe)
    step, follow_up = plan.steps.get(), makers.make_follow_up(case, by=ana)

    def hand_over():
        return hand_over_step(now(step), by=now(ana), expected_version=step.version, why="-", assignee=now(omar))

    def move():
        return change_follow_up(
            now(follow_up), by=now(ana), expected_version=follow_up.version, reason="-", assignee=now(omar)
        )

    for give in (hand_over, move):
        for met in meetings(track, give, leaving):
            assert met.is_clean and met.won[1] and not left_to(omar), str(met)


def test_nobody_is_made_responsible_who_leaves_meanwhile(track, board, ana, omar, leaving):
    patient = makers.make_patient(board, by=ana)

    def make():
        return open_case(now(patient), by=now(ana), title="-", responsible=now(omar), status="accepted")

    for met in meetings(track, make, leaving):
        assert met.is_clean and met.won[1] and not left_to(omar), str(met)


def test_a_step_that_ends_meanwhile_has_ended(track, case, ana, omar, chloe, leaving):
    step = makers.make_active_plan(case, by=ana, chair=chloe, owner=omar).steps.get()

    def skip():
        return skip_step(now(step), by=now(ana), expected_version=step.version, reason="patient_choice")

    for met in meetings(track, skip, leaving):
        assert met.is_clean and met.won[1] and not left_to(omar), str(met)
        assert (now(step).status == "not_done") == met.won[0], str(met)
        # Whoever takes over is asked for nothing that has ended.
        asked = step.reminders.filter(status="scheduled").exclude(kind="step_ended")
        assert not met.won[0] or not asked.exists(), str(met)


def test_the_successor_does_not_leave_meanwhile(track, case, ana, omar, ravi, admin, leaving):
    makers.make_follow_up(case, by=ana, assignee=omar)
    other = ravi.memberships.get()

    def leave_too():
        return end_membership(now(other), by=admin, successors=dict.fromkeys(KINDS, now(ana)))

    for met in meetings(track, leaving, leave_too):
        assert met.is_clean and any(met.won), str(met)
        assert not (left_to(ravi) and is_gone(ravi)) and not (left_to(omar) and is_gone(omar)), str(met)


def test_two_administrators_take_nothing_apart(track, case, ana, omar, ravi, admin, leaving):
    makers.make_follow_up(case, by=ana, assignee=omar)
    board = case.board_id

    def deactivate():
        return deactivate_person(now(omar), by=admin, successors={board: dict.fromkeys(KINDS, now(ana))})

    for met in meetings(track, leaving, deactivate):
        assert met.is_clean and any(met.won) and not left_to(omar), str(met)
        # The second finds nothing of his any more, and hands nothing over again.
        assert Event.objects.filter(kind="follow_up_changed").count() == 1, str(met)
        assert User.objects.filter(pk=omar.pk, is_active=not met.won[1]).exists(), str(met)


def test_a_release_by_the_chair_who_is_deactivated_meanwhile_is_before_or_not_at_all(track, case, ana, chloe, admin):
    plan = makers.submit(makers.make_plan(case, by=ana, owner=chloe), by=ana)
    seen = {"expected_version": plan.version, "expected_hash": plan.content_hash}

    def release():
        return release_plan(now(plan), by=now(chloe), **seen)

    def deactivate():
        return deactivate_person(now(chloe), by=admin, successors={case.board_id: dict.fromkeys(KINDS, now(ana))})

    for met in meetings(track, release, deactivate):
        assert met.is_clean and met.won[1] and not left_to(chloe), str(met)
        assert Plan.objects.filter(status="active").exists() == met.won[0], str(met)
