"""A look-up that does not reach back to when a mail may have gone out knows nothing of it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from careplans.models import OutboxMessage
from careplans.outbox import hold, relays
from careplans.outbox.relays import Answer, EximLog, HttpApi, IdempotencyKey, PostfixLog
from careplans.outbox.sweeper import sweep
from tests.careplans.outbox.test_relays_ask import EXIM, MINE, POSTFIX, SINCE, Saying, api, doubtful  # noqa: F401

NOT_MINE = MINE.replace("reminder.7", "reminder.8")
ISO = POSTFIX.replace("Nov 24 08:00:0", "2026-11-24T08:00:0").replace(" relay postfix", "+01:00 relay postfix")


@pytest.mark.parametrize(("kind", "text"), [(PostfixLog, POSTFIX), (PostfixLog, ISO), (EximLog, EXIM)])
def test_a_log_that_begins_later_does_not_know(tmp_path, kind, text):
    log = tmp_path / "mail.log"
    log.write_text(text)
    assert kind(log).ask(NOT_MINE, datetime(2026, 11, 24, 6, 59, tzinfo=UTC)) == Answer.UNKNOWN
    assert kind(log).ask(NOT_MINE, SINCE) == Answer.NEVER_SEEN


@pytest.mark.parametrize(("kind", "text"), [(PostfixLog, POSTFIX), (EximLog, EXIM)])
def test_what_it_holds_was_accepted_however_far_it_reaches(tmp_path, kind, text):
    log = tmp_path / "mail.log"
    log.write_text(text)
    assert kind(log).ask(MINE, datetime(2026, 1, 1, tzinfo=UTC)) == Answer.ACCEPTED


@pytest.mark.parametrize("text", ["", "no time in any line\n"])
@pytest.mark.parametrize("kind", [PostfixLog, EximLog])
def test_a_log_of_which_nobody_knows_when_it_begins_does_not_know(tmp_path, kind, text):
    log = tmp_path / "mail.log"
    log.write_text(text)
    assert kind(log).ask(MINE, SINCE) == Answer.UNKNOWN


def test_a_clock_of_an_unknown_zone_is_believed_by_as_much_less(tmp_path):
    log = tmp_path / "mail.log"
    log.write_text(POSTFIX)
    assert PostfixLog(log).ask(NOT_MINE, datetime(2026, 11, 24, 22, 0, tzinfo=UTC)) == Answer.UNKNOWN
    assert PostfixLog(log).ask(NOT_MINE, datetime(2026, 11, 24, 22, 1, tzinfo=UTC)) == Answer.NEVER_SEEN


def test_the_log_of_december_is_of_last_year_in_january(tmp_path):
    log = tmp_path / "mail.log"
    log.write_text(POSTFIX.replace("Nov 24", "Dec 30"))
    with time_machine.travel("2027-01-02T08:00:00Z", tick=False):
        assert PostfixLog(log).ask(NOT_MINE, timezone.now()) == Answer.NEVER_SEEN
        assert PostfixLog(log).ask(NOT_MINE, datetime(2026, 12, 29, tzinfo=UTC)) == Answer.UNKNOWN


def test_a_log_too_long_to_be_read_whole_reaches_back_to_what_was_read(tmp_path, monkeypatch):
    """The one before it is not what comes before the part that was read."""
    monkeypatch.setattr(relays, "READ_BYTES", 300)
    (tmp_path / "mail.log.1").write_text(ISO.replace("2026-11-24", "2026-11-20"))
    later = ISO.replace("2026-11-24", "2026-11-25")
    (tmp_path / "mail.log").write_text(later)
    asked = PostfixLog(tmp_path / "mail.log")
    assert asked.ask(NOT_MINE, datetime(2026, 11, 24, tzinfo=UTC)) == Answer.UNKNOWN
    assert asked.ask(NOT_MINE, datetime(2026, 11, 26, tzinfo=UTC)) == Answer.NEVER_SEEN


def test_an_api_that_keeps_mails_for_days_does_not_know_of_older_ones(settings):
    settings.RELAY_LOOKUP_DAYS = 3
    with api({}) as (address, _):
        assert HttpApi(address).ask(MINE, timezone.now() - timedelta(days=4)) == Answer.UNKNOWN
        assert HttpApi(address).ask(MINE, timezone.now() - timedelta(days=2)) == Answer.NEVER_SEEN


def test_a_key_that_the_relay_has_forgotten_is_not_harmless(settings):
    settings.RELAY_LOOKUP_DAYS = 3
    assert IdempotencyKey().ask(MINE, timezone.now() - timedelta(days=4)) == Answer.UNKNOWN
    assert IdempotencyKey().ask(MINE, timezone.now()) == Answer.HARMLESS


@pytest.mark.django_db
def test_the_relay_is_asked_since_the_mark(doubtful):  # noqa: F811
    relay = Saying(Answer.NEVER_SEEN)
    marked_at = OutboxMessage.objects.get(pk=doubtful.pk).marked_at
    sweep(relay)
    assert relay.since == marked_at


@pytest.mark.django_db
def test_what_a_restore_put_in_doubt_is_asked_about_since_it_was_due(doubtful, admin):  # noqa: F811
    due_at = timezone.now() - timedelta(days=3)
    OutboxMessage.objects.update(status="pending", due_at=due_at, token=None, lease_until=None, marked_at=None)
    hold._hold(hold._row(), "restored", by=None, note="", doubt_until=timezone.now())
    assert hold.release_sending(by=admin, note="Restored.", resend=True) == 1
    OutboxMessage.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    relay = Saying(Answer.NEVER_SEEN)
    sweep(relay)
    assert relay.since == due_at
