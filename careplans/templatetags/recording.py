"""Recording in place, for the templates: what a quick form asks, and whether the row at hand may be recorded by who reads it."""

from typing import Any

from django import template
from django.forms.boundfield import BoundField

from accounts.permissions import can
from careplans.forms import quick
from careplans.models import FollowUp, Step

register = template.Library()
ACTIONS: dict[type, str] = {Step: "steps.deliver", FollowUp: "followups.edit"}


@register.filter
def asked_in(form: Any) -> list[BoundField]:
    return quick.asked_in(form)


@register.simple_tag(takes_context=True)
def may_record(context: Any, item: Any) -> bool:
    """`item`: a row of a work list. No query: whoever is signed in comes with their boards."""
    row, user = item.row, context["request"].user
    return row.is_open and can(user, ACTIONS[type(row)], item.board)
