"""What became of a follow-up, recorded in the row of any list. Without script its own page asks the same."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.http import SignedInRequest
from accounts.permissions import require
from careplans.forms.followups import VERBS, possible
from careplans.forms.quick import NAME, make_quick
from careplans.models import FollowUp
from careplans.readers.nothing_ahead import asks_at_settling
from careplans.readers.recent_acts import said_of
from careplans.services.nothing_ahead import packed
from careplans.views.followups import SERVICES, form_of, get_follow_up
from careplans.views.in_place import draw_form, draw_recorded
from careplans.views.moves import recorded_as_act


def followup_record(request: SignedInRequest, pk: int) -> HttpResponse:
    follow_up = get_follow_up(request, pk)
    require(request.user, "followups.edit", follow_up.board)
    if not request.headers.get("HX-Request"):
        return redirect("careplans:followup", pk)
    return followup_sent(request, follow_up) if request.method == "POST" else draw_followup(request, follow_up)


def followup_sent(request: SignedInRequest, follow_up: FollowUp) -> HttpResponse:
    verb = request.POST.get("verb", "")
    if verb not in possible(follow_up):
        state = follow_up.get_status_display().lower()
        return draw_followup(request, follow_up, problem=f"This follow-up is {state} by now. Nothing was recorded.")
    form = one_form(verb, follow_up, request.POST, quick=NAME in request.POST)
    values = packed(form.cleaned_data) if form.is_valid() else {}
    done = recorded_as_act(request, form, SERVICES[verb], follow_up, values, verb) if values else None
    if done is None:
        return draw_followup(request, get_follow_up(request, follow_up.pk), verb=verb, bound=form)
    return draw_recorded(request, follow_up, done.act, f"Recorded: {said_of(follow_up, verb, done.made)}.")


def one_form(verb: str, follow_up: FollowUp, data: Any = None, *, quick: bool = False, asks: bool | None = None) -> Any:
    asked = asks_at_settling(follow_up) if asks is None else asks
    form: Any = form_of(verb, follow_up, asked, data)
    form.auto_id = f"id_{'quick' if quick else 'followup'}{follow_up.pk}_{verb}_%s"
    return make_quick(form, verb, follow_up.board.today) if quick else form


def draw_followup(
    request: SignedInRequest, follow_up: FollowUp, *, verb: str = "", bound: Any = None, problem: str = ""
) -> HttpResponse:  # fmt: skip
    today, asks = follow_up.board.today, follow_up.is_open and asks_at_settling(follow_up)
    quick, names = NAME in request.POST, possible(follow_up)
    first = None
    if "done" in names:
        mine = bound is not None and quick
        form = bound if mine else one_form("done", follow_up, quick=True, asks=asks)
        first = {"verb": "done", "action": f"Record as done today, {today:%-d %b %Y}", "form": form}
    moves = []
    for name in names:
        mine = bound is not None and not quick and verb == name
        title = f"{VERBS[name][1]}, with a result or on another day" if name == "done" else VERBS[name][1]
        form = bound if mine else one_form(name, follow_up, asks=asks)
        moves.append({"verb": name, "title": title, "action": VERBS[name][2], "open": mine, "form": form})
    context = {
        "subject": follow_up, "problem": problem, "first": first, "moves": moves,
        "page_url": reverse("careplans:followup", args=[follow_up.pk]),
    }  # fmt: skip
    return draw_form(request, follow_up, context, refused=bound is not None or bool(problem))
