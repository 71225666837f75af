from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import get_visible
from careplans.api.access import Door
from careplans.api.paging import ORDER
from careplans.api.serializers.patient_changes import PatientChangeSerializer
from careplans.models import Patient, PatientChange
from common.paging import key_page


class PatientChangeViewSet(Door):
    """What was changed of a patient, the newest first: to those who may see the patient, and never to analysts."""

    noun = "patient-changes"
    leaves_out_text = False
    queryset = PatientChange.objects.for_page()
    serializer_class = PatientChangeSerializer

    def list(self, request: Request, pk: int) -> Response:
        """Each field that was changed, with its old and new value. Of a record that was merged: at its own address."""
        patient = get_visible(Patient.objects.all(), self.person, "patients.view", pk=pk)
        rows: Any = self.filter_queryset(self.get_queryset().filter(patient=patient))
        page = key_page(rows, order=ORDER, params=self.paging.position(request), size=self.paging.size(request))
        return self.paging.answer(request, page, self.served(page.rows))
