"""Whether a plan still says what was signed, and who has signed it."""

from collections.abc import Iterable
from datetime import datetime

from django import template

from careplans.models import Plan, Signature
from careplans.models.signatures import Tally, tally
from careplans.readers import signed_content

register = template.Library()


@register.filter
def differs_since(plan: Plan) -> datetime | None:
    """Of a plan from `for_detail()`: looked at now. Elsewhere the mark is shown, `plan.content_differs_since`."""
    return signed_content.differs_since(plan)


@register.filter
def tallied(signatures: Iterable[Signature]) -> Tally:
    return tally(signatures)
