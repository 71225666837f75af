"""The templates as everybody reads them: those in force, and every version that was."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.http import SignedInRequest
from accounts.permissions import can, require
from careplans.models import PlanTemplate, PlanTemplateVersion, Step
from careplans.models.step_values import MODALITY_NAMES
from careplans.plan_templates.checks import amiss_among, pages_that_hold
from careplans.plan_templates.compare import changes_between
from careplans.plan_templates.content import TemplateContent, read_content
from careplans.plan_templates.fit import for_whom
from careplans.plan_templates.picture import template_picture
from careplans.plan_templates.plain import shown_steps
from common.centre_day import centre_today
from common.figures import read_key
from common.paging import key_page

State = PlanTemplateVersion.State


@require_GET
def templates(request: SignedInRequest) -> HttpResponse:
    """In force, by phase and modality where one asks; with drafts and what is out of use for those who work on them."""
    require(request.user, "reference.read")
    works = can(request.user, "reference.edit") or can(request.user, "reference.approve")
    rows = list(PlanTemplateVersion.objects.in_force().for_list())
    phase, modality = request.GET.get("phase", ""), request.GET.get("modality", "")
    held = pages_that_hold()
    found = [(row, read_content(row.content)) for row in rows]
    shown = [
        {"row": row, "content": content, "for_whom": for_whom(content), "amiss": amiss_among(content, held)}
        for row, content in found
        if (not phase or phase in content.phases) and (not modality or modality in content.modalities)
    ]
    context = {
        "nav": "reference", "shown": shown, "many": len(rows), "phase": phase, "modality": modality,
        "phases": [(one, Step.Phase(one).label) for one in Step.Phase.values if any(one in c.phases for _, c in found)],
        "modalities": sorted(_modalities((content for _, content in found), held), key=lambda one: one[1]),
        "today": centre_today(), "works": works, **(_work() if works else {}),
    }  # fmt: skip
    return render(request, "careplans/plan_templates/index.html", context)


def _modalities(contents: Iterable[TemplateContent], held: Mapping[str, str]) -> set[tuple[str, str]]:
    """Each that a template has, with its name."""
    return {(one, MODALITY_NAMES.get(one) or held.get(one, one)) for content in contents for one in content.modalities}


def _work() -> dict[str, Any]:
    drafts = PlanTemplateVersion.objects.open().for_page().defer("content").order_by("changed_at", "pk")
    used = PlanTemplateVersion.objects.in_force().values("template")
    ended = (
        PlanTemplateVersion.objects.filter(state=State.WITHDRAWN).exclude(template__in=used).select_related("template")
    )
    newest: dict[int, PlanTemplateVersion] = {}
    for row in ended.defer("content").order_by("number"):
        newest[row.template_id] = row
    return {"drafts": drafts, "ended": list(newest.values())}


@require_GET
def template(request: SignedInRequest, slug: str) -> HttpResponse:
    """The version in force; without one, the last that was."""
    require(request.user, "reference.read")
    rows = PlanTemplateVersion.objects.filter(template__slug=slug).for_page()
    row = rows.in_force().first() or rows.ever_published().order_by("-number").first()
    if row is None:
        raise Http404
    return show_version(request, row)


@require_GET
def version(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    require(request.user, "reference.read")
    return show_version(request, published(slug, number))


def published(slug: str, number: int) -> PlanTemplateVersion:
    """404 for what was never in force."""
    rows = PlanTemplateVersion.objects.ever_published().filter(template__slug=slug, number=number)
    row = rows.for_page().first()
    if row is None:
        raise Http404
    return row


def show_version(request: SignedInRequest, row: PlanTemplateVersion) -> HttpResponse:
    content, held = read_content(row.content), pages_that_hold()
    open_draft = row.template.versions.open().defer("content").first()
    context = {
        "nav": "reference", "row": row, "content": content, "steps": shown_steps(content, held), "for_whom": for_whom(content),
        "amiss": amiss_among(content, held), "draft": open_draft, "today": centre_today(),
        "picture": template_picture(content, centre_today(), held),
    }  # fmt: skip
    return render(request, "careplans/plan_templates/version.html", context)


@require_GET
def versions(request: SignedInRequest, slug: str) -> HttpResponse:
    require(request.user, "reference.read")
    rows = PlanTemplateVersion.objects.ever_published().filter(template__slug=slug)
    rows = rows.select_related("template", "author", "published_by", "ended_by").defer("content")
    page = key_page(rows.order_by("-number"), order=("-number",), params=request.GET)
    if not page.rows and not PlanTemplate.objects.filter(slug=slug).exists():
        raise Http404
    numbers = list(rows.order_by("-number").values_list("number", flat=True))
    title = page.rows[0].title if page.rows else slug
    context = {"nav": "reference", "page": page, "numbers": numbers, "slug": slug, "title": title}
    return render(request, "careplans/plan_templates/versions.html", context)


@require_GET
def compare(request: SignedInRequest, slug: str) -> HttpResponse:
    """Two versions that were in force; without numbers, the newest and the one before it."""
    require(request.user, "reference.read")
    rows = PlanTemplateVersion.objects.ever_published().filter(template__slug=slug).order_by("-number")
    numbers = list(rows.values_list("number", flat=True))
    if not numbers:
        raise Http404
    old = read_key(request.GET.get("old", str(numbers[:2][-1])))
    new = read_key(request.GET.get("new", str(numbers[0])))
    before, after = published(slug, old or 0), published(slug, new or 0)
    context = {
        "nav": "reference", "before": before, "after": after, "old": old, "new": new, "slug": slug, "numbers": numbers,
        "changes": changes_between(read_content(before.content), read_content(after.content), pages_that_hold()),
    }  # fmt: skip
    return render(request, "careplans/plan_templates/compare.html", context)
