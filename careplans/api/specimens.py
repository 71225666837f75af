from typing import Any

import django_filters

from accounts.models import User
from careplans.api.access import VisibleRows
from careplans.api.cases import CaseViewSet
from careplans.api.filters import ChangedSince, IdFilter, MomentFilter
from careplans.api.serializers.bodies import Reason
from careplans.api.serializers.specimens import NewSpecimen, SpecimenBody, SpecimenSerializer
from careplans.api.verbs import adds, verb
from careplans.models import Case, Specimen
from careplans.services import specimens


class SpecimenFilter(django_filters.FilterSet):
    board = IdFilter()
    case = IdFilter()
    created_after = MomentFilter(field_name="created_at", side="after")
    created_before = MomentFilter(field_name="created_at", side="before")
    updated_since = ChangedSince()


def _add(case: Case, *, by: User, **values: Any) -> Specimen:
    return specimens.add_specimen(case, by=by, **values)


def _change(specimen: Specimen, *, by: User, expected_version: int, **values: Any) -> None:
    specimens.change_specimen(specimen, by=by, expected_version=expected_version, **values)


def _decide(specimen: Specimen, *, by: User, expected_version: int) -> None:
    specimens.let_specimen_decide(specimen, by=by, expected_version=expected_version)


class SpecimenViewSet(VisibleRows):
    """Specimens, and which of each case decides: that one says grade, Ki-67 and differentiation of the case."""

    noun = "specimens"
    reads = "cases.view"
    queryset = Specimen.objects.all().for_api()
    serializer_class = SpecimenSerializer
    filterset_class = SpecimenFilter
    orders = ("updated_at",)

    add = adds(_add, "cases.edit", NewSpecimen, to=CaseViewSet, says="Add a specimen to a case.")
    change = verb(_change, "cases.edit", SpecimenBody, says="Correct a specimen.")
    decide = verb(_decide, "cases.edit", says="Let this specimen decide; what others decided stays on record.")
    withdraw = verb(
        specimens.withdraw_specimen,
        "cases.edit",
        Reason,
        says="Take it off the list, with the reason; not the one that decides.",
    )
