"""Gates for the templates. Pure: what they are given is loaded already."""

from collections.abc import Iterable
from datetime import date

from django import template

from careplans.models import Step
from careplans.readers.steps import gates

register = template.Library()


@register.simple_tag
def gate(step: Step, today: date) -> gates.Gate:
    """`{% gate step board.today as its_gate %}`: the gate of an open step; before a plan is in force nothing waits yet."""
    return gates.gate_of(step, today) if step.is_open else gates.NO_GATE


@register.simple_tag
def waiters(step: Step, others: Iterable[Step]) -> list[str]:
    """What stands on a step that others of its plan wait for."""
    return gates.told_of_waiters(step, others)
