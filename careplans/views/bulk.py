"""Several steps and follow-ups of a list at once: looked at together, changed with one reason, and of each what became of it."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render

from accounts.access import peek_visible
from accounts.http import SignedInRequest
from accounts.models import Board
from accounts.pages import attempt, next_url, safe_path
from accounts.permissions import memberships_of
from careplans.forms.bulk import SAID, VERBS, possible
from careplans.models import FollowUp, Step
from careplans.models.arms import undated_last
from careplans.readers.work_rows import give_work_rows, may_record
from careplans.services.bulk import MOST, Chosen, Outcome, change_many
from careplans.views.dated import all_dated
from careplans.views.moves import moves_shown
from common.figures import read_key

KINDS = ("step", "followup")
# Digits that a version can have: it is a 32-bit number.
LONGEST_VERSION = 9


def bulk(request: SignedInRequest) -> HttpResponse:
    versions, too_many = read_chosen(request.POST if request.method == "POST" else request.GET)
    chosen = rows_of(request, versions)
    verb, form, outcomes = request.POST.get("verb", ""), None, list[Outcome]()
    if request.method == "POST" and verb in VERBS and not too_many:
        form = VERBS[verb][0](request.POST, board=one_board(request, chosen), auto_id=f"id_{verb}_%s")
        if form.is_valid():
            with attempt(request, form) as outcome:
                outcomes = change_many(chosen, verb, by=request.user, **form.cleaned_data)
            if outcome.ok and not any(one.why_not for one in outcomes):
                messages.success(request, f"{len(outcomes)} {SAID[verb]}.")
                return redirect(next_url(request, "/"))
    context = bulk_context(request, chosen, verb, form, outcomes, too_many=too_many)
    return render(request, "careplans/bulk/bulk.html", context, status=200 if form is None or outcomes else 400)


def read_chosen(data: QueryDict) -> tuple[dict[tuple[str, int], int], bool]:
    """`step-12:3` is step 12 in the version 3. What cannot be read is left out; too many are none."""
    found: dict[tuple[str, int], int] = {}
    for one in data.getlist("chosen"):
        key, _, version = one.partition(":")
        kind, _, written = key.partition("-")
        pk, seen = read_key(written), read_key(version, longest=LONGEST_VERSION)
        if kind in KINDS and pk is not None and seen is not None:
            found[kind, pk] = seen
    return found, len(found) > MOST


def rows_of(request: SignedInRequest, versions: dict[tuple[str, int], int]) -> list[Chosen]:
    """Those that this person sees, in the order of their days."""
    keys = {kind: [pk for one, pk in versions if one == kind] for kind in KINDS}
    lists = {
        "step": undated_last(Step.objects.filter(pk__in=keys["step"])),
        "followup": FollowUp.objects.filter(pk__in=keys["followup"]).order_by("due_on", "pk"),
    }
    found = peek_visible(lists, request.user, "patients.view", size=MOST, give=give_work_rows) if versions else {}
    return [Chosen(row, versions[kind, row.pk]) for kind in found for row in found[kind].rows]


def one_board(request: SignedInRequest, chosen: Sequence[Chosen]) -> Board | None:
    boards = {one.row.board_id for one in chosen}
    return next((m.board for m in memberships_of(request.user) if boards == {m.board_id}), None)


def bulk_context(
    request: SignedInRequest, chosen: list[Chosen], verb: str, form: Any, outcomes: list[Outcome], *, too_many: bool
) -> dict[str, Any]:
    """After a part was done: what was not, each with its reason, and the form as it was typed, for those alone."""
    boards = {m.board_id: m.board for m in memberships_of(request.user)}
    refused = {(type(one.row), one.row.pk): one for one in outcomes if one.why_not}
    if outcomes:
        # The rows as they stand now: sent again, it is of these versions.
        again = rows_of(request, {kind_and_key(one.row): one.row.version for one in refused.values()})
        chosen = [Chosen(one.row, one.row.version) for one in again]
    shown = all_dated([one.row for one in chosen], boards)
    items = [
        {
            "item": item, "sent": f"{item.key}:{one.version}",
            "why_not": refused[type(one.row), one.row.pk].why_not if refused else "",
        }
        for one, item in zip(chosen, shown, strict=True)
    ]  # fmt: skip
    board, kinds = one_board(request, chosen), {item.kind for item in shown}
    # Only what this person may do with one of them at least; of the rest the service says why not.
    open_to = {item.kind for item in shown if may_record(request.user, item.row, item.board)}
    names = possible(open_to, len({one.row.board_id for one in chosen})) if open_to and not too_many else ()

    def form_of(name: str) -> Any:
        return VERBS[name][0](board=board, auto_id=f"id_{name}_%s")

    return {
        "items": items, "moves": moves_shown(VERBS, names, form_of, opened=verb, bound=form), "too_many": too_many,
        "most": MOST, "done": len(outcomes) - len(refused), "refused": len(refused), "said": SAID.get(verb, ""),
        "next": next_url(request, safe_path(request, request.GET.get("next", "")) or "/"),
        "several": len({one.row.board_id for one in chosen}) > 1,
        "steps": "step" in kinds, "nav": "my_work",
    }  # fmt: skip


def kind_and_key(row: Step | FollowUp) -> tuple[str, int]:
    return ("step" if isinstance(row, Step) else "followup"), row.pk
