"""The draft of a template: what editors write and approvers answer."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.http import SignedInRequest
from accounts.pages import attempt
from accounts.permissions import can, require
from careplans.models import PlanTemplate, PlanTemplateEvent, PlanTemplateVersion
from careplans.plan_templates import drafts, reviewing
from careplans.plan_templates.checks import pages_that_hold, problems_of
from careplans.plan_templates.compare import changes_between
from careplans.plan_templates.content import TemplateContent, read_content
from careplans.plan_templates.fit import for_whom
from careplans.plan_templates.forms.drafts import (
    NewTemplateForm,
    ReviewForm,
    WithdrawForm,
)
from careplans.plan_templates.picture import template_picture
from careplans.plan_templates.plain import shown_steps
from common.centre_day import centre_today
from modalities.forms.workflow import PublishForm, SendBackForm, SendForm, VersionForm

VERBS: dict[str, tuple[Callable[..., PlanTemplateVersion], str]] = {
    "send": (drafts.send_to_review, "The draft is in review. An approver reads it next."),
    "recall": (drafts.recall, "The draft is back with you."),
    "discard": (drafts.discard, "The draft is discarded. What is in force stays as it is."),
}


def template_new(request: SignedInRequest) -> HttpResponse:
    require(request.user, "reference.edit")
    form = NewTemplateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with attempt(request, form) as outcome:
            row = drafts.new_template(TemplateContent(**form.cleaned_data), by=request.user)
        if outcome.ok:
            messages.success(request, "The draft is begun. Add its steps.")
            return redirect("careplans:template_draft", row.template.slug)
    status = 400 if form.is_bound else 200
    return render(request, "careplans/plan_templates/new.html", {"nav": "reference", "form": form}, status=status)


def draft(request: SignedInRequest, slug: str) -> HttpResponse:
    """What stands in it and what would change; for editors and approvers."""
    require_work(request)
    return show_draft(request, slug)


def require_work(request: SignedInRequest) -> None:
    if not can(request.user, "reference.approve"):
        require(request.user, "reference.edit")


@require_POST
def act(request: SignedInRequest, slug: str) -> HttpResponse:
    """Begin, send to review, take back, discard."""
    require(request.user, "reference.edit")
    verb = request.POST.get("verb", "")
    if verb == "begin":
        with attempt(request):
            drafts.begin_version(get_template(slug), by=request.user)
    row = open_draft(slug)
    if row is None or verb not in VERBS:
        return redirect("careplans:template_draft", slug)
    form = SendForm(request.POST) if verb == "send" else VersionForm(request.POST)
    if form.is_valid():
        do, done = VERBS[verb]
        given = {**form.cleaned_data}
        with attempt(request, form):
            do(row, by=request.user, expected_version=given.pop("version"), **given)
            messages.success(request, done)
            return redirect(*after(verb, row))
    return show_draft(request, slug, send=form, status=400)


def after(verb: str, row: PlanTemplateVersion) -> tuple[str, ...]:
    """A template that was never in force has no page once its draft is gone."""
    if verb == "discard" and row.base_id is None:
        return ("careplans:templates",)
    return ("careplans:template_draft", row.template.slug)


@require_POST
def publish(request: SignedInRequest, slug: str) -> HttpResponse:
    done = "“{title}”, version {number}, is in force. Boards can start from it."
    return answer(request, slug, PublishForm(request.POST), "publish", reviewing.publish, done, "careplans:template")


@require_POST
def send_back(request: SignedInRequest, slug: str) -> HttpResponse:
    done = "The draft is back with its editors, with your comment."
    return answer(
        request, slug, SendBackForm(request.POST), "send_back", reviewing.send_back, done, "careplans:template_draft"
    )


def answer(
    request: SignedInRequest, slug: str, form: Form, name: str, do: Callable[..., PlanTemplateVersion], done: str, to: str
) -> HttpResponse:  # fmt: skip
    """What an approver says of the draft; refused, the page comes again with what was typed."""
    require(request.user, "reference.approve")
    row = open_draft(slug)
    if row is not None and form.is_valid():
        given = {**form.cleaned_data}
        with attempt(request, form):
            do(row, by=request.user, expected_version=given.pop("version"), **given)
            messages.success(request, done.format(title=row.title, number=row.number))
            return redirect(to, slug)
    return show_draft(request, slug, status=400, **{name: form})


def withdraw(request: SignedInRequest, slug: str) -> HttpResponse:
    require(request.user, "reference.approve")
    row = PlanTemplateVersion.objects.in_force().filter(template__slug=slug).select_related("template").first()
    if row is None:
        raise Http404
    form = WithdrawForm(request.POST or None, initial={"version": row.version})
    if request.method == "POST" and form.is_valid():
        with attempt(request, form) as outcome:
            reviewing.withdraw(
                row, by=request.user, expected_version=form.cleaned_data["version"], reason=form.cleaned_data["reason"]
            )
        if outcome.ok:
            messages.success(request, f"“{row.title}” is withdrawn. Nothing starts from it any more.")
            return redirect("careplans:templates")
    context = {"nav": "reference", "row": row, "form": form}
    return render(request, "careplans/plan_templates/withdraw.html", context, status=400 if form.is_bound else 200)


def review(request: SignedInRequest, slug: str) -> HttpResponse:
    require(request.user, "reference.edit")
    template = get_template(slug)
    start = {
        "version": template.version, "review_due_on": template.review_due_on, "responsible": template.responsible_id,
    }  # fmt: skip
    form = ReviewForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        given = {**form.cleaned_data}
        with attempt(request, form) as outcome:
            reviewing.plan_review(template, by=request.user, expected_version=given.pop("version"), **given)
        if outcome.ok:
            messages.success(request, "The next review of the template is planned.")
            return redirect("careplans:template", slug)
    context = {"nav": "reference", "template": template, "form": form}
    return render(request, "careplans/plan_templates/review.html", context, status=400 if form.is_bound else 200)


def get_template(slug: str) -> PlanTemplate:
    template = PlanTemplate.objects.filter(slug=slug).first()
    if template is None:
        raise Http404
    return template


def open_draft(slug: str) -> PlanTemplateVersion | None:
    rows = PlanTemplateVersion.objects.open().filter(template__slug=slug)
    return rows.select_related("template", "author", "changed_by", "base").first()


def show_draft(request: SignedInRequest, slug: str, status: int = 200, **extra: Any) -> HttpResponse:
    row = open_draft(slug)
    if row is None:
        template = get_template(slug)
        stands = template.versions.ever_published().order_by("-number").first()
        context: dict[str, Any] = {"nav": "reference", "template": template, "stands": stands}
        return render(request, "careplans/plan_templates/no_draft.html", context, status=status)
    content, held = read_content(row.content), pages_that_hold()
    base = read_content(row.base.content) if row.base else None
    events = list(row.events.select_related("by"))
    start = {"version": row.version, "change_note": row.change_note}
    context = {
        "nav": "reference", "draft": row, "content": content, "steps": shown_steps(content, held), "for_whom": for_whom(content),
        "problems": problems_of(content), "changes": changes_between(base, content, held) if base else [], "events": events,
        "wrote": any(e.by_id == request.user.pk and e.kind in PlanTemplateEvent.WRITING for e in events),
        "send": SendForm(initial=start), "publish": PublishForm(initial=start), "send_back": SendBackForm(initial=start),
        "picture": template_picture(content, centre_today(), held),
        "edits": row.is_writable and can(request.user, "reference.edit"),
    }  # fmt: skip
    return render(request, "careplans/plan_templates/draft.html", context | extra, status=status)
