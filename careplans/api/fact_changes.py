import django_filters
from django.core.exceptions import ValidationError

from careplans.api import within
from careplans.api.filters import IdFilter, MomentFilter
from careplans.api.masking import told_facts
from careplans.api.read_only import ReadOnlyRows
from careplans.api.serializers.fact_changes import FactChangeSerializer
from careplans.api.within import reader_in
from careplans.models import FactChange
from careplans.models.proforma import FIELDS, FactChangeQuerySet


class FactChangeFilter(django_filters.FilterSet):
    board = IdFilter(method="of_board")
    case = IdFilter()
    field = django_filters.CharFilter(max_length=40, method="of_fact", help_text="Of the fact of this name.")
    by = IdFilter(help_text="Changed by the person of this id.")
    at_after = MomentFilter(field_name="at", side="after", board="case__board")
    at_before = MomentFilter(field_name="at", side="before", board="case__board")

    def of_board(self, rows: FactChangeQuerySet, name: str, value: int) -> FactChangeQuerySet:
        return rows.of_boards([value])

    def of_fact(self, rows: FactChangeQuerySet, name: str, value: str) -> FactChangeQuerySet:
        if value not in FIELDS:
            raise ValidationError({name: f"There is no fact of this name. There are: {', '.join(FIELDS)}."})
        if reader_in(self.request).is_masked and value not in told_facts():
            raise ValidationError({name: within.NOT_ASKED})
        return rows.filter(field=value)


class FactChangeViewSet(ReadOnlyRows):
    """Each change of each fact of a proforma, with its old and new value. A row never changes."""

    noun = "fact-changes"
    reads = "cases.view"
    queryset = FactChange.objects.all().for_api()
    serializer_class = FactChangeSerializer
    filterset_class = FactChangeFilter

    def recipe(self) -> FactChangeQuerySet:
        """Within a reporting project only of facts that are given there: that a rare one was recorded says who is meant, whatever
        its value."""
        rows: FactChangeQuerySet = super().recipe()
        return rows.filter(field__in=told_facts()) if self.reader.is_masked else rows
