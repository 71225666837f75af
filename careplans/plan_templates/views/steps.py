"""What an editor changes in the draft of a template: the words about it, its steps and their order, its schedules."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.http import SignedInRequest
from accounts.pages import attempt
from accounts.permissions import boards_where, require
from careplans.models import FollowUpSchedule, PlanTemplateVersion
from careplans.plan_templates import drafts, edits
from careplans.plan_templates.checks import pages_that_hold
from careplans.plan_templates.content import TemplateContent, TemplateStep, read_content
from careplans.plan_templates.forms.drafts import AboutForm, SchedulesForm
from careplans.plan_templates.forms.steps import DecisionForm, PlannedForm, StepForm, arms_of, hanging_in, hanging_of
from careplans.plan_templates.plain import ShownStep, plain_steps
from careplans.plan_templates.views.drafts import open_draft
from careplans.services.schedule_library import read_library
from careplans.services.steps import moved
from modalities.forms.workflow import VersionForm

MOVES = ("up", "down", "join", "part")


def writable(request: SignedInRequest, slug: str) -> PlanTemplateVersion:
    """The draft that is open for writing; 404 where there is none."""
    require(request.user, "reference.edit")
    row = open_draft(slug)
    if row is None or not row.is_writable:
        raise Http404
    return row


def about(request: SignedInRequest, slug: str) -> HttpResponse:
    row = writable(request, slug)
    content = read_content(row.content)
    form = AboutForm(request.POST or None, initial=AboutForm.start(content, row.version))
    if request.method == "POST" and form.is_valid():
        with attempt(request, form) as outcome:
            drafts.change(
                row, lambda stands: edits.about(stands, form.values()), by=request.user, what="About the template",
                expected_version=form.cleaned_data["version"],
            )  # fmt: skip
        if outcome.ok:
            return redirect("careplans:template_draft", slug)
    context = {"nav": "reference", "draft": row, "form": form}
    return render(request, "careplans/plan_templates/about.html", context, status=400 if form.is_bound else 200)


def step_new(request: SignedInRequest, slug: str) -> HttpResponse:
    row = writable(request, slug)
    kind: type[PlannedForm] = DecisionForm if request.GET.get("kind") == "decision" else StepForm
    return edit_step(request, row, kind, None)


def step(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    row = writable(request, slug)
    own = read_content(row.content).step(key)
    if own is None:
        messages.info(request, edits.GONE)
        return redirect("careplans:template_draft", slug)
    return edit_step(request, row, DecisionForm if own.is_decision else StepForm, own)


def edit_step(
    request: SignedInRequest, row: PlanTemplateVersion, kind: type[PlannedForm], own: TemplateStep | None
) -> HttpResponse:
    content, data = read_content(row.content), request.POST or None
    start = kind.initial_of(own, row.version) if own else {"version": row.version}
    form = kind(data, content=content, key=own.key if own else "", initial=start)
    rows = rows_of(kind, own, data)
    if data is not None and form.is_valid() and all(one.is_valid() for one in rows.values() if one and one.is_bound):
        typed = form.values() | typed_in(rows)
        with attempt(request, form) as outcome:
            drafts.change(
                row, lambda stands: edits.put_step(stands, own.key if own else "", typed), by=request.user,
                what=_name_of(content, own, typed), expected_version=form.cleaned_data["version"],
            )  # fmt: skip
        if outcome.ok:
            return redirect("careplans:template_draft", row.template.slug)
    return show_step(request, row, form, rows, own)


def rows_of(kind: type[PlannedForm], own: TemplateStep | None, data: Any) -> dict[str, Any]:
    """Beside a decision its arms, beside any other step what hangs on it; that stays as it is where nothing is sent of it."""
    if kind is DecisionForm:
        return {"arms": arms_of(own, data), "hangs": None}
    return {"arms": None, "hangs": hanging_of(own, data if data and "hangs-TOTAL_FORMS" in data else None)}


def typed_in(rows: Mapping[str, Any]) -> dict[str, Any]:
    if rows["arms"] is not None:
        return {"arms": [one.cleaned_data for one in rows["arms"].forms]}
    return {"monitoring": hanging_in(rows["hangs"])} if rows["hangs"].is_bound else {}


def _name_of(content: TemplateContent, own: TemplateStep | None, typed: dict[str, Any]) -> str:
    """For the list of what happened."""
    if own is None:
        return f"Step added: {typed['description'] or typed.get('modality', '')}"
    return plain_steps(content)[own.key].heading


def show_step(
    request: SignedInRequest,
    row: PlanTemplateVersion,
    form: PlannedForm,
    rows: Mapping[str, Any],
    own: TemplateStep | None,
) -> HttpResponse:
    """After a refusal what stands now is shown beside what was typed."""
    content = read_content(row.content)
    fresh = read_content(PlanTemplateVersion.objects.get(pk=row.pk).content)
    now = fresh.step(own.key) if own and form.is_bound else None
    stands = ShownStep(now, plain_steps(fresh, pages_that_hold())[now.key], False) if now else None
    context = {
        **rows, "nav": "reference", "draft": row, "form": form, "own": own, "stands": stands,
        "is_decision": isinstance(form, DecisionForm), "heading": plain_steps(content)[own.key].heading if own else "",
    }  # fmt: skip
    return render(request, "careplans/plan_templates/step.html", context, status=400 if form.is_bound else 200)


@require_POST
def step_act(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """One move in the order, or out of the template."""
    row = writable(request, slug)
    verb, form = request.POST.get("verb", ""), VersionForm(request.POST)
    if form.is_valid() and (verb in MOVES or verb == "remove"):
        stands = read_content(row.content)
        done = "taken out" if verb == "remove" else "moved"
        what = f"{plain_steps(stands)[key].heading}, {done}" if stands.step(key) else ""
        with attempt(request):
            drafts.change(
                row, edit_of(verb, key), by=request.user, what=what, expected_version=form.cleaned_data["version"]
            )
    return redirect("careplans:template_draft", slug)


def edit_of(verb: str, key: str) -> Callable[[TemplateContent], TemplateContent]:
    def edit(content: TemplateContent) -> TemplateContent:
        if verb == "remove":
            return edits.take_out(content, key)
        keys = [one.key for one in content.ordered]
        if key not in keys:
            return content
        groups = [[keys.index(one) for one in group] for group in edits.groups_of(content)]
        return edits.in_order(content, [[keys[at] for at in group] for group in moved(groups, keys.index(key), verb)])

    return edit


def schedules(request: SignedInRequest, slug: str) -> HttpResponse:
    row = writable(request, slug)
    content = read_content(row.content)
    form = VersionForm(request.POST or None, initial={"version": row.version})
    rows = schedules_of(request, content, request.POST or None)
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        typed = [one.cleaned_data for one in rows.forms]
        with attempt(request, form) as outcome:
            drafts.change(
                row, lambda stands: edits.put_schedules(stands, typed), by=request.user, what="Follow-up schedules",
                expected_version=form.cleaned_data["version"],
            )  # fmt: skip
        if outcome.ok:
            return redirect("careplans:template_draft", slug)
    context = {"nav": "reference", "draft": row, "form": form, "rows": rows}
    status = 400 if form.is_bound else 200
    return render(request, "careplans/plan_templates/schedules.html", context, status=status)


def schedules_of(request: SignedInRequest, content: TemplateContent, data: Any) -> Any:
    """Of the library that every board begins with, of the boards that this person reads, and what stands already."""
    boards = boards_where(request.user, "text.view")
    own = FollowUpSchedule.objects.filter(board__in=boards, is_active=True).values_list("name", flat=True)
    names = {one["name"] for one in read_library()} | set(own) | {one.name for one in content.schedules}
    plain = plain_steps(content)
    steps = [(one.key, plain[one.key].heading) for one in content.ordered]
    keys = ("name", "from_step", "from_event", "owner", "overlap")
    initial = [{name: getattr(one, name) for name in keys} for one in content.schedules]
    return SchedulesForm(data, initial=initial, prefix="schedule", names=sorted(names), steps=steps)
