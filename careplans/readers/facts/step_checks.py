"""Phase and goals of a step that do not go together. Pure; a question that stops nobody."""

from collections.abc import Iterable

from careplans.models import Step
from careplans.readers.facts.fact_checks import OURS, Question

Phase, Goal = Step.Phase, Step.Goal
# A step of this phase has at least one of these goals …
FIT: dict[str, frozenset[str]] = {
    Phase.SYMPTOM_CONTROL: frozenset({Goal.SYMPTOM_CONTROL, Goal.HORMONE_REDUCTION, Goal.PALLIATION}),
    Phase.TUMOUR_CONTROL: frozenset(
        {Goal.TUMOUR_CONTROL, Goal.LOCAL_CONTROL, Goal.SIZE_REDUCTION, Goal.CURE, Goal.DEBULKING, Goal.PALLIATION}
    ),
    Phase.DEBULKING: frozenset({Goal.DEBULKING, Goal.SIZE_REDUCTION}),
    Phase.ADJUVANT: frozenset({Goal.CURE, Goal.TUMOUR_CONTROL, Goal.LOCAL_CONTROL}),
    Phase.SURVEILLANCE: frozenset({Goal.MONITORING}),
}
# … and none of these.
CLASH: dict[str, frozenset[str]] = {
    Phase.ADJUVANT: frozenset({Goal.DEBULKING}),
    Phase.SURVEILLANCE: frozenset(
        {Goal.CURE, Goal.DEBULKING, Goal.TUMOUR_CONTROL, Goal.LOCAL_CONTROL, Goal.SIZE_REDUCTION}
    ),
}


def step_questions(steps: Iterable[Step]) -> list[Question]:
    """A step that is being filled in has no goal yet, and a decision's goal is nobody's choice: neither is asked about."""
    judged = (step for step in steps if step.goals and not step.is_decision and not _only_looks(step))
    return [found for step in judged if (found := _phase_and_goals(step)) is not None]


def _only_looks(step: Step) -> bool:
    """An echocardiogram or a blood test stands where it is needed, before or between treatments of any phase."""
    is_treatment = step.modality_code != Step.ModalityCode.OTHER or step.reference_page_title
    return not is_treatment and step.goals == [Step.Goal.MONITORING]


def _phase_and_goals(step: Step) -> Question | None:
    goals = frozenset(step.goals)
    clash = goals & CLASH.get(step.phase, frozenset())
    if not clash and goals & FIT[step.phase]:
        return None
    told = ", ".join(Goal(goal).label.lower() for goal in Goal.values if goal in (clash or goals))
    phase = step.get_phase_display().lower()
    text = f"Step {step.number} ({step.title}): the phase is “{phase}”, yet the goal is {told}: check."
    values = {"phase": step.phase, "goals": sorted(goals), "modality_code": step.modality_code}
    return Question("phase-goals", text, values, OURS, step.pk)
