"""Recording in place, for the templates: what a quick form asks, and whether who reads a row may record it."""

from typing import Any

from django import template
from django.forms.boundfield import BoundField

from careplans.forms import quick
from careplans.readers import work_rows

register = template.Library()


@register.filter
def asked_in(form: Any) -> list[BoundField]:
    return quick.asked_in(form)


@register.simple_tag(takes_context=True)
def may_record(context: Any, item: Any) -> bool:
    """`item`: a row of a work list with its board."""
    return work_rows.may_record(context["request"].user, item.row, item.board)
