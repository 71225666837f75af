"""After a restore only what the backup held is in doubt; what is written later is a mail of its own, and goes out."""

import errno
import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from careplans.models import OutboxMessage, Reminder, SendingHold
from careplans.outbox import bounces, hold, sending, witness
from careplans.outbox.messages import message_id
from careplans.outbox.relays import Answer, NoRelay
from tests.careplans import makers
from tests.careplans.api import Api, problem
from tests.careplans.outbox.mail import Remembering, due_message

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def house(settings, tmp_path):
    settings.MAIL_TRANSPORT, settings.DATA_DIR = "smtp", tmp_path
    return tmp_path


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


class Relay(NoRelay):
    """Knows the Message-ID of everything that it took."""

    can_tell = True

    def __init__(self):
        object.__setattr__(self, "taken", set())

    def ask(self, message_id, since):
        return Answer.ACCEPTED if message_id in self.taken else Answer.NEVER_SEEN


def run(monkeypatch=None, relay=None):
    """A round, and another one for what it has put back into the queue. What the relay knows it drops."""
    if relay:
        monkeypatch.setattr(sending, "open_relay", lambda: relay)
    mail = Remembering()
    sending.send_due(open_mail=mail)
    OutboxMessage.objects.filter(status="claimed").update(lease_until=timezone.now() - timedelta(seconds=1))
    counts = sending.send_due(open_mail=mail)
    sent = [each.message_id for each in mail.sent]
    if relay:
        relay.taken.update(sent)
    return counts, sent


def restore(*, to):
    """The database as it was `to` so long ago, a while after the last mail went out."""
    SendingHold.objects.update(counter=0, era="", held_at=None, held_why="", doubt_until=None)
    seen = json.loads(witness.path().read_text())
    witness.path().write_text(json.dumps(seen | {"at": (timezone.now() - timedelta(hours=1)).isoformat()}))
    old = timezone.now() - to
    Reminder.objects.update(created_at=old)


def old_and_sent(case, by):
    row = due_message(case, by=by)
    sending.send_due(open_mail=Remembering())
    return row


@pytest.mark.parametrize("resend", [True, False])
def test_what_is_written_after_the_restore_goes_out_whatever_is_said_of_the_rest(case, ana, admin, resend):
    old_and_sent(case, ana)
    restore(to=timedelta(hours=2))
    rows = [due_message(case, by=ana) for _ in range(5)]
    assert run()[0].held
    hold.release_sending(by=admin, note="Restored.", resend=resend)
    _, sent = run()
    assert [OutboxMessage.objects.get(pk=row.pk).status for row in rows] == ["sent"] * 5
    assert len(sent) == 5


def test_what_the_backup_held_is_in_doubt(case, ana, admin):
    old_and_sent(case, ana)
    row = due_message(case, by=ana)
    restore(to=timedelta(hours=2))
    run()
    assert hold.release_sending(by=admin, note="Restored.", resend=False) == 1
    row.refresh_from_db()
    assert row.status == "cancelled"


def test_a_row_that_bears_the_number_of_a_lost_one_is_another_mail(case, ana, admin, monkeypatch):
    """The relay took the mail of a row that the restore took away. A new row gets its number."""
    relay = Relay()
    lost = due_message(case, by=ana)
    _, [old] = run(monkeypatch, relay)
    restore(to=timedelta(hours=2))
    run(monkeypatch, relay)
    hold.release_sending(by=admin, note="Restored.", resend=True)
    again = due_message(case, by=ana)
    OutboxMessage.objects.filter(pk=lost.pk).update(dedupe_key="away")
    OutboxMessage.objects.filter(pk=again.pk).update(dedupe_key=lost.dedupe_key)
    assert old in relay.taken
    _, [new] = run(monkeypatch, relay)
    assert new != old
    assert OutboxMessage.objects.get(pk=again.pk).status == "sent"


def test_what_is_in_doubt_is_looked_up_and_sent_under_its_old_number(case, ana, admin):
    row = due_message(case, by=ana)
    before = message_id(row)
    hold.may_send()
    SendingHold.objects.update(server="elsewhere")
    hold.may_send()
    hold.release_sending(by=admin, note="Moved.", resend=True)
    _, sent = run()
    assert sent == [before]
    row.refresh_from_db()
    assert (row.ambiguous, row.era) == (1, "")


def test_each_release_begins_an_era_and_a_mail_keeps_the_one_it_began_in(case, ana, admin):
    eras = []
    for _ in range(2):
        hold.hold_sending(by=admin, note="Moving.")
        hold.release_sending(by=admin, note="Moved.", resend=True)
        row = due_message(case, by=ana)
        run()
        eras.append(OutboxMessage.objects.get(pk=row.pk).era)
    assert len(set(eras)) == 2 and all(eras)


def test_what_comes_back_is_found_by_its_era(case, ana, admin):
    hold.hold_sending(by=admin, note="Moving.")
    hold.release_sending(by=admin, note="Moved.", resend=True)
    row = due_message(case, by=ana)
    _, [sent] = run()

    def report(number):
        return (
            "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
            "Reporting-MTA: dns; relay\n\nAction: failed\nStatus: 5.1.1\n\n--b\nContent-Type: text/rfc822-headers\n\n"
            f"Message-ID: {number}\n\n--b--\n"
        ).encode()

    row.refresh_from_db()
    assert bounces.record_notification(report(sent.replace(f".e{row.era}", ""))) is None
    assert bounces.record_notification(report(sent)) == row


