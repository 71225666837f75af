"""A deploy ends a process in the middle of a batch: nothing is held back, nothing is counted as tried."""

import signal

import pytest
from django.core.management import call_command
from django.db import OperationalError

from careplans.management.commands import run_reminders
from careplans.models import OutboxMessage
from careplans.outbox import batch, sending, shutdown
from tests.careplans import makers
from tests.careplans.outbox.mail import Remembering, due_message
from tests.patience import IDLE_SECONDS


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def signals():
    """The handlers of this process, as they were."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.django_db
def test_who_is_to_end_sends_the_mail_in_hand_and_gives_back_the_rest(case, ana, monkeypatch):
    rows = [due_message(case, by=ana) for _ in range(3)]
    mail = Remembering()
    monkeypatch.setattr(batch, "is_stopping", lambda: bool(mail.sent))
    assert sending.send_due(open_mail=mail).sent == 1
    states = sorted(
        OutboxMessage.objects.filter(pk__in=[r.pk for r in rows]).values_list("status", "attempts", "token")
    )
    assert states[:2] == [("pending", 0, None), ("pending", 0, None)]
    assert states[2][0] == "sent"


def test_a_child_of_a_worker_sees_that_its_parent_is_to_end(monkeypatch):
    import multiprocessing
    from multiprocessing.sharedctypes import RawValue

    monkeypatch.setattr(shutdown, "_stopping", RawValue("b", 0))
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe()

    def child():
        theirs.recv()
        theirs.send(shutdown.is_stopping())

    process = fork.Process(target=child)
    process.start()
    shutdown.stop()
    ours.send("look")
    assert ours.poll(IDLE_SECONDS)
    assert ours.recv() is True
    process.join(IDLE_SECONDS)


@pytest.mark.django_db
def test_the_loop_outlives_a_database_that_is_away(monkeypatch, signals):
    batch = []

    def send_due():
        batch.append(len(batch))
        if len(batch) == 1:
            raise OperationalError("server closed the connection unexpectedly")
        signal.raise_signal(signal.SIGTERM)
        return sending.RunCounts()

    monkeypatch.setattr(sending, "send_due", send_due)
    monkeypatch.setattr(shutdown, "stop", lambda: None)
    monkeypatch.setattr(run_reminders, "close_old_connections", lambda: None)
    call_command("run_reminders", "--every", "0")
    assert batch == [0, 1]


@pytest.mark.django_db
def test_a_cron_job_says_that_the_database_is_away(monkeypatch, signals):
    def send_due():
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(sending, "send_due", send_due)
    with pytest.raises(OperationalError):
        call_command("run_reminders", "--once")
