from typing import Any

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from accounts.access import get_visible
from careplans.api.access import Door
from careplans.api.lists.asked import order_of
from careplans.api.lists.whole import Listing
from careplans.api.serializers.patient_changes import PatientChangeSerializer
from careplans.models import Patient, PatientChange
from common.paging import Page, key_page


class PatientChangeViewSet(Door):
    """What was changed of a patient, the newest first: to those who may see the patient, and never to analysts."""

    noun = "patient-changes"
    leaves_out_text = False
    queryset = PatientChange.objects.for_page()
    serializer_class = PatientChangeSerializer

    def list(self, request: Request, pk: int) -> HttpResponseBase:
        """Each field that was changed, with its old and new value. Of a record that was merged: at its own address."""
        patient = get_visible(Patient.objects.all(), self.person, "patients.view", pk=pk)
        rows: Any = self.filter_queryset(self.get_queryset().filter(patient=patient))
        order = order_of(request, self.orders)

        def page(params: Any, size: int) -> Page:
            return key_page(rows, order=order, params=params, size=size)

        listing = Listing("patientchange", PatientChangeSerializer, page, self.served, rows.count, self.leaves_out_text)
        return self.answer_list(request, listing, order)
