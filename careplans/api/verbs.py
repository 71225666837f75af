"""A verb of the API: one POST or PATCH that hands checked input to one service.

The order is that of the services: the door (404, 403), the permission (403), the version that the writer saw
(428, 412), the body (400), the service with its own guards.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts.permissions import require
from careplans.api.access import VisibleRows
from careplans.api.bodies import check_takes_nothing
from common.errors import Conflict

Service = Callable[..., object]
Handler = Callable[[Any, Request, int], Response]


@dataclass(frozen=True)
class Verb:
    service: Service
    action: str
    """The line in the permission table. The service asks again; here it comes before the body is looked at."""
    body: type[BaseSerializer] | None = None
    on: type[VisibleRows] | None = None
    """Where the row in the address comes from, when it is not of the endpoint's own noun."""
    guarded: bool = True
    """Whether If-Match is required: whenever the row in the address changes."""
    status: int = 200

    def run(self, view: VisibleRows, pk: int) -> Response:
        source = view.source(self.on) if self.on else view
        row = source.to_change(pk)
        require(view.person, self.action, row.board_id)
        seen = {"expected_version": source.seen(row)} if self.guarded else {}
        values = self._values(view)
        try:
            result = self.service(row, by=view.person, **seen, **values)
        except Conflict as conflict:
            now = source.fresh(pk)
            if seen and source.version_of(now) != seen["expected_version"]:
                raise source.stale(now) from conflict
            raise
        if self.status == 204:
            return Response(status=204)
        created = result.pk if self.status == 201 and isinstance(result, Model) else pk
        return view.answer(created, message=result if isinstance(result, str) else "", status=self.status)

    def _values(self, view: VisibleRows) -> dict[str, Any]:
        if self.body is None:
            check_takes_nothing(view.request.data)
            return {}
        return view.body(self.body, partial=view.request.method == "PATCH")


def verb(service: Service, action: str, body: type[BaseSerializer] | None = None, *, says: str) -> Handler:
    """Change a row of the endpoint's own noun."""
    return _handler(Verb(service, action, body), says)


def adds(
    service: Service, action: str, body: type[BaseSerializer], *, says: str, to: type[VisibleRows] | None = None,
    guarded: bool = False,
) -> Handler:  # fmt: skip
    """Make a new row of the endpoint's noun from the row in the address: a step of a plan, an amendment."""
    return _handler(Verb(service, action, body, on=to, guarded=guarded, status=201), says)


def leaves(service: Service, action: str, body: type[BaseSerializer], *, says: str) -> Handler:
    """After it the caller may not see the row any more: answered with nothing."""
    return _handler(Verb(service, action, body, status=204), says)


def _handler(verb: Verb, says: str) -> Handler:
    def handle(view: VisibleRows, request: Request, pk: int) -> Response:
        return verb.run(view, pk)

    handle.__doc__ = says
    handle.verb = verb  # type: ignore[attr-defined]  # read by the schema
    return handle
