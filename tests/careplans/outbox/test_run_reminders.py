"""The loop without a broker: reminders first, and no bad row and no chore keeps the others from their turn."""

import signal
from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.utils import timezone

from accounts.models import Board, Limit, Sent, Typed
from careplans import tasks
from careplans.chores import CHORES, Chore
from careplans.management.commands import run_reminders
from careplans.models import FollowUp, Heartbeat, OutboxMessage, Reminder
from careplans.outbox import sending, settle, sweeper
from careplans.outbox.relays import NoRelay
from careplans.reminders import nothing_ahead, retime
from common.going_on import each
from config.celery import app
from tests import factories
from tests.careplans import makers
from tests.careplans.outbox.mail import due_message

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture(autouse=True)
def signals():
    """As they were, for whoever runs the tests."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def once():
    out = StringIO()
    call_command("run_reminders", "--once", stdout=out)
    return out.getvalue()


def stumble(*_):
    raise IntegrityError("Ashdown, Synthetic")


def test_it_delivers_before_it_does_anything_else(case, ana, monkeypatch):
    row = due_message(case, by=ana)
    seen = []

    def look():
        seen.append(OutboxMessage.objects.get(pk=row.pk).status)

    monkeypatch.setattr(run_reminders, "CHORES", {"look": (Chore(look),)})
    once()
    assert seen == ["sent"]


def test_a_chore_that_stumbles_stops_neither_reminders_nor_the_others(case, ana, monkeypatch, caplog):
    row, done = due_message(case, by=ana), []
    monkeypatch.setattr(run_reminders, "CHORES", {"both": (Chore(stumble), Chore(lambda: done.append(1)))})
    with pytest.raises(CommandError, match="Not done, and to be tried again by the next run: stumble"):
        once()
    assert (OutboxMessage.objects.get(pk=row.pk).status, done) == ("sent", [1])
    assert "Ashdown" not in caplog.text


def test_the_loop_goes_on_when_even_the_sending_stumbles(monkeypatch):
    rounds = []

    def send_due():
        rounds.append(1)
        if len(rounds) > 2:
            signal.raise_signal(signal.SIGTERM)
        raise IntegrityError("-")

    monkeypatch.setattr(sending, "send_due", send_due)
    monkeypatch.setattr(run_reminders.shutdown, "stop", lambda: None)
    monkeypatch.setattr(run_reminders, "close_old_connections", lambda: None)
    call_command("run_reminders", "--every", "0")
    assert len(rounds) == 3
    assert Heartbeat.objects.filter(name="loop").exists()


def test_what_a_chore_writes_for_now_goes_out_in_the_same_run(case, ana, monkeypatch):
    made = []
    write = Chore(lambda: made or made.append(due_message(case, by=ana)))
    monkeypatch.setattr(run_reminders, "CHORES", {"write": (write,)})
    assert "sent 1" in once()


def test_each_goes_on_after_one_that_stumbles():
    def halve(number):
        if number == 3:
            stumble()
        return number // 2

    assert each(halve, [2, 3, 4], "not halved") == 3


def test_one_bad_follow_up_keeps_none_from_being_retimed(case, board, ana, monkeypatch):
    rows = [makers.make_follow_up(case, by=ana) for _ in range(3)]
    Board.objects.filter(pk=board.pk).update(timing=2)
    real = retime._retime
    monkeypatch.setattr(retime, "_retime", lambda one, board: stumble() if one.pk == rows[0].pk else real(one, board))
    assert retime.retime_boards() == 2
    assert list(FollowUp.objects.filter(timing_version=1)) == [rows[0]]


def test_one_bad_board_keeps_none_from_being_told(board, monkeypatch):
    other = factories.make_board("Zealand")
    told = []
    monkeypatch.setattr(
        nothing_ahead, "answering", lambda one: stumble() if one.pk == board.pk else told.append(one) or []
    )
    nothing_ahead.tell_nothing_ahead()
    assert told == [other]


def test_one_bad_row_that_a_dead_worker_left_stops_nothing(case, ana, monkeypatch):
    bad, good = due_message(case, by=ana), due_message(case, by=ana)
    past = timezone.now()
    OutboxMessage.objects.filter(pk=bad.pk).update(
        status="claimed", token="0" * 32, lease_until=past, attempts=sweeper.MAX_ATTEMPTS
    )
    monkeypatch.setattr(sweeper, "_give_up", stumble)
    sweeper.sweep(NoRelay())
    once()
    assert OutboxMessage.objects.get(pk=good.pk).status == "sent"


def test_one_reminder_that_cannot_be_mended_stops_nothing(case, ana, monkeypatch):
    for _ in range(2):
        OutboxMessage.objects.filter(pk=due_message(case, by=ana).pk).update(status="sent", sent_at=timezone.now())
    Reminder.objects.update(due_at=timezone.now() - settle.LEFT_BEHIND * 2)
    real, first = settle.update_status_from_channels, Reminder.objects.order_by("due_at").first().pk
    monkeypatch.setattr(settle, "update_status_from_channels", lambda pk: stumble() if pk == first else real(pk))
    settle.mend_reminders()
    assert list(Reminder.objects.scheduled().values_list("pk", flat=True)) == [first]


def test_beat_asks_for_every_chore_and_for_nothing_that_no_task_does():
    asked = {entry["task"].rpartition(".")[2] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert asked == {"send_due", "work_rule_runs", "work_exports", "refresh_summaries", *CHORES}
    app.loader.import_default_modules()
    assert {f"careplans.tasks.{name}" for name in asked} <= set(app.tasks)


@pytest.mark.parametrize("rounds", [lambda: tasks.do_chores("forget_what_ended"), lambda: once()])
def test_with_a_broker_and_without_one_nothing_is_kept_longer_than_promised(ana, rounds):
    long_ago = timezone.now() - timedelta(days=40)
    Typed.objects.create(person=ana, content="sealed", at=long_ago)
    Sent.objects.create(person=ana, key="k", body="b", at=long_ago)
    Limit.objects.create(key="k", tries=[], forget_at=long_ago)
    rounds()
    assert [Typed.objects.count(), Sent.objects.count(), Limit.objects.count()] == [0, 0, 0]


def test_a_chore_of_a_task_that_stumbles_does_not_stop_the_next(monkeypatch):
    done = []
    monkeypatch.setitem(CHORES, "forget_what_ended", (Chore(stumble), Chore(lambda: done.append(1))))
    tasks.do_chores("forget_what_ended")
    assert done == [1]


def test_a_task_goes_on_while_there_is_more(monkeypatch):
    left = [2, 2, 1, 0]
    monkeypatch.setitem(CHORES, "retime_boards", (Chore(lambda: left.pop(0), 2),))
    tasks.do_chores("retime_boards")
    assert left == [0]


@pytest.mark.parametrize("name", [*CHORES])
def test_every_chore_is_done_without_a_stumble(name, caplog):
    tasks.do_chores(name)
    assert "stumbled" not in caplog.text
