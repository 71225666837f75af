"""What was imported, kept for good: so that the same upload changes nothing twice, and an older one nothing that is newer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError

from accounts import audit
from accounts.models import Board, User
from accounts.permissions import require
from careplans.models import Case, Import, ImportedPart, Patient
from common.writing import transactional


@transactional
def keep_import(
    board: Board, *, by: User, format: str, source: str, number: str, content_hash: str, sent_at: datetime | None,
    parts: Sequence[ImportedPart],
) -> Import:  # fmt: skip
    """Inside the transaction that carried it out. `parts` are not saved yet, and are of no import."""
    require(by, "patients.edit", board)
    row = Import.objects.create(
        board=board, format=format, source=source, number=number, content_hash=content_hash, sent_at=sent_at, by=by
    )
    for part in parts:
        part.upload = row
    ImportedPart.objects.bulk_create(parts)
    audit.record("imported", by=by, subject=row, board_id=board.pk, data={"parts": len(parts), "format": format})
    return row


def imported_before(board: Board, *, format: str, source: str, number: str, content_hash: str) -> Import | None:
    """The same upload, carried out on this board. Raises ValidationError where its number was another upload's."""
    rows = Import.objects.filter(board=board, format=format, source=source, number=number)
    found = rows.select_related("by").first()
    if found is not None and found.content_hash != content_hash:
        words = (
            f"{found.number} was imported on {found.at.astimezone(board.zone):%-d %b %Y} with another content. A sender gives "
            "each message a number of its own: ask there which of the two holds."
        )
        raise ValidationError({"content": words})
    return found


def later_than(patient: Patient, *, source: str, sent_at: datetime | None) -> datetime | None:
    """When the same sender wrote what was imported of this patient last, on whatever board, where that is after `sent_at`: a
    person is the institution's, and so is what is known of them."""
    if sent_at is None or not source:
        return None
    rows = Import.objects.filter(source=source, sent_at__gt=sent_at, parts__patient=patient)
    return rows.order_by("-sent_at").values_list("sent_at", flat=True).first()


def may_be_older(patient: Patient, *, source: str, sent_at: datetime | None) -> Import | None:
    """What was imported of this patient last, where nobody can tell that this upload is newer: it names no sender, or not when it
    was written, or that one did not."""
    if sent_at is not None and source:
        return None
    last: Import | None = Import.objects.filter(parts__patient=patient).order_by("-id").first()
    if last is None or (sent_at is not None and last.sent_at is not None and last.sent_at <= sent_at):
        return None
    return last


@dataclass(frozen=True)
class Found:
    """A case that a sender named before. `is_sure`: by a name that is one tumour's alone, whoever says it."""

    case: Case
    is_sure: bool


def case_imported_as(board: Board, patient: Patient, *, source: str, key: str, is_global: bool) -> Found | None:
    """The case that was opened, or found, for what is called so: by a name of a system, or by what this sender alone calls so. A
    sender who is not known calls nothing again: the next one's “c1” is another tumour."""
    if not key or not (is_global or source):
        return None
    rows = Case.objects.filter(board=board, patient=patient)
    parts = ImportedPart.objects.filter(upload__board=board, key=key, case__in=rows)
    last = (parts if is_global else parts.filter(upload__source=source)).order_by("-id").first()
    return Found(last.case, is_global) if last and last.case else None
