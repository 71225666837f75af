import django_filters
from django.db.models import QuerySet

from careplans.api.access import VisibleRows
from careplans.api.filters import IdFilter
from careplans.api.serializers.patients import PatientSerializer
from careplans.models import Patient
from careplans.models.patients import PatientQuerySet


class PatientFilter(django_filters.FilterSet):
    board = IdFilter()
    search = django_filters.CharFilter(
        method="begin_with", help_text="Each word begins the record number, the family name or the given name."
    )

    def begin_with(self, rows: PatientQuerySet, name: str, value: str) -> QuerySet[Patient]:
        return rows.search(value)


class PatientViewSet(VisibleRows):
    """Patients, to those who may see them: never to analysts."""

    noun = "patients"
    reads = "patients.view"
    queryset = Patient.objects.all().for_list()
    serializer_class = PatientSerializer
    filterset_class = PatientFilter
