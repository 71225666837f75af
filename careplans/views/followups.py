from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET

from accounts.access import get_board, get_visible, list_visible
from accounts.http import SignedInRequest
from accounts.models import Board
from accounts.pages import attempt, render_page
from accounts.permissions import can, require
from careplans.forms.followups import (
    STATES,
    VERBS,
    FollowUpFilter,
    FollowUpForm,
    possible,
    verb_form,
)
from careplans.forms.nothing_ahead import ask_ahead
from careplans.forms.step_progress import VersionedForm
from careplans.models import Case, Event, FollowUp
from careplans.models.followups import FollowUpQuerySet
from careplans.readers import confirmed_days
from careplans.readers.nothing_ahead import asks_at_settling
from careplans.readers.timeline_groups import moved_words
from careplans.services import followups as service
from careplans.services.done_follow_ups import correct_done_day, take_back_done
from careplans.services.nothing_ahead import packed
from careplans.services.recent_acts import Recorded
from careplans.views.cases import closed
from careplans.views.dated import all_dated
from careplans.views.just_recorded import act_just_recorded, led_to
from careplans.views.moves import moves_shown, recorded_as_act
from common import asked
from common.paging import Order

SERVICES: dict[str, Any] = {
    "done": service.complete_follow_up,
    "missed": service.record_missed_follow_up,
    "move": service.change_follow_up,
    "cancel": service.cancel_follow_up,
    "correct": correct_done_day,
    "not_done": take_back_done,
}
SAID = {
    "done": "The follow-up is recorded as done.",
    "missed": "Recorded. The new follow-up is below.",
    "move": "The follow-up is moved, and its reminders with it.",
    "cancel": "The follow-up is cancelled.",
    "correct": "The day is corrected.",
    "not_done": "It is open again, and its reminders with it.",
}
SOONEST: Order = ("due_on", "pk")
LATEST: Order = ("-due_on", "-pk")


@require_GET
def followups(request: SignedInRequest, pk: int) -> HttpResponse:
    """The work list: what is open, longest overdue first, or what became of the rest."""
    board = get_board(request.user, pk, "patients.view")
    form = FollowUpFilter(request.GET, board=board)
    wanted = form.wanted
    state = wanted["state"] or "open"
    rows = chosen(FollowUp.objects.for_work_list(), state, wanted, request.user.pk, board)
    order = LATEST if state in FollowUp.Status.values else SOONEST
    page = list_visible(rows, request.user, "patients.view", order=order, params=request.GET, board=board)
    context = {
        "page": page, "rows": all_dated(page.rows, {board.pk: board}), "form": form, "state": state,
        "tabs": tabs(request, state), "reset_url": f"?state={state}" if wanted["who"] or wanted["kind"] else "",
        "exported": exported(state, wanted, request.user.pk),
        "nav": "followups", "picks": state not in FollowUp.Status.values and can(request.user, "followups.edit", board),
    }  # fmt: skip
    return render_page(request, "careplans/followups/list.html", board, context)


def chosen(rows: FollowUpQuerySet, state: str, wanted: dict[str, str], me: int, board: Board) -> FollowUpQuerySet:
    today = board.today
    if state in FollowUp.Status.values:
        rows = rows.filter(status=state)
    elif state == "overdue":
        # The second condition follows from the first; it lets the index by day answer.
        rows = rows.overdue(today).filter(due_on__lt=today)
    elif state == "due":
        rows = rows.due(today)
    elif state == "coming":
        rows = rows.open().filter(due_on__gt=today)
    else:
        rows = rows.open()
    if wanted["who"]:
        rows = rows.filter(assignee=me if wanted["who"] == "mine" else wanted["who"])
    return rows.filter(kind=wanted["kind"]) if wanted["kind"] else rows


def exported(state: str, wanted: dict[str, str], me: int) -> str:
    """The same filter in the words of the API, as far as it knows them, for a file of these rows."""
    asked = {"status": state if state in FollowUp.Status.values else FollowUp.Status.PLANNED.value}
    asked |= {"overdue": "true"} if state == "overdue" else {}
    asked |= {"assignee": str(me) if wanted["who"] == "mine" else wanted["who"]} if wanted["who"] else {}
    return urlencode(asked)


def tabs(request: SignedInRequest, current: str) -> list[dict[str, Any]]:
    """One link per state; who and what stay chosen."""
    kept = {name: request.GET[name] for name in ("who", "kind") if request.GET.get(name)}
    query = request.GET.copy()
    query.clear()
    query.update(kept)
    links = []
    for state, label in STATES.items():
        query["state"] = state
        links.append({"url": f"?{query.urlencode()}", "label": label, "current": state == current})
    return links


def get_follow_up(request: SignedInRequest, pk: int) -> FollowUp:
    rows = FollowUp.objects.select_related(
        "case__patient", "case__proforma", "case__responsible", "plan", "schedule", "assignee", "created_by", "replaces",
        "replaced_by",
    )  # fmt: skip
    follow_up: FollowUp = get_visible(rows, request.user, "patients.view", pk=pk)
    follow_up.case.board = follow_up.board
    return follow_up


