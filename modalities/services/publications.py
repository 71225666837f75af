"""What happens to a revision after its approval: its day comes, or it is withdrawn."""

from datetime import date

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.permissions import require
from common.centre_day import centre_today
from common.going_on import going_on
from common.writing import transactional
from modalities.models import Publication, Revision
from modalities.services.revisions import hold_page, point_at, take_page
from modalities.services.telling import tell_of_revision


@transactional
def withdraw_revision(revision: Revision, *, by: User, reason: str) -> Revision | None:
    """Take a revision out of force, or cancel a scheduled one. Answers with the one that is in force then, if any."""
    require(by, "reference.approve")
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is withdrawn. Readers and open plans rest on it."})
    page = hold_page(revision.modality)
    today = centre_today()
    # Revisions that came with the application have no such row yet.
    published = timezone.localdate(revision.published_at)
    Publication.objects.get_or_create(revision=revision, defaults={"in_force_on": published})
    told = {"withdrawn_at": timezone.now(), "withdrawn_by": by, "withdrawn_reason": reason.strip()}
    if Publication.objects.filter(revision=revision, withdrawn_at=None).update(**told) != 1:
        raise ValidationError(f"Revision {revision.number} has been withdrawn already.")
    data = {"modality": page.slug, "number": revision.number}
    audit.record("reference.withdraw", by=by, subject=revision, label=str(revision)[:160], data=data)
    tell_of_revision(revision, by=by, words=f"was withdrawn by {by.name}: {reason.strip()}")
    now = page.revisions.all().may_be_in_force(today).first()
    if (now.pk if now else None) != page.current_revision_id:
        point_at(page, now, by=by)
    return now


def put_into_force_due(today: date | None = None) -> list[Revision]:
    """Point every page at the revision whose day has come. Safe to run twice, and at any time."""
    day = today or centre_today()
    switched = []
    for due in Publication.objects.overdue_switch(day):
        with going_on("revision not put into force", row=due.pk):
            switched.append(_switch(due, day))
    return [revision for revision in switched if revision is not None]


@transactional
def _switch(due: Publication, day: date) -> Revision | None:
    page = take_page(due.revision.modality)
    newest = page.revisions.all().may_be_in_force(day).first()
    if newest is None or newest.pk == page.current_revision_id:
        return None
    point_at(page, newest, by=None)
    return newest
