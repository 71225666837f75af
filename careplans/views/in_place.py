"""How a form that records something is drawn where its step or follow-up stands, and the message that offers to undo it."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access import get_visible
from accounts.http import SignedInRequest
from accounts.pages import render_page, sentences
from careplans.models import FollowUp, RecentAct, Step
from careplans.services.recent_acts import undo_act
from careplans.views.dated import all_dated
from careplans.views.drafting import advised
from careplans.views.just_recorded import shown_act
from careplans.views.ordering import Placed, with_arms
from careplans.views.pictures import pictured
from careplans.views.plans import get_plan
from common.errors import Conflict

# What a work list may show besides.
PARTS = ("who", "several", "pick")


@dataclass(frozen=True)
class Place:
    """Where on the page it stands, as the address of the piece says: the card of a step, a row of a work list (with whoever is
    responsible, with its board), or a row of a case."""

    name: str
    who: bool
    several: bool
    pick: bool

    @classmethod
    def of(cls, request: SignedInRequest) -> "Place":
        name = request.GET.get("where", "")
        shown = (part in request.GET for part in PARTS)
        return cls(name if name in ("row", "case") else "card", *shown)

    @property
    def query(self) -> str:
        return "&".join([f"where={self.name}", *(part for part in PARTS if getattr(self, part))])


def draw_form(
    request: SignedInRequest, row: Step | FollowUp, context: dict[str, Any], *, refused: bool
) -> HttpResponse:  # fmt: skip
    place = Place.of(request)
    about = {"place": place, "kind": kind_of(row), "here": f"{request.path}?{place.query}"}
    if place.name == "card":
        answer = render_page(
            request, "careplans/recording/_form.html", row.board, context | about, status=code(refused)
        )
        answer["HX-Retarget"], answer["HX-Reswap"] = f"#record-{row.pk}", "innerHTML"
        return answer
    return draw_row(request, row, context | about | {"opened": True}, status=code(refused))


def code(refused: bool) -> int:
    return 400 if refused else 200


def draw_recorded(
    request: SignedInRequest, row: Step | FollowUp, act: RecentAct | None, words: str, *, refused: bool = False
) -> HttpResponse:
    """The step or follow-up as it stands now, with the message; and the other steps of the plan that moved with it."""
    place = Place.of(request)
    context: dict[str, Any] = {"said": words, "refused": refused, "place": place, "kind": kind_of(row)}
    context |= shown_act(request, act)
    if place.name == "card" and isinstance(row, Step):
        return draw_cards(request, row, act, context)
    return draw_row(request, row, context)


def draw_cards(request: SignedInRequest, step: Step, act: RecentAct | None, context: dict[str, Any]) -> HttpResponse:
    plan = get_plan(request, step.plan_id)
    moved = {int(pk) for pk in act.changed["rows"].get("step", {})} if act else set()
    cards = list(flat(with_arms(plan.steps.all())))
    own = next((one for one in cards if one[0].step.pk == step.pk), None)
    others = [one for one in cards if one[0].step.pk in moved and one[0].step.pk != step.pk]
    shown = {
        "plan": plan,
        "own": own,
        "others": others,
        "said_of": step.pk,
        "picture": pictured(request, plan, for_desk=True),
    } | advised(request, plan)
    return render_page(request, "careplans/recording/_cards.html", plan.board, context | shown)


def flat(placed: list[Placed]) -> Any:
    """Each step once, and whether it stands in an arm."""
    for one in placed:
        yield one, False
        for arm in one.arms:
            yield from ((own, True) for own in arm.steps)


def draw_row(
    request: SignedInRequest, row: Step | FollowUp, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:  # fmt: skip
    fresh = shown_row(row)
    item = all_dated([fresh], {row.board_id: row.board})[0]
    template = (
        "careplans/recording/_case_row.html" if context["place"].name == "case" else "careplans/recording/_row.html"
    )
    return render_page(request, template, row.board, context | {"item": item}, status=status)


def shown_row(row: Step | FollowUp) -> Any:
    """As the lists load it."""
    return type(row)._default_manager.for_work_list().get(pk=row.pk)


def kind_of(row: Step | FollowUp) -> str:
    return "step" if isinstance(row, Step) else "followup"


@require_POST
def undo(request: SignedInRequest, pk: int) -> HttpResponse:
    """Within its minute, by who did it: everything is put back. A refusal says why, where the offer stood."""
    act: RecentAct = get_visible(RecentAct.objects.for_undo(), request.user, "patients.view", pk=pk)
    act.case.board = act.subject.board = act.board
    refused = False
    try:
        act = undo_act(act, by=request.user)
        words = f"Undone: {act.said}. Everything stands as before."
    except (ValidationError, Conflict) as error:
        refused, words = True, " ".join(sentences(error))
    if request.headers.get("HX-Request"):
        row = act.subject
        row.board = act.board
        return draw_recorded(request, row, act, words, refused=refused)
    (messages.error if refused else messages.success)(request, words)
    if act.step:
        return redirect(f"{reverse('careplans:plan', args=[act.step.plan_id])}#step-{act.step_id}")
    return redirect("careplans:followup", act.follow_up_id)
