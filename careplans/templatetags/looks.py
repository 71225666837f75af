from typing import Any

from django import template
from django.template import Context

from careplans.models import Plan
from careplans.readers.told.since import Since, since_of_plan

register = template.Library()


@register.simple_tag(takes_context=True)
def changed_since(context: Context, plan: Plan) -> Since:
    """What changed since the reader marked this plan as seen, or signed it. One query where something did."""
    request: Any = context["request"]
    return since_of_plan(plan, request.user)
