"""An upload is looked at, carried out, and read later: what came in, and what became of it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import get_board, get_visible, list_visible
from accounts.http import SignedInRequest
from accounts.models import Board
from accounts.pages import attempt, render_page
from careplans.forms.imports import CarryOutForm, ImportForm
from careplans.importing.carrying_out import apply, format_of, preview, read_upload, text_of
from careplans.importing.outcomes import Outcome
from careplans.importing.uploads import MOST_BYTES, MOST_PARTS
from careplans.models import Import, RecordMove
from careplans.services.record_notices import who_confirms
from common.errors import Conflict


@require_http_methods(["GET", "POST"])
def import_new(request: SignedInRequest, pk: int) -> HttpResponse:
    board = get_board(request.user, pk, "patients.edit")
    if request.method == "POST" and "digest" in request.POST:
        return _carry_out(request, board)
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if request.method == "POST" and form.is_valid():
        with attempt(request, form) as outcome:
            content = _text(form)
            shown = preview(
                board, by=request.user, upload=read_upload(board, format=format_of(content), content=content)
            )
        if outcome.ok:
            return _shown(request, board, shown, CarryOutForm(outcome=shown, content=text_of(content)))
    context = {"form": form, "nav": "patients"}
    return render_page(request, "careplans/imports/new.html", board, context, status=400 if form.is_bound else 200)


def _carry_out(request: SignedInRequest, board: Board) -> HttpResponse:
    """Looked at once more, for the questions that are shown beside a refusal."""
    content = request.POST.get("content", "")
    refused: ValidationError | Conflict | None = None
    try:
        upload = read_upload(board, format=format_of(content), content=content)
        confirmed = request.POST.getlist("confirmed")
        outcome = apply(board, by=request.user, upload=upload, digest=request.POST["digest"], confirmed=confirmed)
    except (ValidationError, Conflict) as error:
        refused = error
    else:
        return _done(request, outcome)
    form = ImportForm({"content": content})
    with attempt(request, form) as attempted:
        form.is_valid()
        shown = preview(board, by=request.user, upload=read_upload(board, format=format_of(content), content=content))
    if not attempted.ok:
        context = {"form": form, "nav": "patients"}
        return render_page(request, "careplans/imports/new.html", board, context, status=400)
    return _refused(request, board, shown, content, refused)


def _refused(
    request: SignedInRequest, board: Board, shown: Outcome, content: str, error: ValidationError | Conflict
) -> HttpResponse:
    """With the ticks that still hold, and the digest of what is shown now."""
    known = [one.key for one in shown.questions]
    data = {
        "content": content, "digest": shown.digest,
        "confirmed": [key for key in request.POST.getlist("confirmed") if key in known],
    }  # fmt: skip
    form = CarryOutForm(data, outcome=shown, content=content)
    # What is missing the refusal says itself, in the words of the question.
    form.errors.pop("confirmed", None)
    words = [error.message] if isinstance(error, Conflict) else error.messages
    if not shown.problems:
        form.add_error(None, list(words))
    return _shown(request, board, shown, form, status=400)


def _shown(
    request: SignedInRequest, board: Board, shown: Outcome, form: CarryOutForm, *, status: int = 200
) -> HttpResponse:
    context = {"form": form, "outcome": shown, "nav": "patients"}
    return render_page(request, "careplans/imports/preview.html", board, context, status=status)


def _done(request: SignedInRequest, outcome: Outcome) -> HttpResponse:
    row = outcome.done or outcome.before
    if row is None:
        raise AssertionError("It was carried out now, or before.")
    if outcome.before:
        messages.info(request, "This was imported before: nothing was changed.")
    else:
        messages.success(request, "The import is carried out.")
    return redirect("careplans:import", row.pk)


@require_GET
def imports(request: SignedInRequest, pk: int) -> HttpResponse:
    """What was imported into this board's record, the newest first."""
    board = get_board(request.user, pk, "patients.view")
    rows = Import.objects.for_list()
    page = list_visible(rows, request.user, "patients.view", order=("-pk",), params=request.GET, board=board)
    return render_page(request, "careplans/imports/list.html", board, {"page": page, "nav": "patients"})


@require_GET
def import_one(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_visible(Import.objects.for_page(), request.user, "patients.view", pk=pk)
    context = {"row": row, "merges": _merges(request, row), "nav": "patients"}
    return render_page(request, "careplans/imports/import.html", row.board, context)


def _merges(request: SignedInRequest, row: Import) -> list[tuple[RecordMove, str]]:
    """The latest request for each merge that it asks for, as far as both patients are seen, with who is to confirm it."""
    patients = [part.patient_id for part in row.parts.all() if part.place.startswith("MRG") and part.patient_id]
    if not patients:
        return []
    asked = RecordMove.objects.merges().for_page().filter(from_patient__in=patients)
    found = list_visible(asked, request.user, "patients.view", order=("pk",), params={}, size=MOST_PARTS)
    latest = {move.from_patient_id: move for move in found.rows}
    return [(move, who_confirms(move) if move.is_asked else "") for move in latest.values()]


def _text(form: ImportForm) -> bytes | str:
    """Not more than is looked at: a larger file is refused by what was read of it."""
    file = form.cleaned_data["file"]
    return bytes(file.read(MOST_BYTES + 1)) if file else str(form.cleaned_data["content"])
