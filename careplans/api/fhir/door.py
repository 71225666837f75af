"""The FHIR door: the same people, tokens and rights as the rest of the API, in FHIR's own forms."""

from collections.abc import Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.utils.http import http_date
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import FormParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import audit
from accounts.reading import NAME
from careplans.api.access import Door
from careplans.api.fhir import bundles
from careplans.api.fhir.capability import capability_statement, project_statement
from careplans.api.fhir.datatypes import Resource
from careplans.api.fhir.everything import everything_of
from careplans.api.fhir.finishing import finished, tag_of
from careplans.api.fhir.kinds import Kind
from careplans.api.fhir.outcomes import from_problem, outcome
from careplans.api.fhir.projects.kinds import kind_for, kinds_for
from careplans.api.fhir.search.codes import unknown_codes
from careplans.api.fhir.search.counting import counted, total_of
from careplans.api.fhir.search.included import included
from careplans.api.fhir.search.query import FORMATS, Pair, Query, page_token, read_query, sealed_pairs, unsealed_pairs
from careplans.api.fhir.search.walking import Place, Walk
from careplans.api.fhir.versions import version_of, versions_of
from careplans.api.http.etags import names
from careplans.api.http.negotiation import JSON

ROOT = "/fhir/R4"
POSTED = "_query"
LONGEST_POSTED = 4_000
POST_THIS = "Names, numbers and the day of birth of a patient do not go into an address: POST them to Patient/_search."

JSON_ALONE = "This server answers in JSON alone: Accept application/fhir+json or application/json, and _format=json."
NOT_IN_PROJECTS = (
    "This is not given within a reporting project: resources are read, searched for and exported there as they stand. Versions "
    "would tell when something changed; of one patient ask by patient=, type by type."
)


CUT = "Not all that was to come along fits: ask for it by itself."


class FhirJSON(JSONRenderer):
    media_type = "application/fhir+json"


