from collections.abc import Mapping

from django import template

register = template.Library()


@register.filter
def of(counts: Mapping[str, int], code: str) -> int:
    """`row.reasons|of:code`: how often a reason was given."""
    return counts.get(code, 0)
