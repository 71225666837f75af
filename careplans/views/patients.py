from dataclasses import dataclass, field

from django.conf import settings
from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import get_board, get_visible, list_visible
from accounts.http import SignedInRequest
from accounts.models import Board, IdentifierSystem
from accounts.pages import attempt, render_page
from accounts.permissions import boards_where
from careplans.forms.patients import PatientEditForm, PatientFilterForm, PatientForm, typed_otherwise
from careplans.forms.stale import Standing, meet_current
from careplans.models import Case, Patient, Plan, RecordMove, Step
from careplans.models.patients import PatientQuerySet
from careplans.services.new_patients import AskedFirst, register_patient
from careplans.services.patients import change_patient
from careplans.services.possible_duplicates import Twin
from common.figures import read_key
from common.searches import KEY, asked, kept

# The newest; all of them stay in the record.
MOST_CHANGES = 50


@require_http_methods(["GET", "POST"])
def patients(request: SignedInRequest, pk: int) -> HttpResponse:
    board = get_board(request.user, pk, "patients.view")
    asking = asked(request, PatientFilterForm)
    if asking.address:
        return redirect(asking.address)
    form = asking.form
    rows = filtered(Patient.objects.standing().for_table([pk]), form, board)
    page = list_visible(
        rows, request.user, "patients.view", order=("family_key", "pk"), params=request.GET, board=board
    )
    context = {"page": page, "form": form, "is_filtered": any(form.cleaned().values()), "nav": "patients"}
    context["search"] = request.GET.get(KEY, "")
    return render_page(request, "careplans/patients/list.html", board, context, status=asking.status)


def filtered(rows: PatientQuerySet, form: PatientFilterForm, board: Board) -> PatientQuerySet:
    """By what this board knows: the cases and plans of others decide nothing here."""
    wanted = form.cleaned()
    rows = rows.search(wanted["q"])
    if wanted["status"]:
        cases = Case.objects.filter(patient=OuterRef("pk"), board=board, status=wanted["status"])
        rows = rows.filter(Exists(cases))
    if wanted["plan"]:
        in_force = Exists(Plan.objects.in_force().filter(case__patient=OuterRef("pk"), board=board))
        rows = rows.filter(in_force if wanted["plan"] == "yes" else ~in_force)
    if wanted["kind"]:
        rows = rows.filter(is_synthetic=wanted["kind"] == "synthetic")
    return rows


def patient_new(request: SignedInRequest, pk: int) -> HttpResponse:
    board = get_board(request.user, pk, "patients.edit")
    form = PatientForm(
        request.POST or None,
        systems=further_systems(board),
        initial=looked_for(kept(request.session, request.GET.get(KEY, ""))),
    )
    found = Found()
    if request.method == "POST" and form.is_valid():
        with attempt(request, form) as outcome:
            found = add_or_take(request, board, form)
        if outcome.ok and found.patient is not None:
            return redirect("careplans:patient", found.patient.pk)
    context = {
        "form": form,
        "twins": found.twins,
        "known": found.known,
        "otherwise": found.otherwise,
        "nav": "patients",
    }
    status = 400 if form.is_bound else 200
    return render_page(request, "careplans/patients/new.html", board, context, status=status)


@dataclass(frozen=True)
class Found:
    """What became of a patient that was typed: one row, or people who may be the same, to be asked about first."""

    patient: Patient | None = None
    twins: list[Twin] = field(default_factory=list)
    known: Patient | None = None
    """Whom the institution knows by this number and date of birth."""
    otherwise: list[str] = field(default_factory=list)
    """What was typed otherwise of them."""


