"""What every change of a plan's content shares: the lock, the new content version, the voided signatures."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from accounts.permissions import require
from careplans import history
from careplans.guards import check_open, check_transition
from careplans.locks import taken_for_rules, taken_with_plan
from careplans.models import Plan, Signature, Step
from careplans.reminders.news import cancel_in_signoff
from careplans.reminders.schedule import cancel_for_signatures
from careplans.rules import advisories
from careplans.rules.plan_advice import Judged
from common.writing import compare_and_set, raise_conflict

# What only an old fingerprint still reads: nobody who signs anew sees it.
NOT_SIGNED: dict[str, None] = {"follow_up_from": None, "follow_up_assignee_id": None}


@dataclass(frozen=True)
class Edited:
    """What an edit did. `voided` signatures must be told to whoever edits."""

    plan: Plan
    voided: int = 0
    # With it the plan has its steps loaded as the rules look at them.
    judged: Judged | None = None
    # What followed for other steps, as sentences.
    told: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        noun = "signature was" if self.voided == 1 else "signatures were"
        voided = f"The plan is a draft again and {self.voided} {noun} voided, because its content changed."
        return " ".join([*self.told, *([voided] if self.voided else [])])


def lock_for_editing(plan: Plan, *, by: User, expected_version: int | None = None) -> Plan:
    """Take the case and the plan until the transaction ends and read them afresh, so that edits queue instead of racing.

    With `expected_version` (the API) any change since then raises Conflict.
    """
    require(by, "plans.draft", plan.board_id)
    fresh = taken_for_rules(plan)
    if expected_version is not None and fresh.version != expected_version:
        raise_conflict(fresh)
    _check_editable(fresh)
    return fresh


def lock_step_for_editing(step: Step, *, by: User) -> tuple[Plan, Step]:
    """The same of one of its steps, which is taken with them."""
    require(by, "plans.draft", step.board_id)
    fresh = taken_with_plan(step)
    _check_editable(fresh.plan)
    return fresh.plan, fresh


def _check_editable(plan: Plan) -> None:
    check_open(plan.case)
    if plan.status not in Plan.WORKING:
        raise ValidationError(
            f"This plan is {plan.get_status_display().lower()}, so its content stays as it was signed. Amend it instead."
        )


def content_changed(plan: Plan, *, by: User) -> Edited:
    """Count a change of what is signed. A plan in sign-off returns to draft and every signature becomes void.

    The plan is that of `lock_for_editing`, and what was changed of it is changed at hand too.
    """
    was_in_signoff = plan.status == Plan.Status.IN_SIGNOFF
    content = {"content_hash": "", "status": Plan.Status.DRAFT, "facts_changed_at": None, **NOT_SIGNED}
    # A foreign key that is written, even with the same value, is checked anew.
    moved = {name: value for name, value in content.items() if getattr(plan, name) != value}
    now = timezone.now()
    Plan.objects.filter(pk=plan.pk).update(
        version=F("version") + 1, content_version=F("content_version") + 1, updated_at=now, **moved
    )
    plan.version, plan.content_version, plan.updated_at = plan.version + 1, plan.content_version + 1, now
    for name, value in moved.items():
        setattr(plan, name, value)
    judged = advisories.refresh_taken(plan)
    voided = void_signatures(plan, by=by, reason="the content changed") if was_in_signoff else 0
    if was_in_signoff:
        history.record(
            plan, "plan_moved", by=by, old="in_signoff", new="draft", reason="content changed", consequence=True,
            voided=voided,
        )  # fmt: skip
    return Edited(plan=plan, voided=voided, judged=judged)


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
