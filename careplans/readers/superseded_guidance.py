"""Which plans rest on guidance that no longer stands. Reads only; `services.superseded_guidance` keeps the answers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from careplans.models import GuidanceAnswer, Plan, Step
from careplans.models.plans import PlanQuerySet
from modalities.superseding import Superseded

# A draft takes the revisions in force when it is sent to sign-off, so it rests on none yet.
RESTING = (Plan.Status.IN_SIGNOFF, *Plan.IN_FORCE)


@dataclass(frozen=True)
class Concern:
    """What no longer stands under a plan: one old revision, and the steps that rest on it."""

    superseded: Superseded
    steps: list[Step]


def plans_on_superseded(rows: PlanQuerySet, found: Mapping[int, Superseded]) -> PlanQuerySet:
    """Of these plans the signed ones with a step still to be settled that rests on one of `found`, and no answer yet."""
    if not found:
        return rows.none()
    return rows.filter(Exists(concerning_steps(found).filter(plan=OuterRef("pk"))), status__in=RESTING)


def concerning_steps(found: Mapping[int, Superseded]) -> QuerySet[Step]:
    """What is done or not done is past: only steps whose fate is open can still follow newer guidance."""
    answered = GuidanceAnswer.objects.filter(
        plan=OuterRef("plan"),
        revision=OuterRef("modality_revision"),
        because__in={s.because.pk for s in found.values()},
    )
    rows = Step.objects.filter(modality_revision__in=list(found), removed_at=None, carried_over_at=None)
    return rows.exclude(status__in=Step.ENDED).exclude(Exists(answered))


def concerns_of(plans: Sequence[Plan], found: Mapping[int, Superseded]) -> dict[int, list[Concern]]:
    """By plan. One query for all of them."""
    concerns: dict[int, dict[int, Concern]] = {plan.pk: {} for plan in plans}
    rows = concerning_steps(found).filter(plan__in=list(concerns)).order_by("position", "id")
    for step in rows.select_related("modality_revision__modality"):
        of_plan = concerns[step.plan_id]
        about = found[step.modality_revision_id or 0]
        of_plan.setdefault(about.revision.pk, Concern(about, [])).steps.append(step)
    return {plan: list(by_revision.values()) for plan, by_revision in concerns.items()}


def concerns_among(plan: Plan, found: Mapping[int, Superseded], answers: Collection[GuidanceAnswer]) -> list[Concern]:
    """The same of one plan whose steps are at hand. `answers`: of any plans. No query."""
    if plan.status not in RESTING:
        return []
    because = {one.because.pk for one in found.values()}
    answered = {one.revision_id for one in answers if one.plan_id == plan.pk and one.because_id in because}
    concerns: dict[int, Concern] = {}
    for step in plan.steps.all():
        about = found.get(step.modality_revision_id or 0)
        if (
            about is None
            or about.revision.pk in answered
            or step.status in Step.ENDED
            or step.carried_over_at is not None
        ):
            continue
        concerns.setdefault(about.revision.pk, Concern(about, [])).steps.append(step)
    return list(concerns.values())
