from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from accounts.http import SignedInRequest
from accounts.pages import attempt
from accounts.permissions import require
from common.centre_day import centre_today
from common.paging import key_page
from modalities.forms.revisions import WithdrawForm
from modalities.models import Modality, Revision
from modalities.reading import changes_between, full_texts_of, read_texts, texts_of
from modalities.services.publications import withdraw_revision
from modalities.views.modalities import get_modality


def history(request: SignedInRequest, slug: str) -> HttpResponse:
    modality = get_modality(request, slug)
    if modality.is_group:
        raise Http404
    context = {
        "nav": "reference",
        "modality": modality,
        "page": key_page(modality.revisions.for_history(), order=("-number",), params=request.GET),
        "numbers": range(newest_number(modality), 0, -1),
        "today": centre_today(),
    }
    return render(request, "modalities/revisions/history.html", context)


def revision(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    modality = get_modality(request, slug)
    found = get_revision(modality, number)
    context = {"nav": "reference", "modality": modality, "revision": found, "today": centre_today()}
    context["reading"] = read_texts(texts_of(found))
    return render(request, "modalities/revisions/revision.html", context)


def compare(request: SignedInRequest, slug: str) -> HttpResponse:
    modality = get_modality(request, slug)
    newest = newest_number(modality)
    old = get_revision(modality, _number(request, "old", max(newest - 1, 1)))
    new = get_revision(modality, _number(request, "new", newest))
    changed, same = changes_between(full_texts_of(old), full_texts_of(new))
    context = {"nav": "reference", "modality": modality, "old": old, "new": new, "pair": (old, new)}
    context |= {"changed": changed, "same": same, "numbers": range(newest, 0, -1)}
    return render(request, "modalities/revisions/compare.html", context)


def withdraw(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    require(request.user, "reference.approve")
    modality = get_modality(request, slug)
    found = get_revision(modality, number)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with attempt(request, form):
            withdraw_revision(found, by=request.user, reason=form.cleaned_data["reason"])
        if form.is_valid():
            messages.success(request, f"Revision {found.number} is withdrawn.")
            return redirect("modalities:history", slug=slug)
    context = {"nav": "reference", "modality": modality, "revision": found, "form": form}
    return render(request, "modalities/revisions/withdraw.html", context)


def newest_number(modality: Modality) -> int:
    """Of all revisions, in force or not; a group has none (404)."""
    number = modality.revisions.order_by("-number").values_list("number", flat=True).first()
    if number is None:
        raise Http404
    return int(number)


def get_revision(modality: Modality, number: int) -> Revision:
    found = modality.revisions.for_history().filter(number=number).first()
    if found is None:
        raise Http404
    return found


def _number(request: SignedInRequest, name: str, default: int) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 6 else default
