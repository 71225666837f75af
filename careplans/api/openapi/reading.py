"""The OpenAPI document as a person reads it: endpoints by noun, and the shapes of what they take and answer."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator

METHODS = ("get", "post", "patch", "delete")
# How the document lists a code and its label.
LABELLED = re.compile(r"^\* `([^`]*)` - (.*)$", re.MULTILINE)
SHAPE = "#/components/schemas/"


@dataclass(frozen=True)
class Type:
    """A type in words; `shape` when it is described further down the page."""

    words: str
    shape: str = ""


@dataclass(frozen=True)
class Field:
    name: str
    type: Type
    required: bool
    note: str
    place: str = ""


@dataclass(frozen=True)
class Operation:
    id: str
    method: str
    path: str
    says: str
    parameters: list[Field]
    takes: Type | None
    answers: list[tuple[str, Type | None]]
    refusals: str


@dataclass(frozen=True)
class Group:
    name: str
    operations: list[Operation]


@dataclass(frozen=True)
class Shape:
    name: str
    says: str
    fields: list[Field]
    values: list[tuple[str, str]]
    """Codes and what they mean."""


@dataclass(frozen=True)
class Reading:
    groups: list[Group]
    shapes: list[Shape]


@cache
def read_document() -> Reading:
    """Written once for each process: the document does not depend on who asks."""
    document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    groups: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                groups.setdefault(methods[method]["tags"][0], []).append(_operation(path, method, methods[method]))
    shapes = [_shape(name, schema) for name, schema in document["components"]["schemas"].items()]
    return Reading([Group(name, operations) for name, operations in groups.items()], shapes)


def _operation(path: str, method: str, told: dict[str, Any]) -> Operation:
    own = {code: answer for code, answer in told["responses"].items() if "$ref" not in answer}
    return Operation(
        id=told["operationId"],
        method=method.upper(),
        path=path,
        says=_plain(told.get("description", "")),
        parameters=[_parameter(parameter) for parameter in told.get("parameters", ())],
        takes=_content(told.get("requestBody")),
        answers=[(code, _content(answer)) for code, answer in own.items()],
        refusals=", ".join(code for code in told["responses"] if code not in own),
    )


def _parameter(told: dict[str, Any]) -> Field:
    return Field(
        told["name"],
        type_of(told["schema"]),
        told.get("required", False),
        _plain(told.get("description", "")),
        told["in"],
    )


def _content(told: dict[str, Any] | None) -> Type | None:
    media = (told or {}).get("content", {}).get("application/json")
    return type_of(media["schema"]) if media else None


def _shape(name: str, schema: dict[str, Any]) -> Shape:
    required = schema.get("required", ())
    fields = [
        Field(field, type_of(told), field in required, _plain(told.get("description", told.get("title", ""))))
        for field, told in schema.get("properties", {}).items()
    ]
    return Shape(
        name=name,
        says=_plain(schema.get("description", "")),
        fields=fields,
        values=LABELLED.findall(schema.get("description", "")) if "enum" in schema else [],
    )


def _plain(text: str) -> str:
    """Without Markdown, and without the list of codes that stands in front of what is said of a choice."""
    lines = (line for line in text.splitlines() if not LABELLED.match(line))
    return " ".join(lines).replace("`", "").strip()


def type_of(schema: dict[str, Any]) -> Type:
    """A schema in words: `integer`, `list of Step`, `date or null`."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(SHAPE)
        return Type(name, name)
    parts = schema.get("allOf") or schema.get("oneOf") or schema.get("anyOf")
    if parts:
        return _either([type_of(part) for part in parts])
    if schema.get("type") == "array" or schema.get("type") == ["array", "null"]:
        inner = type_of(schema["items"])
        return Type(f"list of {inner.words}", inner.shape)
    if "enum" in schema:
        return Type("one of " + ", ".join(str(value) for value in schema["enum"]))
    names = schema.get("type", "anything")
    names = names if isinstance(names, list) else [names]
    return Type(" or ".join("null" if name == "null" else _named(name, schema) for name in names))


def _named(name: Any, schema: dict[str, Any]) -> str:
    """How wide a whole number is, is for programs."""
    return str(name if name == "integer" else schema.get("format", name))


def _either(types: list[Type]) -> Type:
    """Alternatives, where the ways of saying “empty” stand behind what is really meant."""
    meant = [found for found in types if found.words not in ("BlankEnum", "NullEnum")]
    empty = {"BlankEnum": "empty", "NullEnum": "null"}
    words = [found.words for found in meant] + [empty[found.words] for found in types if found.words in empty]
    return Type(" or ".join(words), next((found.shape for found in meant if found.shape), ""))
