"""Search from anywhere: a page of its own, and without its frame what stands in the dialog that `/` opens."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.http import SignedInRequest
from accounts.permissions import require
from careplans.forms.finding import SearchForm
from careplans.readers.finding.recent import recently_opened
from careplans.readers.finding.search import TOO_MANY, newest_but, search
from common.searches import asked

MINUTE = timedelta(minutes=1)
SLOWER = "That is more than this search answers at a time. Wait a minute, then go on."


@require_http_methods(["GET", "POST"])
def find(request: SignedInRequest) -> HttpResponse:
    """What is typed is posted: a name stands in no address. Without script it is kept in the session, as of other searches."""
    require(request.user, "reference.read")
    if request.headers.get("X-Requested-With") == "fetch":
        return in_dialog(request)
    asking = asked(request, SearchForm)
    if asking.address:
        return redirect(asking.address)
    words = asking.form.cleaned_data.get("q", "") if asking.form.is_valid() else ""
    context, status = found_for(request, words)
    context |= {"form": asking.form, "is_page": True}
    return render(request, "careplans/finding/page.html", context, status=max(asking.status, status))


def in_dialog(request: SignedInRequest) -> HttpResponse:
    """The field with what was opened last; then, as one types, what is found."""
    form = SearchForm(request.POST if request.method == "POST" else None)
    if request.method == "GET":
        context, _ = found_for(request, "")
        return render(request, "careplans/finding/_box.html", context | {"form": form})
    if not form.is_valid():
        return render(request, "careplans/finding/_found.html", {"refused": form.errors["q"]}, status=400)
    context, status = found_for(request, form.cleaned_data["q"])
    return render(request, "careplans/finding/_found.html", context, status=status)


def found_for(request: SignedInRequest, words: str) -> tuple[dict[str, Any], int]:
    if not words.strip():
        return {"recent": recently_opened(request.user, request.session.get("pages", []))}, 200
    last = newest_but(request.user, TOO_MANY)
    if last is not None and timezone.now() - last < MINUTE:
        return {"refused": [SLOWER]}, 429
    groups = search(request.user, words)
    return {"words": words, "groups": groups, "number": sum(len(one.hits) for one in groups)}, 200
