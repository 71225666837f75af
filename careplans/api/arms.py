from typing import Any

import django_filters
from django.db.models import QuerySet

from accounts.models import User
from careplans.api.access import VisibleRows
from careplans.api.filters import ChangedSince, IdFilter
from careplans.api.serializers.arms import ArmBody, ArmChanged, ArmMove, ArmRow
from careplans.api.steps import StepViewSet
from careplans.api.verbs import adds, verb
from careplans.models import Arm, Change
from careplans.models.changes import changed_at
from careplans.services import decisions


class ArmFilter(django_filters.FilterSet):
    board = IdFilter()
    decision = IdFilter()
    plan = IdFilter(field_name="decision__plan")
    updated_since = ChangedSince()

    @property
    def qs(self) -> QuerySet[Arm]:
        """Arms that were taken out of a draft are kept, but listed no more."""
        rows: QuerySet[Arm] = super().qs
        return rows.filter(removed_at=None)


def _change(arm: Arm, *, by: User, expected_version: int, **values: Any) -> str:
    edited, _ = decisions.edit_arm(arm, values, by=by, expected_version=expected_version)
    return edited.message


def _move(arm: Arm, *, by: User, expected_version: int, direction: str) -> str:
    return decisions.move_arm(arm, by=by, direction=direction, expected_version=expected_version).message


def _remove(arm: Arm, *, by: User, expected_version: int) -> str:
    return decisions.remove_arm(arm, by=by, expected_version=expected_version).message


class ArmViewSet(VisibleRows):
    """The named ways on from each decision."""

    noun = "arms"
    reads = "plans.view"
    queryset = Arm.objects.all().for_page().annotate(changed_at=changed_at(Change.Noun.ARMS))
    serializer_class = ArmRow
    changed_class = ArmChanged
    filterset_class = ArmFilter
    orders = ("updated_at",)

    add = adds(
        decisions.add_arm, "plans.draft", ArmBody, to=StepViewSet, guarded=True, says="Add an arm to a decision."
    )
    change = verb(_change, "plans.draft", ArmBody, says="Change an arm of a draft. Voids signatures and says so.")
    move = verb(_move, "plans.draft", ArmMove, says="Move an arm one place among those of its decision.")
    remove = verb(_remove, "plans.draft", says="Take an arm out of a draft. The row is kept; one with steps stays.")
