"""The calendar feed: a secret address, one's own dates, and nothing of a patient."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from accounts.models import AuditEvent, CalendarKey, Membership
from accounts.services.calendars import make_calendar_key, revoke_calendar_key
from careplans.readers.calendar_feed import CalendarDate, as_ical
from careplans.services.followups import change_follow_up
from tests.careplans import makers
from tests.careplans.doors import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def secret(omar):
    return make_calendar_key(omar, by=omar)


def feed(secret, **headers):
    return Client().get(reverse("careplans:calendar", args=[secret]), headers=headers)


def entries(secret):
    return list(Calendar.from_ical(feed(secret).content).walk("VEVENT"))


def test_it_shows_ones_own_follow_up_as_a_day(case, board, ana, omar, secret):
    day = board.today + timedelta(days=30)
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar, kind="cross_sectional", due_on=day)
    makers.make_follow_up(case, by=ana, assignee=ana)
    [entry] = entries(secret)
    assert str(entry["summary"]) == f"Follow-up: CT or MRI, case {case.pk}"
    assert (entry.decoded("dtstart"), entry.decoded("dtend")) == (day, day + timedelta(days=1))
    assert str(entry["uid"]) == f"follow-up-{follow_up.pk}@localhost"
    assert str(entry["url"]).endswith(reverse("careplans:followup", args=[follow_up.pk]))


def test_it_shows_ones_own_step_of_a_plan_in_force(case, ana, chloe, omar, secret):
    plan = makers.make_active_plan(case, by=ana, chair=chloe, owner=omar)
    makers.make_plan(makers.make_case(case.board, by=ana, record_number="SYN-2"), by=ana, owner=omar)
    [entry] = entries(secret)
    assert str(entry["summary"]) == f"Step 1: Other systemic agent, case {plan.case_id}"


def test_no_word_of_the_patient_is_in_it(case, ana, chloe, omar, secret):
    makers.make_active_plan(case, by=ana, chair=chloe, owner=omar)
    makers.make_follow_up(case, by=ana, assignee=omar, title="Ashdown MRI")
    text = feed(secret).content.decode()
    for word in ("Ashdown", "SYN-1", "Synthetic", "Ileal", "1960"):
        assert word not in text


def test_a_moved_one_keeps_its_number_and_counts_up(case, ana, omar, secret):
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar)
    [before] = entries(secret)
    day = follow_up.due_on + timedelta(days=7)
    change_follow_up(follow_up, by=ana, expected_version=1, reason="scanner", due_on=day)
    [after] = entries(secret)
    assert before["uid"] == after["uid"]
    assert (int(before["sequence"]), int(after["sequence"])) == (1, 2)
    assert after.decoded("dtstart") == day


def test_it_is_private_and_says_when_nothing_changed(case, ana, omar, secret):
    makers.make_follow_up(case, by=ana, assignee=omar)
    first = feed(secret)
    assert (first["Cache-Control"], first["Content-Type"]) == ("private", "text/calendar; charset=utf-8")
    again = feed(secret, if_none_match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again["Cache-Control"] == "private"


def test_each_reading_is_audited(case, omar, secret):
    feed(secret)
    event = AuditEvent.objects.get(action="read", subject_type="calendar")
    assert event.actor == omar


def test_only_its_hash_is_kept(omar, secret):
    row = CalendarKey.objects.get(user=omar)
    assert secret not in row.key_hash
    assert not AuditEvent.objects.filter(data__icontains=secret).exists()


def test_revoked_renewed_and_unknown_look_the_same(omar, secret):
    renewed = make_calendar_key(omar, by=omar)
    old, unknown = feed(secret), feed("x" * 43)
    assert (old.status_code, unknown.status_code, feed(renewed).status_code) == (404, 404, 200)
    revoke_calendar_key(omar, by=omar)
    assert feed(renewed).content == old.content == unknown.content
    assert feed(renewed).status_code == 404


@pytest.mark.parametrize("gone", ["deactivated", "on no board"])
def test_who_left_has_no_calendar(omar, secret, gone):
    if gone == "deactivated":
        omar.is_active = False
        omar.save()
    else:
        Membership.objects.filter(user=omar).update(ended_at=timezone.now())
    assert feed(secret).status_code == 404


def test_dates_of_a_board_one_left_are_gone(case, board, other_board, ana, omar, secret):
    makers.make_follow_up(case, by=ana, assignee=omar)
    Membership.objects.create(user=omar, board=other_board, role="member", discipline="surgery")
    Membership.objects.filter(user=omar, board=board).update(ended_at=timezone.now())
    assert entries(secret) == []


def test_nobody_makes_or_revokes_anothers(omar, admin):
    with pytest.raises(PermissionDenied):
        make_calendar_key(omar, by=admin)
    with pytest.raises(PermissionDenied):
        revoke_calendar_key(omar, by=admin)


def test_the_settings_show_the_address_once(omar):
    client = browser(omar)
    shown = client.post(reverse("accounts:calendar_make")).content.decode()
    address = shown.split('spellcheck="false">')[1].split("<")[0]
    assert Client().get(address.removeprefix("http://localhost:8000")).status_code == 200
    assert address not in client.get("/settings/").content.decode()
    client.post(reverse("accounts:calendar_revoke"))
    assert Client().get(address.removeprefix("http://localhost:8000")).status_code == 404


def test_the_settings_say_since_when_it_stands_and_when_it_was_last_used(omar):
    client = browser(omar)
    with time_machine.travel("2026-03-02 09:00", tick=False):
        make_calendar_key(omar, by=omar)
    with time_machine.travel("2026-03-05 10:15", tick=False):
        secret = make_calendar_key(omar, by=omar)
    shown = client.get("/settings/").content.decode()
    assert "You made the address on 5 Mar 2026. No calendar has asked for it yet." in shown
    with time_machine.travel("2026-03-09 06:30", tick=False):
        feed(secret)
    with time_machine.travel("2026-03-10 06:30", tick=False):
        feed("another secret")
    assert "A calendar last asked for it on 9 Mar 2026" in client.get("/settings/").content.decode()


def test_a_new_address_was_not_used_because_an_earlier_one_was(omar):
    feed(make_calendar_key(omar, by=omar))
    make_calendar_key(omar, by=omar)
    assert "No calendar has asked for it yet." in browser(omar).get("/settings/").content.decode()


def test_lines_are_folded_and_escaped():
    one = CalendarDate("step-1", date(2026, 4, 1), "Long, " * 30 + "end; done", "/x/", 1, timezone.now())
    text = as_ical([one])
    assert text.replace(b"\r\n", b"").count(b"\n") == 0
    assert max(len(line) for line in text.split(b"\r\n")) <= 75
    assert b"Long\\, Long" in text.replace(b"\r\n ", b"")
