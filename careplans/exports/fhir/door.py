"""Bulk Data Access over HTTP: ask, look how far it is, fetch the file of a type, remove. The jobs are those of all exports."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import Http404, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import http_date
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import get_own
from accounts.reading import NAME
from careplans.api.fhir.datatypes import instant
from careplans.api.fhir.door import FhirDoor, FhirNegotiation
from careplans.api.fhir.kinds import Kind
from careplans.api.fhir.outcomes import outcome
from careplans.api.fhir.projects.kinds import kinds_for
from careplans.api.http.parsers import JSONParser
from careplans.exports import asking
from careplans.exports.fhir import params
from careplans.exports.fhir.file import Stretch, blocks_of, stretches
from careplans.exports.fhir.lists import FHIR
from careplans.models import Export
from careplans.readers.known import settled_now

NDJSON = "application/fhir+ndjson"
# When to look again, and when to ask again.
RETRY_SECONDS, BUSY_SECONDS = 5, 60
# Some moments of FHIR are written by the clock of the server that serves, and not of the database: what either calls a minute ago
# is over for both.
SKEW = timedelta(minutes=1)
FORMAT = "_outputFormat"
KNOWN = (params.TYPE, params.SINCE, params.TYPE_FILTER, FORMAT)
MOST_LETTERS = 1_000
SEVERAL = (params.TYPE, params.TYPE_FILTER)
ASYNC = "This takes a while: send the header “Prefer: respond-async”, and look at the address in Content-Location."


class FhirParser(JSONParser):
    media_type = "application/fhir+json"


class AnyNegotiation(FhirNegotiation):
    """A file is NDJSON and all else JSON, whatever is liked better."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class BulkDoor(FhirDoor):
    """Scopes: those of exports, and of FHIR besides."""

    noun = "fhir-exports"
    parser_classes: Any = (FhirParser, JSONParser)
    content_negotiation_class: Any = AnyNegotiation
    in_projects = ("ask", "look", "remove", "fetch")

    def ask(self, request: Request, level: str = "") -> Response:
        """202, and where to look. `level`: Patient, where only what belongs to patients is asked for."""
        if "respond-async" not in _preferences(request):
            raise ValidationError({"Prefer": ASYNC})
        asked = [pair for pair in _asked(request) if pair[0] != NAME]
        filters = _filters(asked, lenient="handling=lenient" in _preferences(request), kinds=kinds_for(self.person))
        if Export.objects.open().filter(person=self.person).count() >= asking.MOST_OPEN:
            raise Throttled(wait=BUSY_SECONDS)
        filters |= {
            params.REQUEST: [request.build_absolute_uri()], params.AT: [(settled_now() - SKEW).isoformat()],
            **({params.LEVEL: [level]} if level else {}),
        }  # fmt: skip
        export = asking.ask_export(by=self.person, what=FHIR, form=Export.Form.NDJSON, filters=filters)
        told = outcome("informational", ["The export has begun."], severity="information")
        return Response(
            told, status=202, headers={"Content-Location": f"{self.base}/$export-status/{export.pk}{self._project}"}
        )

    def look(self, request: Request, key: str) -> Response:
        """202 while it is made, then the manifest; 422 with the reason where it failed."""
        export = self._own(key)
        if export.is_open:
            progress = f"{export.rows:,} of about {export.shown_total:,} resources"[:100]
            return Response(status=202, headers={"X-Progress": progress, "Retry-After": str(RETRY_SECONDS)})
        if export.state == Export.State.FAILED:
            return Response(outcome("processing", [f"The export has failed. {export.reason}"]), status=422)
        if not export.has_file:
            raise Http404
        expires = {"Expires": http_date(export.expires_at.timestamp())} if export.expires_at else {}
        return Response(self._manifest(export), headers=expires, content_type="application/json")

    def _manifest(self, export: Export) -> dict[str, Any]:
        files = f"{self.base}/$export-file/{export.pk}"
        return {
            "transactionTime": instant(_moment(export)),
            "request": export.filters[params.REQUEST][0],
            "requiresAccessToken": True,
            "output": [
                {"type": one.type, "url": f"{files}/{one.type}.ndjson{self._project}", "count": one.count}
                for one in _stretches(export)
            ],
            "error": [],
        }

    def remove(self, request: Request, key: str) -> Response:
        """Cancels it while it is made; removes its file once it is ready."""
        export = self._own(key)
        if not export.is_open and not export.has_file:
            raise Http404
        (asking.cancel_export if export.is_open else asking.remove_export)(export, by=self.person)
        return Response(outcome("informational", ["It is removed."], severity="information"), status=202)

    def fetch(self, request: Request, key: str, type: str) -> HttpResponseBase:
        """The file of one type; 404 for who may not read all of the export any more."""
        export = self._own(key)
        asking.fetch_export(export, by=self.person)
        stretch = next((one for one in _stretches(export) if one.type == type), None)
        if stretch is None:
            raise Http404
        try:
            blocks = blocks_of(export, stretch)
        except FileNotFoundError as error:
            # Removed meanwhile, or its time is over.
            raise Http404 from error
        answer = StreamingHttpResponse(blocks, content_type=NDJSON)
        answer["Content-Length"] = str(stretch.end - stretch.start)
        answer["Content-Encoding"] = "identity"
        answer["Content-Disposition"] = f'attachment; filename="{type}.ndjson"'
        return answer

    @property
    def _project(self) -> str:
        """For addresses that are followed: what named the project where no header does."""
        return f"?{urlencode({NAME: self.request.query_params[NAME]})}" if NAME in self.request.query_params else ""

    def _own(self, key: str) -> Export:
        return get_own(
            Export.objects.of_reader(self.person, self.reader.project).filter(what=FHIR), self.person, int(key)
        )


