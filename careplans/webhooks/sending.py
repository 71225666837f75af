"""What each webhook is told next, and how it leaves: claim, look, send, settle, wait.

One worker holds one webhook at a time, so that its deliveries arrive in their order. A body is written down, with its place in
the feed, before it leaves: whoever dies in between sends the same again, under the same id. So it arrives at least once.
"""

import json
import logging
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.permissions import can, memberships_of
from accounts.reach import Reach, narrow
from accounts.services.notices import add_notice
from careplans.models import Webhook, WebhookDelivery
from careplans.outbox.hold import may_send
from careplans.outbox.shutdown import is_stopping
from careplans.readers.changes import Place, read_feed
from careplans.reminders.escalation import coordinators
from careplans.services.changes import number_changes
from careplans.webhooks.posting import SECONDS, Outcome, post
from careplans.webhooks.registering import secrets_of
from common.leases import LET_GO, MOST_LOST, Lease, nobody_holds, pause_before
from common.writing import transactional

log = logging.getLogger(__name__)

# Longer than the longest attempt, so that nobody takes a webhook whose worker is still sending.
LEASE = Lease(timedelta(seconds=6 * SECONDS))
# The pause between two attempts doubles from the first up to the longest, as for mails.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=3)
# A program that is restarted is back by then; somebody can still mend it before it is given up.
TELL_AFTER = timedelta(hours=6)
# How soon after a look at which there was nothing the next one follows.
IDLE = timedelta(seconds=10)
MOST_ENTRIES = 100
# In one round, so that what else the worker does is not held up by many addresses that do not answer.
ROUND = 10
# Nor by a few that each take as long as they may: reminders wait behind them where one process does everything.
ROUND_SECONDS = 2 * SECONDS

Status = WebhookDelivery.Status


def send_webhooks() -> int:
    """One round: how many webhooks were worked on. Safe to run many times at once."""
    worked, until = 0, monotonic() + ROUND_SECONDS
    while worked < ROUND and monotonic() < until and not is_stopping() and may_send():
        webhook = claim()
        if webhook is None:
            break
        with LEASE.outlived(webhook):
            work(webhook)
        worked += 1
    return worked


def claim() -> Webhook | None:
    """The one that is due longest and that nobody holds, with a token of this call. The database's clock decides."""
    due = Webhook.objects.filter(status=Webhook.Status.ON, due_at__lte=Now()).order_by("due_at", "pk")
    return LEASE.take_one(due.filter(nobody_holds()), "board", "made_by")


def work(webhook: Webhook) -> None:
    """Send what waits, or what the feed has next; then let go of it."""
    if reason := LOST if LEASE.has_lost_too_many(webhook) else _obstacle(webhook):
        switch_off_by_itself(webhook, reason)
        return
    delivery = webhook.deliveries.filter(status=Status.WAITING).order_by("number").first()
    if delivery is None:
        try:
            delivery = _next(webhook)
        except ValidationError:
            switch_off_by_itself(webhook, RESTORED)
            return
    if delivery is None:
        LEASE.held(webhook).update(due_at=timezone.now() + IDLE, lost_workers=0, **LET_GO)
        return
    settle(webhook, delivery, attempt(webhook, delivery))


LOST = (
    f"The process that told it of changes ended {MOST_LOST} times while it did. Look in its log why, and at what the other side "
    "answers; then switch it on."
)
RESTORED = "The database was restored from a backup. Have the program read everything anew, then switch it on."


def attempt(webhook: Webhook, delivery: WebhookDelivery) -> Outcome:
    """Noted before it leaves, so that an attempt whose worker dies is counted."""
    now = timezone.now()
    WebhookDelivery.objects.filter(pk=delivery.pk).update(attempts=F("attempts") + 1, tried_at=now)
    return post(
        webhook.url, body=body_of(webhook, delivery), message_id=f"msg_{delivery.message_id.hex}",
        timestamp=int(now.timestamp()), secrets=secrets_of(webhook),
    )  # fmt: skip


def body_of(webhook: Webhook, delivery: WebhookDelivery) -> bytes:
    """The same at each attempt: PostgreSQL gives an object back with its keys in another order, so they are sorted."""
    told = {
        "type": delivery.kind, "sequence": delivery.number, "board": webhook.board_id,
        "made_at": delivery.made_at.isoformat(), "entries": delivery.entries,
    }  # fmt: skip
    return json.dumps(told, separators=(",", ":"), sort_keys=True).encode()


def settle(webhook: Webhook, delivery: WebhookDelivery, outcome: Outcome) -> None:
    """Arrived, to be tried again, or given up. Whoever's lease has ended meanwhile changes nothing but what was seen."""
    seen = {"last_status": outcome.status, "last_error": outcome.error}
    if outcome.has_arrived:
        _arrived(webhook, delivery, seen)
        return
    WebhookDelivery.objects.filter(pk=delivery.pk).update(**seen)
    now = timezone.now()
    since = webhook.failing_since or now
    if outcome.is_final:
        switch_off_by_itself(webhook, "The other side answered 410: it wants nothing any more.")
    elif now - since >= GIVE_UP_AFTER:
        switch_off_by_itself(webhook, f"Nothing arrived for three days. The last attempt: {_words(outcome)}"[:300])
    else:
        # The row at hand does not count the attempt that has just been made.
        pause = pause_before(delivery.attempts + 2, first=FIRST_PAUSE, longest=LONGEST_PAUSE)
        _try_again(webhook, since, now + pause, _words(outcome))


