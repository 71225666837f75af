"""The site's map to SNOMED CT: loaded whole, replaced or taken away. What was in force before is kept, with who ended it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.permissions import require
from careplans.models import SnomedCode, SnomedMap
from common.centre_day import centre_today
from common.errors import Conflict
from common.writing import compare_seen_and_set, lock, told_of, transactional

BATCH = 500
FIRST_RELEASE = date(2002, 1, 31)
MEANWHILE = (
    "Somebody else loaded or removed a map at this moment. Nothing of yours was done: look at what stands now, then try "
    "again."
)


@dataclass(frozen=True)
class Entry:
    """A line of the file that was checked (`careplans/api/fhir/terms/map_files.py`)."""

    system: str
    code: str
    sctid: str
    display: str
    relation: str


@transactional
def load_map(
    entries: Sequence[Entry], *, by: User, edition: str, released_on: date, file_name: str
) -> tuple[SnomedMap, bool]:
    """The map in force, and whether it is new: the same codes of the same release change nothing.

    Raises PermissionDenied, ValidationError (a day that no release has), Conflict (another was loaded at the same time).
    """
    require(by, "codes.load")
    if not FIRST_RELEASE <= released_on <= centre_today():
        raise ValidationError(
            {"released_on": f"A release of SNOMED CT is of a day from {FIRST_RELEASE:%-d %B %Y} to today."}
        )
    digest = hash_of(entries, edition=edition, released_on=released_on)
    now = _in_force()
    if now is not None and now.content_hash == digest:
        return now, False
    if now is not None:
        _end(now, by=by)
    new = _write(
        SnomedMap(
            edition=edition, released_on=released_on, file_name=file_name, content_hash=digest, count=len(entries), loaded_by=by
        ),
        entries,
    )  # fmt: skip
    data = {"edition": edition, "release": released_on.isoformat(), "count": len(entries)}
    audit.record(
        "snomed_loaded", by=by, subject=new, data=data | ({"instead_of": now.pk} | told_of(now) if now else {})
    )
    return new, True


@transactional
def remove_map(*, by: User) -> SnomedMap:
    """Raises PermissionDenied, ValidationError (none is loaded), Conflict."""
    require(by, "codes.load")
    now = _in_force()
    if now is None:
        raise ValidationError("No map to SNOMED CT is loaded.")
    _end(now, by=by)
    audit.record("snomed_removed", by=by, subject=now, data={"count": now.count} | told_of(now))
    return now


def hash_of(entries: Sequence[Entry], *, edition: str, released_on: date) -> str:
    """SHA-256 in hex over the release and the codes, in whichever order these stand in the file."""
    told = [edition, released_on.isoformat(), sorted(astuple(one) for one in entries)]
    return hashlib.sha256(json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def _in_force() -> SnomedMap | None:
    return next(iter(lock(SnomedMap.objects.in_force())), None)


def _end(row: SnomedMap, *, by: User) -> None:
    compare_seen_and_set(row, {"ended_at": None}, {"ended_at": timezone.now(), "ended_by": by}, message=MEANWHILE)


def _write(row: SnomedMap, entries: Sequence[Entry]) -> SnomedMap:
    """Where none was there to be locked, the constraint decides which of two is first."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(MEANWHILE) from error
    codes = (
        SnomedCode(map=row, system=one.system, code=one.code, sctid=one.sctid, display=one.display, relation=one.relation)
        for one in entries
    )  # fmt: skip
    SnomedCode.objects.bulk_create(codes, batch_size=BATCH)
    return row