def test_a_release_is_not_undone_by_another_host_that_has_seen_more(case, ana, admin, settings, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    run()
    settings.DATA_DIR = other
    witness.path().write_text(json.dumps({"identity": hold._row().server, "counter": 500}))
    run()
    settings.DATA_DIR = tmp_path
    hold.release_sending(by=admin, note="Restored.", resend=True)
    settings.DATA_DIR = other
    assert hold.may_send()


def test_a_backup_that_was_taken_while_held_by_hand_is_noticed(case, ana, admin):
    row = due_message(case, by=ana)
    hold.hold_sending(by=admin, note="Before the backup.")
    seen = {"identity": hold._row().server, "counter": 99, "at": timezone.now().isoformat()}
    witness.path().write_text(json.dumps(seen))
    assert not hold.may_send()
    held = SendingHold.objects.get()
    assert (held.held_why, held.held_note) == ("restored", "Before the backup.")
    assert hold.release_sending(by=admin, note="Restored.", resend=False) == 1
    row.refresh_from_db()
    assert row.status == "cancelled"


@pytest.mark.parametrize("then", ["held", "released"])
def test_a_cursor_of_the_feed_from_before_a_restore_is_refused(case, ana, admin, then):
    old_and_sent(case, ana)
    api = Api(ana)
    old = api.get("/changes/", **{"from": "now"}).json()["cursor"]
    restore(to=timedelta(hours=2))
    if then == "held":
        assert not hold.may_send()
    else:
        hold.hold_sending(by=admin, note="Before the backup.")
        hold.release_sending(by=admin, note="Restored.", resend=False)
    answer = api.get("/changes/", cursor=old)
    assert answer.status_code == 400
    assert "restored since" in problem(answer)


def test_sending_that_was_held_by_hand_alone_leaves_the_cursors_as_they_are(case, ana, admin):
    old_and_sent(case, ana)
    api = Api(ana)
    cursor = api.get("/changes/", **{"from": "now"}).json()["cursor"]
    hold.hold_sending(by=admin, note="The relay moves.")
    hold.release_sending(by=admin, note="It has moved.", resend=False)
    assert api.get("/changes/", cursor=cursor).status_code == 200


def test_hosts_that_spell_the_address_differently_send_from_one_database(monkeypatch):
    """On SQLite there is one host."""
    if connection.vendor == "sqlite":
        pytest.skip("a file has no host")
    assert hold.may_send()
    monkeypatch.setitem(connection.settings_dict, "HOST", "db.hospital.example")
    assert hold.may_send()
    assert not SendingHold.objects.get().is_held


def test_a_row_of_a_program_that_went_by_the_address_is_taken_over():
    SendingHold.objects.create(pk=1, identity=witness.identity())
    assert hold.may_send()
    assert SendingHold.objects.get().server == witness.server()


def test_a_row_of_such_a_program_on_another_host_is_a_copy():
    SendingHold.objects.create(pk=1, identity="elsewhere")
    assert not hold.may_send()
    assert SendingHold.objects.get().held_why == "copied"


@pytest.fixture
def full_disk(house, monkeypatch):
    """Where the witness is written there is no room, and what is there cannot be cleared; the answer is the kernel's own."""
    monkeypatch.setattr(Path, "unlink", lambda path, **_: None)
    (house / f"sending.{os.getpid()}.json").symlink_to("/dev/full")

    def is_full():
        with pytest.raises(OSError) as error, (house / f"sending.{os.getpid()}.json").open("w") as file:
            file.write("x")
            file.flush()
        return error.value.errno == errno.ENOSPC

    assert is_full()


def test_a_full_disk_stops_no_sending_and_is_a_problem(client, case, ana, house, full_disk, caplog):
    due_message(case, by=ana)
    mail = Remembering()
    assert sending.send_due(open_mail=mail).sent == 1
    problems = client.get("/health/").json()["problems"]
    assert [words for words in problems if words.startswith("DATA_DIR cannot be written")]
    assert [record.error for record in caplog.records if record.name == witness.__name__] == ["ENOSPC"]


def test_once_there_is_room_again_it_is_no_problem(client, house, full_disk):
    assert hold.may_send()
    assert not (house / "sending.json").exists()
    os.unlink(house / f"sending.{os.getpid()}.json")
    witness.write(hold._row())
    assert (house / "sending.json").exists()
    assert not [words for words in client.get("/health/").json()["problems"] if "DATA_DIR" in words]


def test_a_full_disk_is_one_entry_in_the_log_and_not_one_for_each_round(house, monkeypatch, caplog):
    def full(content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(witness, "_replace", full)
    for _ in range(3):
        hold.may_send()
    assert len([record for record in caplog.records if record.name == witness.__name__]) == 1


def test_beat_keeps_no_file_that_a_full_disk_could_break():
    assert django_settings.CELERY_BEAT_SCHEDULER == "celery.beat:Scheduler"
