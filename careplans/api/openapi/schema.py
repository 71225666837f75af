"""How an endpoint of this API is described: what it takes, what it answers, and which refusals to expect."""

from typing import Any, Literal

from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from accounts.reading import HEADER
from accounts.scopes import SCOPES
from careplans.api import masking
from careplans.api.fields import BOUNDS, ROW_ID
from careplans.api.free_text import left_out
from careplans.api.openapi.document import NOT_MODIFIED, PROMISED, REFUSALS

IF_MATCH = OpenApiParameter(
    "If-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, required=True,
    description='The ETag of the row in the address as you saw it: 412 when anything in that answer has changed since. Or its '
    '`version` alone, `"3"`: 412 when the row itself has.',
)  # fmt: skip
ETAG = OpenApiParameter(
    "ETag", OpenApiTypes.STR, OpenApiParameter.HEADER, response=[200, 201],
    description="Of this answer: moves when anything in it does. Send it in If-Match to change the row.",
)  # fmt: skip

ONCE = OpenApiParameter(
    "Idempotency-Key", OpenApiTypes.STR, OpenApiParameter.HEADER,
    description="A text of your own, for example a UUID: the same call sent again within a day under it is done once, "
    "and answered as the first time. Another call under it is refused with 422.",
)  # fmt: skip
PROJECT = OpenApiParameter(
    HEADER, {"type": "string", "pattern": "^(none|[1-9][0-9]{0,17})$"}, OpenApiParameter.HEADER,
    description="The number of the reporting project in which an analyst reads, or `none`; `project` in the address says it, "
    "too. Whoever reads in one project alone need not say it.",
)  # fmt: skip

IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", OpenApiTypes.STR, OpenApiParameter.HEADER,
    description="The ETag of an answer that you have: 304 and no body where this one would be the same.",
)  # fmt: skip
TAG = OpenApiParameter(
    "ETag", OpenApiTypes.STR, OpenApiParameter.HEADER, response=[200],
    description="Of this answer, but for a list that comes as CSV or NDJSON. Send it in If-None-Match.",
)  # fmt: skip
# Lines that are longer than a document of the API is for.
TEXTS = {"text/csv": {"schema": {"type": "string"}}, "application/x-ndjson": {"schema": {"type": "string"}}}

PROBLEM_TYPES = ("validation_error", "client_error", "server_error")
# `null` is both, so that no answer is exactly one of the two.
ANYTHING_OR_NULL = [{}, {"type": "null"}]


class TokenScheme(KnoxTokenScheme):  # type: ignore[no-untyped-call]  # registers itself by being defined
    target_class = "careplans.api.http.authentication.TokenAuthentication"
    name = "token"


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself by being defined
    target_class = "careplans.api.http.authentication.BearerAuthentication"
    name = "system"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        offered = {one: words for one, words in SCOPES.items() if not one.endswith(":write")}
        flow = {"tokenUrl": "/oauth/token/", "scopes": offered}
        return {"type": "oauth2", "flows": {"clientCredentials": flow}}


class ProblemErrorSerializer(serializers.Serializer):
    code = serializers.CharField()
    detail = serializers.CharField(help_text="A sentence to act on.")
    attr = serializers.CharField(allow_null=True, help_text="The field it is about, if any.")


class ProblemSerializer(serializers.Serializer):
    type = serializers.ChoiceField(choices=PROBLEM_TYPES)
    errors = ProblemErrorSerializer(many=True)  # type: ignore[assignment]  # the name that the format asks for
    confirmed_dates = serializers.ListField(
        child=serializers.CharField(), required=False,
        help_text="What to send along where unlikely dates are right (`unlikely_date`); else it is not there.",
    )  # fmt: skip


class StaleSerializer(ProblemSerializer):
    version = serializers.IntegerField(help_text="The version that stands.")
    current = serializers.DictField(help_text="The row as it stands.")
    differs = serializers.ListField(child=serializers.CharField(), help_text="Fields of your body that differ from it.")


