"""A restored or copied database sends nothing until an administrator has said which one sends."""

import json
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from careplans.models import OutboxMessage, SendingHold
from careplans.outbox import hold, sending, witness
from tests.careplans import makers
from tests.careplans.outbox.mail import Remembering, due_message

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def house(settings, tmp_path):
    """An installation whose mail leaves the house, with a folder of its own."""
    settings.MAIL_TRANSPORT, settings.DATA_DIR = "smtp", tmp_path
    return tmp_path


@pytest.fixture
def row(board, ana):
    return due_message(makers.make_case(board, by=ana), by=ana)


def run():
    mail = Remembering()
    return sending.send_due(open_mail=mail), mail


def fate(row):
    row.refresh_from_db()
    return row.status


def restore():
    """The database as it was before the last rounds."""
    SendingHold.objects.update(counter=0)


def test_the_first_round_makes_this_the_one_that_sends(row, house):
    counts, mail = run()
    assert (counts.held, len(mail.sent)) == (False, 1)
    assert json.loads((house / "sending.json").read_text())["counter"] == 2


def test_a_round_of_another_process_meanwhile_is_no_restored_database(row, monkeypatch):
    run()
    read = hold._row

    def read_while_another_counts():
        seen = read()
        monkeypatch.setattr(hold, "_row", read)
        hold.count_batch()
        return seen

    monkeypatch.setattr(hold, "_row", read_while_another_counts)
    assert hold.may_send()
    assert not read().is_held


def test_a_restored_database_sends_nothing(row, board, ana):
    run()
    restore()
    again = due_message(makers.make_case(board, by=ana, record_number="SYN-2"), by=ana)
    counts, mail = run()
    assert (counts.held, mail.sent, fate(again)) == (True, [], "pending")
    assert SendingHold.objects.get().held_why == "restored"
    assert AuditEvent.objects.filter(action="sending_held", actor=None).count() == 1


def test_a_backup_from_the_middle_of_the_last_round_is_recognised(row):
    class BackedUp(Remembering):
        def commit(self):
            super().commit()
            self.counter = SendingHold.objects.get().counter

    mail = BackedUp()
    sending.send_due(open_mail=mail)
    SendingHold.objects.update(counter=mail.counter)
    assert run()[0].held


def test_a_backup_from_before_a_killed_round_is_recognised(row):
    """The counter moves before anything goes out: a worker killed behind the dot has written it already."""

    class Killed(Remembering):
        def commit(self):
            super().commit()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sending.send_due(open_mail=Killed())
    restore()
    OutboxMessage.objects.update(status="pending", token=None, lease_until=None)
    assert run()[0].held


def test_a_copied_database_sends_nothing(row, settings):
    hold.may_send()
    settings.BASE_URL = "https://staging.hospital.example"
    counts, mail = run()
    assert (counts.held, mail.sent) == (True, [])
    assert SendingHold.objects.get().held_why == "copied"


def test_the_demo_is_never_held(row, settings):
    hold.may_send()
    settings.BASE_URL, settings.MAIL_TRANSPORT = "http://elsewhere", "mailbox"
    assert not run()[0].held


def test_a_witness_that_cannot_be_read_holds_nobody(row, house):
    run()
    (house / "sending.json").write_text("{broken")
    restore()
    assert hold.may_send()


def test_a_host_that_only_looked_is_a_witness_too(row):
    SendingHold.objects.update_or_create(
        pk=1, defaults={"identity": witness.identity(), "server": witness.server(), "counter": 7}
    )
    hold.may_send()
    restore()
    assert not hold.may_send()


def test_released_and_asked_about(row, admin):
    hold.may_send()
    SendingHold.objects.update(server="elsewhere")
    run()
    assert hold.release_sending(by=admin, note="The old one is switched off.", resend=True) == 1
    assert fate(row) == "claimed"
    OutboxMessage.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    _, mail = run()
    row.refresh_from_db()
    assert (len(mail.sent), row.status, row.ambiguous) == (1, "sent", 1)


def test_released_and_taken_as_sent(row, admin):
    hold.may_send()
    SendingHold.objects.update(server="elsewhere")
    run()
    hold.release_sending(by=admin, note="The mails went out from the old one.", resend=False)
    _, mail = run()
    assert (mail.sent, fate(row)) == ([], "cancelled")
    assert AuditEvent.objects.filter(action="sending_released", actor=admin).exists()


def test_after_a_release_the_same_database_sends_on(row, board, ana, admin):
    run()
    restore()
    run()
    hold.release_sending(by=admin, note="Restored on purpose.", resend=True)
    again = due_message(makers.make_case(board, by=ana, record_number="SYN-2"), by=ana)
    assert not run()[0].held
    assert fate(again) == "sent"


def test_an_administrator_holds_by_hand_and_nothing_is_lost(row, admin):
    hold.hold_sending(by=admin, note="Moving the database.")
    assert run()[0].held
    hold.release_sending(by=admin, note="Moved.", resend=True)
    assert len(run()[1].sent) == 1


@pytest.mark.parametrize("who", ["ana", "chloe", "edda"])
def test_nobody_else_holds_or_releases(who, request):
    user = request.getfixturevalue(who)
    with pytest.raises(PermissionDenied):
        hold.hold_sending(by=user, note="-")
    with pytest.raises(PermissionDenied):
        hold.release_sending(by=user, note="-", resend=True)


def test_it_is_said_why(admin):
    with pytest.raises(ValidationError, match="Say why"):
        hold.hold_sending(by=admin, note=" ")
    with pytest.raises(ValidationError, match="Say what you checked"):
        hold.release_sending(by=admin, note="", resend=True)


def test_the_page_holds_and_releases(admin):
    client = Client()
    client.force_login(admin)
    client.post(reverse("careplans:operations_hold"), {"note": "Moving."})
    assert "Moving." in client.get(reverse("careplans:operations")).content.decode()
    refused = client.post(reverse("careplans:operations_release"), {"note": "Moved."})
    assert refused.status_code == 400
    assert "Moved." in refused.content.decode()
    client.post(reverse("careplans:operations_release"), {"note": "Moved.", "resend": "yes"})
    assert not SendingHold.objects.get().is_held


def test_health_says_that_it_is_held(client, admin):
    hold.hold_sending(by=admin, note="Moving.")
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()["sending"]) == (503, "held")
    assert answer.json()["problems"] == ["Sending is held: An administrator holds it."]
