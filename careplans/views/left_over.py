"""What one person has to do on a board, to be handed over; and what is left to people who cannot do it any more."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET

from accounts.access import BoardQuerySet, Excerpt, get_board, list_visible, peek_visible
from accounts.http import SignedInRequest
from accounts.models import Board, Membership, User
from accounts.pages import attempt, render_page
from careplans.forms.leaving import SuccessorsForm
from careplans.models import Case, FollowUp, Plan, Step
from careplans.models.arms import undated_last
from careplans.readers.holdings import held_by, left_behind_on, work_of
from careplans.services.leaving import hand_over_work
from careplans.views.dated import all_dated

TITLES = {
    "steps": "Open steps",
    "follow_ups": "Follow-ups",
    "schedules": "Plans whose schedules go on",
    "cases": "Cases to be responsible for",
    "drafts": "Plans in work",
}


@require_GET
def left_over(request: SignedInRequest, pk: int) -> HttpResponse:
    """By person, in numbers: a board has few people, and each of them much."""
    board = get_board(request.user, pk, "patients.view")
    context = {"people": left_behind_on(board), "nav": "board"}
    return render_page(request, "careplans/left_over/list.html", board, context)


def person_work(request: SignedInRequest, pk: int, person: int) -> HttpResponse:
    """What it is, by patient, and who takes it over; with `show`, one of the lists in full."""
    board = get_board(request.user, pk, "work.hand_over")
    user = get_object_or_404(User.objects.filter(memberships__board=board).distinct(), pk=person)
    form = SuccessorsForm(request.POST or None, work=work_of(user, [board]), everything=False)
    if form.is_bound and form.is_valid():
        with attempt(request, form) as outcome:
            hand_over_work(user, board, by=request.user, successors=form.successors.get(board.pk, {}))
        if outcome.ok:
            messages.success(request, f"What {user.name} had has been handed over; those who take over are told.")
            return redirect("careplans:person_work", board.pk, user.pk)
    current = Membership.objects.filter(user=user, board=board, ended_at=None).first()
    context = {
        "person": user, "form": form, "current": current if user.is_active else None, "nav": "board",
        **sections(request, user, board),
    }  # fmt: skip
    return render_page(request, "careplans/left_over/person.html", board, context, status=400 if form.is_bound else 200)


def sections(request: SignedInRequest, user: User, board: Board) -> dict[str, Any]:
    """The first rows of each list, or one of them by pages."""
    lists = ordered(held_by(user, [board]))
    show = request.GET.get("show", "")
    if not show:
        found = peek_visible(lists, request.user, "work.hand_over", board=board)
        return {"sections": [section(name, found[name], board) for name in lists if found[name].rows]}
    if show not in lists:
        raise Http404
    rows = lists[show]
    order = tuple(str(column) for column in rows.query.order_by)
    page = list_visible(rows, request.user, "work.hand_over", order=order, params=request.GET, board=board)
    return {"sections": [section(show, Excerpt(page.rows, more=False), board)], "page": page}


def ordered(rows: dict[str, BoardQuerySet]) -> dict[str, BoardQuerySet]:
    """Each with what a list shows, in the order in which it is worked off."""
    keys = {kind: found.values("pk") for kind, found in rows.items()}
    plans = Plan.objects.for_work_list().order_by("pk")
    return {
        "steps": undated_last(Step.objects.for_work_list().filter(pk__in=keys["steps"])),
        "follow_ups": FollowUp.objects.for_work_list().filter(pk__in=keys["follow_ups"]).order_by("due_on", "pk"),
        "cases": Case.objects.for_work_list().filter(pk__in=keys["cases"]).order_by("pk"),
        "drafts": plans.filter(pk__in=keys["drafts"]),
        "schedules": plans.filter(pk__in=keys["schedules"]),
    }


def section(name: str, excerpt: Excerpt, board: Board) -> dict[str, Any]:
    rows: list[Any] = excerpt.rows
    if name in ("steps", "follow_ups"):
        rows = all_dated(rows, {board.pk: board})
    elif name != "cases":
        rows = [{"row": row, "board": board} for row in rows]
    return {"name": name, "title": TITLES[name], "rows": rows, "count": excerpt.count, "more": excerpt.more}