class FhirNegotiation(DefaultContentNegotiation):
    """By `Accept` alone."""

    settings = SimpleNamespace(URL_FORMAT_OVERRIDE=None)  # type: ignore[assignment]  # all that is read of them here

    def select_renderer(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().select_renderer(*args, **kwargs)
        except NotAcceptable:
            raise NotAcceptable(JSON_ALONE) from None


@extend_schema(exclude=True)
class FhirDoor(Door):
    noun = "fhir"
    renderer_classes: Any = (FhirJSON, JSONRenderer)
    parser_classes: Any = (FormParser,)
    content_negotiation_class: Any = FhirNegotiation
    in_projects: ClassVar[tuple[str, ...]] = ("metadata", "read", "search", "search_posted", "refuse")
    """Those that answer within a reporting project: what `finished` has masked, or what is of no patient."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.reader.is_masked and self.action not in self.in_projects:
            raise PermissionDenied(NOT_IN_PROJECTS)
        self.has_masked = True
        if request.method != "POST" and request.query_params.get("_format", FORMATS[0]) not in FORMATS:
            raise NotAcceptable(JSON_ALONE)

    def form_wanted(self, request: Request) -> str:
        """Of FHIR's two names of JSON the negotiation has chosen one; `format` is no parameter of FHIR."""
        return JSON

    def handle_exception(self, exc: Exception) -> Response:
        answer = super().handle_exception(exc)
        answer.data = from_problem(answer.status_code, answer.data)
        return answer

    @property
    def base(self) -> str:
        return self.request.build_absolute_uri(ROOT)

    def kind(self, type: str) -> Kind:
        return kind_for(self.person, type)

    # What there is

    def get_permissions(self) -> list[Any]:
        """What this server can do is for everybody (R4, capabilities): a client asks before it has a token."""
        return [] if self.action == "metadata" else [*super().get_permissions()]

    def metadata(self, request: Request) -> Response:
        _check_alone(request)
        if self.reader.is_masked:
            return Response(project_statement(self.base, kinds_for(self.person)))
        return Response(capability_statement(self.base))

    # One resource

    def read(self, request: Request, type: str, id: str) -> Response:
        _check_alone(request, "_elements")
        kind = self.kind(type)
        found = self.one(kind, id)
        elements = tuple(filter(None, request.query_params.get("_elements", "").split(",")))
        return self.tagged(found, bundles.excerpt(found, elements, kind.needs))

    def one(self, kind: Kind, id: str) -> Resource:
        """Raises Http404 where there is no such resource for this person, PermissionDenied where their role is too small."""
        for source in kind.sources:
            if source.has(id):
                row = source.one(self.person, id)
                for one in finished(self.person, row.board, row.resources):
                    if one["id"] == id:
                        return one
        raise Http404

    def tagged(self, found: Resource, told: Resource) -> Response:
        tag, at = tag_of(found), found["meta"].get("lastUpdated")
        headers = {"ETag": tag}
        if at is not None:
            headers["Last-Modified"] = http_date(datetime.fromisoformat(at).timestamp())
        if names(self.request.headers.get("If-None-Match", ""), tag.removeprefix("W/")):
            return Response(status=304, headers=headers)
        return Response(told, headers=headers)

    def vread(self, request: Request, type: str, id: str, version: str) -> Response:
        _check_alone(request)
        kind = self.kind(type)
        found = version_of(self.person, kind, self.one(kind, id), version)
        if found is None:
            raise Http404
        return self.tagged(found, found)

    def history(self, request: Request, type: str, id: str) -> Response:
        _check_alone(request)
        kind = self.kind(type)
        versions = versions_of(self.person, kind, self.one(kind, id))
        return Response(bundles.history(versions, base=self.base, link=request.build_absolute_uri()))

    # Searches

    def search(self, request: Request, type: str) -> Response:
        kind = self.kind(type)
        pairs = _of_address(request)
        if (sealed := request.query_params.get(POSTED)) is not None:
            pairs = unsealed_pairs(type, sealed) + [pair for pair in pairs if pair[0] != POSTED]
            return self.searched(kind, pairs, sealed=sealed)
        posted = {name for name, param in kind.by_name.items() if param.only_posted}
        if found := posted & {name.partition(":")[0] for name, _ in pairs}:
            raise ValidationError(dict.fromkeys(found, POST_THIS))
        return self.searched(kind, pairs)

    def search_posted(self, request: Request, type: str) -> Response:
        kind = self.kind(type)
        pairs = _of_address(request) + _pairs(request.data)
        if len(urlencode(pairs)) > LONGEST_POSTED:
            raise ValidationError(f"A search is at most {LONGEST_POSTED} characters long.")
        own = [pair for pair in pairs if pair[0] != "_page"]
        return self.searched(kind, pairs, sealed=sealed_pairs(type, own) if own else "")

    def searched(self, kind: Kind, pairs: Sequence[Pair], *, sealed: str = "") -> Response:
        prefers = self.request.headers.get("Prefer", "").replace(" ", "").replace(";", ",").split(",")
        placed = [(name, self.reader.opened(text) if name == "_page" else text) for name, text in pairs]
        lenient = "handling=lenient" in prefers
        query = read_query(kind, placed, base=f"{self.base}/", lenient=lenient, kinds=kinds_for(self.person))
        if "handling=strict" in prefers and (odd := unknown_codes(kind.type, query.asked)):
            raise ValidationError(odd)
        with audit.at_once():
            return self._found(kind, query, sealed)

    def _found(self, kind: Kind, query: Query, sealed: str) -> Response:
        for source in kind.sources:
            source.check(self.person)
        links = [("self", self.link(query, sealed))]
        odd = [f"{name}: {words}" for name, words in unknown_codes(kind.type, query.asked).items()]
        warning = outcome("code-invalid", odd, severity="warning") if odd else None
        if query.counts:
            count = counted(self.person, query)
            return Response(bundles.searchset([], [], base=self.base, links=links, warning=warning, total=count))
        walk = Walk(self.person, kind.sources, query.asked, query.order)
        page = walk.page(query.place, query.size)
        if page.then is not None:
            links.append(("next", self.link(query, sealed, page.then)))
        along, cut = included(self.person, query, page.resources, walk.kept)
        if cut:
            warning = outcome("incomplete", [*odd, CUT], severity="warning")
        matches = [bundles.excerpt(one, query.elements, kind.needs) for one in page.resources]
        told = bundles.searchset(
            matches,
            along,
            base=self.base,
            links=links,
            warning=warning,
            total=total_of(self.person, query),
        )
        return Response(told)

    def link(self, query: Query, sealed: str, place: Place | None = None) -> str:
        pairs = [(POSTED, sealed)] if sealed else list(query.pairs)
        if NAME in self.request.query_params:
            pairs.insert(0, (NAME, self.request.query_params[NAME]))
        if place is not None:
            pairs.append(("_page", self.reader.sealed(page_token(query.kind.type, place))))
        asked = f"?{urlencode(pairs)}" if pairs else ""
        return f"{self.base}/{query.kind.type}{asked}"

    def everything(self, request: Request, id: str) -> Response:
        patient = self.one(self.kind("Patient"), id)
        with audit.at_once():
            page = everything_of(self.person, patient, request.query_params)
        links = [("self", request.build_absolute_uri())]
        if page.then is not None:
            kept = [pair for pair in _pairs(request.query_params) if pair[0] != "_page"]
            asked = urlencode([*kept, ("_page", page_token("everything", page.then))])
            links.append(("next", f"{self.base}/Patient/{id}/$everything?{asked}"))
        return Response(bundles.searchset(page.resources, [], base=self.base, links=links))

    def refuse(self, request: Request) -> Response:
        raise Http404


def _of_address(request: Request) -> list[Pair]:
    """Without the project that it names, which has been entered."""
    return [(name, text) for name, text in _pairs(request.query_params) if name != NAME]


def _pairs(params: Any) -> list[Pair]:
    if not hasattr(params, "lists"):
        raise ValidationError("Post a search as a form: application/x-www-form-urlencoded.")
    return [(name, value) for name, values in params.lists() for value in values]


def _check_alone(request: Request, *known: str) -> None:
    for name in request.query_params:
        if name not in ("_format", NAME, *known):
            raise ValidationError({name: "There is no such parameter here."})
