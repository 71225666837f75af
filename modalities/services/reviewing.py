"""What an approver does with a draft: send it back or approve it, for now or for a later day."""

from datetime import date

from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.permissions import require
from common.centre_day import centre_today
from common.local_time import not_meant
from common.writing import transactional
from modalities.models import Draft, DraftEvent, Modality, Publication, Revision
from modalities.services.drafts import check_ready, hold, move
from modalities.services.revisions import SECTION_FIELDS, Wording, add_revision, lock_page, point_at
from modalities.services.telling import tell_of_approval
from modalities.services.workflow import refuse_writer


@transactional
def send_back(draft: Draft, *, by: User, expected_version: int, comment: str) -> Draft:
    require(by, "reference.approve")
    draft = hold(draft, expected_version)
    if not comment.strip():
        raise ValidationError({"comment": "Say what should change, so that the editor can act on it."})
    move(draft, Draft.State.SENT_BACK, DraftEvent.Kind.SENT_BACK, by=by, comment=comment.strip())
    return draft


@transactional
def approve_draft(
    draft: Draft, *, by: User, expected_version: int, matters_to_plans: bool, why: str, in_force_on: date | None = None,
    comment: str = "",
) -> Revision:  # fmt: skip
    """Make the draft a revision, in force today or from `in_force_on`. Whoever wrote on it may not approve it."""
    require(by, "reference.approve")
    draft = hold(draft, expected_version)
    refuse_writer(draft, DraftEvent.WRITING, by)
    today = centre_today()
    starts = in_force_on or today
    if words := not_meant(starts):
        raise ValidationError({"in_force_on": words})
    if starts < today:
        raise ValidationError(
            {"in_force_on": "A revision cannot go into force in the past. Choose today or a later day."}
        )
    if not why.strip():
        raise ValidationError({"why": "Say why it does or does not matter to open plans."})
    check_ready(draft)
    page = lock_page(draft.modality, draft.base_revision_id)
    _refuse_second_in_waiting(page)
    move(draft, Draft.State.APPROVED, DraftEvent.Kind.APPROVED, by=by, comment=comment.strip())
    revision = add_revision(page, _wording(draft), by=by)
    Publication.objects.create(
        revision=revision, in_force_on=starts, written_by=draft.author, approved_by=by,
        matters_to_plans=matters_to_plans, why=why.strip(),
    )  # fmt: skip
    if starts == today:
        point_at(page, revision, by=by)
    from_when = "is in force" if starts == today else f"goes into force on {starts:%-d %B %Y}"
    tell_of_approval(draft, revision, from_when, by=by, comment=comment.strip())
    return revision


def _refuse_second_in_waiting(page: Modality) -> None:
    """The one that waits would come into force later and put the older text back."""
    waiting = Publication.objects.waiting_of(page)
    if waiting is not None:
        raise ValidationError(
            f"Revision {waiting.revision.number} of this page goes into force on {waiting.in_force_on:%d %B %Y}. "
            "Cancel that one first, or approve this draft after that day."
        )


def _wording(draft: Draft) -> Wording:
    return Wording(
        title=draft.title,
        sections={name: getattr(draft, name) for name in SECTION_FIELDS},
        change_note=draft.change_note,
        last_reviewed_on=draft.last_reviewed_on,
    )
