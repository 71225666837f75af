from collections.abc import Sequence

import django_filters

from accounts.models import Discipline
from careplans.api.filters import ChangedSince, IdFilter, LineageFilter, MomentFilter
from careplans.api.read_only import ReadOnlyRows
from careplans.api.serializers.signatures import SignatureRow
from careplans.models import Plan, Signature
from careplans.readers.served.signatures import load_signatures


class SignatureFilter(django_filters.FilterSet):
    board = IdFilter()
    case = IdFilter(field_name="plan__case")
    plan = IdFilter()
    lineage = LineageFilter(field_name="plan")
    status = django_filters.MultipleChoiceFilter(choices=Signature.Status.choices, distinct=False)
    discipline = django_filters.MultipleChoiceFilter(
        choices=Discipline.choices, distinct=False, help_text="Asked of this discipline; may be repeated."
    )
    plan_status = django_filters.MultipleChoiceFilter(
        field_name="plan__status", choices=Plan.Status.choices, distinct=False,
        help_text="Of plans in this state; may be repeated.",
    )  # fmt: skip
    signer = IdFilter(help_text="Answered by the person of this id.")
    requested_after = MomentFilter(field_name="requested_at", side="after")
    requested_before = MomentFilter(field_name="requested_at", side="before")
    answered_after = MomentFilter(field_name="signed_at", side="after")
    answered_before = MomentFilter(field_name="signed_at", side="before")
    updated_since = ChangedSince()


class SignatureViewSet(ReadOnlyRows):
    """What each discipline was asked about a plan, when, and what it answered. To sign is a verb of the plan."""

    noun = "signatures"
    reads = "plans.view"
    queryset = Signature.objects.all().for_api()
    serializer_class = SignatureRow
    filterset_class = SignatureFilter
    orders = ("updated_at",)

    def load(self, rows: Sequence[Signature]) -> None:
        load_signatures(rows)
