"""Courses for the templates. Pure: what they are given is loaded already."""

from collections.abc import Sequence
from datetime import date

from django import template

from careplans.models import Occurrence, Step, StepBreak
from careplans.models.monitoring import Monitoring, monitoring_of
from careplans.models.step_values import REASONS_OFFERED
from careplans.readers.steps import courses

# So many of those that were recorded stand on the page of a plan.
SHOWN = 4

register = template.Library()


@register.simple_tag
def reasons_offered() -> list[tuple[str, str]]:
    """Reasons that a person can give (domain note D.4)."""
    return REASONS_OFFERED


@register.filter
def next_occurrence(step: Step) -> Occurrence | None:
    """The one that is recorded next; none while the step is on hold or has ended."""
    if not step.is_open or not step.is_repeated or step.status == Step.Status.ON_HOLD:
        return None
    return next((one for one in step.occurrences.all() if one.is_open), None)


@register.filter
def latest(others: Sequence[Occurrence]) -> list[Occurrence]:
    """What is still to come, and the last few that were recorded: an analogue is given for years."""
    settled = [one for one in others if not one.is_open]
    return [*settled[-SHOWN:], *(one for one in others if one.is_open)]


@register.filter
def hidden(others: Sequence[Occurrence]) -> int:
    return len(others) - len(latest(others))


@register.filter
def monitoring(step: Step) -> list[Monitoring]:
    return monitoring_of(step)


@register.filter
def what_is_due(step: Step) -> str:
    return courses.what_is_due(step)


@register.filter
def is_over(held: StepBreak, today: date) -> bool:
    return held.is_over(today)
