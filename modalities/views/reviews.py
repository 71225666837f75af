"""The work of editors and approvers: drafts, revisions that wait for their day, and pages to read again."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from accounts.http import SignedInRequest
from accounts.pages import attempt
from accounts.permissions import can, require
from common.centre_day import centre_today
from modalities.forms.reviews import ReviewForm
from modalities.models import Draft, Modality, Publication
from modalities.services.reviews import plan_review
from modalities.views.modalities import get_modality


def reviews(request: SignedInRequest) -> HttpResponse:
    if not can(request.user, "reference.approve"):
        require(request.user, "reference.edit")
    context = {
        "nav": "reference",
        "drafts": Draft.objects.for_work(),
        "scheduled": Publication.objects.scheduled(centre_today()).select_related("revision__modality"),
        "pages": Modality.objects.for_reviews(),
    }
    return render(request, "modalities/reviews/list.html", context)


def plan(request: SignedInRequest, slug: str) -> HttpResponse:
    require(request.user, "reference.edit")
    modality = get_modality(request, slug)
    if modality.is_group:
        raise Http404
    start = {"review_due_on": modality.review_due_on, "responsible": modality.responsible_id}
    form = ReviewForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        with attempt(request, form):
            plan_review(modality, by=request.user, **form.cleaned_data)
        if form.is_valid():
            messages.success(request, f"The next review of “{modality.title}” is planned.")
            return redirect("modalities:reviews")
    return render(request, "modalities/reviews/plan.html", {"nav": "reference", "modality": modality, "form": form})
