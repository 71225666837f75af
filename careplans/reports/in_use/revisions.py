"""Which open plans rest on which revision of a reference page."""

from collections.abc import Sequence
from typing import TypedDict

from django.db.models import Count, Exists, OuterRef, Q

from careplans.models import Plan, Step
from careplans.models.plans import PlanQuerySet
from careplans.readers.superseded_guidance import RESTING
from modalities.models import Modality


class Counted(TypedDict):
    number: int
    drafts: int
    signed: int


def plans_by_revision(modality: Modality) -> Sequence[Counted]:
    """How many open plans have a live step on each revision, newest revision first. Numbers only; one query."""
    steps = Step.objects.filter(
        modality_revision__modality=modality, removed_at=None, carried_over_at=None, plan__status__in=Plan.OPEN
    )
    rows = steps.values("modality_revision__number").order_by("-modality_revision__number").annotate(
        drafts=Count("plan", distinct=True, filter=Q(plan__status=Plan.Status.DRAFT)),
        signed=Count("plan", distinct=True, filter=Q(plan__status__in=RESTING)),
    )  # fmt: skip
    return [Counted(number=r["modality_revision__number"], drafts=r["drafts"], signed=r["signed"]) for r in rows]


def revisions_under(plans: Sequence[Plan], modality: Modality) -> dict[int, list[int]]:
    """By plan: the numbers of the revisions of this page that its live steps rest on. One query."""
    rows = Step.objects.filter(
        plan__in=[plan.pk for plan in plans], modality_revision__modality=modality, removed_at=None
    )
    found: dict[int, list[int]] = {}
    for plan, number in (
        rows.values_list("plan", "modality_revision__number").distinct().order_by("plan", "-modality_revision__number")
    ):
        found.setdefault(plan, []).append(number)
    return found


def plans_resting_on(modality: Modality, number: int | None = None) -> PlanQuerySet:
    """Open plans with a live step on a page, or on one revision of it."""
    steps = Step.objects.filter(
        plan=OuterRef("pk"), modality_revision__modality=modality, removed_at=None, carried_over_at=None
    )
    if number is not None:
        steps = steps.filter(modality_revision__number=number)
    rows: PlanQuerySet = Plan.objects.open().filter(Exists(steps)).select_related("case__patient", "board")
    return rows
