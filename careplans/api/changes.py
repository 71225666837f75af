from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import audit
from accounts.permissions import memberships_of, require
from accounts.reading import NAME as PROJECT
from careplans.api import within
from careplans.api.access import Door
from careplans.api.paging import MAX_PAGE_SIZE
from careplans.api.serializers.changes import ChangeSerializer, FeedSerializer
from careplans.models import Change
from careplans.readers.changes import Feed, Place, end_of_feed, feed_since, read_feed
from careplans.services.changes import number_changes
from common.centre_day import centre_zone
from common.moments import read_moment_or_day, start_of

TAKES = ("cursor", "page_size", "from", "since", PROJECT)
SINCE = OpenApiParameter(
    "since", {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]},
    description="Begin with what was committed at this moment or later, or on this day of the centre: 2026-11-25. What was "
    "changed up to a minute before may be told again. Not with `cursor` or `from`.",
)  # fmt: skip
CURSOR = OpenApiParameter("cursor", str, description="`cursor` of the answer before. Without it: from the beginning.")
FROM = OpenApiParameter(
    "from", str, enum=["now"],
    description="`now`: tell nothing of what was, and give the cursor from which everything will be told. Not with `cursor`.",
)  # fmt: skip
SIZE = OpenApiParameter(
    "page_size", {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": 50},
    description="How many entries in an answer.",
)  # fmt: skip


class ChangeViewSet(Door):
    """What has changed, as keys to read anew: no name and no value. Nothing is missed, however many write meanwhile."""

    noun = "changes"
    queryset = Change.objects.all()
    serializer_class = FeedSerializer
    pagination_class = None  # type: ignore[assignment]  # it has no end, and so no pages
    filter_backends = ()  # type: ignore[assignment]

    @extend_schema(parameters=[CURSOR, FROM, SINCE, SIZE], responses=FeedSerializer, operation_id="changes_list")
    def follow(self, request: Request) -> Response:
        """The next changes that you may see, the oldest first. Keep `cursor`, and ask again with it, at once while `more`."""
        require(self.person, "board.view")
        cursor, since = self._cursor(request), self._since(request)
        count, waiting = number_changes()
        if since is not None:
            feed = read_feed(self.person, feed_since(self.person, since, count), count, size=self.paging.size(request))
        elif "from" in request.query_params:
            feed = end_of_feed(self.person, count)
        else:
            feed = read_feed(self.person, Place.of(cursor, count), count, size=self.paging.size(request))
        self._record(feed)
        boards = sorted(one.board_id for one in memberships_of(self.person))
        answer = {
            "results": feed.rows,
            "cursor": self.reader.sealed(feed.place.cursor),
            "more": feed.more or waiting,
            "boards": boards,
        }
        within.know(self, map(_within, feed.rows))
        told = self.served([answer])[0]
        told["results"] = [
            self.told(ChangeSerializer, data, row.board_id, _within(row))
            for row, data in zip(feed.rows, told["results"], strict=True)
        ]
        return Response(told)

    def _cursor(self, request: Request) -> str:
        params = request.query_params
        if unknown := sorted(set(params) - set(TAKES)):
            raise ValidationError(
                dict.fromkeys(unknown, f"There is no such parameter. There are: {', '.join(TAKES[:-1])}.")
            )
        if "from" in params and (params["from"] != "now" or "cursor" in params):
            raise ValidationError({"from": "Say `now`, and no cursor with it; or leave it out."})
        if twice := [name for name, values in params.lists() if len(values) > 1]:
            raise ValidationError(dict.fromkeys(twice, "Give one value: this one is given more than once."))
        if "cursor" in params and not params["cursor"]:
            raise ValidationError({"cursor": "Send the cursor of the answer before, or leave it out."})
        cursor: str = params.get("cursor", "")
        return (self.reader.opened(cursor) or "?") if cursor else ""

    def _since(self, request: Request) -> datetime | None:
        params = request.query_params
        if "since" not in params:
            return None
        if {"from", "cursor"} & set(params):
            raise ValidationError({"since": "Say since when, or give a cursor, or `from`; not two of them."})
        within.refuse(request, "since")
        said = _read(params["since"])
        since = said if isinstance(said, datetime) else start_of(said, centre_zone())
        if since > timezone.now():
            raise ValidationError({"since": "This lies in the future by the clock of this server."})
        return since

    def _record(self, feed: Feed) -> None:
        told: dict[str, list[Any]] = {}
        for row in feed.rows:
            told.setdefault(row.noun, []).append(row.row_id)
        audit.record("list", by=self.person, subject=("change", "list"), data={"ids": told})


def _read(text: str) -> date | datetime:
    try:
        return read_moment_or_day(text)
    except ValidationError as error:
        raise ValidationError({"since": error.messages}) from error


def _within(row: Change) -> Change:
    """The entry of a case is one within it."""
    if row.noun == Change.Noun.CASES:
        row.case_id = row.row_id
    return row
