"""Small pictures of plans, drawn for all rows of a list at once."""

from collections.abc import Mapping

from django import template
from django.utils.safestring import SafeString

from careplans.models import Plan
from careplans.readers.sequence import mini_of

register = template.Library()


@register.filter
def of_plan(minis: Mapping[int, SafeString] | None, pk: int) -> SafeString:
    """From `minis_of(plans)`; nothing where a page has none."""
    return (minis or {}).get(pk, SafeString(""))


@register.filter
def mini(plan: Plan) -> SafeString:
    """Of a plan whose steps the page has loaded anyway."""
    return mini_of(plan, plan.steps.all())
