"""The verbs of webhooks: registered, given another secret, tried, switched off and on by who leads the board."""

import base64
import secrets
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Board, User
from accounts.permissions import forget_memberships, require
from careplans.models import Change, Webhook, WebhookDelivery
from careplans.models.webhooks import PREFIX
from careplans.readers.changes import Place, end_of_feed
from careplans.services.changes import number_changes
from careplans.webhooks.places import Unreachable, addresses_of, read_place
from common.arriving import in_one_line
from common.leases import LET_GO
from common.sealed import seal, unseal
from common.writing import compare_and_set, take, told_of, transactional

SECRET_BYTES = 32
PURPOSE = "webhooks"
# Both secrets sign for so long after a change.
OVERLAP = timedelta(days=1)
# A board that needs more of them has a program that could tell the others.
MOST = 20
BY_HAND = "Switched off by hand."


def register_webhook(board: Board, *, by: User, name: str, url: str, nouns: Collection[str]) -> tuple[Webhook, str]:
    """It is told of what changes from now on. The secret is answered, and can be read nowhere again. Raises ValidationError by
    field; of the address, too, where it leads inside."""
    require(by, "webhooks.manage", board)
    values = {"name": in_one_line(name), "url": url.strip(), "nouns": _nouns(nouns)}
    _check(values)
    return _register(board, by, values)


def _check(values: Mapping[str, Any]) -> None:
    """Before any transaction: a name server may take its time, and a transaction holds others up, on SQLite everybody who writes.
    Where the host is by then is looked up again each time that something is sent."""
    wrong = {} if 1 <= len(values["name"]) <= 80 else {"name": "Name it, in 1 to 80 characters."}
    if not values["nouns"]:
        wrong["nouns"] = "Choose at least one of them."
    try:
        addresses_of(read_place(str(values["url"])))
    except (ValidationError, Unreachable) as fault:
        wrong["url"] = fault.messages[0] if isinstance(fault, ValidationError) else str(fault)
    if wrong:
        raise ValidationError(wrong)


@transactional
def _register(board: Board, by: User, values: Mapping[str, Any]) -> tuple[Webhook, str]:
    take(board)
    # Asked again: the look-up may have taken a while.
    forget_memberships(by)
    require(by, "webhooks.manage", board)
    if Webhook.objects.filter(board=board).count() >= MOST:
        raise ValidationError(f"This board has {MOST} webhooks. Use one of those that are switched off.")
    text = _new_secret()
    count, _ = number_changes()
    cursor = end_of_feed(by, count).place.cursor
    try:
        with transaction.atomic():
            made = Webhook.objects.create(
                board=board, made_by=by, secret=_sealed(text), cursor=cursor, due_at=timezone.now(), **values
            )
    except IntegrityError as error:
        raise ValidationError({"name": "This board has a webhook of this name."}) from error
    data = {"url": made.url, "nouns": made.nouns}
    audit.record("webhook_registered", by=by, subject=made, label=made.name, board_id=board.pk, data=data)
    return made, text


@transactional
def rotate_secret(webhook: Webhook, *, by: User) -> str:
    """A new one, which signs beside the one before for a day. One that was still good from earlier is good no more."""
    require(by, "webhooks.manage", webhook.board)
    take(webhook)
    text = _new_secret()
    # One that this server cannot read any more signs nothing beside it.
    old = webhook.secret if _opened(webhook.secret) else ""
    compare_and_set(
        webhook, expected=webhook.version, secret=_sealed(text), old_secret=old,
        old_secret_until=timezone.now() + OVERLAP if old else None,
    )  # fmt: skip
    _record("webhook_secret_changed", webhook, by)
    return text


@transactional
def switch_off(webhook: Webhook, *, by: User) -> None:
    """Nothing more leaves. Twice changes nothing."""
    require(by, "webhooks.manage", webhook.board)
    take(webhook)
    if webhook.is_on:
        off = {"status": Webhook.Status.OFF, "off_reason": BY_HAND, **LET_GO}
        compare_and_set(webhook, expected=webhook.version, **off)
        _record("webhook_switched_off", webhook, by)


@transactional
def switch_on(webhook: Webhook, *, by: User) -> bool:
    """It goes on where it was; as whoever switches it on the feed is read from now on. False where that place is of another
    state of the database: then it is told of what changes from now on alone."""
    require(by, "webhooks.manage", webhook.board)
    # First, as whoever reads the feed does.
    count, _ = number_changes()
    take(webhook)
    if webhook.is_on:
        return True
    try:
        Place.of(webhook.cursor, count)
        cursor, goes_on = webhook.cursor, True
    except ValidationError:
        cursor, goes_on = end_of_feed(by, count).place.cursor, False
    compare_and_set(
        webhook, expected=webhook.version, status=Webhook.Status.ON, off_reason="", failing_since=None, made_by=by,
        cursor=cursor, due_at=timezone.now(),
    )  # fmt: skip
    _record("webhook_switched_on", webhook, by)
    return goes_on


@transactional
def send_test(webhook: Webhook, *, by: User) -> WebhookDelivery:
    """A delivery without entries, behind those that wait."""
    return _add(webhook, WebhookDelivery.Kind.TEST, [], by=by, event="webhook_tested")


@transactional
def send_again(delivery: WebhookDelivery, *, by: User) -> WebhookDelivery:
    """What has arrived once more, under a number and an id of its own."""
    if delivery.status == WebhookDelivery.Status.WAITING:
        raise ValidationError("This one waits still. It goes out by itself.")
    kind = WebhookDelivery.Kind.AGAIN if delivery.entries else WebhookDelivery.Kind.TEST
    return _add(delivery.webhook, kind, delivery.entries, by=by, event="webhook_sent_again")


def secrets_of(webhook: Webhook) -> list[bytes]:
    """Those that sign now; none where this server cannot read the one that holds any more, since its key was changed."""
    holds = _opened(webhook.secret)
    if holds is None:
        return []
    is_old_good = webhook.old_secret_until is not None and webhook.old_secret_until > timezone.now()
    old = _opened(webhook.old_secret) if is_old_good else None
    return [holds, old] if old else [holds]


def _opened(sealed: str) -> bytes | None:
    found = unseal(sealed, purpose=PURPOSE) if sealed else None
    return base64.b64decode(str(found[0]).removeprefix(PREFIX)) if found else None


def _add(webhook: Webhook, kind: str, entries: list[object], *, by: User, event: str) -> WebhookDelivery:
    require(by, "webhooks.manage", webhook.board)
    take(webhook)
    if not webhook.is_on:
        raise ValidationError("Switch it on first.")
    number = webhook.last_number + 1
    compare_and_set(webhook, expected=webhook.version, last_number=number, due_at=timezone.now())
    made = WebhookDelivery.objects.create(webhook=webhook, number=number, kind=kind, entries=entries)
    _record(event, webhook, by, number=number)
    return made


def _nouns(nouns: Collection[str]) -> list[str]:
    return [one for one in Change.Noun.values if one in nouns]


def _new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _sealed(text: str) -> str:
    return seal([text], purpose=PURPOSE)


def _record(action: str, webhook: Webhook, by: User, **data: object) -> None:
    """What changed of it, without its secrets and its place in the feed, sealed as they are."""
    for when, fields in told_of(webhook).items():
        data[when] = {name: value for name, value in fields.items() if name in ("status", "off_reason", "made_by")}
    audit.record(action, by=by, subject=webhook, label=webhook.name, board_id=webhook.board_id, data=data)
