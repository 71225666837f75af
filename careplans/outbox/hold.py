"""Holds sending where a database was restored or copied, until an administrator says which one sends.

A restored database believes unsent what has gone out since its backup; a copied one would send everything a second time.
Each process that sends keeps a witness outside the database (`witness.py`): which database it is, the highest counter it
has seen, and when. Every round compares.
"""

import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.permissions import require
from careplans.models import ChangeCount, OutboxMessage, SendingHold
from careplans.outbox import witness
from common.writing import transactional

Why = SendingHold.Why
# A release counts on from so far ahead that no other host has seen as much: else each would hold it again.
LEAP = 10**9


def may_send() -> bool:
    """Whether this process may send from this database now. A few short queries, and a small file that only changes hands."""
    # Before the row: what another process counts in between must not look like a database that has gone back.
    seen = witness.read()
    row = _row()
    if settings.MAIL_TRANSPORT == "mailbox":
        return not row.is_held  # nothing leaves the house
    why = _doubt(row, seen)
    if why and row.held_why in ("", Why.BY_HAND):
        _hold(row, why, by=None, note="", doubt_until=_doubt_until(row, seen))
    if why or row.is_held:
        return False
    witness.write(row)
    return True


def count_batch() -> None:
    """Something has gone out: a backup from before this moment is recognised by its counter."""
    if settings.MAIL_TRANSPORT != "mailbox":
        SendingHold.objects.filter(pk=1).update(counter=F("counter") + 1)
        witness.write(_row())


@transactional
def hold_sending(*, by: User, note: str) -> None:
    require(by, "operations.manage")
    if not note.strip():
        raise ValidationError({"note": "Say why nothing is to go out; colleagues see it."})
    row = _row()
    if row.is_held:
        raise ValidationError("Sending is held already.")
    _hold(row, Why.BY_HAND, by=by, note=note.strip())


@transactional
def release_sending(*, by: User, note: str, resend: bool) -> int:
    """This database is the one that sends. Returns how many messages were in doubt.

    After a restore some of what waits may have gone out already: what existed when the backup was taken. With `resend` each
    of those e-mails is treated as one that a dead worker left: the relay is asked, and what it never saw goes out under its
    old Message-ID. Without, they count as sent elsewhere and are withdrawn with that reason.
    """
    require(by, "operations.manage")
    if not note.strip():
        raise ValidationError({"note": "Say what you checked before sending goes on."})
    row = SendingHold.objects.select_for_update().get(pk=1)
    if not row.is_held:
        raise ValidationError("Sending is not held; somebody released it meanwhile.")
    seen = witness.read()
    until = _in_doubt_at_release(row, seen)
    doubtful = _resolve_doubtful(until, era=row.era, resend=resend) if until else 0
    SendingHold.objects.filter(pk=1).update(
        identity=witness.identity(), server=witness.server(), era=secrets.token_hex(4), doubt_until=None,
        counter=max(row.counter, int(seen.get("counter", 0))) + LEAP,
        held_at=None, held_why="", held_by=None, held_note="",
    )  # fmt: skip
    if until:
        _begin_feed_anew()
    audit.record(
        "sending_released", by=by, subject=row, label=note.strip()[:160], data={"doubtful": doubtful, "resend": resend}
    )
    transaction.on_commit(lambda: witness.write(_row(), anew=True))
    return doubtful


def _in_doubt_at_release(row: SendingHold, seen: Mapping[str, Any]) -> datetime | None:
    """What was written until then is in doubt; None where nothing is. Looked at once more, because a database that was held
    when its backup was taken is held when it is restored, too, and nobody asks it why."""
    known = row.doubt_until or (None if row.held_why == Why.BY_HAND else row.held_at)
    found = _doubt_until(row, seen) if _doubt(row, seen) else None
    return max(filter(None, (known, found)), default=None)


def _resolve_doubtful(until: datetime, *, era: str, resend: bool) -> int:
    """E-mails that existed at that moment, are due, and that this database believes unsent."""
    due = OutboxMessage.objects.filter(
        channel=OutboxMessage.Channel.EMAIL,
        due_at__lte=Now(),
        status__in=(OutboxMessage.Status.PENDING, OutboxMessage.Status.CLAIMED),
        reminder__created_at__lte=until,
    )
    if resend:
        # As if a worker had died after the dot: marked, and its lease over. The sweeper asks the relay, by the number under
        # which it would have gone out. No attempt of this database's: it may have gone out ever since it was due.
        return due.update(
            status=OutboxMessage.Status.CLAIMED, marked_at=Now(), lease_until=Now(), token=uuid.uuid4(), attempts=0,
            era=Coalesce(F("era"), Value(era)),
        )  # fmt: skip
    return due.update(
        status=OutboxMessage.Status.CANCELLED,
        lease_until=None,
        last_error="taken as sent before the database was restored or copied",
    )


def _row() -> SendingHold:
    row = SendingHold.objects.filter(pk=1).first()
    if row is None:
        where = {"identity": witness.identity(), "server": witness.server()}
        row, _ = SendingHold.objects.get_or_create(pk=1, defaults=where)
    return row


def _hold(row: SendingHold, why: str, *, by: User | None, note: str, doubt_until: datetime | None = None) -> None:
    """A doubt comes before a hand that holds it anyhow, whose words stay."""
    rows = SendingHold.objects.filter(pk=1)
    held = {"held_at": timezone.now(), "held_by": by, "held_note": note}
    new = rows.filter(held_at=None).update(held_why=why, doubt_until=doubt_until, **held)
    if not new and why != Why.BY_HAND:
        new = rows.filter(held_why=Why.BY_HAND).update(held_why=why, doubt_until=doubt_until)
    if new and why != Why.BY_HAND:
        _begin_feed_anew()
    if new:
        audit.record("sending_held", by=by, subject=row, label=str(Why(why).label)[:160], data={"why": why})


def _begin_feed_anew() -> None:
    """A cursor of the API from before the restore counts changes that are gone: it is refused, and everything is read anew."""
    ChangeCount.objects.filter(pk=1).update(era=uuid.uuid4())


def _doubt(row: SendingHold, seen: Mapping[str, Any]) -> str:
    if not _is_the_same(row):
        return Why.COPIED
    return Why.RESTORED if witness.is_ahead(row, seen) else ""


def _is_the_same(row: SendingHold) -> bool:
    """By what the server says of itself. A row of a program that went by the address takes that over from who knows it by
    the same address."""
    server = witness.server()
    if row.server:
        return row.server == server
    if row.identity != witness.identity():
        return False
    SendingHold.objects.filter(pk=1, server="").update(server=server)
    return True


def _doubt_until(row: SendingHold, seen: Mapping[str, Any]) -> datetime:
    """No row of the backup is younger. Without a witness that has seen more, everything up to now is in doubt."""
    return witness.written_at(seen) if witness.is_ahead(row, seen) else timezone.now()
