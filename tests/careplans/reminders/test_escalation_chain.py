"""Who is told when something stays overdue, and what a change of the board's settings does to what lies ahead."""

from datetime import date, time, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Board, Membership, Notice
from accounts.services.boards import change_board
from careplans.models import FollowUp, OutboxMessage, Reminder
from careplans.outbox import sending
from careplans.reminders.requests import snooze
from careplans.reminders.retime import CHANGED, retime_boards
from tests.careplans import makers
from tests.careplans.outbox.mail import Remembering
from tests.careplans.outbox.test_claims import at_once

DUE = date(2026, 4, 1)


@pytest.fixture(autouse=True)
def on_a_monday(request):
    if "transactional_db" in request.fixturenames:
        yield  # threads meet at the real clock
        return
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False):
        yield


@pytest.fixture
def case(board, ana, chloe):
    Board.objects.filter(pk=board.pk).update(
        time_zone="Europe/Berlin", lead_days=7, grace_days=3, escalate_days=5, chair_days=9
    )
    board.refresh_from_db()
    return makers.make_case(board, by=ana)


def days(follow_up, recipient=None, status="scheduled"):
    rows = Reminder.objects.filter(follow_up=follow_up, status=status)
    rows = rows if recipient is None else rows.filter(recipient=recipient)
    return [(row.kind, row.local_day) for row in rows.order_by("local_day", "pk")]


def change(board, by, **fields):
    board.refresh_from_db()
    change_board(board, by=by, expected_version=board.version, fields=fields, requirements=[])


pytestmark = pytest.mark.django_db


def test_the_coordinator_is_told_then_the_chair(case, ana, chloe, omar):
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar, due_on=DUE)
    assert days(follow_up, ana) == [("escalation", date(2026, 4, 10))]
    assert days(follow_up, chloe) == [("escalation", date(2026, 4, 19))]


def test_without_further_days_the_chair_is_not_told(case, board, ana, chloe, omar):
    Board.objects.filter(pk=board.pk).update(chair_days=None)
    case.board.refresh_from_db()
    assert days(makers.make_follow_up(case, by=ana, assignee=omar, due_on=DUE), chloe) == []


def test_a_chair_who_stands_in_for_the_coordinator_is_told_once(case, ana, chloe, omar):
    Membership.objects.filter(user=ana).update(role="member", discipline="surgery")
    follow_up = makers.make_follow_up(case, by=omar, assignee=omar, due_on=DUE)
    assert days(follow_up, chloe) == [("escalation", date(2026, 4, 10))]


def test_an_escalation_says_to_whom_and_why(case, ana, chloe, omar):
    makers.make_follow_up(case, by=ana, assignee=omar, due_on=DUE)
    OutboxMessage.objects.filter(reminder__kind="escalation").update(due_at=timezone.now())
    sending.send_due(open_mail=Remembering())
    texts = {notice.user.name: notice.text for notice in Notice.objects.filter(kind="escalation")}
    assert texts["Ana Coordinator"].startswith(
        "Ashdown, Synthetic. Escalated to you as coordinator, 5 days overdue: follow-up"
    )
    assert texts["Chloe Chair"].startswith("Ashdown, Synthetic. Escalated to you as chair, 14 days overdue: follow-up")
    assert texts["Chloe Chair"].endswith("Responsible: Omar Oncologist.")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"lead_days": 14}, ("lead", date(2026, 3, 18))),
        ({"lead_days": 2}, ("lead", date(2026, 3, 30))),
        ({"escalate_days": 20}, ("escalation", date(2026, 4, 25))),
        ({"chair_days": 1}, ("escalation", date(2026, 4, 11))),
    ],
)
def test_other_settings_move_what_lies_ahead(case, board, ana, omar, fields, expected):
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar, due_on=DUE)
    before = Reminder.objects.count()
    change(board, ana, **fields)
    assert retime_boards() == 1
    assert expected in days(follow_up)
    assert Reminder.objects.count() == before


def test_grace_moves_the_overdue_day_of_a_step(case, board, ana, chloe):
    plan = makers.make_active_plan(case, by=ana, chair=chloe)
    step = plan.steps.get()
    change(board, ana, grace_days=10)
    retime_boards()
    row = Reminder.objects.get(step=step, kind="overdue", status="scheduled")
    assert row.local_day == step.due_on + timedelta(days=11)


def test_another_hour_and_zone_move_the_instant_of_both_channels(case, board, ana, omar):
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar, due_on=DUE)
    change(board, ana, reminder_time=time(6, 30), time_zone="Asia/Tokyo")
    retime_boards()
    due = Reminder.objects.get(follow_up=follow_up, kind="due")
    assert due.due_at.isoformat() == "2026-03-31T21:30:00+00:00"
    assert {row.due_at for row in due.messages.all()} == {due.due_at}


