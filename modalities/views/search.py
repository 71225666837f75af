from django.http import HttpResponse
from django.shortcuts import render

from accounts.http import SignedInRequest
from accounts.permissions import require
from modalities.forms.search import SearchForm
from modalities.searching import search

# Whoever gets more will want to add a word rather than to page.
SHOWN = 100


def results(request: SignedInRequest) -> HttpResponse:
    require(request.user, "reference.read")
    form = SearchForm(request.GET)
    query = form.cleaned_data["q"] if form.is_valid() else ""
    hits = search(query)
    context = {"nav": "reference", "form": form, "query": query, "hits": hits[:SHOWN], "count": len(hits)}
    return render(request, "modalities/search/results.html", context)
