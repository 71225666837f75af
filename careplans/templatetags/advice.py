from collections.abc import Sequence

from django import template

from careplans.readers.facts.contradictions import Contradiction
from careplans.rules.plan_advice import Advice, Item

register = template.Library()


@register.filter
def about(advice: Advice | str, step_id: int) -> list[Item]:
    """The advisories about one step: `{{ advice|about:step.pk }}`. None where a page shows no advisories."""
    return list(advice.by_step.get(step_id, [])) if isinstance(advice, Advice) else []


@register.filter
def unanswered(contradictions: Sequence[Contradiction] | str) -> list[Contradiction]:
    """Those that nobody has answered; none where a page asks about none."""
    return [one for one in contradictions or () if isinstance(one, Contradiction) and one.answer is None]


@register.filter
def of_step(contradictions: Sequence[Contradiction] | str, step_id: int) -> list[Contradiction]:
    return [one for one in contradictions or () if isinstance(one, Contradiction) and one.question.step == step_id]
