"""Whether a plan still says what was signed."""

from datetime import datetime

from django import template

from careplans.models import Plan
from careplans.readers import signed_content

register = template.Library()


@register.filter
def differs_since(plan: Plan) -> datetime | None:
    """Of a plan from `for_detail()`: looked at now. Elsewhere the mark is shown, `plan.content_differs_since`."""
    return signed_content.differs_since(plan)