class ConsiliumSchema(AutoSchema):
    """Reads what the endpoints say of themselves (`noun`, `verb`), so that nothing has to be said twice."""

    view: Any

    def get_tags(self) -> list[str]:
        return [self.view.noun]

    def get_extensions(self) -> dict[str, Any]:
        """What a limited token needs; `-` says that none may."""
        return {"x-scopes": self.view.scopes_needed(self.method)}

    def get_operation_id(self) -> str:
        return f"{self.view.noun}_{self.view.action}".replace("-", "_")

    def get_request_serializer(self) -> Any:
        verb = self._verb()
        return verb.body if verb else super().get_request_serializer()

    def get_response_serializers(self) -> Any:
        verb = self._verb()
        if verb:
            if verb.status == 204:
                return {204: OpenApiResponse(description="Done; nothing is answered.")}
            return {verb.status: self.view.changed_class or self.view.get_serializer_class()}
        return super().get_response_serializers()

    def get_override_parameters(self) -> list[Any]:
        verb = self._verb()
        tagged = verb or self.view.action in getattr(self.view, "tagged_actions", ())
        reads = self.method == "GET" or self.view.action in self.view.paged_actions
        project = [PROJECT] if reads else []
        parameters = [*([IF_MATCH] if verb and verb.guarded else []), *([ETAG] if tagged else [])]
        if self.method == "GET":
            parameters += [IF_NONE_MATCH, *([] if tagged else [TAG])]
        return [*parameters, *([ONCE] if self._writes() else []), *project]

    def _writes(self) -> bool:
        """Signing in and out, and thinking about a plan, write no row that could be made twice."""
        return self.method in ("POST", "PATCH") and self.view.noun not in ("tokens", "advise")

    def _map_basic_serializer(self, serializer: Any, direction: Literal["request", "response"]) -> dict[str, Any]:
        """What is served is always there, but for what is left out for analysts: that is not promised to anybody."""
        schema: dict[str, Any] = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if direction == "response" and getattr(self.view, "leaves_out_text", True):
            kept_back = left_out(type(serializer)) | masking.kept_back(type(serializer))
            promised = sorted(set(schema.pop("required", ())) - kept_back)
            schema |= {"required": promised} if promised else {}
        else:
            kept_back = set()
        if direction == "response":
            schema[PROMISED] = sorted(set(schema.get("properties", ())) - kept_back)
        return schema

    def _get_paginator(self) -> Any:
        """A list of a noun comes in pages. Another answer that is a list comes whole, and takes no filter."""
        return super()._get_paginator() if self.view.action in self.view.paged_actions else None  # type: ignore[no-untyped-call]

    def get_filter_backends(self) -> Any:
        return super().get_filter_backends() if self.view.action in self.view.paged_actions else []

    def _resolve_path_parameters(self, variables: Any) -> list[dict[str, Any]]:
        """What an address names is a row: of which noun, and within which bounds its number can be."""
        found: list[dict[str, Any]] = super()._resolve_path_parameters(variables)  # type: ignore[no-untyped-call]
        parts = self.path.split("/")
        for parameter in found:
            noun = parts[parts.index("{" + parameter["name"] + "}") - 1]
            parameter["description"] = f"The {parameter['name']} of one of the {noun.replace('-', ' ')}."
            if parameter["schema"]["type"] == "integer":
                parameter["schema"] = dict(ROW_ID)
        return found

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> dict[str, Any]:
        """An id is one within the same bounds wherever it is served; what may be empty, or anything at all, says so."""
        _let_be_empty(field)
        schema: dict[str, Any] = super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]
        if schema.get("oneOf") == ANYTHING_OR_NULL:
            del schema["oneOf"]
        is_id = isinstance(field, serializers.PrimaryKeyRelatedField) or field.field_name == "id"
        return schema | BOUNDS if is_id and schema.get("type") in ("integer", ["integer", "null"]) else schema

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for serializer in (ProblemSerializer, StaleSerializer):
            self.resolve_serializer(serializer, "response")
        if self._comes_whole():
            bodies["200"]["content"] |= TEXTS
        if self.method == "GET":
            bodies["304"] = {"$ref": f"#/components/responses/{NOT_MODIFIED}"}
        return bodies | {code: {"$ref": f"#/components/responses/{REFUSALS[code][0]}"} for code in self._refusals()}

    def _comes_whole(self) -> bool:
        """A list of a noun comes as a table, too, and so do figures."""
        has_pages = self.view.action in self.view.paged_actions and self._get_paginator() is not None
        return has_pages or self.view.action in getattr(self.view, "tables", ())

    def _refusals(self) -> list[str]:
        verb = self._verb()
        codes = ["401", "406", "429"] if self.view.action == "create" else ["401", "403", "406", "429"]
        if self.method == "GET" or (verb and verb.body) or self.method == "POST":
            codes.append("400")
        if self.method in ("POST", "PATCH"):
            codes.append("413")
        if "{" in self.path or self._names_a_board():
            codes.append("404")
        if verb:
            codes += ["409", "412", "428"] if verb.guarded else ["409"]
        if self._writes():
            codes += ["422"]
        return sorted({*codes, *self.view.also_refuses.get(self.view.action, ())})

    def _names_a_board(self) -> bool:
        """In its address: one that is not theirs is not there."""
        filters = getattr(getattr(self.view, "filterset_class", None), "base_filters", ())
        return "board" in filters or any(one["name"] == "board" for one in super()._get_parameters())

    def _verb(self) -> Any:
        return getattr(getattr(self.view, self.view.action, None), "verb", None)


def _let_be_empty(field: Any) -> None:
    """Of a choice that is only read REST framework forgets that its column may be empty."""
    model = getattr(getattr(field.parent, "Meta", None), "model", None)
    if field.read_only and isinstance(field, serializers.ChoiceField) and model:
        columns = {one.name: one for one in model._meta.concrete_fields}
        field.allow_blank = field.allow_blank or getattr(columns.get(field.source), "blank", False)
