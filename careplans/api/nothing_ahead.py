import django_filters
from django.db.models import QuerySet

from careplans.api.filters import ChangedSince, DayFilter, IdFilter, MomentFilter, YesOrNoFilter
from careplans.api.read_only import ReadOnlyRows
from careplans.api.serializers.reasons import ReasonForNothing
from careplans.models import NothingAhead


class NothingAheadFilter(django_filters.FilterSet):
    board = IdFilter()
    case = IdFilter()
    standing = YesOrNoFilter(method="that_stand", help_text="True: those that nothing has taken the place of.")
    look_again_after = DayFilter(field_name="look_again_on", lookup_expr="gt")
    look_again_before = DayFilter(field_name="look_again_on", lookup_expr="lt")
    recorded_after = MomentFilter(field_name="recorded_at", side="after")
    recorded_before = MomentFilter(field_name="recorded_at", side="before")
    updated_since = ChangedSince()

    def that_stand(self, rows: QuerySet[NothingAhead], name: str, value: bool) -> QuerySet[NothingAhead]:
        return rows.filter(ended_at__isnull=value)


class NothingAheadViewSet(ReadOnlyRows):
    """Why cases in care have no dated next thing, as it was said. It is said at the case."""

    noun = "nothing-ahead"
    reads = "followups.view"
    queryset = NothingAhead.objects.all().for_api()
    serializer_class = ReasonForNothing
    filterset_class = NothingAheadFilter
    orders = ("updated_at",)
