from collections.abc import Sequence
from typing import Any, ClassVar

import django_filters
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import get_board
from accounts.models import User
from accounts.permissions import boards_where, can, memberships_of, require
from careplans.api.access import VisibleRows
from careplans.api.filters import IdFilter, MomentFilter
from careplans.api.new_patients import AskedFirstSerializer, telling_numbers, telling_who
from careplans.api.serializers.bodies import Reason
from careplans.api.serializers.patients import (
    AddNameBody,
    DeathBody,
    LetGoBody,
    LookUpBody,
    NewPatient,
    PatientChanges,
    PatientSerializer,
    RemoveNameBody,
    SearchBody,
    TransferBody,
)
from careplans.api.verbs import leaves, verb
from careplans.models import Patient
from careplans.models.patients import PatientQuerySet
from careplans.readers.served.patients import load_patients
from careplans.services import care_ends, letting_go, patient_names
from careplans.services.known_patients import by_number
from careplans.services.new_patients import register_patient
from careplans.services.patients import change_patient


class PatientFilter(django_filters.FilterSet):
    board = IdFilter(method="known_to", help_text="Known to this board.")
    merged_into = IdFilter(help_text="The records that were merged into this one, which lists leave out otherwise.")
    created_after = MomentFilter(field_name="created_at", side="after", board="")
    created_before = MomentFilter(field_name="created_at", side="before", board="")
    # A name in an address would be written into the logs of whatever it passes.
    elsewhere: ClassVar = {"search": 'Names do not go into an address: POST {"search": …} to /api/v1/patients/search/.'}

    def known_to(self, rows: PatientQuerySet, name: str, value: int) -> QuerySet[Patient]:
        return rows.of_boards([value])


def _change(
    patient: Patient, *, by: User, expected_version: int, old_name: str = "", identifiers: dict[str, str] | None = None,
    **values: Any,
) -> None:  # fmt: skip
    names = ("family_name", "given_name")
    if not old_name and any(values.get(name, getattr(patient, name)) != getattr(patient, name) for name in names):
        raise ValidationError({"old_name": "Say whether the old name is kept as a former name, or was mistyped."})
    with telling_numbers():
        change_patient(
            patient, by=by, expected_version=expected_version, named=identifiers, keep_old_name=old_name == "former",
            **values,
        )  # fmt: skip


class PatientViewSet(VisibleRows):
    """Patients, to those who may see them: never to analysts."""

    noun = "patients"
    paged_actions = ("list", "search", "look_up")
    tagged_actions = ("retrieve", "add")
    reads_by_post = ("search", "look_up")
    reads = "patients.view"
    leaves_out_text = False
    queryset = Patient.objects.all()
    serializer_class = PatientSerializer
    filterset_class = PatientFilter

    @extend_schema(request=SearchBody, responses=PatientSerializer(many=True))
    def search(self, request: Request) -> HttpResponseBase:
        """Look for patients by what is in the body, so that no name is in an address. Post the same body to `next`."""
        require(self.person, self.reads)
        return self.listed(request, self.recipe().search(self.body(SearchBody)["search"]))

    @extend_schema(request=LookUpBody, responses=PatientSerializer(many=True))
    def look_up(self, request: Request) -> HttpResponseBase:
        """The patient of exactly this number in this system. The list is empty where nobody has it, where it is somebody's whom
        you may not see, and where there is no such system: you cannot tell which. It is on the audit trail."""
        require(self.person, self.reads)
        body = self.body(LookUpBody)
        return self.listed(request, by_number(self.person, self.recipe(), **body))

    @extend_schema(request=NewPatient, responses={201: PatientSerializer, 409: AskedFirstSerializer})
    def add(self, request: Request) -> Response:
        """Add a patient to a board. 409 asks first: about whom the institution knows (`take_known`), or about patients who look
        alike (`another_than`)."""
        require(self.person, "patients.edit")
        body = self.body(NewPatient)
        board = get_board(self.person, body.pop("board"), "patients.edit")
        named = body.pop("identifiers", {})
        with telling_numbers(), telling_who():
            patient = register_patient(board, by=self.person, named=named, is_synthetic=settings.DEMO, **body)
        return self.answer(patient.pk, status=201)

    change = verb(_change, "patients.edit", PatientChanges, says="Change name, numbers, date of birth or sex.")

    record_death = verb(
        care_ends.record_death, "patients.death", DeathBody, says="The patient has died: all care ends, on every board."
    )
    correct_death = verb(
        care_ends.correct_death,
        "patients.death",
        Reason,
        says="The death was recorded in error; not by who recorded it.",
    )
    transfer = verb(
        care_ends.record_transfer, "cases.manage", TransferBody, says="Another centre takes over: all care here ends."
    )
    take_back_transfer = verb(
        care_ends.take_back_transfer, "cases.manage", Reason, says="Did not go, or is back; not by who recorded it."
    )

    add_name = verb(
        patient_names.add_name, "patients.edit", AddNameBody, says="A former name, or one by which they are known, too."
    )
    remove_name = verb(
        patient_names.remove_name, "patients.edit", RemoveNameBody,
        says="It was not theirs: the patient is found by it no more.",
    )  # fmt: skip

    let_go = leaves(
        letting_go.let_go_of_patient, "patients.edit", LetGoBody,
        says="Taken on by mistake: the board sees the patient no more. Not while it has a case, nor as the only board.",
    )  # fmt: skip

    def recipe(self) -> Any:
        """A record that was merged is answered by its address, and says into which; a list of patients has each once."""
        rows = Patient.objects.for_api()
        listed = self.action in self.paged_actions and "merged_into" not in self.request.query_params
        return rows.standing() if listed else rows

    def load(self, rows: Sequence[Patient]) -> None:
        boards = [membership.board_id for membership in memberships_of(self.person)]
        load_patients(rows, boards=boards, cases_of=boards_where(self.person, "cases.view"))

    def visible(self, pk: int) -> Patient:
        """From a board on which the caller may do what is asked, where several of theirs know the patient."""
        patient: Patient = super().visible(pk)
        known = set(patient.on_boards.values_list("board_id", flat=True))
        asked = getattr(getattr(type(self), self.action), "verb", None)
        action = asked.action if asked else "cases.edit"
        acting = [
            m.board for m in memberships_of(self.person) if m.board_id in known and can(self.person, action, m.board)
        ]
        patient.board = acting[0] if acting else patient.board
        return patient
