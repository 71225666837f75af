"""Facts in words for the templates. Pure: what they are given is loaded already."""

from dataclasses import dataclass
from datetime import date

from django import template
from django.utils import timezone
from django.utils.text import capfirst

from careplans.models import Facts
from careplans.models.facts import DECIDING

register = template.Library()

# Where the full label would break the narrow columns of the case header.
SHORT_LABELS: dict[str, str] = {
    "extent": "Extent",
    "hormone_symptoms_controlled": "Symptoms controlled",
    "sstr_expression": "Receptor expression",
    "largest_primary_mm": "Largest primary",
    "ecog": "ECOG",
}


@dataclass(frozen=True)
class Shown:
    name: str
    label: str
    text: str
    """Empty when the fact is not recorded."""


@register.simple_tag
def deciding_facts(facts: Facts) -> list[Shown]:
    """The facts that decide the order of management, for the case header."""
    return [Shown(name, SHORT_LABELS.get(name) or label_of(name), _in_header(facts, name)) for name in DECIDING]


def label_of(name: str) -> str:
    return capfirst(str(Facts._meta.get_field(name).verbose_name))


def _in_header(facts: Facts, name: str) -> str:
    """A grade never stands without its edition: the same tumour can differ between them."""
    text = facts.display(name)
    if name == "grade" and text and facts.is_recorded("grade_edition"):
        return f"{text}, {facts.display('grade_edition')}"
    return text


@register.filter
def age(birth_date: date) -> int:
    """Completed years today."""
    today = timezone.now().date()
    return today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))
