"""Being reminded later fits with days off, quiet hours, the daily e-mail, deputies and the chain."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Absence, Board, Holiday, Notice
from careplans.models import OutboxMessage, Reminder
from careplans.outbox import sending
from careplans.reminders import requests
from tests.careplans import makers
from tests.careplans.doors import browser, url
from tests.careplans.outbox.mail import Remembering, due_message

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


def snooze(follow_up, by, days=3):
    until = follow_up.board.today + timedelta(days=days)
    return requests.snooze(follow_up, by=by, until=until, reason="the scan is booked")


def come_due():
    now = timezone.now()
    Reminder.objects.filter(kind="snoozed").update(due_at=now)
    OutboxMessage.objects.filter(reminder__kind="snoozed").update(due_at=now)


def test_a_day_off_moves_it_to_the_next_working_day_and_the_page_says_which(case, board, ana):
    off = board.today + timedelta(days=3)
    Holiday.objects.create(board=board, day=off, name="Founders’ day")
    follow_up = makers.make_follow_up(case, by=ana)
    answer = browser(ana).post(
        url("snooze_followup", follow_up.pk), {"until": off.isoformat(), "reason": "scan"}, follow=True
    )
    next_day = off + timedelta(days=1)
    assert f"You are reminded again on {next_day:%-d %B %Y}" in answer.content.decode()
    assert Reminder.objects.get(kind="snoozed").local_day == next_day


def test_it_takes_back_what_was_collected_for_the_daily_mail(case, ana):
    ana.digest_at = (timezone.now() + timedelta(hours=2)).time()
    ana.save()
    row = due_message(case, by=ana)
    Reminder.objects.filter(pk=row.reminder_id).update(local_day=case.board.today)
    sending.send_due(open_mail=Remembering())
    snooze(row.reminder.follow_up, ana)
    row.refresh_from_db()
    assert (row.status, row.last_error) == ("cancelled", "put off")


def test_when_its_day_comes_it_is_collected_like_any_other(case, ana):
    follow_up = makers.make_follow_up(case, by=ana)
    snooze(follow_up, ana)
    ana.digest_at = (timezone.now() + timedelta(hours=2)).time()
    ana.save()
    come_due()
    sending.send_due(open_mail=Remembering())
    assert OutboxMessage.objects.get(reminder__kind="snoozed", channel="email").status == "collected"


def test_when_its_day_comes_the_deputy_of_who_is_away_is_told(case, board, ana, omar, ravi):
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar)
    snooze(follow_up, omar)
    Absence.objects.create(person=omar, deputy=ravi, first_day=board.today, last_day=board.today)
    come_due()
    for _ in range(2):
        sending.send_due(open_mail=Remembering())
    assert Notice.objects.get(user=ravi).text.startswith(
        "Ashdown, Synthetic. Reminder for Omar Oncologist, who is away until"
    )


def test_it_does_not_put_off_the_chain(case, board, ana, chloe, omar):
    Board.objects.filter(pk=board.pk).update(chair_days=5)
    case.board.refresh_from_db()
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar)
    snooze(follow_up, omar, days=80)
    told = Reminder.objects.filter(follow_up=follow_up, kind="escalation", status="scheduled")
    assert sorted(row.recipient.name for row in told) == ["Ana Coordinator", "Chloe Chair"]


def test_it_leaves_what_a_deputy_heard_for_a_colleague(case, board, ana, omar, ravi):
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar)
    first = Reminder.objects.filter(follow_up=follow_up, recipient=omar).first()
    other = Reminder.objects.create(
        board=board, case=case, follow_up=follow_up, recipient=omar, kind="overdue", generation=9, instead_of=first,
        local_day=board.today, local_time="08:00", zone="UTC", due_at=timezone.now(),
    )  # fmt: skip
    snooze(follow_up, omar)
    other.refresh_from_db()
    assert other.status == "scheduled"


def test_its_last_day_is_taken(case, board, ana):
    follow_up = makers.make_follow_up(case, by=ana, assignee=ana)
    assert snooze(follow_up, ana, days=90) >= board.today + timedelta(days=90)
