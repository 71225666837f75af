import django_filters

from careplans.api.filters import ChangedSince, DayFilter, IdFilter
from careplans.api.read_only import ReadOnlyRows
from careplans.api.serializers.step_breaks import BreakRow
from careplans.models import StepBreak


class BreakFilter(django_filters.FilterSet):
    board = IdFilter()
    case = IdFilter()
    plan = IdFilter(field_name="step__plan")
    step = IdFilter()
    held_after = DayFilter(field_name="held_from", lookup_expr="gt")
    held_before = DayFilter(field_name="held_from", lookup_expr="lt")
    ended_after = DayFilter(field_name="ended_on", lookup_expr="gt")
    ended_before = DayFilter(field_name="ended_on", lookup_expr="lt")
    updated_since = ChangedSince()


class StepBreakViewSet(ReadOnlyRows):
    """When steps were held, and why. To hold a step is a verb of it."""

    noun = "step-breaks"
    reads = "plans.view"
    queryset = StepBreak.objects.all().for_api()
    serializer_class = BreakRow
    filterset_class = BreakFilter
    orders = ("updated_at",)