def followup(request: SignedInRequest, pk: int) -> HttpResponse:
    """One follow-up: what it is, what can become of it, and what happened to it."""
    follow_up = get_follow_up(request, pk)
    verb = request.POST.get("verb", "")
    form = None
    if request.method == "POST" and verb in VERBS:
        form = form_of(verb, follow_up, asks_at_settling(follow_up), request.POST)
        if form.is_valid() and (done := settle(request, follow_up, verb, form)):
            messages.success(request, SAID[verb])
            return redirect(led_to(reverse("careplans:followup", args=[done.made.pk]), done))
        follow_up = get_follow_up(request, pk)
    context = followup_context(request, follow_up, verb, form)
    status = 400 if request.method == "POST" else 200
    return render_page(request, "careplans/followups/followup.html", follow_up.board, context, status=status)


def form_of(verb: str, follow_up: FollowUp, asks: bool, data: Any = None) -> VersionedForm:
    """The form of one verb; what would take the last dated thing away asks what comes next."""
    form = verb_form(verb, follow_up, data)
    if verb in ("done", "cancel"):
        ask_ahead(form, follow_up.board, asked=asks)
    return form


def settle(request: SignedInRequest, follow_up: FollowUp, verb: str, form: VersionedForm) -> Recorded | None:
    """Carry out one verb. On refusal the form says why; after a conflict it can be sent again."""
    return recorded_as_act(request, form, SERVICES[verb], follow_up, packed(form.cleaned_data), verb)


def followup_context(request: SignedInRequest, follow_up: FollowUp, verb: str, bound: Any) -> dict[str, Any]:
    board = follow_up.board
    names = possible(follow_up) if can(request.user, "followups.edit", board) else ()
    may = follow_up.is_open and bool(names)
    asks = may and asks_at_settling(follow_up)
    opened = verb or ("done" if may else "")
    moves = moves_shown(VERBS, names, lambda name: form_of(name, follow_up, asks), opened=opened, bound=bound)
    events = list_visible(
        Event.objects.filter(follow_up=follow_up).for_timeline(), request.user, "patients.view", order=("-pk",),
        params={}, board=board,
    )  # fmt: skip
    return {
        "follow_up": follow_up, "dated": all_dated([follow_up], {board.pk: board})[0], "moves": moves,
        "events": [{"event": event, "words": told(event), "text": more_of(event)} for event in events],
        "refused": None if verb in names else bound, "can_snooze": may and follow_up.assignee_id == request.user.pk,
        "nav": "followups", **act_just_recorded(request),
    }  # fmt: skip


def more_of(event: Event) -> str:
    return "; ".join(filter(None, [event.reason, confirmed_days.told(event, event.data.get(asked.NAME, []))]))


def told(event: Event) -> str:
    """One line of the follow-up's own history."""
    if event.kind == "follow_up_settled":
        return f"Recorded as {FollowUp.Status(event.new).label.lower()}"
    if event.kind == "follow_up_corrected":
        was = parse_date(event.data.get("was", {}).get("done_on", ""))
        first = f"; recorded was {was:%-d %b %Y}" if was else ""
        return f"{'Day corrected' if event.new == 'done' else 'Taken back, it had not happened'}{first}"
    until = parse_date(event.data.get("until", ""))
    if event.kind == "reminder_put_off" and until:
        return f"Reminder put off until {until:%-d %b %Y}"
    was_due = parse_date(event.data.get("old_due_on", ""))
    if event.kind == "follow_up_changed" and was_due and "due_on" in event.data.get("fields", []):
        return f"Moved{moved_words(event)}; it was due on {was_due:%-d %b %Y}"
    words = {
        "follow_up_added": "Added", "follow_up_late": "Recorded late", "follow_up_changed": "Handed over",
        "follow_up_undone": "Undone within a minute",
        "follow_up_passed": "Asks what became of dates that had passed",
    }  # fmt: skip
    return words.get(event.kind, event.kind.replace("_", " "))


def followup_new(request: SignedInRequest, pk: int) -> HttpResponse:
    case: Case = get_visible(Case.objects.for_header(), request.user, "patients.view", pk=pk)
    require(request.user, "followups.edit", case.board)
    if answer := closed(request, case):
        return answer
    form = FollowUpForm(
        request.POST or None, board=case.board, initial={"window_days": case.board.grace_days, "assignee": request.user}
    )
    if request.method == "POST" and form.is_valid():
        with attempt(request, form) as outcome:
            follow_up = service.add_follow_up(case, by=request.user, **form.cleaned_data)
        if outcome.ok:
            messages.success(request, f"Follow-up added: {follow_up}.")
            return redirect(f"{reverse('careplans:case', args=[case.pk])}#follow-up-{follow_up.pk}")
    status = 400 if form.is_bound else 200
    context = {"case": case, "form": form, "nav": "patients"}
    return render_page(request, "careplans/followups/new.html", case.board, context, status=status)
