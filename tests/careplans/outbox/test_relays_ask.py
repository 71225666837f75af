"""Relay look-ups against logs and answers as their documentation describes them; and what the sweeper makes of them."""

import threading
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import unquote

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from careplans.models import OutboxMessage
from careplans.outbox import relays, sending
from careplans.outbox.messages import message_id
from careplans.outbox.relays import Answer, EximLog, HttpApi, IdempotencyKey, NoRelay, PostfixLog
from careplans.outbox.sweeper import ASK_FOR, MAX_ATTEMPTS, sweep
from tests.careplans import makers
from tests.careplans.outbox.mail import Remembering, due_message

# The day after the log below begins, and so long ago that no clock's zone puts it before that.
SINCE = datetime(2026, 11, 24, 23, tzinfo=UTC)
MINE = "<reminder.7.1.email.3@consilium.example>"
POSTFIX = """\
Nov 24 08:00:01 relay postfix/smtpd[812]: connect from app[10.0.0.5]
Nov 24 08:00:01 relay postfix/smtpd[812]: 4F1A2B3C: client=app[10.0.0.5]
Nov 24 08:00:01 relay postfix/cleanup[815]: 4F1A2B3C: message-id=<reminder.7.1.email.3@consilium.example>
Nov 24 08:00:01 relay postfix/qmgr[600]: 4F1A2B3C: from=<consilium@consilium.example>, size=812, nrcpt=1 (queue active)
Nov 24 08:00:02 relay postfix/smtp[820]: 4F1A2B3C: to=<omar@northgate.example>, relay=mx[10.0.0.9]:25, status=sent (250 OK)
"""
EXIM = (
    "2026-11-24 08:00:01 1tFabc-000123-XY <= consilium@consilium.example H=app [10.0.0.5] P=esmtp S=812 "
    "id=reminder.7.1.email.3@consilium.example\n"
    "2026-11-24 08:00:02 1tFabc-000123-XY => omar@northgate.example R=dnslookup T=remote_smtp H=mx [10.0.0.9]\n"
)


@pytest.mark.parametrize(("kind", "text"), [(PostfixLog, POSTFIX), (EximLog, EXIM)])
def test_a_log_tells_what_was_accepted(tmp_path, kind, text):
    log = tmp_path / "mail.log"
    log.write_text(text)
    assert kind(log).ask(MINE, SINCE) == Answer.ACCEPTED
    assert kind(log).ask("<reminder.7.1.email.33@consilium.example>", SINCE) == Answer.NEVER_SEEN
    assert kind(log).ask("<eminder.7.1.email.3@consilium.example>", SINCE) == Answer.NEVER_SEEN


@pytest.mark.parametrize("kind", [PostfixLog, EximLog])
def test_a_log_that_cannot_be_read_tells_nothing_now(tmp_path, kind):
    assert kind(tmp_path / "missing.log").ask(MINE, SINCE) == Answer.NOT_NOW


@pytest.mark.parametrize(("kind", "text"), [(PostfixLog, POSTFIX), (EximLog, EXIM)])
def test_a_log_that_was_just_rotated_is_read_too(tmp_path, kind, text):
    (tmp_path / "mail.log").write_text("")
    (tmp_path / "mail.log.1").write_text(text)
    assert kind(tmp_path / "mail.log").ask(MINE, SINCE) == Answer.ACCEPTED


def test_postfix_named_it_but_never_queued_it(tmp_path):
    """The line broke before the final dot: cleanup had read the headers, the queue manager never saw the mail."""
    log = tmp_path / "mail.log"
    log.write_text("\n".join(line for line in POSTFIX.splitlines() if "qmgr" not in line))
    assert PostfixLog(log).ask(MINE, SINCE) == Answer.NEVER_SEEN


def test_another_mail_in_the_queue_is_not_mistaken_for_it(tmp_path):
    log = tmp_path / "mail.log"
    log.write_text(POSTFIX.replace("qmgr[600]: 4F1A2B3C", "qmgr[600]: 99999999"))
    assert PostfixLog(log).ask(MINE, SINCE) == Answer.NEVER_SEEN