@transactional
def _arrived(webhook: Webhook, delivery: WebhookDelivery, seen: dict[str, Any]) -> None:
    """Of two workers the second finds it done; the queue of the webhook goes on at once."""
    waits = WebhookDelivery.objects.filter(pk=delivery.pk, status=Status.WAITING)
    waits.update(status=Status.ARRIVED, arrived_at=timezone.now(), **seen)
    LEASE.held(webhook).update(failing_since=None, due_at=timezone.now(), lost_workers=0, **LET_GO)


@transactional
def _try_again(webhook: Webhook, since: datetime, due_at: datetime, words: str) -> None:
    """Later. Once in a spell of failures somebody is told of it, before it is given up."""
    held = LEASE.held(webhook).update(failing_since=since, due_at=due_at, lost_workers=0, **LET_GO)
    if held and timezone.now() - since >= TELL_AFTER:
        at = timezone.localtime(since, webhook.board.zone)
        text = (
            f"Nothing has arrived at the webhook “{webhook.name}” since {at:%-d %b %Y, %H:%M}. The last attempt: {words} After "
            "three days it is switched off."
        )
        _tell(webhook, text, f"webhook.{webhook.pk}.failing.{since.isoformat()}")


def _tell(webhook: Webhook, text: str, key: str) -> None:
    """Whoever made it and the coordinators, each once for this key."""
    for user in User.objects.filter(pk__in={webhook.made_by_id, *coordinators(webhook.board_id)}).order_by("pk"):
        add_notice(
            user, kind="webhook", text=text, path=f"/webhooks/{webhook.pk}/", dedupe_key=f"{key}.{user.pk}",
            board=webhook.board_id,
        )  # fmt: skip


@transactional
def _next(webhook: Webhook) -> WebhookDelivery | None:
    """What the feed has next, as whoever made the webhook sees it at this moment, with the place up to which it was read: both,
    or neither. Raises ValidationError where the place is of another state of the database."""
    count, _ = number_changes()
    held = LEASE.held(webhook).select_for_update().first()
    if held is None:
        return None
    reader = _reader(webhook)
    # Whoever switched it on, and whatever their role is by now: what was told is not told again.
    place = Place.of(held.cursor, count).wherever_read(memberships_of(reader), "")
    feed = read_feed(reader, place, count, size=MOST_ENTRIES)
    rows = [row for row in feed.rows if row.noun in held.nouns]
    entries = [{"noun": row.noun, "id": row.row_id, "at": row.at.isoformat()} for row in rows]
    number = held.last_number + bool(entries)
    # What was read and is none of its nouns is passed by; there may be more at once.
    again = {"due_at": timezone.now(), **LET_GO} if feed.more and not entries else {}
    Webhook.objects.filter(pk=held.pk).update(cursor=feed.place.cursor, last_number=number, **again)
    if not entries:
        return None
    told: dict[str, list[int]] = {}
    for row in rows:
        told.setdefault(row.noun, []).append(row.row_id)
    data = {"webhook": held.pk, "ids": told}
    audit.record("list", by=webhook.made_by, subject=("change", "list"), board_id=held.board_id, data=data)
    return WebhookDelivery.objects.create(
        webhook=held, number=number, kind=WebhookDelivery.Kind.CHANGES, entries=entries
    )


@transactional
def switch_off_by_itself(webhook: Webhook, reason: str) -> None:
    """Once, with a notice to whoever made it and to the coordinators. What waits stays, for when it is switched on again."""
    off = {"status": Webhook.Status.OFF, "off_reason": reason, "lost_workers": 0, **LET_GO}
    if not LEASE.held(webhook).update(**off, version=F("version") + 1):
        return
    audit.record(
        "webhook_given_up",
        by=None,
        subject=webhook,
        label=webhook.name,
        board_id=webhook.board_id,
        data={"reason": reason},
    )
    text = f"The webhook “{webhook.name}” was switched off. {reason}"
    _tell(webhook, text, f"webhook.{webhook.pk}.{webhook.version}")


def _obstacle(webhook: Webhook) -> str:
    """Why it may not be told anything, asked at each sending: rights end."""
    if not can(User.objects.get(pk=webhook.made_by_id), "webhooks.manage", webhook.board_id):
        return (
            f"{webhook.made_by.name} does not manage the webhooks of this board any more. Switch it on to take it over."
        )
    if not secrets_of(webhook):
        return "Its secret cannot be read any more, since the key of this server was changed. Make a new one."
    return ""


def _reader(webhook: Webhook) -> User:
    """Whoever made it, as they are now, on this board and no other."""
    user = User.objects.get(pk=webhook.made_by_id)
    narrow(user, Reach(boards=frozenset({webhook.board_id})))
    return user


def _words(outcome: Outcome) -> str:
    return outcome.error or f"it answered {outcome.status}."
