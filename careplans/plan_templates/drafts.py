"""Writing a template: begin, change, send to review, take back, discard. Nothing here puts one into force."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.text import slugify

from accounts import audit
from accounts.models import User
from accounts.permissions import require
from careplans.models import PlanTemplate, PlanTemplateEvent, PlanTemplateVersion
from careplans.plan_templates.checks import problems_of
from careplans.plan_templates.content import TemplateContent, as_data, read_content
from careplans.plan_templates.hashing import hash_of
from careplans.plan_templates.telling import tell_of_template
from common.slugs import free_address
from common.writing import compare_and_set, lock, transactional
from modalities.services.workflow import as_seen, change_noted, check_move, writable

# What the list of templates itself has under its address.
OWN_ADDRESSES = ("new", "use")
Edit = Callable[[TemplateContent], TemplateContent]
State, Kind = PlanTemplateVersion.State, PlanTemplateEvent.Kind


@transactional
def new_template(
    content: TemplateContent, *, by: User, kind: str = Kind.BEGUN, comment: str = ""
) -> PlanTemplateVersion:
    """A template that the centre did not have. Its address follows the title, and never changes."""
    require(by, "reference.edit")
    title = content.title.strip()
    if not title:
        raise ValidationError({"title": "Give it a title."})
    slug = slugify(title)[:60].strip("-")
    if not slug or slug in OWN_ADDRESSES:
        # A title in another script has none of the letters of an address.
        slug = free_address("template", PlanTemplate.objects.values_list("slug", flat=True))
    try:
        with transaction.atomic():
            template = PlanTemplate.objects.create(slug=slug, created_by=by)
    except IntegrityError as error:
        raise ValidationError({"title": "There is a template of this title already. Choose another one."}) from error
    return _create(template, content, None, kind, by=by, comment=comment)


@transactional
def begin_version(template: PlanTemplate, *, by: User) -> PlanTemplateVersion:
    """Start from the version in force, or from the last one. One open draft: editors work on it together."""
    require(by, "reference.edit")
    [template] = lock(PlanTemplate.objects.filter(pk=template.pk))
    base = template.versions.in_force().first() or template.versions.ever_published().order_by("-number").first()
    if base is None:
        raise ValidationError("This template has a draft already, or nothing to start from.")
    return _create(template, read_content(base.content), base, Kind.BEGUN, by=by)


def _create(
    template: PlanTemplate,
    content: TemplateContent,
    base: PlanTemplateVersion | None,
    kind: str,
    *,
    by: User,
    comment: str = "",
) -> PlanTemplateVersion:
    last: int = template.versions.aggregate(last=Max("number"))["last"] or 0
    data = as_data(content)
    try:
        with transaction.atomic():
            row = PlanTemplateVersion.objects.create(
                template=template, number=last + 1, base=base, title=content.title.strip(), content=data,
                content_hash=hash_of(data), author=by, changed_by=by,
            )  # fmt: skip
    except IntegrityError as error:
        raise ValidationError("This template has an open draft already. Open it and work on it together.") from error
    tell(row, kind, by=by, comment=comment)
    return row


@transactional
def change(
    row: PlanTemplateVersion, edit: Edit, *, by: User, expected_version: int, what: str = ""
) -> PlanTemplateVersion:
    """Change the content. `edit` gets what stands, and gives what shall stand, or refuses."""
    require(by, "reference.edit")
    row = hold_writable(row, expected_version)
    content = edit(read_content(row.content))
    data = as_data(content)
    if hash_of(data) == row.content_hash:
        return row
    if not content.title.strip():
        raise ValidationError({"title": "Give the template a title."})
    write_row(row, by=by, title=content.title.strip(), content=data, content_hash=hash_of(data))
    tell(row, Kind.CHANGED, by=by, what=what[:160])
    return row


@transactional
def send_to_review(
    row: PlanTemplateVersion, *, by: User, expected_version: int, change_note: str
) -> PlanTemplateVersion:
    require(by, "reference.edit")
    row = hold(row, expected_version)
    note = change_noted(change_note)
    check_ready(row)
    move(row, State.IN_REVIEW, Kind.SENT, by=by, change_note=note)
    return row


@transactional
def recall(row: PlanTemplateVersion, *, by: User, expected_version: int) -> PlanTemplateVersion:
    """Back from review, to write on."""
    require(by, "reference.edit")
    row = hold(row, expected_version)
    move(row, State.DRAFT, Kind.RECALLED, by=by)
    return row


@transactional
def discard(row: PlanTemplateVersion, *, by: User, expected_version: int) -> PlanTemplateVersion:
    """Kept as a row, but no longer open: the next editor starts from what is in force."""
    require(by, "reference.edit")
    row = hold(row, expected_version)
    move(row, State.DISCARDED, Kind.DISCARDED, by=by)
    return row


def check_ready(row: PlanTemplateVersion) -> None:
    """Complete, sourced by what is there, and different from what is in force."""
    if problems := problems_of(read_content(row.content)):
        raise ValidationError(problems)
    if row.base is not None and row.base.state == State.PUBLISHED and row.base.content_hash == row.content_hash:
        raise ValidationError("Nothing differs from the version in force, so there is nothing to approve.")


def hold(row: PlanTemplateVersion, expected_version: int) -> PlanTemplateVersion:
    """Take the version for this transaction; Conflict when it is not what the person saw."""
    [held] = lock(PlanTemplateVersion.objects.filter(pk=row.pk).select_related("template", "base"))
    return as_seen(held, expected_version)


def hold_writable(row: PlanTemplateVersion, expected_version: int) -> PlanTemplateVersion:
    return writable(hold(row, expected_version))


def move(row: PlanTemplateVersion, to: str, kind: str, *, by: User, comment: str = "", **changes: Any) -> None:
    check_move(row, to, PlanTemplateVersion.TRANSITIONS, noun="version")
    write_row(row, by=by, state=to, **changes)
    tell(row, kind, by=by, comment=comment)
    tell_of_template(row, kind, by=by, comment=comment)


def write_row(row: PlanTemplateVersion, *, by: User, **changes: Any) -> None:
    compare_and_set(row, expected=row.version, changed_by=by, changed_at=timezone.now(), **changes)


def tell(row: PlanTemplateVersion, kind: str, *, by: User, what: str = "", comment: str = "") -> None:
    PlanTemplateEvent.objects.create(row=row, kind=kind, what=what, comment=comment, by=by)
    data = {"version": row.version, "number": row.number, "state": str(row.state)}
    audit.record(f"template.{kind}", by=by, subject=row, label=str(row)[:160], data=data)