@contextmanager
def api(statuses):
    """A relay's HTTP API: `statuses` by Message-ID without brackets."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            name = unquote(self.path.rpartition("/")[2])
            asked.append((name, self.headers.get("Authorization")))
            self.send_response(statuses.get(name, 404))
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/messages/{{message_id}}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("status", "answer"),
    [(200, Answer.ACCEPTED), (404, Answer.NEVER_SEEN), (500, Answer.NOT_NOW), (401, Answer.NOT_NOW)],
)
def test_an_api_is_asked_by_the_message_id(status, answer):
    with api({MINE.strip("<>"): status}) as (address, asked):
        assert HttpApi(address, "secret").ask(MINE, timezone.now()) == answer
    assert asked == [(MINE.strip("<>"), "Bearer secret")]


def test_an_api_that_does_not_answer_tells_nothing_now():
    with api({}) as (address, _):
        pass
    assert HttpApi(address).ask(MINE, SINCE) == Answer.NOT_NOW


@pytest.mark.parametrize(
    ("setting", "kind"),
    [
        ("", NoRelay),
        ("postfix:/var/log/mail.log", PostfixLog),
        ("exim:/var/log/exim4/mainlog", EximLog),
        ("https://relay.example/m/{message_id}", HttpApi),
        ("idempotency-key:", IdempotencyKey),
    ],
)
def test_the_setting_names_one(settings, setting, kind):
    settings.RELAY_LOOKUP = setting
    assert type(relays.open_relay()) is kind


@pytest.mark.parametrize("setting", ["sendmail:/x", "postfix:", "https://relay.example/m/", "yes"])
def test_a_setting_that_cannot_be_meant_is_refused(settings, setting):
    settings.RELAY_LOOKUP = setting
    with pytest.raises(ImproperlyConfigured, match="RELAY_LOOKUP must be"):
        relays.open_relay()


@pytest.fixture
def doubtful(board, ana):
    """The dot may have gone out, and the worker died."""
    row = due_message(makers.make_case(board, by=ana), by=ana)
    past = timezone.now() - timedelta(seconds=1)
    held = {"status": "claimed", "token": uuid.uuid4(), "lease_until": past, "marked_at": past, "attempts": 1}
    OutboxMessage.objects.filter(pk=row.pk).update(**held)
    return row


class Saying(NoRelay):
    def __init__(self, answer):
        object.__setattr__(self, "answer", answer)
        object.__setattr__(self, "asked", [])
        object.__setattr__(self, "since", None)

    def ask(self, message_id, since):
        self.asked.append(message_id)
        object.__setattr__(self, "since", since)
        return self.answer


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "status", "ambiguous", "looked_up"),
    [
        (Answer.ACCEPTED, "sent", 0, 1),
        (Answer.NEVER_SEEN, "pending", 0, 1),
        (Answer.HARMLESS, "pending", 0, 1),
        (Answer.UNKNOWN, "pending", 1, 0),
    ],
)
def test_the_sweeper_does_what_the_relay_says(doubtful, answer, status, ambiguous, looked_up):
    relay = Saying(answer)
    assert sweep(relay) == 1
    doubtful.refresh_from_db()
    assert (doubtful.status, doubtful.ambiguous, doubtful.looked_up) == (status, ambiguous, looked_up)
    assert relay.asked == [message_id(doubtful)]


@pytest.mark.django_db
def test_a_relay_that_cannot_be_reached_is_asked_again_after_a_lease(doubtful):
    sweep(Saying(Answer.NOT_NOW))
    doubtful.refresh_from_db()
    assert (doubtful.status, doubtful.ambiguous) == ("claimed", 0)
    silent = Saying(Answer.NOT_NOW)
    assert (sweep(silent), silent.asked) == (0, [])
    OutboxMessage.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    sweep(Saying(Answer.ACCEPTED))
    doubtful.refresh_from_db()
    assert (doubtful.status, doubtful.ambiguous, doubtful.looked_up) == ("sent", 0, 1)


@pytest.mark.django_db
def test_a_relay_that_cannot_be_reached_for_long_holds_nothing_up(doubtful):
    OutboxMessage.objects.update(marked_at=timezone.now() - ASK_FOR - timedelta(seconds=1))
    sweep(Saying(Answer.NOT_NOW))
    doubtful.refresh_from_db()
    assert (doubtful.status, doubtful.ambiguous) == ("pending", 1)


@pytest.mark.django_db
def test_a_relay_that_cannot_be_reached_is_asked_once_and_not_for_each(doubtful, ana):
    other = due_message(doubtful.reminder.case, by=ana)
    past = timezone.now() - timedelta(seconds=1)
    OutboxMessage.objects.filter(pk=other.pk).update(
        status="claimed", token=uuid.uuid4(), lease_until=past, marked_at=past
    )
    relay = Saying(Answer.NOT_NOW)
    sweep(relay)
    assert len(relay.asked) == 1


@pytest.mark.django_db
def test_what_the_relay_accepted_counts_as_delivered(doubtful):
    sweep(Saying(Answer.ACCEPTED))
    doubtful.reminder.refresh_from_db()
    assert doubtful.reminder.status == "delivered"


@pytest.mark.django_db
def test_what_is_certainly_unsent_is_not_asked_about(doubtful):
    OutboxMessage.objects.update(marked_at=None)
    relay = Saying(Answer.ACCEPTED)
    sweep(relay)
    doubtful.refresh_from_db()
    assert (doubtful.status, relay.asked) == ("pending", [])


@pytest.mark.django_db
def test_the_last_attempt_is_asked_about_before_it_is_given_up(doubtful):
    OutboxMessage.objects.update(attempts=MAX_ATTEMPTS)
    sweep(Saying(Answer.ACCEPTED))
    doubtful.refresh_from_db()
    assert doubtful.status == "sent"


@pytest.mark.django_db
def test_the_last_attempt_in_doubt_has_failed_visibly(doubtful):
    OutboxMessage.objects.update(attempts=MAX_ATTEMPTS)
    sweep(Saying(Answer.UNKNOWN))
    doubtful.refresh_from_db()
    assert (doubtful.status, doubtful.ambiguous) == ("failed", 1)


@pytest.mark.django_db
def test_a_mail_carries_its_key_where_the_relay_wants_one(doubtful, settings):
    settings.RELAY_LOOKUP = "idempotency-key:"
    mail = Remembering()
    sending.send_due(open_mail=mail)
    assert mail.sent[0].headers["Idempotency-Key"] == doubtful.dedupe_key