def add_or_take(request: SignedInRequest, board: Board, form: PatientForm) -> Found:
    typed = form.values()
    try:
        patient = register_patient(
            board, by=request.user, take_known=read_key(request.POST.get("take", "")), is_synthetic=settings.DEMO,
            another_than=looked_at(request), **typed,
        )  # fmt: skip
    except AskedFirst as asked:
        otherwise = typed_otherwise(typed, asked.known) if asked.known else []
        return Found(twins=asked.twins, known=asked.known, otherwise=otherwise)
    taken = patient.added_on_id != board.pk
    words = (
        f"{patient} is a patient of this board now.{_then(patient)}"
        if taken
        else f"{patient} is added. Open the first case."
    )
    messages.success(request, words)
    return Found(patient)


def looked_at(request: SignedInRequest) -> set[int]:
    """Whom the page had shown when somebody said that it is another person."""
    shown = request.POST.getlist("another_than") if "confirmed" in request.POST else []
    return {pk for one in shown if (pk := read_key(one)) is not None}


def _then(patient: Patient) -> str:
    return "" if patient.ended else " Open the first case."


def further_systems(board: Board) -> list[IdentifierSystem]:
    return list(IdentifierSystem.objects.filter(institution=board.institution_id, is_main=False).order_by("name"))


def looked_for(words: str) -> dict[str, str]:
    """What was searched for in vain need not be typed again."""
    text = words.strip()
    if not text:
        return {}
    if any(character.isdigit() for character in text):
        return {"record_number": text}
    family, _, given = text.partition("," if "," in text else " ")
    return {"family_name": family.strip(), "given_name": given.strip()}


@require_GET
def patient(request: SignedInRequest, pk: int) -> HttpResponse:
    seen = boards_where(request.user, "patients.view")
    patient = get_patient(request, Patient.objects.for_detail(seen), "patients.view", pk)
    if patient.pk != pk:
        messages.info(request, "That record was merged into this one, which stands for both.")
        return redirect("careplans:patient", patient.pk)
    failed = Step.objects.for_work_list().gate_failed().filter(case__patient=patient).of_boards(seen)
    moves = RecordMove.objects.visible_to(request.user).order_by("pk")
    context = {
        "patient": patient, "failed_gates": failed.order_by("due_on", "pk"), "nav": "patients",
        "changes": patient.changes.for_page()[:MOST_CHANGES],
        "merges": moves.merges().standing().filter(from_patient__merged_into=patient),
        "asked_moves": moves.asked().touching(patient.pk),
    }  # fmt: skip
    return render_page(request, "careplans/patients/patient.html", patient.board, context)


def get_patient(request: SignedInRequest, rows: PatientQuerySet, action: str, pk: int) -> Patient:
    """From the board that the person looks from, where several of theirs know the patient. The address of a record that was
    merged shows the one that stands; what is sent there goes on to the service, whose refusal keeps what was typed."""
    on = request.session.get("board")
    patient: Patient = get_visible(rows, request.user, action, on=on, pk=pk)
    if patient.merged_into_id is not None and request.method == "GET":
        patient = get_visible(rows, request.user, action, on=on, pk=patient.merged_into_id)
    return patient


def patient_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    patient = get_patient(request, Patient.objects.all(), "patients.edit", pk)
    systems = further_systems(patient.board)
    typed = request.POST if request.method == "POST" else None
    form = (
        PatientEditForm(typed, patient=patient, systems=systems)
        if typed is not None
        else PatientEditForm.of(patient, systems)
    )
    standing: list[Standing] = []
    if form.is_bound and form.is_valid():
        with attempt(request, form) as outcome:
            version = form.cleaned_data["version"]
            change_patient(patient, by=request.user, expected_version=version, **form.values())
        if outcome.ok:
            messages.success(request, "The patient's details are saved.")
            return redirect("careplans:patient", patient.pk)
        standing = _standing(form, patient)
    context = {"form": form, "patient": patient, "standing": standing, "nav": "patients"}
    status = 400 if form.is_bound else 200
    return render_page(request, "careplans/patients/edit.html", patient.board, context, status=status)


def _standing(form: PatientEditForm, patient: Patient) -> list[Standing]:
    if form.cleaned_data["version"] == patient.version:
        return []
    return [*meet_current(form, patient), *form.numbers_otherwise()]
