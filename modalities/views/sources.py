from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from accounts.http import SignedInRequest
from accounts.pages import attempt
from accounts.permissions import require
from common.paging import key_page
from modalities.forms.sources import SourceForm
from modalities.models import Source
from modalities.models.sources import NEWEST_FIRST
from modalities.services.sourcing import add_source


def source_list(request: SignedInRequest) -> HttpResponse:
    require(request.user, "reference.read")
    page = key_page(Source.objects.all(), order=NEWEST_FIRST, params=request.GET)
    return render(request, "modalities/sources/list.html", {"nav": "reference", "page": page})


def source(request: SignedInRequest, number: int) -> HttpResponse:
    """One source, for links from outside a page: the list is paged."""
    require(request.user, "reference.read")
    found = Source.objects.filter(number=number).first()
    if found is None:
        raise Http404
    return render(request, "modalities/sources/source.html", {"nav": "reference", "source": found})


def new(request: SignedInRequest) -> HttpResponse:
    require(request.user, "reference.edit")
    form = SourceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with attempt(request, form):
            source = add_source(by=request.user, **form.cleaned_data)
        if form.is_valid():
            messages.success(request, f"Added. Write [{source.marker}] after a sentence that rests on it.")
            return redirect("modalities:sources")
    return render(request, "modalities/sources/new.html", {"nav": "reference", "form": form})
