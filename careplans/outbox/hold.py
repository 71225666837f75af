"""Holds sending where a database was restored or copied, until an administrator says which one sends.

A restored database believes unsent what has gone out since its backup; a copied one would send everything a second time.
Each process that sends keeps a witness outside the database (`DATA_DIR/sending.json`): the identity of the database and
the highest counter it has seen. Every round compares.
"""

import json
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.permissions import require
from careplans.models import OutboxMessage, SendingHold
from common.writing import transactional

Why = SendingHold.Why


def may_send() -> bool:
    """Whether this process may send from this database now. Two short queries, and a small file that only changes hands."""
    # Before the row: what another process counts in between must not look like a database that has gone back.
    witness = _read_witness()
    row = _row()
    if row.is_held:
        return False
    if settings.MAIL_TRANSPORT == "mailbox":
        return True  # nothing leaves the house
    why = _doubt(row, witness)
    if why:
        _hold(row, why, by=None, note="")
        return False
    _witness(row)
    return True


def count_batch() -> None:
    """Something has gone out: a backup from before this moment is recognised by its counter."""
    if settings.MAIL_TRANSPORT != "mailbox":
        SendingHold.objects.filter(pk=1).update(counter=F("counter") + 1)
        _witness(_row())


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

    After a restore some of what waits may have gone out already. With `resend` each of those e-mails is treated as one that
    a dead worker left: the relay is asked, and what it never saw goes out under its old Message-ID. Without, they count as
    sent elsewhere and are withdrawn with that reason.
    """
    require(by, "operations.manage")
    if not note.strip():
        raise ValidationError({"note": "Say what you checked before sending goes on."})
    row = SendingHold.objects.select_for_update().get(pk=1)
    if not row.is_held:
        raise ValidationError("Sending is not held; somebody released it meanwhile.")
    doubtful = 0 if row.held_why == Why.BY_HAND else _resolve_doubtful(resend=resend)
    seen = max(row.counter, int(_read_witness().get("counter", 0))) + 1
    SendingHold.objects.filter(pk=1).update(
        identity=identity(), counter=seen, held_at=None, held_why="", held_by=None, held_note=""
    )
    audit.record(
        "sending_released", by=by, subject=row, label=note.strip()[:160], data={"doubtful": doubtful, "resend": resend}
    )
    transaction.on_commit(lambda: _witness(_row(), anew=True))
    return doubtful


def _resolve_doubtful(*, resend: bool) -> int:
    """E-mails that were due before this moment and that this database believes unsent."""
    due = OutboxMessage.objects.filter(
        channel=OutboxMessage.Channel.EMAIL,
        due_at__lte=Now(),
        status__in=(OutboxMessage.Status.PENDING, OutboxMessage.Status.CLAIMED),
    )
    if resend:
        # As if a worker had died after the dot: marked, and its lease over. The sweeper asks the relay.
        return due.update(status=OutboxMessage.Status.CLAIMED, marked_at=Now(), lease_until=Now(), token=uuid.uuid4())
    return due.update(
        status=OutboxMessage.Status.CANCELLED,
        lease_until=None,
        last_error="taken as sent before the database was restored or copied",
    )


def _row() -> SendingHold:
    row, _ = SendingHold.objects.get_or_create(pk=1, defaults={"identity": identity()})
    return row


def _hold(row: SendingHold, why: str, *, by: User | None, note: str) -> None:
    held = {"held_at": timezone.now(), "held_why": why, "held_by": by, "held_note": note}
    if SendingHold.objects.filter(pk=1, held_at=None).update(**held):
        audit.record("sending_held", by=by, subject=row, label=str(Why(why).label)[:160], data={"why": why})


def _doubt(row: SendingHold, witness: Mapping[str, Any]) -> str:
    if row.identity != identity():
        return Why.COPIED
    if witness.get("identity") == row.identity and int(witness.get("counter", 0)) > row.counter:
        return Why.RESTORED
    return ""


def identity() -> str:
    """Where this database lives, and whom it sends for. A dump that is loaded elsewhere, or anew, lives somewhere else."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        path = Path(str(name)).resolve()
        where = f"{path} {path.stat().st_ino}" if path.exists() else str(path)
    else:
        with connection.cursor() as cursor:
            cursor.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
            oid = cursor.fetchone()[0]
        where = f"{connection.settings_dict['HOST']}:{connection.settings_dict['PORT']}/{name} {oid}"
    return f"{where} {settings.BASE_URL}"[:300]


def _path() -> Path:
    return Path(settings.DATA_DIR) / "sending.json"


def _read_witness() -> Mapping[str, Any]:
    try:
        found = json.loads(_path().read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("counter", 0), int) else {}


def _witness(row: SendingHold, *, anew: bool = False) -> None:
    """Keep the highest counter seen. Written beside and renamed, so that a kill leaves the old or the new one whole."""
    known = _read_witness()
    if not anew and known.get("identity") == row.identity and int(known.get("counter", 0)) >= row.counter:
        return
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"sending.{os.getpid()}.json")
    fresh.write_text(json.dumps({"identity": row.identity, "counter": row.counter}))
    fresh.replace(path)
