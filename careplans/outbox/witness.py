"""Which database this is, and what a process that sends has written down of it outside of it (`DATA_DIR/sending.json`)."""

import errno
import json
import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import DateTimeField
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from careplans.models import SendingHold

log = logging.getLogger(__name__)


def server() -> str:
    """Which database this is and whom it sends for, in words of the server: hosts may reach it by different addresses.

    A dump that is loaded elsewhere, or anew, is another one. A copy of a whole server's disk says the same of itself.
    """
    if connection.vendor == "sqlite":
        return identity()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT oid, current_database(), has_function_privilege('pg_control_system()', 'execute')"
            " FROM pg_database WHERE datname = current_database()"
        )
        oid, name, may_ask = cursor.fetchone()
        if not may_ask:
            return identity()
        cursor.execute("SELECT system_identifier FROM pg_control_system()")
        number = cursor.fetchone()[0]
    return f"postgresql {number} {oid} {name} {settings.BASE_URL}"[:300]


def identity() -> str:
    """Where this host finds the database, and whom it sends for."""
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


def path() -> Path:
    return Path(settings.DATA_DIR) / "sending.json"


def read() -> Mapping[str, Any]:
    try:
        found = json.loads(path().read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("counter", 0), int) else {}


def is_of(row: SendingHold, witness: Mapping[str, Any]) -> bool:
    """Programs before `server` wrote the address into the file."""
    return witness.get("identity") in {row.server or row.identity, row.identity}


def is_ahead(row: SendingHold, witness: Mapping[str, Any]) -> bool:
    """It has seen more go out than the database knows of."""
    return is_of(row, witness) and int(witness.get("counter", 0)) > row.counter


def written_at(witness: Mapping[str, Any]) -> datetime:
    """When it saw its counter. Of one that is ahead: after the backup was taken, and before it was restored."""
    try:
        return datetime.fromisoformat(str(witness["at"]))
    except (KeyError, ValueError):
        with suppress(OSError):
            return datetime.fromtimestamp(path().stat().st_mtime, UTC)
        return timezone.now()


def write(row: SendingHold, *, anew: bool = False) -> None:
    """Keep the highest counter seen. A disk that is full stops no reminder: it is said on /health/."""
    known = read()
    if not anew and is_of(row, known) and int(known.get("counter", 0)) >= row.counter:
        return
    try:
        _replace({"identity": row.server or row.identity, "counter": row.counter, "at": timezone.now().isoformat()})
    except OSError as error:
        if row.unwitnessed_since is None:
            log.error(
                "the witness cannot be written", extra={"error": errno.errorcode.get(error.errno or 0, "OSError")}
            )
        since = Coalesce("unwitnessed_since", Now(), output_field=DateTimeField())
        SendingHold.objects.filter(pk=1).update(unwitnessed_since=since)
        return
    if row.unwitnessed_since is not None:
        SendingHold.objects.filter(pk=1).update(unwitnessed_since=None)


def _replace(content: Mapping[str, Any]) -> None:
    """Written beside and renamed, so that a kill or a full disk leaves the old or the new one whole."""
    path().parent.mkdir(parents=True, exist_ok=True)
    fresh = path().with_name(f"sending.{os.getpid()}.json")
    try:
        fresh.write_text(json.dumps(content))
        fresh.replace(path())
    except OSError:
        with suppress(OSError):
            fresh.unlink()
        raise
