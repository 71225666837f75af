"""What does not go together in a case and the plan at hand, each with the answer that somebody gave for exactly these values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from careplans.models import Case, ContradictionAnswer, Plan, Proforma, Step
from careplans.readers.fact_checks import Question, questions
from careplans.readers.step_checks import step_questions


@dataclass(frozen=True)
class Contradiction:
    question: Question
    answer: ContradictionAnswer | None = None


def contradictions_of(facts: Proforma, steps: Iterable[Step] = ()) -> list[Contradiction]:
    """Of facts, and of loaded steps. One query, and none where nothing is asked."""
    return answered(facts, [*questions(facts), *step_questions(steps)])


def answered(facts: Proforma, asked: Sequence[Question]) -> list[Contradiction]:
    if not asked:
        return []
    rows = ContradictionAnswer.objects.filter(case=facts.pk, key__in={one.key for one in asked}).for_page()
    answers = {row.key: row for row in rows}
    return [Contradiction(one, answers.get(one.key)) for one in asked]


def asked_in(case: Case, facts: Proforma) -> list[Question]:
    """Everything that is asked in a case, of its facts and of the steps of its open plans; each once. One query."""
    open_steps = Step.objects.filter(plan__case=case, plan__status__in=Plan.OPEN, removed_at=None)
    steps = open_steps.order_by("plan_id", "position", "pk")
    return list({one.key: one for one in [*questions(facts), *step_questions(steps)]}.values())
