"""Writing a page: begin, type, bring up to date, send to review, take back, discard. Nothing here publishes."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.permissions import require
from common.errors import Conflict
from common.merging import merge
from common.writing import compare_and_set, transactional
from modalities.models import Draft, DraftEvent, Modality, Revision
from modalities.services.revisions import hold_page
from modalities.services.sourcing import check_sources
from modalities.services.telling import tell_of_draft
from modalities.services.workflow import check_move, writable

State, Kind = Draft.State, DraftEvent.Kind
LABELS = {"title": "Title", **dict(Revision.SECTIONS), "change_note": "What you changed and why"}


@transactional
def begin_draft(modality: Modality, *, by: User) -> Draft:
    """Start from the revision in force. One open draft per page: editors work on it together."""
    require(by, "reference.edit")
    if modality.is_group:
        raise ValidationError("A group has no page of its own. Edit one of the pages in it.")
    held = hold_page(modality)
    if held.retired_at:
        raise ValidationError("This page is retired. An approver brings it back first.")
    base = held.current_revision or held.revisions.order_by("-number").first()
    texts = {name: getattr(base, name) for name in Draft.TEXTS} if base else {"title": held.title}
    try:
        with transaction.atomic():
            draft = Draft.objects.create(
                modality=held, base_revision=held.current_revision, author=by, changed_by=by, **texts
            )
    except IntegrityError as error:
        raise ValidationError("This page has an open draft already. Open it and work on it together.") from error
    tell(draft, Kind.BEGUN, by=by)
    return draft


@transactional
def edit_draft(
    draft: Draft, values: Mapping[str, Any], *, by: User, base: Mapping[str, Any] | None = None
) -> tuple[Draft, dict[str, Any]]:
    """Save what was typed. Fields in dispute come back with the colleague's value and are not saved."""
    require(by, "reference.edit")
    draft = writable(hold(draft))
    posted = {name: value for name, value in values.items() if name in Draft.EDITABLE}
    current = {name: getattr(draft, name) for name in Draft.EDITABLE}
    result = merge(current=current, base=base, posted=posted)
    if result.changes:
        write(draft, by=by, **result.changes)
        if not draft.events.filter(kind=Kind.EDITED, by=by).exists():
            tell(draft, Kind.EDITED, by=by)
    return draft, result.conflicts


@transactional
def rebase_draft(draft: Draft, *, by: User) -> Draft:
    """Start from what is in force now. What nobody typed over becomes theirs; every word typed here stays."""
    require(by, "reference.edit")
    draft = writable(hold(draft))
    current = hold_page(draft.modality).current_revision
    if current is None or current.pk == draft.base_revision_id:
        write(draft, by=by, base_revision=current)
        return draft
    old = draft.base_revision
    untouched = [n for n in Draft.TEXTS if old is not None and getattr(draft, n) == getattr(old, n)]
    write(draft, by=by, base_revision=current, **{name: getattr(current, name) for name in untouched})
    tell(draft, Kind.REBASED, by=by, comment=f"Revision {current.number}")
    return draft


@transactional
def send_to_review(draft: Draft, *, by: User, expected_version: int) -> Draft:
    require(by, "reference.edit")
    draft = hold(draft, expected_version)
    check_ready(draft)
    move(draft, State.IN_REVIEW, Kind.SENT, by=by)
    return draft


@transactional
def recall_draft(draft: Draft, *, by: User, expected_version: int) -> Draft:
    """Back from review, to write on."""
    require(by, "reference.edit")
    draft = hold(draft, expected_version)
    move(draft, State.DRAFT, Kind.RECALLED, by=by)
    return draft


@transactional
def discard_draft(draft: Draft, *, by: User, expected_version: int) -> Draft:
    """Kept as a row, but no longer open: the next editor starts from the revision in force."""
    require(by, "reference.edit")
    draft = hold(draft, expected_version)
    move(draft, State.DISCARDED, Kind.DISCARDED, by=by)
    return draft


def check_ready(draft: Draft) -> None:
    """Complete, sourced sentence by sentence, and different from what is in force. Each refusal names its section: it is read on
    pages that show the sections, and not their fields."""
    problems = {
        name: ["Write something here."] for name in (*Draft.TEXTS, "change_note") if not getattr(draft, name).strip()
    }
    texts = {name: getattr(draft, name) for name in Draft.TEXTS[1:]}
    for name, found in check_sources(texts, draft.modality).items():
        problems.setdefault(name, []).extend(found)
    if problems:
        raise ValidationError({
            name: [f"{LABELS[name]}: {words}" for words in found] for name, found in problems.items()
        })  # fmt: skip
    base = draft.base_revision
    same = base is not None and all(getattr(draft, name) == getattr(base, name) for name in Draft.TEXTS)
    # The day of a review is said anew: that of the earlier text says nothing of this one.
    if base is not None and same and draft.last_reviewed_on in (None, base.last_reviewed_on):
        raise ValidationError("Nothing differs from the revision in force, so there is nothing to publish.")


def hold(draft: Draft, expected_version: int | None = None) -> Draft:
    """Take the draft for this transaction; Conflict when it is not the version that the person saw."""
    held = Draft.objects.select_for_update(of=("self",)).select_related("modality", "base_revision").get(pk=draft.pk)
    if expected_version is not None and held.version != expected_version:
        raise Conflict("Somebody changed this draft while you were reading it. Read it again, then decide.")
    return held


def move(draft: Draft, to: Draft.State, kind: DraftEvent.Kind, *, by: User, comment: str = "") -> None:
    check_move(draft, to, Draft.TRANSITIONS, noun="draft")
    write(draft, by=by, state=to)
    tell(draft, kind, by=by, comment=comment)
    tell_of_draft(draft, kind, by=by, comment=comment)


def write(draft: Draft, *, by: User, **changes: Any) -> None:
    compare_and_set(draft, expected=draft.version, changed_by=by, changed_at=timezone.now(), **changes)


def tell(draft: Draft, kind: DraftEvent.Kind, *, by: User, comment: str = "") -> None:
    DraftEvent.objects.create(draft=draft, kind=kind, by=by, comment=comment)
    data = {"modality": draft.modality.slug, "version": draft.version, "state": str(draft.state)}
    audit.record(f"reference.draft_{kind}", by=by, subject=draft, label=str(draft)[:160], data=data)
