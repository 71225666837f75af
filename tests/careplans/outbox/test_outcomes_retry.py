"""What a refusal means, by its code and by what was refused, and what is done about it."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from careplans.models import OutboxMessage, Reminder
from careplans.outbox import sending
from careplans.outbox.smtp import TransportError, Trouble, trouble_of
from tests.careplans import makers
from tests.careplans.outbox.mail import Remembering, due_message

A, M, R, B = Trouble.ADDRESS, Trouble.MESSAGE, Trouble.RELAY, Trouble.BUSY


@pytest.mark.parametrize(
    ("code", "refused", "trouble"),
    [
        (421, A, R), (450, A, B), (451, M, B), (452, A, B), (454, R, B),
        (530, R, R), (535, R, R), (538, A, R),
        (500, M, M), (501, A, A), (503, M, M), (550, A, A), (550, R, R), (552, M, M), (553, A, A), (554, M, M),
        (299, A, B), (0, M, B),
    ],
)  # fmt: skip
def test_every_class_of_code(code, refused, trouble):
    assert trouble_of(code, refused) == trouble


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


def run(mail):
    return sending.send_due(open_mail=mail)


def fresh(row):
    row.refresh_from_db()
    return row


@pytest.mark.django_db
@pytest.mark.parametrize("trouble", [A, M])
def test_what_is_of_no_use_to_try_again_fails_at_once(case, ana, trouble):
    row = due_message(case, by=ana)
    run(Remembering(early=TransportError("550", trouble)))
    assert fresh(row).status == "failed"
    assert Reminder.objects.get(pk=row.reminder_id).status == "failed"


@pytest.mark.django_db
def test_what_is_busy_is_tried_again_with_growing_pauses(case, ana):
    row, pauses = due_message(case, by=ana), []
    for _ in range(3):
        OutboxMessage.objects.update(due_at=timezone.now())
        run(Remembering(early=TransportError("451", B)))
        pauses.append(round((fresh(row).due_at - timezone.now()).total_seconds(), -1))
    assert (pauses, row.attempts, row.status) == ([30, 60, 120], 3, "pending")


@pytest.mark.django_db
@pytest.mark.parametrize("at", ["early", "refusal"])
def test_a_relay_that_takes_nothing_costs_nobody_an_attempt(case, ana, omar, at):
    rows = [due_message(case, by=ana), due_message(case, by=ana, to=omar)]
    run(Remembering(**{at: TransportError("421", R)}))
    for row in map(fresh, rows):
        assert (row.status, row.attempts, row.marked_at) == ("pending", 0, None)
        assert timedelta(seconds=50) < row.due_at - timezone.now() < timedelta(seconds=70)


@pytest.mark.django_db
def test_it_is_asked_once_and_not_for_every_mail(case, ana):
    for _ in range(5):
        due_message(case, by=ana)

    class Counting(Remembering):
        tries = 0

        def prepare(self, message):
            Counting.tries += 1
            raise TransportError("421", R)

    run(Counting())
    assert Counting.tries == 1


@pytest.mark.django_db
def test_notices_in_the_app_do_not_wait_for_the_relay(case, ana, omar):
    mail, notice = due_message(case, by=ana), due_message(case, by=ana, to=omar, channel="in_app")
    down = Remembering(early=TransportError("no connection", R))
    run(down)
    run(down)
    assert (fresh(mail).status, fresh(notice).status) == ("pending", "sent")


@pytest.mark.django_db
def test_what_somebody_waits_for_passes_a_backlog(case, ana):
    backlog = [due_message(case, by=ana) for _ in range(6)]
    urgent = due_message(case, by=ana)
    OutboxMessage.objects.filter(pk=urgent.pk).update(is_urgent=True, due_at=timezone.now())
    OutboxMessage.objects.exclude(pk=urgent.pk).update(due_at=timezone.now() - timedelta(hours=1))
    sending.send_due(2, open_mail=Remembering())
    states = [fresh(row).status for row in backlog]
    assert (fresh(urgent).status, states.count("sent")) == ("sent", 1)


@pytest.mark.django_db(transaction=True)
def test_lanes_send_each_mail_once(case, ana, settings):
    settings.REMINDER_LANES = 4
    for _ in range(40):
        due_message(case, by=ana)
    made = []

    def open_mail():
        made.append(Remembering())
        return made[-1]

    assert sending.send_due(open_mail=open_mail).sent == 40
    sent = [mail.message_id for transport in made for mail in transport.sent]
    assert len(sent) == len(set(sent)) == 40


@pytest.mark.django_db(transaction=True)
def test_a_lane_that_loses_the_database_tells_its_round(case, ana, settings, monkeypatch):
    settings.REMINDER_LANES = 4
    rows = [due_message(case, by=ana) for _ in range(40)]

    def gone(row, headers):
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(sending, "mail_for", gone)
    with pytest.raises(OperationalError):
        sending.send_due(open_mail=Remembering())
    assert all(fresh(row).status in ("pending", "claimed") for row in rows)
