from typing import Any

import django_filters

from accounts.models import User
from careplans.api.access import VisibleRows
from careplans.api.cases import CaseViewSet
from careplans.api.filters import ChangedSince, IdFilter, MomentFilter
from careplans.api.serializers.bodies import Reason
from careplans.api.serializers.prior_treatments import PriorTreatmentBody, PriorTreatmentRow
from careplans.api.verbs import adds, verb
from careplans.models import Case, PriorTreatment
from careplans.models.cases import PriorTreatmentQuerySet
from careplans.services import cases


class PriorTreatmentFilter(django_filters.FilterSet):
    board = IdFilter(method="of_board")
    case = IdFilter()
    created_after = MomentFilter(field_name="created_at", side="after", board="case__board")
    created_before = MomentFilter(field_name="created_at", side="before", board="case__board")
    updated_since = ChangedSince()

    def of_board(self, rows: PriorTreatmentQuerySet, name: str, value: int) -> PriorTreatmentQuerySet:
        return rows.of_boards([value])


def _add(case: Case, *, by: User, **values: Any) -> PriorTreatment:
    return cases.add_prior_treatment(case, by=by, **values)


class PriorTreatmentViewSet(VisibleRows):
    """Treatments from before the plans. What the plans have given stands in their steps."""

    noun = "prior-treatments"
    reads = "cases.view"
    queryset = PriorTreatment.objects.all().for_api()
    serializer_class = PriorTreatmentRow
    filterset_class = PriorTreatmentFilter
    orders = ("updated_at",)

    add = adds(_add, "cases.edit", PriorTreatmentBody, to=CaseViewSet, says="Add a treatment from before the plans.")
    change = verb(
        cases.change_prior_treatment, "cases.edit", PriorTreatmentBody, says="Correct it; what it said before is kept."
    )
    withdraw = verb(
        cases.withdraw_prior_treatment,
        "cases.edit",
        Reason,
        says="Entered in error: take it off the list, with the reason. The row stays.",
    )
