"""Facts in words for the templates. What they are given is loaded already."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.template import Context
from django.utils import timezone

from careplans.models import Case, FactChange, Plan, Proforma, Specimen, Step
from careplans.models.proforma import DECIDING, LABELS
from careplans.readers.facts.contradictions import facts_in
from careplans.readers.facts.deciding_facts import Answered, answered_under
from careplans.readers.facts.decisive import Header, header_of, shown_in_header
from careplans.readers.facts.fact_checks import Question
from careplans.readers.facts.plan_at_hand import plan_at_hand
from careplans.readers.facts.proforma import Shown, label_of, value_in_words
from careplans.readers.fates import state_of
from common.partial_dates import PartialDate

register = template.Library()


@register.simple_tag
def deciding_facts(facts: Proforma) -> list[Shown]:
    """The facts that decide the order of management, where a list of them stands."""
    return [shown_in_header(facts, name) for name in DECIDING]


@register.simple_tag(takes_context=True)
def header_facts(context: Context, case: Case) -> Header:
    """What decides, for the header of a page of this case: over the plan that the page is about, or that is in force or in
    work. One query where the page has not loaded its steps."""
    plan, steps = plan_at_hand(context.flatten(), case)
    return header_of(case.proforma, case.patient, plan, steps)


@register.filter
def fact_label(name: str) -> str:
    return label_of(name)


@register.simple_tag
def fact_words(change: FactChange, value: Any) -> str:
    """One side of a change, in words."""
    return value_in_words(change.field, value)


@register.filter
def facts_answers(plan: Plan) -> list[Answered]:
    """Who answered for facts that changed under a plan. One query where the plan comes without them."""
    return answered_under(plan)


@register.filter
def in_words(specimen: Specimen, name: str) -> str:
    """A choice of a specimen; empty when it is not recorded."""
    return "" if getattr(specimen, name) == "not_recorded" else str(getattr(specimen, f"get_{name}_display")())


@register.filter
def specimen_grade(specimen: Specimen) -> str:
    """Never without its edition."""
    return ", ".join(words for name in ("grade", "grade_edition") if (words := in_words(specimen, name)))


@register.filter
def modality_label(code: str) -> str:
    return Step.ModalityCode(code).label if code in Step.ModalityCode.values else code


@register.filter
def get(rows: Mapping[str, Any] | str, name: str) -> Any:
    """Of rows by name; none where a page has none of them."""
    return rows.get(name) if isinstance(rows, Mapping) else None


@register.filter
def asks_about(question: Question) -> list[str]:
    """The facts of the proforma that a question is about."""
    return facts_in(question)


@register.filter
def state_words(step: Step) -> str:
    """“completed on 3 Mar 2026 (partial)”. Whoever has it now must be loaded."""
    return state_of(step)


@register.filter
def fact_choice(code: str | None, name: str) -> str:
    """One choice of a fact in words, where a list reads the code alone."""
    return LABELS[name].get(code or "", "")


@register.filter
def age(birth_date: PartialDate) -> str:
    """Completed years today: “65 years”, “65 or 66 years” where the day of birth leaves it open."""
    return birth_date.age_words(timezone.now().date())


@register.filter
def noted(notes: Mapping[int, str], change: FactChange) -> str:
    """What was confirmed with this change."""
    return notes.get(change.pk, "")