def test_a_warning_that_is_switched_off_is_withdrawn_and_comes_back(case, board, ana, omar):
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar, due_on=DUE)
    change(board, ana, lead_days=0)
    retime_boards()
    assert Reminder.objects.get(kind="lead").cancel_reason == CHANGED
    change(board, ana, lead_days=3)
    retime_boards()
    assert ("lead", date(2026, 3, 29)) in days(follow_up, omar)


def test_a_chair_newly_in_the_chain_is_told_even_of_what_is_long_overdue(case, board, ana, chloe, omar):
    change(board, ana, chair_days=None)
    case.board.refresh_from_db()
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar, due_on=date(2026, 1, 5))
    OutboxMessage.objects.update(due_at=timezone.now())
    sending.send_due(open_mail=Remembering())
    change(board, ana, chair_days=2)
    retime_boards()
    [row] = Reminder.objects.filter(follow_up=follow_up, recipient=chloe)
    assert (row.kind, row.due_at) == ("escalation", timezone.now())


def test_what_went_out_is_not_told_again(case, board, ana, omar):
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar, due_on=date(2026, 3, 4))
    assert days(follow_up, omar)[0][0] == "lead"
    OutboxMessage.objects.filter(reminder__kind="lead").update(due_at=timezone.now())
    sending.send_due(open_mail=Remembering())
    change(board, ana, lead_days=1)
    retime_boards()
    assert Reminder.objects.filter(follow_up=follow_up, kind="lead").count() == 1


def test_what_was_put_off_stays_put_off(case, board, ana, omar):
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar, due_on=DUE)
    snooze(follow_up, by=omar, until=date(2026, 4, 3), reason="the scan is booked")
    change(board, ana, lead_days=3, reminder_time=time(9, 0))
    retime_boards()
    assert days(follow_up, omar) == [("snoozed", date(2026, 4, 3)), ("overdue", date(2026, 4, 5))]
    assert Reminder.objects.get(kind="snoozed").local_time == time(9, 0)


def test_a_name_moves_nothing(case, board, ana):
    makers.make_follow_up(case, by=ana, due_on=DUE)
    change(board, ana, name="Northgate NET board")
    assert retime_boards() == 0


def test_looking_again_moves_nothing(case, board, ana):
    makers.make_follow_up(case, by=ana, due_on=DUE)
    change(board, ana, lead_days=3)
    assert [retime_boards(), retime_boards()] == [1, 0]


def test_so_many_at_a_time(case, board, ana):
    for _ in range(3):
        makers.make_follow_up(case, by=ana, due_on=DUE)
    change(board, ana, lead_days=3)
    assert [retime_boards(2), retime_boards(2), retime_boards(2)] == [2, 1, 0]


def test_what_was_written_meanwhile_for_older_settings_follows(case, board, ana):
    stale = Board.objects.get(pk=board.pk)
    change(board, ana, lead_days=3)
    case.board = stale
    follow_up = makers.make_follow_up(case, by=ana, due_on=DUE)
    assert ("lead", date(2026, 3, 25)) in days(follow_up)
    retime_boards()
    assert ("lead", date(2026, 3, 29)) in days(follow_up)


def test_what_a_worker_holds_goes_out_as_it_was(case, board, ana, omar):
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar, due_on=DUE)
    now = timezone.now()
    Reminder.objects.filter(kind="lead").update(due_at=now)
    OutboxMessage.objects.filter(reminder__kind="lead").update(due_at=now)
    held = sending.claim(2)
    change(board, ana, lead_days=3)
    retime_boards()
    assert len(held) == 2
    assert ("lead", date(2026, 3, 25)) in days(follow_up)


def test_a_settled_one_is_left_alone(case, board, ana):
    follow_up = makers.make_follow_up(case, by=ana, due_on=DUE)
    FollowUp.objects.filter(pk=follow_up.pk).update(status="cancelled", reason="-")
    change(board, ana, lead_days=3)
    assert retime_boards() == 0


def test_more_than_ninety_days_are_refused(board, ana):
    with pytest.raises(ValidationError):
        Board(name="x", chair_days=91).full_clean()


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_write_each_missing_one_once(transactional_db, board, ana, chloe, omar):
    case = makers.make_case(board, by=ana)
    rows = [makers.make_follow_up(case, by=ana, assignee=omar) for _ in range(5)]
    change(board, ana, chair_days=5)
    assert sum(at_once(retime_boards)) == 5
    told = Reminder.objects.filter(recipient=chloe, status="scheduled")
    assert sorted(told.values_list("follow_up", flat=True)) == [row.pk for row in rows]
