"""What an approver does with a template: send its draft back, put it into force, withdraw it; and when it is read again."""

from datetime import date

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.permissions import can, require
from careplans.models import PlanTemplate, PlanTemplateEvent, PlanTemplateVersion
from careplans.plan_templates.drafts import Kind, State, check_ready, hold, move, write_row
from common import unlikely_days
from common.asked import ask
from common.centre_day import centre_today
from common.local_time import not_meant
from common.writing import compare_and_set, lock, transactional
from modalities.services.workflow import change_wanted, refuse_writer


@transactional
def send_back(row: PlanTemplateVersion, *, by: User, expected_version: int, comment: str) -> PlanTemplateVersion:
    require(by, "reference.approve")
    row = hold(row, expected_version)
    move(row, State.DRAFT, Kind.SENT_BACK, by=by, comment=change_wanted(comment))
    return row


@transactional
def publish(row: PlanTemplateVersion, *, by: User, expected_version: int, comment: str = "") -> PlanTemplateVersion:
    """Put the draft into force for every board. Whoever wrote on it may not. Plans that were begun stay as they are."""
    require(by, "reference.approve")
    lock(PlanTemplate.objects.filter(pk=row.template_id))
    row = hold(row, expected_version)
    refuse_writer(row, PlanTemplateEvent.WRITING, by)
    check_ready(row)
    before = PlanTemplateVersion.objects.filter(template=row.template_id, state=State.PUBLISHED).first()
    now = timezone.now()
    if before is not None and before.pk != row.base_id:
        raise ValidationError(
            "Another version is in force than the one this draft was begun from. Discard it and begin anew."
        )
    if before is not None:
        write_row(before, by=by, state=State.SUPERSEDED, ended_by=by, ended_at=now)
    move(row, State.PUBLISHED, Kind.PUBLISHED, by=by, comment=comment.strip(), published_by=by, published_at=now)
    return row


@transactional
def withdraw(row: PlanTemplateVersion, *, by: User, expected_version: int, reason: str) -> PlanTemplateVersion:
    """Nothing starts from it any more; plans that did stay as they are."""
    require(by, "reference.approve")
    lock(PlanTemplate.objects.filter(pk=row.template_id))
    row = hold(row, expected_version)
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is withdrawn. Boards read it where the template stood."})
    move(
        row, State.WITHDRAWN, Kind.WITHDRAWN, by=by, comment=reason.strip(), ended_by=by, ended_at=timezone.now(),
        ended_reason=reason.strip(),
    )  # fmt: skip
    return row


@transactional
def plan_review(
    template: PlanTemplate, *, by: User, expected_version: int, review_due_on: date | None, responsible: User | None
) -> PlanTemplate:
    """By when the template is read again, and who sees to it."""
    require(by, "reference.edit")
    [held] = lock(PlanTemplate.objects.filter(pk=template.pk))
    if responsible is not None and not can(responsible, "reference.edit"):
        raise ValidationError({"responsible": "Choose somebody who may edit the reference pages."})
    if review_due_on is not None and (words := not_meant(review_due_on)):
        raise ValidationError({"review_due_on": words})
    if review_due_on != held.review_due_on:
        ask(unlikely_days.planned({"review_due_on": review_due_on}, today=centre_today()))
    old = held.review_due_on
    compare_and_set(held, expected=expected_version, review_due_on=review_due_on, responsible=responsible)
    data = {
        "old": str(old or ""), "new": str(review_due_on or ""), "responsible": responsible.pk if responsible else None,
    }  # fmt: skip
    audit.record("template.review_planned", by=by, subject=held, label=held.slug, data=data)
    return held
