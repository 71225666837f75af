"""Revisions and which of them is in force. The verbs of the workflow are in `drafts`, `reviewing` and `publications`."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Max
from django.utils import timezone

from accounts import audit
from accounts.models import User
from common.centre_day import centre_today
from common.errors import Conflict
from common.writing import compare_seen_and_set, told_of
from modalities.models import Modality, Revision
from modalities.services.telling import tell_of_revision

SECTION_FIELDS = tuple(name for name, _ in Revision.SECTIONS)


@dataclass(frozen=True)
class Wording:
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


def lock_page(modality: Modality, expected_revision: int | None) -> Modality:
    """Take the page for this transaction if `expected_revision` is still in force, else Conflict."""
    locked = hold_page(modality)
    if locked.current_revision_id != expected_revision:
        raise Conflict(
            "Another revision of this page is in force than the one this draft started from. An editor brings the "
            "draft up to date first; no word of it is lost."
        )
    return locked


def hold_page(modality: Modality) -> Modality:
    """Take the page for this transaction; a revision whose day has come goes into force first, so that none is skipped."""
    page = take_page(modality)
    newest = page.revisions.all().may_be_in_force(centre_today()).first()
    if newest is not None and newest.pk != page.current_revision_id:
        point_at(page, newest, by=None)
        page = take_page(modality)
    return page


def take_page(modality: Modality) -> Modality:
    """The page as its row says, locked for this transaction."""
    held = Modality.objects.select_for_update(of=("self",)).select_related("current_revision")
    return held.get(pk=modality.pk)


def add_revision(modality: Modality, wording: Wording, *, by: User | None) -> Revision:
    """The next revision of a page, in force only once the page points at it. Needs the page held."""
    last = Revision.objects.filter(modality=modality).aggregate(number=Max("number"))["number"] or 0
    return Revision.objects.create(
        modality=modality,
        number=last + 1,
        title=wording.title,
        change_note=wording.change_note,
        last_reviewed_on=wording.last_reviewed_on,
        published_by=by,
        sha256=wording.sha256,
        **{name: wording.sections[name] for name in SECTION_FIELDS},
    )


def point_at(modality: Modality, revision: Revision | None, *, by: User | None) -> None:
    """Make `revision` the one in force, or none, and say so in the audit trail. Needs the page held."""
    before = modality.current_revision
    title = revision.title if revision else modality.title
    since = modality.first_in_force_at or (timezone.now() if revision else None)
    compare_seen_and_set(
        modality,
        {"current_revision": before},
        {"current_revision": revision, "title": title, "first_in_force_at": since},
        message="Somebody changed which revision of this page is in force. Reload the page and try again.",
    )
    facts = {
        "modality": modality.slug,
        "number": revision.number if revision else None,
        "before": before.number if before else None,
        "sha256": revision.sha256 if revision else "",
    }
    subject = revision or modality
    audit.record("reference.publish", by=by, subject=subject, label=str(subject)[:160], data=facts | told_of(modality))
    if revision is not None and by is None:
        tell_of_revision(revision, by=None, words="is in force: its day has come.")


def put_in_force(modality: Modality, wording: Wording, *, by: User | None) -> Revision:
    """Add the next revision and point the page at it. Needs `lock_page()` first."""
    revision = add_revision(modality, wording, by=by)
    point_at(modality, revision, by=by)
    return revision
