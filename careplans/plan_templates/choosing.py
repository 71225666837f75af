"""The templates in force beside the facts of a case, with all that a person needs to choose one. Two queries."""

from collections.abc import Mapping
from dataclasses import dataclass

from careplans.models import PlanTemplateVersion, Proforma
from careplans.plan_templates.checks import amiss_among, pages_that_hold
from careplans.plan_templates.content import TemplateContent, read_content
from careplans.plan_templates.fit import Fit, fit_of
from careplans.plan_templates.plain import ShownStep, shown_steps


@dataclass(frozen=True)
class Offer:
    row: PlanTemplateVersion
    content: TemplateContent
    fit: Fit
    steps: list[ShownStep]
    # Why it cannot be taken now.
    amiss: list[str]


def offers_for(facts: Proforma) -> list[Offer]:
    """Those that fit first."""
    held = pages_that_hold()
    found = [_offer(row, facts, held) for row in PlanTemplateVersion.objects.in_force().for_list()]
    return sorted(found, key=lambda one: (*one.fit.rank, one.row.title))


def _offer(row: PlanTemplateVersion, facts: Proforma, held: Mapping[str, str]) -> Offer:
    content = read_content(row.content)
    return Offer(row, content, fit_of(content, facts), shown_steps(content, held), amiss_among(content, held))
