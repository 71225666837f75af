"""What was imported, kept for good: so that the same upload changes nothing twice, and an older one nothing that is newer."""

from collections.abc import Sequence
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


def later_than(board: Board, patient: Patient, *, source: str, sent_at: datetime | None) -> datetime | None:
    """When the same sender wrote what was imported of this patient last, where that is after `sent_at`."""
    if sent_at is None or not source:
        return None
    rows = Import.objects.filter(board=board, source=source, sent_at__gt=sent_at, parts__patient=patient)
    return rows.order_by("-sent_at").values_list("sent_at", flat=True).first()


def case_imported_as(board: Board, patient: Patient, *, source: str, key: str) -> Case | None:
    """The case that was opened, or found, for what this sender calls so."""
    rows = Case.objects.filter(board=board, patient=patient)
    parts = ImportedPart.objects.filter(upload__board=board, upload__source=source, key=key, case__in=rows)
    last = parts.order_by("-id").first() if key else None
    return last.case if last else None
