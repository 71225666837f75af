"""What does not go together in a case and the plan at hand, each with the answer that somebody gave for exactly these values."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from careplans.models import Case, ContradictionAnswer, Event, Plan, Proforma, Specimen, Step
from careplans.readers.facts.fact_checks import CHECKS, OURS, Question, questions
from careplans.readers.facts.step_checks import step_questions

UNGRADED = ("not_recorded", "not_applicable")


@dataclass(frozen=True)
class Contradiction:
    question: Question
    answer: ContradictionAnswer | None = None


def contradictions_of(facts: Proforma, steps: Iterable[Step] = ()) -> list[Contradiction]:
    """Of facts, of the specimens of the case, and of loaded steps. At most three queries."""
    return answered(facts, [*questions(facts), *specimen_questions(facts), *step_questions(steps)])


# Every fact that a question can be about: beside its field there is room for a mark.
ASKABLE: tuple[str, ...] = tuple(dict.fromkeys(name for check in CHECKS for name in check.facts))
NOTHING: tuple[object, ...] = (None, "", "not_recorded", [])


@dataclass(frozen=True)
class Mark:
    """Beside one field: the question that it takes part in, and with what else.; no other where it is about its unit."""

    key: str
    others: tuple[str, ...]


def marks_of(contradictions: Iterable[Contradiction]) -> dict[str, list[Mark]]:
    """By the fact, of what nobody has answered yet. What is not recorded is marked only where that gap is asked about. Pure."""
    found: dict[str, list[Mark]] = {}
    for question in (one.question for one in contradictions if one.answer is None):
        names = facts_in(question)
        for name in names:
            found.setdefault(name, []).append(Mark(question.key, tuple(other for other in names if other != name)))
    return found


def facts_in(question: Question) -> list[str]:
    """The facts of the proforma that it is about: those that are recorded, or all where only one is."""
    names = [name for name in question.values if name in ASKABLE]
    recorded = [name for name in names if question.values[name] not in NOTHING]
    return recorded if len(recorded) > 1 else names


def answered(facts: Proforma, asked: Sequence[Question]) -> list[Contradiction]:
    if not asked:
        return []
    # No query where a list has prefetched them with the case.
    _load(facts, "contradiction_answers", ContradictionAnswer.objects.for_page)
    answers = {row.key: row for row in facts.case.contradiction_answers.all()}
    return [Contradiction(one, answers.get(one.key)) for one in asked]


def asked_in(case: Case, facts: Proforma) -> list[Question]:
    """Everything that is asked in a case, of its facts of its specimens and of the steps of its open plans; each once.
    At most three queries."""
    open_steps = Step.objects.filter(plan__case=case, plan__status__in=Plan.OPEN, removed_at=None)
    steps = open_steps.order_by("plan_id", "position", "pk")
    found = [*questions(facts), *specimen_questions(facts), *step_questions(steps)]
    return list({one.key: one for one in found}.values())


def specimen_questions(facts: Proforma) -> list[Question]:
    """Two specimens of different grade, while nobody has said since that one of them decides. At most two queries."""
    _load(facts, "specimens", Specimen.objects.standing)
    rows = [one for one in facts.case.specimens.all() if one.removed_at is None and one.grade not in UNGRADED]
    if len({one.grade for one in rows}) < 2 or _is_decided(facts):
        return []
    told = "; ".join(f"{one}: {one.get_grade_display()}" for one in rows)
    values = {f"specimen {one.pk}": one.grade for one in rows} | {"decides": facts.deciding_specimen_id}
    text = (
        f"Specimens differ in grade ({told}): which one decides? Say so at its specimen, or say why the choice stands."
    )
    return [Question("specimens-grade", text, values, OURS)]


def _load(facts: Proforma, name: str, rows: Callable[[], QuerySet[Any]]) -> None:
    """Rows of the case, with it. No query where a list has read them; looking whether it has costs Django more than asking."""
    case = facts._state.fields_cache.get("case")
    if case is None or name not in getattr(case, "_prefetched_objects_cache", ()):
        prefetch_related_objects([facts], Prefetch(f"case__{name}", rows()))


def _is_decided(facts: Proforma) -> bool:
    """Whether the last word about specimens and their grades is that one of them decides."""
    kinds = ("specimen_added", "specimen_changed", "specimen_decides")
    events = Event.objects.filter(case=facts.pk, kind__in=kinds).order_by("-pk")
    last = next(
        (one for one in events if one.kind != "specimen_changed" or "grade" in one.data.get("fields", [])), None
    )
    return last is not None and last.kind == "specimen_decides"
