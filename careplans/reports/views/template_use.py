"""For editors: which templates are used, and where plans departed from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import list_visible
from accounts.http import SignedInRequest
from accounts.models import User
from accounts.permissions import can, require
from careplans.models import Plan, PlanTemplateVersion
from careplans.reports.in_use.templates import Departures, departures_of, versions_in_use

# Of each departure, and of the whole page.
MOST_LINKS = 5
MOST_NAMED = 100


def require_work(user: User) -> None:
    if not can(user, "reference.approve"):
        require(user, "reference.edit")


@require_GET
def template_use(request: SignedInRequest) -> HttpResponse:
    require_work(request.user)
    uses = versions_in_use()
    context = {
        "nav": "reference",
        "used": [use for use in uses if use.plans],
        "unused": [use for use in uses if not use.plans],
    }
    return render(request, "careplans/reports/template_use.html", context)


@require_GET
def template_departures(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    require_work(request.user)
    rows = PlanTemplateVersion.objects.ever_published().filter(template__slug=slug, number=number)
    version = rows.select_related("template").first()
    if version is None:
        raise Http404
    found = departures_of(version)
    plans = readable(request, found)
    steps = [(one.shown, [(kind, told(keys, plans)) for kind, keys in one.kinds if keys]) for one in found.steps]
    context = {
        "nav": "reference", "version": version, "found": found, "steps": steps, "order": told(found.order, plans),
        "added": told(found.added, plans),
    }  # fmt: skip
    return render(request, "careplans/reports/template_departures.html", context)


@dataclass(frozen=True)
class Told:
    """How many plans, and those of the first few that the reader may see."""

    number: int
    links: list[Plan]


def told(keys: Sequence[int], plans: Mapping[int, Plan]) -> Told:
    return Told(len(keys), [plans[key] for key in keys[:MOST_LINKS] if key in plans])


def readable(request: SignedInRequest, found: Departures) -> dict[int, Plan]:
    """Of the plans that could be named those on the reader's boards; none for who has no clinical access."""
    lists = [found.order, found.added, *(keys for one in found.steps for _, keys in one.kinds)]
    wanted = sorted({key for keys in lists for key in keys[:MOST_LINKS]})[-MOST_NAMED:]
    if not wanted or not can(request.user, "patients.view"):
        return {}
    rows = Plan.objects.filter(pk__in=wanted).select_related("case")
    page = list_visible(rows, request.user, "patients.view", order=("-pk",), params=QueryDict(), size=MOST_NAMED)
    return {plan.pk: plan for plan in page}
