"""After weeks without sending, or a month of days off: one message for one thing, and time to act before it escalates."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.db.models import DateTimeField, Value
from django.utils import timezone

from accounts.models import Board, Membership, Notice
from accounts.services.holidays import DayOff, add_holidays
from careplans.models import OutboxMessage, Reminder
from careplans.outbox import health, sending
from careplans.reminders.backlog import NEWER
from careplans.services.followups import change_follow_up
from careplans.services.signatures import dissent_from_plan
from tests.careplans import makers
from tests.careplans.outbox.mail import Remembering

pytestmark = pytest.mark.django_db
BEGIN = datetime(2026, 1, 5, 7, 30, tzinfo=UTC)  # a Monday, half an hour before the board's
DUE = date(2026, 1, 12)


def database_now():
    return Value(timezone.now(), DateTimeField())


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """A clock that is set, for the database, too."""
    rooms = [f"careplans.outbox.{module}" for module in ("claims", "sending", "digests", "hold")]
    for module in (*rooms, "common.leases"):
        monkeypatch.setattr(f"{module}.Now", database_now)
    with time_machine.travel(BEGIN, tick=False) as traveller:
        yield traveller


@pytest.fixture
def case(board, ana, omar, chloe):
    times = {"lead_days": 7, "grace_days": 3, "escalate_days": 7, "chair_days": 9, "time_zone": "UTC"}
    Board.objects.filter(pk=board.pk).update(**times)
    board.refresh_from_db()
    return makers.make_case(board, by=ana)


def at(clock, days, hour=8, minute=1):
    clock.move_to(BEGIN.replace(hour=hour, minute=minute) + timedelta(days=days))


def go():
    """Rounds until nothing is left to do; who got a mail, and who a notice."""
    mail, before = Remembering(), set(Notice.objects.values_list("pk", flat=True))
    while sending.send_due(open_mail=mail).worked:
        pass
    mailed = Counter(message.to.partition("@")[0] for message in mail.sent)
    new = Notice.objects.filter(dedupe_key__startswith="reminder.").exclude(pk__in=before)
    noticed = Counter(name.partition(" ")[0].lower() for name in new.values_list("user__name", flat=True))
    assert mailed == noticed
    return dict(mailed), mail.sent


@pytest.mark.parametrize("days", [27, 42])
def test_after_weeks_without_sending_everybody_is_told_once_of_each_thing_and_in_turn(clock, case, ana, omar, days):
    for _ in range(10):
        makers.make_follow_up(case, by=ana, assignee=omar, due_on=DUE)
    at(clock, days)
    assert go()[0] == {"omar": 10}
    assert health.oldest_unsent_seconds() == 0
    at(clock, days + 1, hour=7)
    assert go()[0] == {}
    at(clock, days + 1)
    assert go()[0] == {"ana": 10}
    at(clock, days + 2)
    assert go()[0] == {"chloe": 10}
    assert not Reminder.objects.filter(status="scheduled").exists()


def test_who_is_told_late_in_the_day_has_the_whole_next_one(clock, case, ana, omar):
    makers.make_follow_up(case, by=ana, assignee=omar, due_on=DUE)
    at(clock, 42, hour=14)
    assert go()[0] == {"omar": 1}
    at(clock, 43, hour=20)
    assert go()[0] == {}
    at(clock, 44)
    assert go()[0] == {"ana": 1}


def test_a_weekend_and_a_day_off_are_no_working_days(clock, case, board, ana, omar):
    Board.objects.filter(pk=board.pk).update(weekends_off=True)
    case.board.refresh_from_db()
    makers.make_follow_up(case, by=ana, assignee=omar, due_on=DUE)
    add_holidays(board, [DayOff(date(2026, 2, 16), "Carnival")], by=ana)
    at(clock, 39)  # a Friday
    assert go()[0] == {"omar": 1}
    for later in (40, 41, 42):
        at(clock, later, hour=20)
        assert go()[0] == {}
    at(clock, 43)
    assert go()[0] == {"ana": 1}


def test_what_waits_says_why_on_the_page(clock, case, ana, omar):
    makers.make_follow_up(case, by=ana, assignee=omar, due_on=DUE)
    at(clock, 42)
    go()
    row = OutboxMessage.objects.filter(recipient=ana, channel="email").get()
    assert row.last_error == "whoever is asked before has a working day to act"
    assert row.held_until.isoformat() == "2026-02-17T08:00:00+00:00"
    old = OutboxMessage.objects.filter(recipient=omar, reminder__kind="lead")
    assert {(row.status, row.last_error) for row in old} == {("cancelled", NEWER)}


def test_whoever_acts_on_that_day_is_not_escalated(clock, case, ana, omar):
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar, due_on=DUE)
    at(clock, 42)
    go()
    change_follow_up(follow_up, by=omar, expected_version=follow_up.version, reason="booked", due_on=date(2026, 3, 20))
    at(clock, 43)
    assert go()[0] == {}


def test_after_a_month_of_days_off_it_is_the_same(clock, case, board, ana, omar):
    days = [DayOff(date(2026, 1, 8) + timedelta(days=later), "Closed") for later in range(32)]
    add_holidays(board, days, by=ana)
    makers.make_follow_up(case, by=ana, assignee=omar, due_on=date(2026, 1, 15))
    told = {}
    for day in range(45):
        at(clock, day)
        if found := go()[0]:
            told[day] = found
    assert told == {35: {"omar": 1}, 36: {"ana": 1}, 37: {"chloe": 1}}


def test_on_time_nothing_waits(clock, case, ana, omar):
    makers.make_follow_up(case, by=ana, assignee=omar, due_on=DUE)
    told = {}
    for day in range(30):
        at(clock, day)
        if found := go()[0]:
            told[day] = found
    assert told == {0: {"omar": 1}, 7: {"omar": 1}, 11: {"omar": 1}, 18: {"ana": 1}, 27: {"chloe": 1}}


def test_a_board_that_escalates_at_once_does_so_on_time_and_not_after_weeks(clock, case, board, ana, omar):
    Board.objects.filter(pk=board.pk).update(escalate_days=0, chair_days=0)
    case.board.refresh_from_db()
    makers.make_follow_up(case, by=ana, assignee=omar, due_on=DUE)
    for day in (0, 7):
        at(clock, day)
        go()
    at(clock, 11)
    assert go()[0] == {"omar": 1, "ana": 1, "chloe": 1}
    makers.make_follow_up(case, by=ana, assignee=omar, due_on=date(2026, 1, 26))
    at(clock, 60)
    assert go()[0] == {"omar": 1}


def test_an_escalation_whose_person_was_told_in_time_goes_out_at_once(clock, case, ana, omar):
    makers.make_follow_up(case, by=ana, assignee=omar, due_on=DUE)
    for day in (0, 7, 11):
        at(clock, day)
        go()
    at(clock, 42)
    assert go()[0] == {"ana": 1}


def test_a_reminder_put_off_again_and_again_holds_no_escalation_up(clock, case, ana, omar):
    makers.make_follow_up(case, by=ana, assignee=omar, due_on=DUE)
    for day in (0, 7, 11):
        at(clock, day)
        go()
    Reminder.objects.filter(kind="overdue").update(
        kind="snoozed", local_day=date(2026, 1, 23), due_at=BEGIN + timedelta(days=18)
    )
    at(clock, 18)
    assert go()[0] == {"ana": 1}


def test_a_person_who_left_meanwhile_is_passed_on_once(clock, case, ana, omar):
    makers.make_follow_up(case, by=ana, assignee=omar, due_on=DUE)
    Membership.objects.filter(user=omar).update(ended_at=timezone.now())
    at(clock, 42)
    assert go()[0] == {"ana": 1}
    assert Reminder.objects.filter(instead_of__isnull=False).count() == 1


def test_what_a_daily_mail_collected_before_is_told_with_the_newest_only(clock, case, ana, omar):
    omar.digest_at = time(9, 30)
    omar.save()
    makers.make_follow_up(case, by=ana, assignee=omar, due_on=DUE)
    at(clock, 0)
    sending.send_due(open_mail=Remembering())
    assert OutboxMessage.objects.filter(status="collected", reminder__kind="lead").count() == 1
    at(clock, 42)
    mail = Remembering()
    sending.send_due(open_mail=mail)
    assert mail.sent == []
    at(clock, 42, hour=9, minute=31)
    sending.send_due(open_mail=mail)
    assert [message.text.splitlines()[2] for message in mail.sent] == ["1 thing is open and waits for you."]


def test_mails_that_a_relay_did_not_take_for_weeks_are_one_when_it_does(clock, case, ana, omar):
    makers.make_follow_up(case, by=ana, assignee=omar, due_on=DUE)
    for day in (0, 7, 11, 18, 27):
        at(clock, day)
        notices = OutboxMessage.objects.filter(status="pending", channel="email")
        notices.update(due_at=timezone.now() + timedelta(days=90))
        sending.send_due(open_mail=Remembering())
    at(clock, 42)
    OutboxMessage.objects.filter(status="pending").update(due_at=timezone.now())
    mail = Remembering()
    sending.send_due(open_mail=mail)
    assert sorted(message.to.partition("@")[0] for message in mail.sent) == ["ana", "chloe", "omar"]


# In the words of the day on which it goes out.


def words(clock, case, ana, omar, day):
    makers.make_follow_up(case, by=ana, assignee=omar, due_on=DUE, title="CT")
    at(clock, day)
    _, [mail] = go()
    return mail.subject, Notice.objects.get(user=omar).text, mail


@pytest.mark.parametrize(
    ("day", "subject", "notice"),
    [
        (0, "Coming up on your board", "Coming up: follow-up “CT”, due 12 Jan 2026."),
        (7, "Due today on your board", "Due: follow-up “CT”, due 12 Jan 2026."),
        (9, "Was due 12 Jan on your board", "Due: follow-up “CT”, was due 12 Jan 2026."),
        (42, "Overdue on your board", "Overdue: follow-up “CT”, was due 12 Jan 2026."),
    ],
)
def test_it_is_worded_for_the_day_on_which_it_goes_out(clock, case, ana, omar, day, subject, notice):
    found, text, mail = words(clock, case, ana, omar, day)
    assert found == f"Consilium: {subject}"
    assert text.endswith(notice)
    assert ("which was due 12 Jan 2026, is open" in mail.text) == (day > 7)
    assert mail.sent_on == timezone.now()


def test_a_warning_alone_that_comes_after_its_day_is_no_warning(clock, case, ana, omar):
    """Of what was written when later ones had been withdrawn."""
    makers.make_follow_up(case, by=ana, assignee=omar, due_on=DUE, title="CT")
    Reminder.objects.exclude(kind="lead").update(status="failed")
    OutboxMessage.objects.exclude(reminder__kind="lead").update(status="failed")
    at(clock, 42)
    assert go()[1][0].subject == "Consilium: Overdue on your board"


def test_an_escalation_counts_the_days_to_the_day_it_goes_out(clock, case, ana, omar):
    makers.make_follow_up(case, by=ana, assignee=omar, due_on=DUE)
    at(clock, 42)
    go()
    at(clock, 43)
    go()
    # Overdue since 16 January, and 17 February now.
    assert "Escalated to you as coordinator, 32 days overdue:" in Notice.objects.get(user=ana).text


# News of a plan.


@pytest.fixture
def dissent(case, ana, omar, ravi):
    """Ravi dissents, and with Omar's signature the plan is ready: two pieces of news to who leads the board."""
    makers.require_disciplines(case.board, "medical_oncology", "radiology")
    plan = makers.submit(makers.make_plan(case, by=ana), by=ana)
    seen = {"expected_version": plan.content_version, "expected_hash": plan.content_hash}
    dissent_from_plan(plan, by=ravi, reason="Too early.", **seen)
    makers.sign(plan, by=omar)
    return plan


def test_of_news_that_nobody_was_told_for_weeks_the_newest_names_the_others(clock, dissent, chloe):
    at(clock, 42)
    told, mails = go()
    assert told["chloe"] == 1
    assert "There is news of a plan on the board Northgate, of 5 Jan 2026." in mails[0].text
    assert Notice.objects.get(user=chloe).text.endswith(
        "It is ready to release. That was on 5 Jan 2026. Before that, and not told then: dissent (5 Jan 2026)."
    )


def test_news_of_one_day_is_each_told(clock, dissent):
    at(clock, 0)
    assert go()[0]["chloe"] == 2
    assert not Notice.objects.filter(text__contains="Before that").exists()


def test_a_signature_asked_for_weeks_ago_says_since_when(clock, case, ana, omar):
    makers.require_disciplines(case.board, "medical_oncology")
    makers.submit(makers.make_plan(case, by=ana), by=ana)
    at(clock, 42)
    _, [mail] = go()
    assert "is open and has waited for you since 5 Jan 2026." in mail.text
    assert Notice.objects.get(user=omar).text.endswith("plan 1 waits for your signature since 5 Jan 2026.")
