"""What an approver answers to a draft."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.http import SignedInRequest
from accounts.pages import attempt
from accounts.permissions import require
from common.centre_day import centre_today
from modalities.forms.drafts import ApproveForm
from modalities.forms.workflow import SendBackForm
from modalities.services import reviewing
from modalities.views.drafts import open_draft, show_draft
from modalities.views.modalities import get_modality


@require_POST
def approve(request: SignedInRequest, slug: str) -> HttpResponse:
    require(request.user, "reference.approve")
    modality, form = get_modality(request, slug), ApproveForm(request.POST)
    found = open_draft(modality)
    if found is None:
        return redirect("modalities:draft", slug=slug)
    if form.is_valid():
        given = {**form.cleaned_data, "expected_version": form.cleaned_data["version"]}
        given.pop("version")
        with attempt(request, form):
            made = reviewing.approve_draft(found, by=request.user, **given)
    if not form.is_valid():
        return show_draft(request, modality, approve=form, status=409)
    starts = made.publication.in_force_on
    when = "is in force" if starts <= centre_today() else f"goes into force on {starts:%d %B %Y}"
    messages.success(request, f"Revision {made.number} of “{made.title}” {when}.")
    return redirect("modalities:history", slug=slug)


@require_POST
def send_back(request: SignedInRequest, slug: str) -> HttpResponse:
    require(request.user, "reference.approve")
    modality, form = get_modality(request, slug), SendBackForm(request.POST)
    found = open_draft(modality)
    if found is None:
        return redirect("modalities:draft", slug=slug)
    if form.is_valid():
        with attempt(request, form):
            reviewing.send_back(
                found, by=request.user, expected_version=form.cleaned_data["version"],
                comment=form.cleaned_data["comment"],
            )  # fmt: skip
    if not form.is_valid():
        return show_draft(request, modality, send_back=form, status=409)
    messages.success(request, "The draft is back with its editor, with your comment.")
    return redirect("modalities:draft", slug=slug)
