"""Guidance under decisions: which revision a step rests on, and what a board answers when it no longer stands."""

from collections.abc import Collection, Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from accounts.models import User
from accounts.permissions import require
from careplans import history
from careplans.guards import check_reason
from careplans.models import GuidanceAnswer, Plan, Step
from careplans.readers.superseded_guidance import concerns_of
from modalities.superseding import superseded_revisions


def pin_steps(steps: Sequence[Step], *, by: User) -> None:
    """Let the steps of a plan that is being submitted rest on the revisions in force now.

    A step that an earlier version of the plan has settled stays on the revision it was decided on. Inside the caller's
    transaction, before the content is fixed; the steps come from `for_plan()`.
    """
    settled = Step.objects.filter(pk__in=[s.carried_from_id for s in steps if s.carried_from_id], status__in=Step.ENDED)
    past = set(settled.values_list("pk", flat=True))
    for step in steps:
        newer, old = step.newer_revision, step.modality_revision
        if newer is None or old is None or step.carried_from_id in past:
            continue
        Step.objects.filter(pk=step.pk).update(modality_revision=newer, version=F("version") + 1)
        step.modality_revision, step.version = newer, step.version + 1
        history.record(step, "guidance_pinned", by=by, page=old.title, old_number=old.number, new_number=newer.number)


@transaction.atomic
def keep_plan(plan: Plan, *, by: User, reason: str, seen: Collection[int]) -> list[GuidanceAnswer]:
    """Keep a plan although guidance under it was superseded, with the reason. `seen` are the publications it was
    asked about on the screen: what has been published since is asked about again.
    """
    require(by, "guidance.answer", plan.board_id)
    reason = check_reason(reason, what="keeping the plan as it is")
    if not Plan.objects.filter(pk=plan.pk).open().update(version=F("version")):
        raise ValidationError("This plan has ended, so nothing rests on it any more.")
    concerns = [c for c in concerns_of([plan], superseded_revisions())[plan.pk] if c.superseded.because.pk in seen]
    if not concerns:
        raise ValidationError("Somebody has answered this already, or an amendment has taken the plan's place.")
    kept = [
        GuidanceAnswer.objects.create(
            board_id=plan.board_id, plan=plan, revision=concern.superseded.revision, because=concern.superseded.because,
            reason=reason, by=by,
        )
        for concern in concerns
    ]  # fmt: skip
    pages = [concern.superseded.revision.title for concern in concerns]
    history.record(plan, "guidance_kept", by=by, reason=reason, pages=pages)
    return kept
