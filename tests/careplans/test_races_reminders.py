"""Reminders are written and withdrawn by several at once: none is left on what is settled, and none comes twice."""

import uuid
from datetime import time, timedelta

import pytest
from django.utils import timezone

from accounts.models import Board, Membership, User
from accounts.services.memberships import end_membership
from careplans.models import FollowUp, OutboxMessage, Plan, Reminder, Signature, Step
from careplans.outbox.sending import send_due
from careplans.reminders.requests import send_again, snooze
from careplans.reminders.retime import retime_boards
from careplans.services.followups import change_follow_up, complete_follow_up
from careplans.services.plans import amend_plan, release_plan
from careplans.services.step_progress import hand_over_step, skip_step
from tests.careplans import makers
from tests.careplans.outbox.mail import Remembering, due_message

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def step(case, ana, chloe):
    return makers.make_active_plan(case, by=ana, chair=chloe).steps.get()


@pytest.fixture
def follow_up(case, ana):
    return makers.make_follow_up(case, by=ana)


def now(row):
    return type(row).objects.get(pk=row.pk)


def putting_off(subject, by, days=3):
    until = subject.board.today + timedelta(days=days)
    return lambda: snooze(now(subject), by=by, until=until, reason="the scan is booked")


def waiting(**about):
    return Reminder.objects.scheduled().exclude(kind__in=Reminder.NEWS).filter(**about)


@pytest.mark.parametrize("what", ["step", "follow_up"])
def test_who_presses_twice_is_reminded_again_once(request, track, ana, what):
    subject = request.getfixturevalue(what)
    for met in track.rounds(putting_off(subject, ana), putting_off(subject, ana)):
        assert met.is_clean and sum(met.won) == 1, str(met)
        assert waiting(**{what: subject}, kind="snoozed").count() == 1, str(met)


def test_a_follow_up_that_is_done_while_its_reminder_is_put_off_reminds_nobody(track, follow_up, ana, omar):
    def complete():
        seen = {"by": omar, "expected_version": follow_up.version}
        return complete_follow_up(now(follow_up), done_on=follow_up.board.today, **seen)

    for met in track.rounds(putting_off(follow_up, ana), complete, count=100):
        assert met.is_clean and any(met.won), str(met)
        settled = now(follow_up).status == FollowUp.Status.DONE
        assert not (settled and waiting(follow_up=follow_up).exists()), str(met)


def test_a_step_that_ends_while_its_reminder_is_put_off_reminds_nobody(track, step, ana, omar):
    def skip():
        return skip_step(now(step), by=omar, expected_version=step.version, reason="patient_choice")

    for met in track.rounds(putting_off(step, ana), skip, count=100):
        assert met.is_clean and any(met.won), str(met)
        assert not (now(step).status in Step.ENDED and waiting(step=step).exists()), str(met)


@pytest.mark.parametrize("verb", ["hand over", "put off"])
def test_a_step_that_an_amendment_takes_over_reminds_only_there(track, step, ana, omar, chloe, verb):
    new = makers.submit(amend_plan(step.plan, by=ana, reason="Progression"), by=ana)
    seen = {"expected_version": new.version, "expected_hash": new.content_hash}

    def release():
        return release_plan(now(new), by=chloe, **seen)

    def hand_over():
        return hand_over_step(now(step), by=ana, expected_version=step.version, assignee=omar, why="on leave")

    for met in track.rounds(release, hand_over if verb == "hand over" else putting_off(step, ana), count=100):
        assert met.is_clean and any(met.won), str(met)
        if now(new).status == Plan.Status.ACTIVE:
            assert not waiting(step=step).exists(), str(met)
            assert verb != "hand over" or (new.steps.get().assignee == omar) == met.won[1], str(met)


def test_a_reminder_that_goes_out_while_its_follow_up_moves_is_no_deadlock(track, case, ana, omar):
    row = due_message(case, by=ana, channel="in_app")
    follow_up = row.reminder.follow_up

    def move():
        seen = {"by": omar, "expected_version": follow_up.version}
        return change_follow_up(now(follow_up), reason="scanner", due_on=follow_up.due_on + timedelta(days=9), **seen)

    for met in track.rounds(lambda: send_due(open_mail=Remembering()), move, count=100):
        assert met.is_clean and all(met.won), str(met)
        assert now(row).status in ("sent", "cancelled"), str(met)
        assert now(row.reminder).status == ("delivered" if now(row).status == "sent" else "cancelled"), str(met)


