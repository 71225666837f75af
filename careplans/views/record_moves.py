"""Two records of one person, and a case under the wrong patient: looked for, asked, and decided by somebody else."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from accounts.access import Excerpt, get_board, get_visible, list_visible, peek_visible
from accounts.http import SignedInRequest
from accounts.models import Board, User
from accounts.pages import attempt, render_page, show_version, untick
from accounts.permissions import boards_where, can
from careplans.forms.record_moves import ConfirmForm, FindForm, MergeForm, MoveCaseForm, ReasonForm, versions
from careplans.models import Case, MovedCase, Patient, RecordMove
from careplans.readers.duplicates import twins_of, with_twins
from careplans.readers.record_moves import Amiss, amiss, amiss_of, compare, death_words, since_then, why_not_back
from careplans.services.record_moves import ASK, ask_merge, ask_move_case, confirm, decline, may_decide, undo, withdraw
from careplans.services.record_notices import who_confirms
from careplans.views.cases import get_case
from careplans.views.patients import get_patient
from common.shown import NAME, OTHERWISE, mark

WAITING = 25


def merge(request: SignedInRequest, pk: int) -> HttpResponse:
    """First the other record, then both beside each other and which one stays."""
    patient = get_patient(request, Patient.objects.all(), ASK, pk)
    other = _chosen(request)
    form = MergeForm(request.POST if "ask" in request.POST else None, one=patient, other=other) if other else None
    if form is not None and form.is_valid() and other is not None:
        stays = other if form.cleaned_data["stays"] == other.pk else patient
        ends = patient if stays is other else other
        with attempt(request, form) as outcome:
            move = ask_merge(ends, by=request.user, into=stays.pk, reason=form.cleaned_data["reason"])
        if outcome.ok:
            return _asked(request, move)
    lines = compare(patient, other) if other else []
    context: dict[str, Any] = {"patient": patient, "other": other, "form": form, "lines": lines}
    if other is not None:
        both = [*amiss(other, patient, request.user), *amiss(patient, other, request.user)]
        context |= {"amiss": both, "death_words": death_words(patient, other)}
    return _ask_page(request, "merge", patient, patient.board, context)


def move_case(request: SignedInRequest, pk: int) -> HttpResponse:
    """The case was recorded under the wrong patient: first the right one, then why."""
    case = get_case(request, pk, ASK)
    other = _chosen(request)
    form = MoveCaseForm(request.POST if "ask" in request.POST else None) if other else None
    if form is not None and form.is_valid() and other is not None:
        with attempt(request, form) as outcome:
            move = ask_move_case(case, by=request.user, to=other.pk, reason=form.cleaned_data["reason"])
        if outcome.ok:
            return _asked(request, move)
    context = {
        "case": case, "patient": case.patient, "other": other, "form": form,
        "lines": compare(case.patient, other) if other else [], "amiss": amiss(case, other, request.user) if other else [],
    }  # fmt: skip
    return _ask_page(request, "move_case", case.patient, case.board, context)


def _chosen(request: SignedInRequest) -> Patient | None:
    """The other patient, by id: their names stay out of the address."""
    wanted = request.GET.get("with", "")
    if not wanted.isascii() or not wanted.isdigit() or len(wanted) > 18:
        return None
    found: Patient = get_visible(Patient.objects.standing(), request.user, ASK, pk=int(wanted))
    return found


def _ask_page(
    request: SignedInRequest, name: str, patient: Patient, board: Board, context: dict[str, Any]
) -> HttpResponse:
    form = context["form"]
    if context["other"] is None:
        find = FindForm(request.POST if "find" in request.POST else None)
        context |= {"find": find, "found": _found(request.user, patient, find), "twins": []}
        if name == "merge" and not find.is_bound:
            context["twins"] = twins_of([patient], board.pk)[patient.pk]
    context["nav"] = "patients"
    refused = form is not None and form.is_bound
    return render_page(request, f"careplans/record_moves/{name}.html", board, context, status=400 if refused else 200)


def _found(user: User, patient: Patient, find: FindForm) -> Excerpt | None:
    if not (find.is_bound and find.is_valid()):
        return None
    rows = Patient.objects.standing().search(find.cleaned_data["q"]).exclude(pk=patient.pk)
    return peek_visible({"found": rows.order_by("family_key", "pk")}, user, ASK)["found"]


def _asked(request: SignedInRequest, move: RecordMove) -> HttpResponse:
    messages.success(request, f"Asked. Nothing has changed yet. {who_confirms(move)}")
    return redirect("careplans:record_move", move.pk)


def record_move(request: SignedInRequest, pk: int) -> HttpResponse:
    """What is asked, both records beside each other, and what was decided; the ways to decide."""
    move: RecordMove = get_visible(RecordMove.objects.for_page(), request.user, "patients.view", pk=pk)
    board = move.board
    did = next((name for name in DECISIONS if name in request.POST), "")
    form: forms.Form | None = None
    if did:
        asked = ConfirmForm if did == "confirm" else ReasonForm
        form = asked(request.POST)
        if did == "withdraw":
            form.fields.pop("reason")
        if did in ("confirm", "undo") and request.POST.get(NAME) != _cases(request, move).mark:
            form.add_error(None, OTHERWISE)
            untick(form, "looked")
        elif form.is_valid():
            with attempt(request, form) as outcome:
                DECISIONS[did](move, request.user, form.cleaned_data)
            if outcome.ok:
                messages.success(request, DONE[did])
                return redirect("careplans:record_move", move.pk)
            move = RecordMove.objects.for_page().get(pk=pk)
            for name, version in versions(move).items():
                show_version(form, version, name=name)
    return _page(request, move, board, did, form)


DECISIONS: dict[str, Callable[[RecordMove, User, dict[str, Any]], RecordMove]] = {
    "confirm": lambda move, by, given: confirm(
        move, by=by, expected_version=given["version"], from_version=given["from_version"], to_version=given["to_version"],
        note=given["note"],
    ),
    "decline": lambda move, by, given: decline(
        move, by=by, expected_version=given["version"], reason=given["reason"]
    ),
    "withdraw": lambda move, by, given: withdraw(move, by=by, expected_version=given["version"]),
    "undo": lambda move, by, given: undo(move, by=by, expected_version=given["version"], reason=given["reason"]),
}  # fmt: skip
DONE = {
    "confirm": "Done. It can be undone on this page.", "decline": "Declined. Nothing has changed.",
    "withdraw": "Withdrawn. Nothing has changed.", "undo": "Undone. What came over has gone back.",
}  # fmt: skip


@dataclass(frozen=True)
class Cases:
    """What the page shows of the cases that go over, went over, or stay when it is undone: those that the person sees."""

    going: list[Case]
    moved: list[MovedCase]
    since: list[Case]
    amiss: list[Amiss]

    @property
    def mark(self) -> str:
        going = [(case.pk, case.title, case.status) for case in self.going]
        moved = [(row.case_id, row.case.patient_id) for row in self.moved]
        return mark(going, moved, [case.pk for case in self.since], [(one.unborn, one.dead) for one in self.amiss])


def _cases(request: SignedInRequest, move: RecordMove) -> Cases:
    seen = boards_where(request.user, "patients.view")
    return Cases(
        list(move.from_patient.cases.filter(board__in=seen).order_by("pk")) if move.is_asked and move.is_merge else [],
        list(MovedCase.objects.filter(move=move, case__board__in=seen).select_related("case__board").order_by("pk")),
        list(since_then(move, seen)) if move.stands and move.is_merge else [],
        amiss_of(move, request.user),
    )


def _page(request: SignedInRequest, move: RecordMove, board: Board, did: str, form: forms.Form | None) -> HttpResponse:
    initial = {"version": move.version}
    cases = _cases(request, move)
    is_own = move.asked_by_id == request.user.pk
    decides = may_decide(move, request.user)
    context = {
        "move": move, "lines": compare(move.from_patient, move.to_patient), "moved": cases.moved, "going": cases.going,
        "is_own": is_own, "may_decide": decides, "nav": "patients", "did": did, "form": form,
        "may_withdraw": is_own and can(request.user, ASK),
        "why_not_back": why_not_back(move) if move.stands else "",
        "since": cases.since, "seen": cases.mark,
        "amiss": cases.amiss,
        "death_words": death_words(move.from_patient, move.to_patient) if move.is_asked and move.is_merge else "",
        "confirm_form": form if did == "confirm" else ConfirmForm.of(move),
        "decline_form": form if did == "decline" else ReasonForm(initial=initial, auto_id="id_decline_%s"),
        "undo_form": form if did == "undo" else ReasonForm(initial=initial),
    }  # fmt: skip
    status = 400 if form is not None else 200
    return render_page(request, "careplans/record_moves/record_move.html", board, context, status=status)


@require_GET
def record_moves(request: SignedInRequest, pk: int) -> HttpResponse:
    """What waits for a second person on any of one's boards, and what was decided of this board's patients."""
    board = get_board(request.user, pk, "patients.view")
    asked = RecordMove.objects.for_page().asked().order_by("pk")
    waiting = peek_visible({"waiting": asked}, request.user, "patients.view", size=WAITING)["waiting"]
    decided = RecordMove.objects.for_page().exclude(status=RecordMove.Status.ASKED)
    page = list_visible(decided, request.user, "patients.view", order=("-pk",), params=request.GET, board=board)
    context = {"waiting": waiting, "page": page, "nav": "patients"}
    return render_page(request, "careplans/record_moves/list.html", board, context)


@require_GET
def duplicates(request: SignedInRequest, pk: int) -> HttpResponse:
    """Patients of the board who may be one person, each with those who are alike."""
    board = get_board(request.user, pk, "patients.edit")
    page = list_visible(
        with_twins(board.pk), request.user, "patients.edit", order=("family_key", "pk"), params=request.GET, board=board
    )
    twins = twins_of(page.rows, board.pk)
    # Each pair once, from the one that comes first.
    place = {row.pk: number for number, row in enumerate(page.rows)}
    pairs = [
        (row, other) for row in page for other in twins[row.pk] if place.get(other.pk, len(place)) > place[row.pk]
    ]  # fmt: skip
    context = {"page": page, "pairs": pairs, "nav": "patients"}
    return render_page(request, "careplans/record_moves/duplicates.html", board, context)
