"""What every change of a plan's content shares: the lock, the new content version, the voided signatures."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from accounts.permissions import require
from careplans import history
from careplans.guards import check_open, check_transition
from careplans.locks import take_plan
from careplans.models import Plan, Signature
from careplans.reminders.news import cancel_in_signoff
from careplans.reminders.schedule import cancel_for_signatures
from careplans.rules import advisories
from common.writing import compare_and_set

# What only an old fingerprint still reads: nobody who signs anew sees it.
NOT_SIGNED: dict[str, None] = {"follow_up_from": None, "follow_up_assignee": None}


@dataclass(frozen=True)
class Edited:
    """What an edit did. `voided` signatures must be told to whoever edits."""

    plan: Plan
    voided: int = 0

    @property
    def message(self) -> str:
        if not self.voided:
            return ""
        noun = "signature was" if self.voided == 1 else "signatures were"
        return f"The plan is a draft again and {self.voided} {noun} voided, because its content changed."


def lock_for_editing(plan: Plan, *, by: User, expected_version: int | None = None) -> Plan:
    """Take the case and the plan until the transaction ends and read them afresh, so that edits queue instead of racing.

    With `expected_version` (the API) any change since then raises Conflict.
    """
    require(by, "plans.draft", plan.board_id)
    fresh: Plan = Plan.objects.select_related("case", "board").get(pk=plan.pk)
    take_plan(fresh, expected=expected_version)
    check_open(fresh.case)
    if fresh.status not in Plan.WORKING:
        raise ValidationError(
            f"This plan is {fresh.get_status_display().lower()}, so its content stays as it was signed. Amend it instead."
        )
    return fresh


def content_changed(plan: Plan, *, by: User) -> Edited:
    """Count a change of what is signed. A plan in sign-off returns to draft and every signature becomes void."""
    was_in_signoff = plan.status == Plan.Status.IN_SIGNOFF
    Plan.objects.filter(pk=plan.pk).update(
        version=F("version") + 1, content_version=F("content_version") + 1, content_hash="", status=Plan.Status.DRAFT,
        facts_changed_at=None, updated_at=timezone.now(), **NOT_SIGNED,
    )  # fmt: skip
    plan.version, plan.content_version = plan.version + 1, plan.content_version + 1
    plan.content_hash, plan.status = "", Plan.Status.DRAFT
    advisories.refresh_plan(plan.pk)
    voided = void_signatures(plan, by=by, reason="the content changed") if was_in_signoff else 0
    if was_in_signoff:
        history.record(
            plan, "plan_moved", by=by, old="in_signoff", new="draft", reason="content changed", consequence=True,
            voided=voided,
        )  # fmt: skip
    return Edited(plan=plan, voided=voided)


def return_to_draft(plan: Plan, *, by: User, expected_version: int, reason: str) -> int:
    """A plan in sign-off becomes a draft of a new content version. Returns how many given signatures were voided."""
    check_transition(Plan.TRANSITIONS, plan.status, Plan.Status.DRAFT, noun="plan")
    compare_and_set(
        plan, expected=expected_version, status=Plan.Status.DRAFT, content_hash="", facts_changed_at=None,
        content_version=plan.content_version + 1, **NOT_SIGNED,
    )  # fmt: skip
    # A draft is judged by the facts as they are now, no longer by those it was submitted on.
    advisories.refresh_plan(plan.pk)
    voided = void_signatures(plan, by=by, reason=reason)
    history.record(plan, "plan_moved", by=by, old="in_signoff", new="draft", reason=reason, voided=voided)
    return voided


def void_signatures(plan: Plan, *, by: User, reason: str) -> int:
    """Void every standing signature and request of a plan; the answer that was given stays readable on the row."""
    standing = list(Signature.objects.filter(plan=plan).exclude(status__in=("void", "declined")))
    given = [signature for signature in standing if signature.is_given]
    for signature in standing:
        Signature.objects.filter(pk=signature.pk).update(voided_status=signature.status, status=Signature.Status.VOID)
    cancel_for_signatures(standing, reason=reason)
    cancel_in_signoff(plan, reason=reason)
    if given:
        signers = [signature.signer_id for signature in given]
        history.record(
            plan, "signatures_voided", by=by, reason=reason, consequence=True, count=len(given), signers=signers
        )
    return len(given)
