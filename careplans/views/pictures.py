"""The sequence of a plan as a picture, for its page and for each other one on which it stands."""

from collections.abc import Iterable
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.access import get_visible
from accounts.http import SignedInRequest
from accounts.permissions import can
from careplans.models import FollowUp, Plan, Step
from careplans.readers.sequence import Picture, Sequence, axis_of, picture, sequence_of


@require_GET
def plan_picture(request: SignedInRequest, pk: int) -> HttpResponse:
    """The picture by itself, as it stands now: a page swaps it in when something of its plan was changed. With `?elsewhere` on
    a page on which the steps do not stand."""
    elsewhere = "elsewhere" in request.GET
    plan: Plan = get_visible(Plan.objects.for_detail(), request.user, "plans.view", pk=pk)
    return render(
        request,
        "careplans/plans/_picture.html",
        {"picture": pictured(request, plan, elsewhere=elsewhere), "plan": plan},
    )


def pictured(
    request: HttpRequest, plan: Plan, steps: Iterable[Step] | None = None, follow_ups: Iterable[FollowUp] | None = None,
    *, with_table: bool = True, elsewhere: bool = False,
) -> Picture | None:  # fmt: skip
    """One query, and none where the follow-ups are at hand or the plan has never been released. None where the plan has nothing
    to draw.

    `with_table`: not where its steps stand in a table, or on paper, beside it; `elsewhere`: on a page on which they do not.
    """
    sequence = _read(request, plan, steps, follow_ups)
    links = reverse("careplans:plan", args=[plan.pk]) if elsewhere else ""
    found = sequence.is_something
    return picture(sequence, uid=f"plan-{plan.pk}", links=links, with_table=with_table) if found else None


def pictures_of(request: HttpRequest, plan: Plan, older: Plan | None = None) -> list[Picture]:
    """With an earlier version, that one above it and both on one axis. A query for each that has been released."""
    read = [(one, _read(request, one)) for one in (older, plan) if one is not None]
    drawn = [(one, sequence) for one, sequence in read if sequence.is_something]
    axis = axis_of(*(sequence for _, sequence in drawn))
    return [
        picture(
            sequence,
            uid=f"plan-{one.pk}",
            axis=axis,
            links="" if one is plan else reverse("careplans:plan", args=[one.pk]),
        )
        for one, sequence in drawn
    ]


def _read(
    request: HttpRequest, plan: Plan, steps: Iterable[Step] | None = None, follow_ups: Iterable[FollowUp] | None = None
) -> Sequence:  # fmt: skip
    today: date = plan.board.today
    rows = FollowUp.objects.of_sequence(plan) if follow_ups is None and plan.released_at else follow_ups or ()
    reads_text = can(request.user, "text.view", plan.board_id)
    return sequence_of(plan, steps, rows, today=today, reads_text=reads_text)
