from datetime import date

from django.core.exceptions import ValidationError

from accounts import audit
from accounts.models import User
from accounts.permissions import can, require
from common import unlikely_days
from common.asked import ask
from common.centre_day import centre_today
from common.local_time import not_meant
from common.writing import transactional
from modalities.models import Modality
from modalities.services.revisions import hold_page


@transactional
def plan_review(modality: Modality, *, by: User, review_due_on: date | None, responsible: User | None) -> None:
    """By when the page is read again against its sources, and who sees to it."""
    require(by, "reference.edit")
    if modality.is_group:
        raise ValidationError("A group has no page of its own, so there is nothing to review.")
    if modality.retired_at:
        raise ValidationError("This page is retired, so there is nothing to review.")
    if responsible is not None and not can(responsible, "reference.edit"):
        raise ValidationError({"responsible": "Choose somebody who may edit the reference pages."})
    if review_due_on is not None and (words := not_meant(review_due_on)):
        raise ValidationError({"review_due_on": words})
    page = hold_page(modality)
    if review_due_on != page.review_due_on:
        ask(unlikely_days.planned({"review_due_on": review_due_on}, today=centre_today()))
    Modality.objects.filter(pk=page.pk).update(review_due_on=review_due_on, responsible=responsible)
    data = {
        "old": str(page.review_due_on or ""), "new": str(review_due_on or ""),
        "responsible": responsible.pk if responsible else None,
    }  # fmt: skip
    audit.record("reference.review_planned", by=by, subject=page, label=page.slug, data=data)
