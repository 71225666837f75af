"""Plans with what hangs on them, with what is told of each step elsewhere (in the plan before, and in the one after), and with
the guidance under them that no longer stands."""

from collections.abc import Mapping, Sequence
from typing import Any

from accounts.models import User
from careplans.models import GuidanceAnswer, Occurrence, Plan, Step
from careplans.readers.served.plans import load_plans
from careplans.readers.served.steps import by_key, hang
from careplans.readers.served.together import Table
from careplans.readers.superseded_guidance import concerns_among
from modalities.models import Modality, Revision
from modalities.superseding import Superseded, publications_that_tell, superseded_among

PUBLISHED = ("id", "revision_id", "in_force_on", "withdrawn_at")


def load_told(rows: Sequence[Any], person: User) -> None:
    """With what the plan before had recorded of each step, so that nothing is told twice, and where a step goes on. Two
    statements."""
    found = load_plans(rows, _besides(rows))
    was_open = {one.pk for one in found["before"] if one.carried_over_at is not None}
    later = {one.carried_from_id: one for one in found["later"]}
    told: dict[int, set[int]] = {}
    for one in found["closed_before"]:
        told.setdefault(one.step_id, set()).add(one.number)
    superseded = _superseded(found["published"], found["published_pages"])
    for plan in rows:
        arms = {arm.pk: arm.name for step in plan.steps.all() for arm in step.arms.all()}
        chosen = {step.chosen_arm_id for step in plan.steps.all()}
        for step in plan.steps.all():
            step.was_open_before = step.carried_from_id in was_open
            step.told_before = frozenset(told.get(step.carried_from_id, ()))
            step.goes_on_as = _last(step, later)
            step.waits_for_arm = step.arm_id is not None and step.arm_id not in chosen
            step.chosen_arm_name = arms.get(step.chosen_arm_id, "")
            hang(step, case=plan.case)
        plan.concerns = concerns_among(plan, superseded, found["guidance_answers"])


def _besides(rows: Sequence[Any]) -> Mapping[str, Table]:
    plans = [plan.pk for plan in rows]
    before = Step.objects.filter(plan__in=plans, carried_from__isnull=False).order_by().values("carried_from")
    carried = Step.objects.filter(plan__in=plans, carried_over_at__isnull=False).order_by().values("case")
    closed = Occurrence.objects.filter(step__in=before).exclude(status__in=Occurrence.OPEN)
    later = Step.objects.filter(
        case__in=carried, carried_from__isnull=False, removed_at=None, plan__released_at__isnull=False
    ).exclude(plan__status=Plan.Status.ENTERED_IN_ERROR)
    published = publications_that_tell().order_by()
    pages = published.values("revision__modality")
    return {
        "before": Table(Step.objects.filter(pk__in=before), ("id", "carried_over_at")),
        "closed_before": Table(closed, ("id", "step_id", "number")),
        "later": Table(later, ("id", "carried_from_id", "status", "started_on")),
        "published": Table(published, PUBLISHED),
        "published_pages": Table(
            Revision.objects.filter(modality__in=pages),
            ("id", "modality_id", "number"),
            (("page_code", "modality__code"),),
        ),
        "guidance_answers": Table(
            GuidanceAnswer.objects.filter(plan__in=plans), ("id", "plan_id", "revision_id", "because_id")
        ),
    }


def _superseded(published: Sequence[Any], revisions: Sequence[Any]) -> Mapping[int, Superseded]:
    for revision in revisions:
        hang(revision, modality=Modality(pk=revision.modality_id, code=revision.page_code))
    known = by_key(revisions)
    for one in published:
        hang(one, revision=known[one.revision_id])
    return superseded_among(published, revisions)


def _last(step: Step, later: Mapping[int, Step]) -> Step:
    """Where a step that amendments took over stands last; itself, where none did."""
    while step.pk in later:
        step = later[step.pk]
    return step
