"""A whole list in one answer, as CSV or NDJSON: read page by page through the door while it is sent, so that a process holds a
few hundred rows of it, however many there are.

An answer that breaks off must not look whole. Over HTTP/1.1 it goes out in chunks, and whoever reads notices that the last one is
missing. HTTP/1.0 knows no chunks, and some proxies speak it: there the list is put on disk first, and its length is told.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, QueryDict, StreamingHttpResponse
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.permissions import can, forget_memberships, memberships_of
from accounts.reading import is_still_read, project_of
from careplans.api.http.negotiation import CSV, MEDIA
from careplans.api.lists.asked import cut
from careplans.api.lists.columns import Column, columns_of
from careplans.api.lists.tables import as_json, header, table_row
from careplans.api.masking import is_told
from common.cells import BYTE_ORDER_MARK
from common.paging import Page

CHUNK = 500
# What is larger than this waits on disk.
IN_MEMORY = 2**20


@dataclass(frozen=True)
class Listing:
    """A list as its endpoint reads it. `page` goes through the door, which writes the read audit."""

    kind: str
    serializer_class: Any
    page: Callable[[QueryDict, int], Page]
    tell: Callable[[Any], list[dict[str, Any]]]
    count: Callable[[], int]
    leaves_out_text: bool
    board: int | None = None


@dataclass(frozen=True)
class Whole:
    """One list that goes out whole, and to whom."""

    listing: Listing
    form: str
    fields: tuple[str, ...]
    person: User
    asked: dict[str, Any]
    columns: tuple[Column, ...] = ()
    """Of a table that no serializer tells; none: those of the serializer."""

    def answer(self, request: HttpRequest, name: str) -> StreamingHttpResponse:
        self._record("list.export_begun")
        lines = self._lines()
        content_type = f"{MEDIA[self.form]}; charset=utf-8"
        if request.META.get("SERVER_PROTOCOL") == "HTTP/1.0":
            response: StreamingHttpResponse = FileResponse(_on_disk(lines), content_type=content_type)
        else:
            response = StreamingHttpResponse(lines, content_type=content_type)
        response["Content-Disposition"] = f'attachment; filename="{name}.{self.form}"'
        return response

    def _lines(self) -> Iterator[bytes]:
        rows, is_whole = 0, False
        rights, zone = _rights(self.person), timezone.get_current_timezone()
        try:
            if self.form == CSV:
                yield f"{BYTE_ORDER_MARK}{header(self._columns)}".encode()
            params, more = QueryDict(), True
            while more:
                if rows and _rights(self.person) != rights:
                    raise PermissionDenied("What you may read has changed while this was sent.")
                # Not around the yield: whoever sends the bytes has a time zone of their own.
                with timezone.override(zone):
                    page = self.listing.page(params, CHUNK)
                    text = "".join(self._line(row) for row in self.listing.tell(page.rows))
                rows += len(page)
                params, more = QueryDict(page.next_url.removeprefix("?")), bool(page.next_url)
                if text:
                    yield text.encode()
            is_whole = True
        finally:
            self._record("list.exported", rows=rows, whole=is_whole)

    def _line(self, row: Any) -> str:
        if self.form == CSV:
            return table_row(self._columns, row)
        return f"{as_json(cut(row, self.fields))}\n"

    @cached_property
    def _columns(self) -> Sequence[Column]:
        if self.columns:
            return self.columns
        reads_text = not self.listing.leaves_out_text or can(self.person, "text.view", self.listing.board)
        serializer = self.listing.serializer_class
        found = columns_of(serializer, with_text=reads_text, fields=self.fields)
        if project_of(self.person) is None:
            return found
        return [one for one in found if is_told(serializer, one.field.split("."), with_text=reads_text)]

    def _record(self, action: str, **more: Any) -> None:
        subject = (self.listing.kind, "list")
        data = {"form": self.form, "asked": self.asked} | more
        audit.record(action, by=self.person, subject=subject, board_id=self.listing.board, data=data)


def _rights(person: User) -> list[tuple[Any, ...]]:
    """On which boards, in which role, and whether texts are open there: read anew, for an answer that takes minutes."""
    forget_memberships(person)
    is_active = User.objects.filter(pk=person.pk, is_active=True).exists()
    found = [(one.board_id, one.role, can(person, "text.view", one.board_id)) for one in memberships_of(person)]
    return [(is_active, is_still_read(person)), *sorted(found)]


def _on_disk(lines: Iterator[bytes]) -> IO[bytes]:
    file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  (the response closes it)
    for part in lines:
        file.write(part)
    file.seek(0)
    return cast(IO[bytes], file)
