"""Which reminders are written with a step or follow-up, for which day, and what puts them off."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import Board
from careplans.models import Event, OutboxMessage, Reminder
from careplans.reminders import escalation, requests
from careplans.services.followups import change_follow_up
from tests.careplans import makers
from tests.factories import join, make_user

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def on_a_monday():
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False):
        yield


@pytest.fixture
def case(board, ana):
    Board.objects.filter(pk=board.pk).update(
        time_zone="Europe/Berlin", lead_days=7, grace_days=3, escalate_days=5, reminder_time="08:00"
    )
    board.refresh_from_db()
    return makers.make_case(board, by=ana)


def days(follow_up, **filters):
    rows = Reminder.objects.filter(follow_up=follow_up, status="scheduled", **filters)
    return [(row.kind, row.local_day) for row in rows.order_by("local_day", "pk")]


def test_warning_due_overdue_and_escalation(case, ana, omar):
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar, due_on=date(2026, 4, 1))
    assert days(follow_up, recipient=omar) == [
        ("lead", date(2026, 3, 25)), ("due", date(2026, 4, 1)), ("overdue", date(2026, 4, 5)),
    ]  # fmt: skip
    assert days(follow_up, recipient=ana) == [("escalation", date(2026, 4, 10))]


def test_they_go_out_at_the_boards_own_hour(case, ana):
    follow_up = makers.make_follow_up(case, by=ana, due_on=date(2026, 4, 1))
    hours = {row.kind: row.due_at.isoformat() for row in Reminder.objects.filter(follow_up=follow_up)}
    # Berlin's clocks went forward on 29 March, between the two.
    assert hours["lead"] == "2026-03-25T07:00:00+00:00"
    assert hours["due"] == "2026-04-01T06:00:00+00:00"


def test_each_has_one_delivery_per_channel(case, ana):
    follow_up = makers.make_follow_up(case, by=ana)
    for reminder in Reminder.objects.filter(follow_up=follow_up):
        assert sorted(reminder.messages.values_list("channel", flat=True)) == ["email", "in_app"]


def test_of_what_lies_in_the_past_only_the_latest_is_told(case, ana, omar):
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar, due_on=date(2026, 1, 5))
    assert days(follow_up, recipient=omar) == [("overdue", date(2026, 1, 9))]


def test_no_warning_on_a_board_that_wants_none(case, board, ana):
    Board.objects.filter(pk=board.pk).update(lead_days=0)
    case.board.refresh_from_db()
    assert "lead" not in dict(days(makers.make_follow_up(case, by=ana, due_on=date(2026, 4, 1))))


def test_the_chair_is_told_where_there_is_no_coordinator(other_board):
    chair = make_user("c@southbank.example", "Cora Chair")
    join(chair, other_board, "chair", "surgery")
    assert escalation.coordinators(other_board) == [chair.pk]


def test_moving_it_replaces_them_and_keeps_the_numbers_apart(case, ana):
    follow_up = makers.make_follow_up(case, by=ana, due_on=date(2026, 4, 1))
    change_follow_up(follow_up, by=ana, expected_version=1, reason="scanner", due_on=date(2026, 5, 1))
    assert [day for kind, day in days(follow_up) if kind == "due"] == [date(2026, 5, 1)]
    keys = OutboxMessage.objects.values_list("dedupe_key", flat=True)
    assert len(keys) == len(set(keys)) == 16
    old = OutboxMessage.objects.filter(reminder__status="cancelled")
    assert set(old.values_list("status", flat=True)) == {"cancelled"}


def snooze(follow_up, by, until=date(2026, 4, 3), reason="the scan is booked"):
    requests.snooze(follow_up, by=by, until=until, reason=reason)


def test_put_off_until_a_day(case, ana, omar):
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar, due_on=date(2026, 4, 1))
    snooze(follow_up, omar)
    assert days(follow_up, recipient=omar) == [("snoozed", date(2026, 4, 3)), ("overdue", date(2026, 4, 5))]
    assert Event.objects.get(kind="reminder_put_off").reason == "the scan is booked"


def test_the_coordinator_is_told_all_the_same(case, ana, omar):
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar, due_on=date(2026, 4, 1))
    snooze(follow_up, omar, until=date(2026, 5, 20))
    assert days(follow_up, recipient=ana) == [("escalation", date(2026, 4, 10))]


def test_a_coordinator_cannot_put_off_the_escalation_of_their_own(case, ana):
    follow_up = makers.make_follow_up(case, by=ana, due_on=date(2026, 4, 1))
    snooze(follow_up, ana, until=date(2026, 5, 20))
    assert ("escalation", date(2026, 4, 10)) in days(follow_up, recipient=ana)


def test_it_can_be_put_off_again(case, ana):
    follow_up = makers.make_follow_up(case, by=ana, due_on=date(2026, 4, 1))
    snooze(follow_up, ana)
    snooze(follow_up, ana, until=date(2026, 4, 20))
    assert [day for kind, day in days(follow_up) if kind == "snoozed"] == [date(2026, 4, 20)]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": " "}, "Give a reason"),
        ({"until": TODAY}, "after today"),
        ({"until": TODAY - timedelta(days=1)}, "after"),
        ({"until": TODAY + timedelta(days=91)}, "Choose a day until 31 May 2026"),
        ({"until": date.max}, "Choose a day until"),
    ],
)
def test_it_is_refused_without_reason_or_day(case, ana, changes, sentence):
    follow_up = makers.make_follow_up(case, by=ana)
    with pytest.raises(ValidationError, match=sentence):
        snooze(follow_up, ana, **changes)


def test_only_the_person_responsible_puts_it_off(case, ana, omar, nina):
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar)
    with pytest.raises(ValidationError, match="Only the person responsible"):
        snooze(follow_up, ana)
    with pytest.raises(PermissionDenied):
        snooze(follow_up, nina)
