from django import template

from careplans.rules.plan_advice import Advice, Item

register = template.Library()


@register.filter
def about(advice: Advice | str, step_id: int) -> list[Item]:
    """The advisories about one step: `{{ advice|about:step.pk }}`. None where a page shows no advisories."""
    return list(advice.by_step.get(step_id, [])) if isinstance(advice, Advice) else []
