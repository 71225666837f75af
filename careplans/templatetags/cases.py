"""What a list says of a case, whose plans are loaded already, and what its header says of the patients before."""

from django import template
from django.utils.safestring import SafeString

from careplans.models import Case, MovedCase, Plan
from careplans.readers.record_moves import moves_of
from common.components import status_tag

register = template.Library()


@register.filter
def current_plan(case: Case) -> Plan | None:
    """The plan in force; else the one in work; else the newest that was not a mistake."""
    plans: list[Plan] = sorted(case.plans.all(), key=lambda plan: plan.number, reverse=True)
    for states in (Plan.IN_FORCE, Plan.WORKING):
        found = next((plan for plan in plans if plan.status in states), None)
        if found:
            return found
    return next((plan for plan in plans if plan.status != Plan.Status.ENTERED_IN_ERROR), None)


@register.simple_tag
def plan_status(plan: Plan) -> SafeString:
    """The state of a plan, wherever one is named, and whether it still says what was signed."""
    told = status_tag(plan.status, plan.get_status_display())
    if not plan.content_differs_since:
        return SafeString(f"\n{told}\n")
    return SafeString(f"\n{told} {status_tag('failed', 'Not what was signed')}\n")


@register.simple_tag
def recorded_under(case: Case) -> list[MovedCase]:
    """Under whom the case stood before, for the header of its pages and its prints. Nearly no case ever moved: no query."""
    return moves_of(case) if case.moved_at else []


@register.filter
def working_plan(case: Case) -> Plan | None:
    """The draft or the plan in sign-off, where there is one."""
    return next((plan for plan in case.plans.all() if plan.status in Plan.WORKING), None)
