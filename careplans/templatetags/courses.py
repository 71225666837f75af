"""Courses for the templates. Pure: what they are given is loaded already."""

from django import template

from careplans.models import Occurrence, Step
from careplans.models.monitoring import Monitoring, monitoring_of
from careplans.readers import courses

register = template.Library()


@register.filter
def next_occurrence(step: Step) -> Occurrence | None:
    """The one that is recorded next; none while the step is on hold or has ended."""
    if not step.is_open or not step.is_repeated or step.status == Step.Status.ON_HOLD:
        return None
    return next((one for one in step.occurrences.all() if one.is_open), None)


@register.filter
def monitoring(step: Step) -> list[Monitoring]:
    return monitoring_of(step)


@register.filter
def what_is_due(step: Step) -> str:
    return courses.what_is_due(step)