def test_a_reminder_that_is_sent_again_while_its_follow_up_moves_is_no_deadlock(track, case, ana, omar):
    row = due_message(case, by=ana)
    OutboxMessage.objects.filter(pk=row.pk).update(status="failed")
    Reminder.objects.filter(pk=row.reminder_id).update(status="failed")
    follow_up = row.reminder.follow_up

    def move():
        seen = {"by": omar, "expected_version": follow_up.version}
        return change_follow_up(now(follow_up), reason="scanner", due_on=follow_up.due_on + timedelta(days=9), **seen)

    for met in track.rounds(lambda: send_again(now(row), by=ana), move, count=100):
        assert met.is_clean and met.won[1], str(met)
        assert (now(row).status, now(row.reminder).status) == ("cancelled", "cancelled"), str(met)


def test_a_reminder_that_is_put_off_while_the_settings_of_the_board_move_it_stays_put_off(track, follow_up, ana):
    Board.objects.filter(pk=follow_up.board_id).update(timing=2, lead_days=3)
    days = (follow_up.due_on - follow_up.board.today).days - 1

    for met in track.rounds(retime_boards, putting_off(follow_up, ana, days), count=100):
        assert met.is_clean and all(met.won), str(met)
        own = waiting(follow_up=follow_up, recipient=ana).exclude(kind="escalation")
        assert set(own.values_list("kind", flat=True)) == {"snoozed", "due", "overdue"}, str(met)


def digest_of(row, person):
    """The daily e-mail that carries a message, due now."""
    User.objects.filter(pk=person.pk).update(digest_at=time(7, 0))
    send_due(open_mail=Remembering())
    assert now(row).status == "collected"
    digest = OutboxMessage.objects.get(reminder__kind="digest")
    OutboxMessage.objects.filter(pk=digest.pk).update(due_at=timezone.now())
    Reminder.objects.filter(pk=digest.reminder_id).update(due_at=timezone.now())


def given_up(row, person):
    claimed = {
        "status": "claimed",
        "attempts": 8,
        "token": uuid.uuid4(),
        "lease_until": timezone.now() - timedelta(hours=1),
    }
    OutboxMessage.objects.filter(pk=row.pk).update(**claimed)


def digest_of_who_left(row, person):
    digest_of(row, person)
    Membership.objects.filter(user=person).update(ended_at=timezone.now())


@pytest.mark.parametrize("make", [digest_of, digest_of_who_left, given_up])
def test_whatever_the_sender_settles_it_takes_the_reminder_first(track, case, ana, omar, chloe, make):
    row = due_message(case, by=ana)
    make(row, ana)
    follow_up = row.reminder.follow_up

    def move():
        due_on = follow_up.due_on + timedelta(days=9)
        return change_follow_up(
            now(follow_up), by=omar, expected_version=follow_up.version, reason="scanner", due_on=due_on
        )

    for met in track.rounds(lambda: send_due(open_mail=Remembering()), move, count=60):
        assert met.is_clean and met.won[1], str(met)


def test_a_step_that_an_amendment_takes_over_while_the_settings_move_it_reminds_only_there(
    track, board, step, ana, chloe
):
    new = makers.submit(amend_plan(step.plan, by=ana, reason="Progression"), by=ana)
    Board.objects.filter(pk=board.pk).update(timing=7, lead_days=5)

    def release():
        seen = {"expected_version": new.version, "expected_hash": new.content_hash}
        return release_plan(now(new), by=chloe, **seen)

    for met in track.rounds(release, retime_boards, count=100):
        assert met.is_clean and met.won[0], str(met)
        assert not waiting(step=step).exists(), str(met)


def test_who_leaves_at_the_moment_of_signing_has_signed_before_or_not_at_all(track, board, case, ana, omar, admin):
    makers.require_disciplines(board, "medical_oncology")
    plan = makers.submit(makers.make_plan(case, by=ana), by=ana)
    membership = Membership.objects.get(user=omar)

    def sign():
        return makers.sign(plan, by=User.objects.get(pk=omar.pk))

    for met in track.rounds(sign, lambda: end_membership(now(membership), by=admin), count=60):
        assert met.is_clean and met.won[1], str(met)
        ended = now(membership).ended_at
        assert not Signature.objects.filter(plan=plan, signed_at__gt=ended).exists(), str(met)
        Membership.objects.filter(pk=membership.pk).update(ended_at=None)
