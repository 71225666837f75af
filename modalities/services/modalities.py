"""The tree of pages: add one, move one, retire one, bring it back. What a page says is written in `drafts`."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.permissions import require
from common.errors import Conflict
from common.writing import compare_and_set, transactional
from modalities.models import Modality


@dataclass(frozen=True)
class Place:
    """Where a page stands in the tree, and what the rules count a step on it as. `title` is that of the first draft."""

    title: str
    parent: Modality
    order: int
    code: str = ""


@transactional
def add_page(place: Place, *, by: User, slug: str, is_group: bool = False) -> Modality:
    """A page without text, known to editors and approvers only until its first revision is in force; or a group."""
    require(by, "reference.edit")
    if slug in Modality.RESERVED_SLUGS or Modality.objects.filter(slug=slug).exists():
        raise ValidationError({"slug": "This address is taken. Choose another one."})
    _check_place(place, None, is_group=is_group)
    try:
        with transaction.atomic():
            page = Modality.objects.create(
                slug=slug, title=place.title, parent=place.parent, order=place.order, code=place.code,
                is_group=is_group, added_by=by,
            )  # fmt: skip
    except IntegrityError as error:
        raise ValidationError({"slug": "This address is taken. Choose another one."}) from error
    audit.record("reference.page_added", by=by, subject=page, label=slug, data=_told(page))
    return page


@transactional
def move_page(page: Modality, place: Place, *, by: User, expected_version: int) -> Modality:
    """Change its place. Steps keep the code that they were made with, so another code concerns new steps only."""
    require(by, "reference.edit")
    held = _hold(page, expected_version)
    _check_place(place, held, is_group=held.is_group)
    if held.is_supplied and place.code != held.code:
        raise ValidationError({"code": "The rules know this page by its code, so that stays as it is."})
    if place.title != held.title and held.revisions.exists():
        raise ValidationError({"title": "The title of a published page changes with its text: edit the page."})
    before = _told(held)
    compare_and_set(
        held, expected=held.version, title=place.title, parent=place.parent, order=place.order, code=place.code
    )
    audit.record("reference.page_moved", by=by, subject=held, label=held.slug, data={"old": before, "new": _told(held)})
    return held


@transactional
def retire_page(page: Modality, *, by: User, expected_version: int, reason: str) -> Modality:
    """Out of the tree and of the choice for new steps. Its text, its history and the plans that use it stay."""
    require(by, "reference.approve")
    held = _hold(page, expected_version)
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is retired. Readers of older plans see this."})
    if held.retired_at:
        raise ValidationError("This page is retired already.")
    if held.parent_id is None:
        raise ValidationError("The other pages hang on this one, so it cannot be retired.")
    if held.children.filter(retired_at=None).exists():
        raise ValidationError("There are live pages below this one. Move or retire them first.")
    compare_and_set(
        held, expected=held.version, retired_at=timezone.now(), retired_by=by, retired_reason=reason.strip()
    )
    audit.record("reference.page_retired", by=by, subject=held, label=held.slug, data={"reason": reason.strip()})
    return held


@transactional
def restore_page(page: Modality, *, by: User, expected_version: int) -> Modality:
    """Back into the tree, with the revision that was in force."""
    require(by, "reference.approve")
    held = _hold(page, expected_version)
    if not held.retired_at:
        raise ValidationError("This page is not retired.")
    if held.parent is not None and held.parent.retired_at:
        raise ValidationError(f"“{held.parent.title}”, above it, is retired. Bring that back first.")
    compare_and_set(held, expected=held.version, retired_at=None, retired_by=None, retired_reason="")
    audit.record("reference.page_restored", by=by, subject=held, label=held.slug)
    return held


def _check_place(place: Place, page: Modality | None, *, is_group: bool) -> None:
    if is_group and place.code:
        raise ValidationError({"code": "A group has no page, so no step can name it. Choose “none”."})
    if place.code == Modality.Code.OTHER and page is not None and page.is_supplied:
        raise ValidationError({"code": "The rules know this page by its code, so that stays as it is."})
    if page is not None and page.parent_id is None:
        raise ValidationError("The other pages hang on this one, so its place stays as it is.")
    # Read anew: the form may have seen it before a colleague moved or retired it.
    parent = Modality.objects.get(pk=place.parent.pk)
    if parent.retired_at:
        raise ValidationError({"parent": "That page is retired. Choose one that is in the tree."})
    if page is not None and _is_below(parent, page):
        raise ValidationError({"parent": "A page cannot stand below itself. Choose another place."})


def _is_below(other: Modality | None, page: Modality) -> bool:
    """Whether `other` is the page or hangs on it. The tree is a few pages deep."""
    while other is not None:
        if other.pk == page.pk:
            return True
        other = other.parent
    return False


def _hold(page: Modality, expected_version: int) -> Modality:
    """The page for this transaction. The tree is changed by one at a time, or two moves could make a ring."""
    list(Modality.objects.select_for_update().order_by("pk").values_list("pk", flat=True))
    held = Modality.objects.select_related("parent").get(pk=page.pk)
    if held.version != expected_version:
        raise Conflict("Somebody changed the place of this page while you had it open. Look at it again, then decide.")
    return held


def _told(page: Modality) -> dict[str, object]:
    return {
        "title": page.title, "parent": page.parent.slug if page.parent else "", "order": page.order, "code": page.code,
        "group": page.is_group,
    }  # fmt: skip
