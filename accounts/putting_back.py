"""After signing in again, what somebody sent when their session had ended stands in its form once more, and is not saved yet.

The view of the form draws it as it draws whatever is refused: it gets what was sent, and the first transaction that it begins
refuses (`common.once`), so nothing is written. A form that stands on another page, whose address only takes what is sent, is
filled in on that page. Where neither holds every word that was typed, a page of its own shows it (`accounts.views.typed`).
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.datastructures import MultiValueDict

from accounts.carrying import Carried, is_unseen
from accounts.middleware import GetResponse, is_from_script
from accounts.models import Typed, User
from accounts.services.typed import drop_typed, newest_typed, typed_at
from accounts.session_store import ARRIVING, TYPED
from common import asked, once
from common.drawn_forms import DrawnForm, Values, drawn_forms, edited, filled, not_in
from common.errors import Conflict

# In base.html, around the banner that something waits.
BANNER = ("<!-- typed waits -->", "<!-- typed waits end -->")
DRAWN = {200, 400, 409, 422}

Kept = tuple[Typed, Carried]


class PuttingBackMiddleware:
    """The innermost: it calls the view."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        kept: Kept | None = getattr(request, "typed_kept", None)
        return response if kept is None else _on_page(request, kept, response)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if request.method != "GET" or is_from_script(request) or not isinstance(request.user, User):
            return None
        if TYPED not in request.session:
            return None
        kept = typed_at(request.user, request.get_full_path())
        if kept is None or not kept[1].is_worth_keeping:
            return None
        if kept[1].path == request.get_full_path():
            answer = _by_view(request, kept, lambda: view(request, *args, **kwargs))
            if answer is not None:
                request.session[TYPED] = True
                return answer
        request.typed_kept = kept  # type: ignore[attr-defined]
        return None


def _by_view(request: HttpRequest, kept: Kept, view: Callable[[], HttpResponse]) -> HttpResponse | None:
    """The answer to what was sent, as if it had been refused; None where it does not hold all of it."""
    sent: Any = request
    before = sent.method, sent.POST, sent.FILES
    sent.method, sent.POST, sent._files = "POST", as_posted(kept[1]), MultiValueDict()
    try:
        with once.bound():
            once.current.set(once.Held())
            asked.confirm(sent.POST.getlist(asked.NAME))
            response: Any = view()
            if not getattr(response, "is_rendered", True):
                response.render()
    except (ValidationError, Conflict, PermissionDenied, Http404):
        return None
    finally:
        sent.method, sent.POST, sent._files = before
        # What the view would have said of it.
        sent._messages._queued_messages = []
    if response.status_code not in DRAWN or not put_back(request, kept, response, fill=False):
        return None
    answer: HttpResponse = response
    answer.status_code = 200
    return answer


def as_posted(carried: Carried) -> QueryDict:
    """Never empty: a form of which nothing was ticked is sent all the same."""
    posted = QueryDict(mutable=True)
    for name, value in [*carried.values, ("csrfmiddlewaretoken", "")]:
        posted.appendlist(name, value)
    posted._mutable = False
    return posted


def _on_page(request: HttpRequest, kept: Kept, response: HttpResponse) -> HttpResponse:
    """The page on which it was typed; whoever has just signed in is led there, or to the page of what was sent."""
    here, carried = request.get_full_path(), kept[1]
    if carried.page == here and response.status_code == 200 and put_back(request, kept, response, fill=True):
        request.session[TYPED] = True
    elif request.session.get(TYPED) == ARRIVING or response.status_code == 405:
        if carried.page and carried.page != here:
            return redirect(f"{carried.page}#typed-back")
        request.session[TYPED] = True
        return redirect("accounts:typed")
    return response


def put_back(request: HttpRequest, kept: Kept, response: HttpResponse, *, fill: bool) -> bool:
    """Mark the form in which all of it stands. With `fill` it is written into it first."""
    row, carried = kept
    if not response.get("Content-Type", "").startswith("text/html"):
        return False
    page, values = response.content.decode(), values_of(carried)
    here = request.get_full_path()
    forms = [form for form in drawn_forms(page) if form.address(here) == carried.path]
    if not forms:
        return False
    nearest = min(forms, key=lambda form: _distance(form, values))
    edits = filled(nearest, values) if fill else as_seen(nearest, values)
    if fill:
        again = drawn_forms(edited(page, edits))
        place = [form.start for form in drawn_forms(page)].index(nearest.start)
        if not_in(again[place], values, leave=is_unseen):
            return False
    elif not_in(nearest, values, leave=is_unseen):
        return False
    told = {"row": row, "carried": carried, "is_changed": _is_changed(nearest, values)}
    response.content = edited(page, [*edits, *_marks(request, page, nearest, told)]).encode()
    return True


def as_seen(form: DrawnForm, values: Values) -> list[tuple[int, int, str]]:
    """With the version that its writer saw: what was changed since then is asked about when it is saved, as always."""
    hidden = [one for one in form.controls if one.kind == "hidden" and len(values.get(one.name, [])) == 1]
    return [
        (one.start, one.end, one.written("input", value=values[one.name][0]))
        for one in hidden
        if one.offered != values[one.name][0]
    ]


def values_of(carried: Carried) -> Values:
    values: Values = {}
    for name, value in carried.values:
        values.setdefault(name, []).append(value)
    return values


def _distance(form: DrawnForm, values: Values) -> tuple[int, int]:
    """How unlike the form is to what was sent: what has no place in it, fixed values that differ; then all that differs."""
    names = {control.name for control in form.controls}
    fixed = {one.name: one.offered for one in form.controls if one.kind == "hidden" and not is_unseen(one.name)}
    strange = sum(1 for name, sent in values.items() if any(sent) and name not in names and not is_unseen(name))
    other = sum(1 for name, value in fixed.items() if name in values and value not in values[name])
    return strange + other, len(not_in(form, values, leave=is_unseen))


def _is_changed(form: DrawnForm, values: Values) -> bool:
    """Whether the record has gone on since it was typed."""
    drawn, sent = form.standing().get("version"), values.get("version")
    return bool(drawn and sent and drawn != sent)


def _marks(request: HttpRequest, page: str, form: DrawnForm, told: dict[str, Any]) -> list[tuple[int, int, str]]:
    mark: str = render_to_string("accounts/typed/_mark.html", told, request=request)
    marks: list[tuple[int, int, str]] = [(form.end, form.end, mark)]
    marks += [(one.start, one.end, one.written("details", open="")) for one in form.details]
    start, end = page.find(BANNER[0]), page.find(BANNER[1])
    if 0 <= start < end:
        marks.append((start, end, render_to_string("accounts/typed/_banner.html", told, request=request)))
    return marks


def put_away(request: HttpRequest, person: User, pk: int) -> None:
    """It was sent, or is not wanted; pages say so while something else waits still."""
    drop_typed(person, pk)
    if newest_typed(person) is None:
        request.session.pop(TYPED, None)
