"""Searches for people. What was typed may be a name: it travels in the body of a POST and is kept in the session, and the address
that follows holds only a key made up for it. So a list can be paged, bookmarked and gone back to, in several tabs."""

import secrets
from dataclasses import dataclass
from typing import Generic, TypeVar

from django import forms
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

KEY = "search"
KEPT = "searches"
# The oldest go first; a session ends them all.
MOST = 30
GONE = "This search is no longer kept. Type it again."


class PeopleSearch(forms.Form):
    """A form of a list in which people are searched for by `q`. components/filter_bar.html posts it."""

    is_posted = True

    q = forms.CharField(
        label="Name", required=False, max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )  # fmt: skip


Form = TypeVar("Form", bound=PeopleSearch)


@dataclass(frozen=True)
class Asked(Generic[Form]):
    form: Form
    address: str
    """Where to look, once something good was posted; otherwise empty."""
    status: int = 200


def asked(request: HttpRequest, kind: type[Form]) -> Asked[Form]:
    """The form as it was posted, or as its address says."""
    if request.method == "POST":
        form = kind(request.POST)
        if not form.is_valid():
            return Asked(form, "", 400)
        query = request.GET.copy()
        query.clear()
        query.update({name: str(value) for name, value in form.cleaned_data.items() if value and name != "q"})
        if words := form.cleaned_data["q"]:
            query[KEY] = keep(request.session, words)
        return Asked(form, f"{request.path}?{query.urlencode()}".rstrip("?"))
    key = request.GET.get(KEY, "")
    words = kept(request.session, key)
    data = request.GET.copy()
    data["q"] = words
    form = kind(data)
    if key and not words:
        form.add_error("q", GONE)
    return Asked(form, "")


def keep(session: SessionBase, words: str) -> str:
    """The key under which these words are kept; the same words keep their key."""
    searches: list[list[str]] = session.get(KEPT, [])
    key = next((key for key, one in searches if one == words), "") or secrets.token_urlsafe(9)
    session[KEPT] = [*(one for one in searches if one[0] != key), [key, words]][-MOST:]
    return key


def kept(session: SessionBase, key: str) -> str:
    """What was searched for; empty for a key of another session, or of too long ago."""
    return next((words for one, words in session.get(KEPT, []) if one == key), "") if key else ""
