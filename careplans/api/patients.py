from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import boards_where, can, memberships_of, require
from careplans.api.access import VisibleRows
from careplans.api.filters import IdFilter
from careplans.api.serializers.bodies import Reason
from careplans.api.serializers.patients import (
    AddNameBody,
    DeathBody,
    LetGoBody,
    PatientSerializer,
    RemoveNameBody,
    SearchBody,
    TransferBody,
)
from careplans.api.verbs import leaves, verb
from careplans.models import Patient
from careplans.models.patients import PatientQuerySet
from careplans.services import care_ends, letting_go, patient_names


class PatientFilter(django_filters.FilterSet):
    board = IdFilter(method="known_to", help_text="Known to this board.")
    merged_into = IdFilter(help_text="The records that were merged into this one, which lists leave out otherwise.")
    # A name in an address would be written into the logs of whatever it passes.
    elsewhere: ClassVar = {"search": 'Names do not go into an address: POST {"search": …} to /api/v1/patients/search/.'}

    def known_to(self, rows: PatientQuerySet, name: str, value: int) -> QuerySet[Patient]:
        return rows.of_boards([value])


class PatientViewSet(VisibleRows):
    """Patients, to those who may see them: never to analysts."""

    noun = "patients"
    paged_actions = ("list", "search")
    reads = "patients.view"
    leaves_out_text = False
    queryset = Patient.objects.all()
    serializer_class = PatientSerializer
    filterset_class = PatientFilter

    @extend_schema(request=SearchBody, responses=PatientSerializer(many=True))
    def search(self, request: Request) -> Response:
        """Look for patients by what is in the body, so that no name is in an address. Post the same body to `next`."""
        require(self.person, self.reads)
        return self.listed(request, self.recipe().search(self.body(SearchBody)["search"]))

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
        boards = [membership.board_id for membership in memberships_of(self.person)]
        rows = Patient.objects.for_api(boards, boards_where(self.person, "cases.view"))
        listed = self.action in ("list", "search") and "merged_into" not in self.request.query_params
        return rows.standing() if listed else rows

    def visible(self, pk: int) -> Patient:
        """From a board on which the caller may do what is asked, where several of theirs know the patient."""
        patient: Patient = super().visible(pk)
        known = {row.board_id for row in patient.on_boards.all()}
        asked = getattr(getattr(type(self), self.action), "verb", None)
        action = asked.action if asked else "cases.edit"
        acting = [
            m.board for m in memberships_of(self.person) if m.board_id in known and can(self.person, action, m.board)
        ]
        patient.board = acting[0] if acting else patient.board
        return patient
