from typing import Any

import django_filters
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import require
from careplans.api.access import Door
from careplans.api.lists.asked import cut, fields_of, order_of
from careplans.api.lists.whole import Listing
from careplans.api.serializers.modalities import ModalitySerializer, RevisionSerializer
from common.paging import Page, key_page
from modalities.models import Modality, Revision


class ReferenceRows(Door):
    """Reference pages belong to no board and hold no patient: everybody who signs in may read them, unrecorded."""

    def list(self, request: Request, **place: Any) -> HttpResponseBase:
        require(self.person, "reference.read")
        rows, order = self.filter_queryset(self.get_queryset()), order_of(request, self.orders)

        def page(params: Any, size: int) -> Page:
            return key_page(rows, order=order, params=params, size=size)

        kind, own = rows.model._meta.model_name or "", self.get_serializer_class()
        return self.answer_list(request, Listing(kind, own, page, self.served, rows.count, self.leaves_out_text), order)

    def retrieve(self, request: Request, **place: Any) -> Response:
        require(self.person, "reference.read")
        fields = fields_of(request, self.get_serializer_class())
        return Response(cut(self.served([get_object_or_404(self.get_queryset(), **place)])[0], fields))


class ModalityFilter(django_filters.FilterSet):
    code = django_filters.ChoiceFilter(choices=Modality.Code.choices)


class ModalityViewSet(ReferenceRows):
    """A modality with the revision of its page that is in force. A page that was never in force is not listed."""

    noun = "modalities"
    leaves_out_text = False
    of_no_patient = True
    queryset = Modality.objects.known().select_related("parent", "current_revision__modality")
    serializer_class = ModalitySerializer
    filterset_class = ModalityFilter


class RevisionViewSet(ReferenceRows):
    """Every revision that was ever published: a plan keeps pointing at the one it was decided on."""

    noun = "revisions"
    leaves_out_text = False
    of_no_patient = True
    queryset = Revision.objects.select_related("modality")
    serializer_class = RevisionSerializer

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(modality__in=Modality.objects.known().filter(slug=self.kwargs["slug"]))

    def list(self, request: Request, **place: Any) -> HttpResponseBase:
        require(self.person, "reference.read")
        get_object_or_404(Modality.objects.known(), slug=place["slug"])
        return super().list(request)

    def retrieve(self, request: Request, **place: Any) -> Response:
        return super().retrieve(request, number=place["number"])
