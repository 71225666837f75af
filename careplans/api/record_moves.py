import django_filters

from careplans.api.access import VisibleRows
from careplans.api.cases import CaseViewSet
from careplans.api.filters import IdFilter, MomentFilter
from careplans.api.patients import PatientViewSet
from careplans.api.serializers.bodies import Reason
from careplans.api.serializers.record_moves import ConfirmBody, MergeBody, MoveCaseBody, RecordMoveSerializer
from careplans.api.verbs import adds, verb
from careplans.models import RecordMove
from careplans.models.record_moves import RecordMoveQuerySet
from careplans.services import record_moves


class RecordMoveFilter(django_filters.FilterSet):
    board = IdFilter(method="known_to", help_text="Both patients are known to this board.")
    from_patient = IdFilter()
    to_patient = IdFilter()
    case = IdFilter()
    kind = django_filters.ChoiceFilter(choices=RecordMove.Kind.choices)
    status = django_filters.MultipleChoiceFilter(choices=RecordMove.Status.choices, distinct=False)
    asked_after = MomentFilter(field_name="asked_at", side="after")
    asked_before = MomentFilter(field_name="asked_at", side="before")
    decided_after = MomentFilter(field_name="decided_at", side="after")
    decided_before = MomentFilter(field_name="decided_at", side="before")
    undone_after = MomentFilter(field_name="undone_at", side="after")
    undone_before = MomentFilter(field_name="undone_at", side="before")

    def known_to(self, rows: RecordMoveQuerySet, name: str, value: int) -> RecordMoveQuerySet:
        return rows.of_boards([value])


class RecordMoveViewSet(VisibleRows):
    """Merges of two records and moves of a case to another patient: asked by one person, decided by another."""

    noun = "record-moves"
    reads = "patients.view"
    leaves_out_text = False
    queryset = RecordMove.objects.for_page()
    serializer_class = RecordMoveSerializer
    filterset_class = RecordMoveFilter

    merge = adds(
        record_moves.ask_merge, "patients.edit", MergeBody, to=PatientViewSet,
        says="The patient is the same person as another: ask for the merge. Nothing changes until somebody else confirms.",
    )  # fmt: skip
    move_case = adds(
        record_moves.ask_move_case, "patients.edit", MoveCaseBody, to=CaseViewSet,
        says="The case was recorded under the wrong patient: ask for its move. Nothing changes until somebody else confirms.",
    )  # fmt: skip
    confirm = verb(
        record_moves.confirm, "patients.merge", ConfirmBody, says="Both were looked at, by somebody who did not ask."
    )
    decline = verb(record_moves.decline, "patients.merge", Reason, says="They are two people, or the case stays.")
    withdraw = verb(record_moves.withdraw, "patients.edit", says="By whoever asked.")
    undo = verb(
        record_moves.undo, "patients.merge", Reason,
        says="What came over goes back, with what was written in it since; what was opened since stays.",
    )  # fmt: skip
