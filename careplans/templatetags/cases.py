"""What a list says of a case. Pure: its plans are loaded already."""

from django import template

from careplans.models import Case, Plan

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


@register.filter
def working_plan(case: Case) -> Plan | None:
    """The draft or the plan in sign-off, where there is one."""
    return next((plan for plan in case.plans.all() if plan.status in Plan.WORKING), None)
