"""The one way in which a reference page gets new words."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import audit
from accounts.errors import Conflict
from accounts.models import User
from accounts.permissions import require
from modalities.models import Modality, Revision

SECTION_FIELDS = tuple(name for name, _ in Revision.SECTIONS)


@dataclass(frozen=True)
class Draft:
    """What a revision will say. `sections` holds one text for each of Revision.SECTIONS."""

    title: str
    sections: Mapping[str, str]
    change_note: str
    last_reviewed_on: date | None = None

    @property
    def sha256(self) -> str:
        """Fingerprint of what a reader sees; dates and notes are not part of it."""
        parts = [self.title, *(self.sections[name] for name in SECTION_FIELDS)]
        return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def publish_revision(
    modality: Modality,
    *,
    by: User,
    expected_revision: int | None,
    draft: Draft,
    review_due_on: date | None = None,
) -> Revision:
    """Put a new revision in force; `expected_revision` is the one the editor started from."""
    require(by, "reference.edit")
    if modality.is_group:
        raise ValidationError("A group has no page of its own. Edit one of the pages in it.")
    with transaction.atomic():
        locked = lock_page(modality, expected_revision)
        current = locked.current_revision
        same_text = current is not None and current.sha256 == draft.sha256
        same_review = current is not None and current.last_reviewed_on == draft.last_reviewed_on
        if same_text and same_review and locked.review_due_on == review_due_on:
            raise ValidationError("Nothing differs from the revision in force, so there is nothing to publish.")
        revision = put_in_force(locked, draft, by=by)
        Modality.objects.filter(pk=modality.pk).update(review_due_on=review_due_on)
    return revision


def lock_page(modality: Modality, expected_revision: int | None) -> Modality:
    """Take the page for this transaction if `expected_revision` is still in force, else Conflict."""
    locked = (
        Modality.objects.select_for_update(of=("self",))
        .filter(pk=modality.pk, current_revision=expected_revision)
        .select_related("current_revision")
        .first()
    )
    if locked is None:
        raise Conflict(
            "Somebody published a newer revision of this page while you were editing. Your text is kept below, "
            "beside theirs: take over what you need, then publish again."
        )
    return locked


def put_in_force(modality: Modality, draft: Draft, *, by: User | None) -> Revision:
    """Add the next revision, point the page at it, and say so in the audit trail. Needs `lock_page()` first."""
    current = modality.current_revision
    revision = Revision.objects.create(
        modality=modality,
        number=current.number + 1 if current else 1,
        title=draft.title,
        change_note=draft.change_note,
        last_reviewed_on=draft.last_reviewed_on,
        published_by=by,
        sha256=draft.sha256,
        **{name: draft.sections[name] for name in SECTION_FIELDS},
    )
    mine = Modality.objects.filter(pk=modality.pk, current_revision=current)
    if mine.update(current_revision=revision, title=draft.title) != 1:
        raise Conflict("Somebody published a newer revision of this page. Reload it and try again.")
    facts = {"modality": modality.slug, "number": revision.number, "sha256": revision.sha256}
    audit.record("reference.publish", by=by, subject=revision, label=str(revision)[:160], data=facts)
    return revision