def _moment(export: Export) -> datetime:
    return datetime.fromisoformat(export.filters[params.AT][0])


def _stretches(export: Export) -> list[Stretch]:
    """Raises Http404 where the file went meanwhile, or lies on another server."""
    try:
        return stretches(export)
    except OSError as error:
        raise Http404 from error


def _preferences(request: Request) -> list[str]:
    return [one.strip() for one in request.headers.get("Prefer", "").replace(";", ",").split(",")]


def _asked(request: Request) -> list[tuple[str, str]]:
    """Of the address, or of a Parameters resource that is posted."""
    pairs = [(name, value) for name, values in request.query_params.lists() for value in values]
    return pairs + (_posted(request.data) if request.method == "POST" else [])


def _posted(body: Any) -> list[tuple[str, str]]:
    if not isinstance(body, Mapping) or body.get("resourceType") != "Parameters":
        raise ValidationError('Post a Parameters resource: {"resourceType": "Parameters", "parameter": []}.')
    found = []
    parts = body.get("parameter", [])
    for one in parts if isinstance(parts, list) else [parts]:
        values = [value for name, value in one.items() if name.startswith("value")] if isinstance(one, Mapping) else []
        if len(values) != 1 or not isinstance(values[0], str) or not isinstance(one.get("name"), str):
            raise ValidationError({"parameter": "Each has a name and one value, which is a text."})
        found.append((one["name"], values[0]))
    return found


def _filters(pairs: Sequence[tuple[str, str]], *, lenient: bool, kinds: Mapping[str, Kind]) -> dict[str, list[str]]:
    """As `Export.filters` keeps it. Raises ValidationError, naming the parameter."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in KNOWN:
            if lenient or name == "_format":
                continue
            raise ValidationError({name: f"There is no such parameter here. There are: {', '.join(KNOWN)}."})
        if name in found and name not in SEVERAL:
            raise ValidationError({name: "Give one value: this one is given more than once."})
        if not value.strip() or len(value) > MOST_LETTERS:
            raise ValidationError(
                {name: f"Give a value of at most {MOST_LETTERS} characters, or leave this parameter out."}
            )
        found.setdefault(name, []).append(value)
    if found.pop(FORMAT, params.FORMATS[:1])[0] not in params.FORMATS:
        raise ValidationError({FORMAT: f"Files are NDJSON alone: {', '.join(params.FORMATS)}."})
    params.read_filters(found, kinds)
    return found
