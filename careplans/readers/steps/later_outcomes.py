"""What can be added to the outcome of a step or a plan that has ended, or be put right of it."""

from careplans.guards import why_merged
from careplans.models import Case, Patient, Plan, Step
from careplans.models.outcomes import TOXICITIES, Toxicity

# Of what never began there is nothing to tell.
ENDED = (Step.Status.COMPLETED, Step.Status.STOPPED)
PLANS_ENDED = (Plan.Status.COMPLETED, Plan.Status.REVOKED)


def why_no_outcome(step: Step) -> str:
    """Why nothing can be added to the outcome of a step; empty where it can. The step comes with its plan, case and patient; one
    query for a plan that was superseded."""
    if step.removed_at is not None or step.status == Step.Status.PROPOSED:
        return "This step is not part of a plan that was in force, so there is no outcome of it."
    if step.is_open:
        return "This step has not ended. Record that it was completed or stopped, and its outcome with that."
    if step.status not in ENDED:
        return f"This step never began (it is {step.get_status_display().lower()}), so there is no outcome of it."
    return _why_kept(step.plan, step.case) or _why_elsewhere(step)


def why_no_plan_outcome(plan: Plan) -> str:
    """The same of a whole plan."""
    if plan.status == Plan.Status.SUPERSEDED:
        return "An amendment took the place of this plan. What comes of it is recorded when that one ends."
    if plan.status == Plan.Status.ENTERED_IN_ERROR:
        return "This plan was entered in error, so there is no outcome of it."
    if plan.status not in PLANS_ENDED:
        return "This plan has not ended. Complete it, with its outcome."
    if plan.status == Plan.Status.REVOKED and not has_begun(plan):
        return "This plan was revoked before anything of it began, so there is no outcome of it."
    return _why_kept(plan, plan.case)


def has_begun(plan: Plan) -> bool:
    """One query where the plan comes without its steps."""
    return any(step.started_on is not None and step.removed_at is None for step in plan.steps.all())


def stands_in(step: Step) -> Step | None:
    """The step of the amendment that took this one over, in which it is told from then on. One query."""
    rows = Step.objects.filter(carried_from=step, removed_at=None, plan__released_at__isnull=False)
    found: Step | None = rows.exclude(plan__status=Plan.Status.ENTERED_IN_ERROR).select_related("plan").first()
    return found


def toxicities_for(patient: Patient) -> list[tuple[str, str]]:
    """The grades that can be chosen: the one that is a death once that is recorded."""
    return [choice for choice in TOXICITIES if patient.is_dead or choice[0] != Toxicity.GRADE_5]


def _why_kept(plan: Plan, case: Case) -> str:
    """A case that is closed, as each is whose patient died, is no hindrance: what is told here is past, and nothing goes on."""
    if plan.status == Plan.Status.ENTERED_IN_ERROR:
        return "This plan was entered in error; its steps stay as they are."
    return why_merged(case.patient)


def _why_elsewhere(step: Step) -> str:
    if step.plan.status != Plan.Status.SUPERSEDED:
        return ""
    other = stands_in(step)
    if other is None:
        return ""
    return (
        f"An amendment took this step over: it is step {other.number} of plan {other.plan.number} now. Record it there."
    )
