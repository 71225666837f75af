"""How an endpoint answers with a list: a page of it as JSON, or all of it as CSV or NDJSON."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from careplans.api.http.negotiation import CSV, FORMAT, JSON, NDJSON
from careplans.api.lists.asked import NEWEST, cut, fields_of, wants_count
from careplans.api.lists.whole import Listing, Whole
from careplans.api.within import NOT_TOLD, reader_in, refuse
from common.paging import Order

# What makes no sense of a list that comes whole.
OF_PAGES = ("cursor", "page_size", "count", "order")


class AnswersLists:
    """For `Door`: `form` is what the caller likes best."""

    form: str
    noun: ClassVar[str]
    paging: Any
    has_masked: bool
    names_own: ClassVar[bool] = False
    """True where the number in its address is of a row of the caller's own, which no pseudonym stands for."""
    person: Any
    action: Any
    paged_actions: ClassVar[tuple[str, ...]]
    tables: ClassVar[tuple[str, ...]] = ()
    """Those that answer with no list, and as CSV and NDJSON all the same."""
    elsewhere: ClassVar[str] = ""
    """Where there is a table of what these answer in JSON alone, as a sentence."""

    @property
    def forms(self) -> tuple[str, ...]:
        """In which what is asked for is answered."""
        return (JSON, CSV, NDJSON) if self.action in (*self.paged_actions, *self.tables) else (JSON,)

    def figures(self, data: Any, headers: dict[str, str] | None = None) -> Response:
        """An answer of figures and definitions, and of rows that were masked where they were read (`careplans.reports.shown`)."""
        self.has_masked = True
        return Response(data, headers=headers)

    def answer_list(self, request: Request, listing: Listing, order: Order = NEWEST) -> HttpResponseBase:
        _check_within(request)
        fields = fields_of(request, listing.serializer_class)
        if self.form != JSON:
            return self._whole(request, listing, fields)
        page = listing.page(self.paging.position(request, order), self.paging.size(request))
        count = listing.count() if wants_count(request) else None
        response: HttpResponseBase = self.paging.answer(
            request, page, [cut(row, fields) for row in listing.tell(page.rows)], count
        )
        return response

    def _whole(self, request: Request, listing: Listing, fields: tuple[str, ...]) -> HttpResponseBase:
        said = f"This form answers with the whole list, newest first. Leave {{}} out, or ask for {JSON}."
        if unfit := [name for name in OF_PAGES if name in request.query_params]:
            raise ValidationError({name: said.format(f"`{name}`") for name in unfit})
        asked = {name: values for name, values in request.query_params.lists() if name != FORMAT}
        reader = reader_in(request)
        if not reader.is_masked:
            return Whole(listing, self.form, fields, self.person, asked).answer(request._request, self.noun)
        whole = Whole(replace(listing, tell=self._masked(listing)), self.form, fields, self.person, asked)
        response = whole.answer(request._request, f"{self.noun}-{reader.label}")
        # Each stretch of it is asked as it is sent.
        self.has_masked = True
        return response

    def _masked(self, listing: Listing) -> Callable[[Any], list[dict[str, Any]]]:
        """Its rows, where they went through the mask; what did not is refused, as in a page."""

        def tell(rows: Any) -> list[dict[str, Any]]:
            self.has_masked = False
            found = listing.tell(rows)
            if rows and not self.has_masked:
                raise PermissionDenied(NOT_TOLD)
            return found

        return tell


def _check_within(request: Request) -> None:
    """Within a reporting project lists come in the order of their making: another order and a number of rows would tell true days
    and small numbers."""
    if reader_in(request).is_masked:
        for name in ("order", "count"):
            if name in request.query_params:
                refuse(request, name)
