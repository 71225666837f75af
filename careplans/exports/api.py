"""The door of programs to exports: ask, look, fetch, remove. One's own alone."""

from collections.abc import Mapping
from typing import Any, ClassVar

import django_filters
from django.core.exceptions import ValidationError
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import get_own
from careplans.api.access import Door, Rows
from careplans.api.http.negotiation import JSON
from careplans.api.lists.asked import NEWEST
from careplans.api.lists.columns import columns_of
from careplans.api.lists.whole import Listing
from careplans.exports import asking, work
from careplans.exports.dictionary import dictionary, entries_of
from careplans.exports.fhir.lists import FHIR
from careplans.exports.sending import TYPE, has_it_already, send_file
from careplans.exports.serializers import BINARY, DictionarySerializer, EntrySerializer, ExportSerializer, NewExport
from careplans.exports.sources import CHOICES, TOLD
from careplans.models import Export
from careplans.models.exports import ExportQuerySet
from careplans.reports.api.reports import FORM
from careplans.reports.api.tables import small_table
from common.paging import Page, key_page


class ExportFilter(django_filters.FilterSet):
    state = django_filters.MultipleChoiceFilter(
        choices=Export.State.choices, distinct=False, help_text="Exports in this state; may be repeated."
    )
    what = django_filters.MultipleChoiceFilter(
        choices=CHOICES, distinct=False, help_text="Of this list or report; may be repeated."
    )


class ExportViewSet(Door):
    """Lists as files: asked for, made in the background where they are large, kept for some days for their person alone."""

    noun = "exports"
    leaves_out_text = False
    names_own = True
    queryset = Export.objects.all()
    serializer_class = ExportSerializer
    filterset_class = ExportFilter
    is_ordered = False
    also_refuses: ClassVar[Mapping[str, tuple[str, ...]]] = {"add": ("404",)}

    def list(self, request: Request) -> HttpResponseBase:
        """Your own, the newest first."""
        rows: Any = self.filter_queryset(self._rows())

        def page(params: Any, size: int) -> Page:
            return key_page(rows, order=NEWEST, params=params, size=size)

        listing = Listing(
            kind="export", serializer_class=ExportSerializer, page=page, tell=self.served, count=rows.count,
            leaves_out_text=False, board=None,
        )  # fmt: skip
        return self.answer_list(request, listing)

    def retrieve(self, request: Request, pk: int) -> Response:
        """How far it is. Ask again after some seconds, until `state` is neither `queued` nor `running`."""
        return Response(self._told(self._own(pk)))

    @extend_schema(request=NewExport, responses={201: ExportSerializer})
    def add(self, request: Request) -> Response:
        """Ask for a file of a list or report: the same rows, in the same words, as it answers. A small one is ready at once."""
        values = self.body(NewExport)
        if values["what"] == FHIR:
            raise ValidationError({"what": "FHIR resources are asked for at /fhir/R4/$export."})
        export = asking.ask_export(by=self.person, **({"filters": {}} | values))
        work.work_at_once(export)
        return Response(self._told(export), status=201)

    @extend_schema(responses={204: None})
    def remove(self, request: Request, pk: int) -> Response:
        """Cancel it while it is made; remove its file once it is ready. That it was asked for is kept."""
        export = self._own(pk)
        (asking.cancel_export if export.is_open else asking.remove_export)(export, by=self.person)
        return Response(status=204)

    @extend_schema(responses={(200, TYPE): BINARY})
    def file(self, request: Request, pk: int) -> HttpResponseBase:
        """The file, with its length; `Range` goes on where a download broke off, `If-None-Match` asks whether you have it. 404
        once you may not read all of it any more."""
        export = self._own(pk)
        is_asked_about = request.method == "HEAD" or has_it_already(request._request, export)
        asking.fetch_export(export, by=self.person, is_asked_about=is_asked_about)
        # Its rows were masked when they were written.
        self.has_masked = True
        return send_file(request._request, export)

    def _own(self, pk: int) -> Export:
        return get_own(self._rows(), self.person, pk)

    def _rows(self) -> ExportQuerySet:
        return Export.objects.of_reader(self.person, self.reader.project)

    def served(self, rows: Any) -> Rows:
        """Of no patient: what somebody asked for, with the filters as they wrote them."""
        self.has_masked = True
        return super().served(rows)

    def _told(self, export: Export) -> Any:
        return self.served([export])[0]


OF_NOUN = OpenApiParameter("noun", str, enum=[name for name, _ in TOLD], description="Of this list or report alone.")


class DictionaryFilter(django_filters.FilterSet):
    noun = django_filters.ChoiceFilter(choices=TOLD, method="left", help_text="Of this list or report alone.")

    def left(self, rows: Any, name: str, value: Any) -> Any:
        """The dictionary is in no table."""
        return rows


class DictionaryViewSet(Door):
    """What every field of every list means, with its unit, its codes and where it comes from."""

    noun = "dictionary"
    leaves_out_text = False
    of_no_patient = True
    queryset = Export.objects.none()
    serializer_class = DictionarySerializer
    filterset_class = DictionaryFilter
    pagination_class = None  # type: ignore[assignment]  # one answer, not pages
    tables = ("read",)

    @extend_schema(responses=DictionarySerializer, parameters=[OF_NOUN, FORM])
    def read(self, request: Request) -> HttpResponseBase:
        """The whole data dictionary: made from the program itself, so that it is never behind it. As a table a row for each
        field."""
        self.filter_queryset(self.get_queryset())
        noun = request.query_params.get("noun", "")
        if noun and noun not in dict(TOLD):
            raise ValidationError({"noun": f"There is no such list. There are: {', '.join(dict(TOLD))}."})
        found = entries_of(noun) if noun else dictionary()
        rows = [entry.as_dict() for entry in found]
        if self.form != JSON:
            return small_table(self, self.noun, columns_of(EntrySerializer, with_text=True), rows)
        return Response({"results": rows})
