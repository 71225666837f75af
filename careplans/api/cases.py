from collections.abc import Sequence
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import get_board
from accounts.models import User
from accounts.permissions import memberships_of
from careplans.api import within
from careplans.api.access import VisibleRows
from careplans.api.filters import ChangedSince, FigureFilter, IdFilter, MomentFilter, YesOrNoFilter
from careplans.api.moments import AS_OF, KNOWN_BY, check_asked
from careplans.api.patients import PatientViewSet
from careplans.api.plainly import plain, plain_rows
from careplans.api.serializers.bodies import Reason
from careplans.api.serializers.case_courses import CaseCourseSerializer
from careplans.api.serializers.cases import CaseChange, CaseClose, CaseMove, CaseSerializer, CaseWay, NewCase
from careplans.api.serializers.nothing_ahead import AheadBody, asking
from careplans.api.verbs import adds, verb
from careplans.models import Case, Patient
from careplans.readers.case_moves import ways_on
from careplans.readers.known.course import course_of
from careplans.readers.nothing_ahead import nothing_ahead
from careplans.readers.served.cases import load_cases
from careplans.services import cases
from careplans.services.followups import say_what_comes_next
from careplans.services.nothing_ahead import ComesNext


class CaseFilter(django_filters.FilterSet):
    board = IdFilter()
    patient = IdFilter()
    status = django_filters.MultipleChoiceFilter(choices=Case.Status.choices, distinct=False)
    responsible = IdFilter()
    created_after = MomentFilter(field_name="created_at", side="after")
    created_before = MomentFilter(field_name="created_at", side="before")
    updated_since = ChangedSince()
    ki67_percent_min = FigureFilter()
    ki67_percent_max = FigureFilter()
    mitoses_per_2mm2_min = FigureFilter()
    mitoses_per_2mm2_max = FigureFilter()
    liver_lesion_count_min = FigureFilter()
    liver_lesion_count_max = FigureFilter()
    egfr_ml_min_min = FigureFilter()
    egfr_ml_min_max = FigureFilter()
    nothing_ahead = YesOrNoFilter(
        method="with_nothing_ahead",
        help_text="In care without a dated next thing and without a reason that still holds.",
    )

    def with_nothing_ahead(self, rows: QuerySet[Case], name: str, value: bool) -> QuerySet[Case]:
        # It goes by true days, which a reporting project hides: asked daily, it would tell them.
        within.refuse(self.request, name)
        found = nothing_ahead([membership.board for membership in memberships_of(self.request.user)]).order_by()
        return rows.filter(pk__in=found.values("pk")) if value else rows.exclude(pk__in=found.values("pk"))


def _open(patient: Patient, *, by: User, needs_triage: bool, on_board: int | None = None, **values: Any) -> Case:
    """On the board that is named, or the first of the caller's that know the patient and on which they may."""
    status = Case.Status.REFERRED if needs_triage else Case.Status.ACCEPTED
    where = get_board(by, on_board, "cases.edit") if on_board else patient.board
    return cases.open_case(patient, by=by, status=status, board=where, **values)


# The services of triage compare and set on the version of the row that they are given: the one the writer saw.


def _move(case: Case, *, by: User, expected_version: int, to: str, reason: str = "") -> None:
    cases.move_case(case, to, by=by, reason=reason)


def _close(case: Case, *, by: User, expected_version: int, reason: str, note: str = "") -> None:
    cases.close_case(case, by=by, reason=reason, note=note)


def _reopen(case: Case, *, by: User, expected_version: int, reason: str) -> None:
    cases.reopen_case(case, by=by, reason=reason)


def _say(case: Case, *, by: User, expected_version: int, ahead: ComesNext | None = None) -> None:
    say_what_comes_next(case, by=by, ahead=ahead or {})


class CaseViewSet(VisibleRows):
    """Cases, each with its proforma and the therapies before. The patient is named by id alone."""

    noun = "cases"
    reads = "cases.view"
    queryset = Case.objects.all().for_api()
    serializer_class = CaseSerializer
    filterset_class = CaseFilter
    orders = ("updated_at",)

    def load(self, rows: Sequence[Case]) -> None:
        load_cases(rows)

    open = adds(
        _open, "cases.edit", NewCase, to=PatientViewSet, says="Open a case of a patient, with an empty proforma."
    )
    change = verb(cases.change_case, "cases.edit", CaseChange, says="Change title, question or who is responsible.")
    move = verb(_move, "cases.manage", CaseMove, says="Accept, return, decline, refer again, withdraw or list a case.")
    close = verb(_close, "cases.manage", CaseClose, says="Close a case, once no plan or follow-up of it is open.")
    nothing_ahead = verb(
        asking(_say), "followups.edit", AheadBody, says="Give a case in care its next date, or the reason for none."
    )

    @extend_schema(responses=CaseWay(many=True))
    def moves(self, request: Request, pk: int) -> Response:
        """What can become of this case next, and why not: the same table that the pages and the verbs go by."""
        case = self.visible(pk)
        return Response(self.told(CaseWay, plain_rows(CaseWay, ways_on(case)), case.board_id, case))

    @extend_schema(parameters=[AS_OF, KNOWN_BY], responses=CaseCourseSerializer)
    def course(self, request: Request, pk: int) -> Response:
        """The whole course of the case, as it was on a day and as it was known then, or known by another moment. Within a
        reporting project that is the end of the last month that was over by then, also without `as_of`; where days are shifted,
        now alone."""
        case = self.visible(pk)
        given = check_asked(request, AS_OF, KNOWN_BY)
        asked = within.asked_as_told(self, given)
        try:
            found = course_of(case, asked)
        except ValidationError:
            # It says on which day the case was opened.
            if self.reader.is_masked:
                raise within.not_yet(self, asked) from None
            raise
        data = plain(CaseCourseSerializer, found, self.get_serializer_context())
        return Response(self.told(CaseCourseSerializer, data, case.board_id, case))

    reopen = verb(_reopen, "cases.manage", Reason, says="Reopen a closed case.")
