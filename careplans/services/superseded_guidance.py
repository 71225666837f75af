"""What a board answers when guidance under a decision no longer stands."""

from collections.abc import Collection

from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.permissions import require
from careplans import history
from careplans.guards import check_open, check_reason
from careplans.locks import take_plan
from careplans.models import GuidanceAnswer, Plan
from careplans.readers.superseded_guidance import concerns_of
from common.writing import transactional
from modalities.superseding import superseded_revisions


@transactional
def keep_plan(plan: Plan, *, by: User, reason: str, seen: Collection[int]) -> list[GuidanceAnswer]:
    """Keep a plan although guidance under it was superseded, with the reason. `seen` are the publications it was
    asked about on the screen: what has been published since is asked about again.
    """
    require(by, "guidance.answer", plan.board_id)
    reason = check_reason(reason, what="keeping the plan as it is")
    take_plan(plan)
    check_open(plan.case)
    if plan.status not in Plan.OPEN:
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
