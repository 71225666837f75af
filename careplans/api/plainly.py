"""What a serializer says of rows, as plain dictionaries: the same values, read by what its declaration was compiled to once.

REST framework builds the fields of a serializer anew for each instance, and asks each field about each row in several calls. What
is served is declared in the serializers alone; a kind of field that is not known here answers for itself.
tests/careplans/test_api_plainly.py holds both against each other.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import cache
from operator import attrgetter
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db.models import Manager
from django.utils import timezone
from rest_framework import serializers
from rest_framework.fields import SkipField
from rest_framework.settings import api_settings

Reader = Callable[[Any], dict[str, Any]]
Tell = Callable[[Any], Any]
Context = Mapping[str, Any]


def plain(serializer_class: Any, row: Any, context: Context | None = None) -> dict[str, Any]:
    """As `serializer_class(row, context=context).data`."""
    return _reader(serializer_class, context, timezone.get_current_timezone())(row)


def plain_rows(serializer_class: Any, rows: Iterable[Any], context: Context | None = None) -> list[dict[str, Any]]:
    """As `serializer_class(rows, many=True, context=context).data`."""
    if isinstance(rows, list) and not rows:
        return []
    return list(map(_reader(serializer_class, context, timezone.get_current_timezone()), rows))


@dataclass(frozen=True)
class Part:
    """One field: how its value is read from a row, and how it is told; or the serializer, or its method, that tells it."""

    field: Any
    read: Tell
    tell: Tell
    inside: Any = None
    many: bool = False
    method: str = ""
    is_moment: bool = False

    @property
    def is_pure(self) -> bool:
        return not self.method and (self.inside is None or _is_pure(self.inside))


@cache
def _parts(serializer_class: Any) -> list[Part]:
    return [_part(field) for field in serializer_class().fields.values() if not field.write_only]


@cache
def _is_pure(serializer_class: Any) -> bool:
    """Whether it asks nothing but the row: no method of a serializer, which may want the request."""
    return all(part.is_pure for part in _parts(serializer_class))


@cache
def _pure_reader(serializer_class: Any, zone: tzinfo) -> Reader:
    return _bound(serializer_class, None, zone)


def _reader(serializer_class: Any, context: Context | None, zone: tzinfo) -> Reader:
    return (
        _pure_reader(serializer_class, zone) if _is_pure(serializer_class) else _bound(serializer_class, context, zone)
    )


def _bound(serializer_class: Any, context: Context | None, zone: tzinfo) -> Reader:
    serializer = serializer_class(context=context or {})
    fields = [
        (part.field.field_name, part.read, _tell(part, serializer, context, zone), part.field)
        for part in _parts(serializer_class)
    ]

    def read(row: Any) -> dict[str, Any]:
        data = {}
        for name, get, tell, field in fields:
            try:
                value = get(row)
                if callable(value):
                    value = field.get_attribute(row)
            except (AttributeError, KeyError, ObjectDoesNotExist):
                # A row that is a dictionary, a relation without a row, a field with a default: as REST framework has it.
                try:
                    value = field.get_attribute(row)
                except SkipField:
                    continue
            data[name] = None if value is None else tell(value)
        return data

    return read


def _tell(part: Part, serializer: Any, context: Context | None, zone: tzinfo) -> Tell:
    if part.method:
        method: Tell = getattr(serializer, part.method)
        return method
    if part.is_moment:
        return _moment(part.field, zone)
    if part.inside is None:
        return part.tell
    inside = _reader(part.inside, context, zone)
    return (lambda rows: [inside(row) for row in _listed(rows)]) if part.many else inside


def _listed(rows: Any) -> Iterable[Any]:
    return rows.all() if isinstance(rows, Manager) else rows


def _part(field: Any) -> Part:
    read: Tell = attrgetter(".".join(field.source_attrs)) if field.source_attrs else _itself
    if isinstance(field, serializers.SerializerMethodField):
        return Part(field, _itself, _itself, method=field.method_name)
    if _is_plain_serializer(field):
        return Part(field, read, _itself, inside=type(field))
    if type(field) is serializers.ListSerializer and _is_plain_serializer(field.child):
        return Part(field, _kept_or(read, str(field.source)), _itself, inside=type(field.child), many=True)
    if type(field) is serializers.PrimaryKeyRelatedField and field.pk_field is None and (key := _column_of(field)):
        return Part(field, attrgetter(key), _itself)
    # Of another row's relation (`case.board`), too, which REST framework asks for the key alone.
    if isinstance(field, serializers.RelatedField | serializers.ManyRelatedField):
        return Part(field, field.get_attribute, field.to_representation)
    return Part(field, read, _KINDS.get(type(field).to_representation, _own)(field), is_moment=_is_moment(field))


def _kept_or(read: Tell, name: str) -> Tell:
    """Rows that were read with this one are taken as they are: without the manager that Django would make to hand them out."""

    def kept_or_read(row: Any) -> Any:
        kept = getattr(row, "_prefetched_objects_cache", None)
        return kept[name] if kept and name in kept else read(row)

    return kept_or_read


def _is_plain_serializer(field: Any) -> bool:
    return bool(type(field).to_representation is serializers.Serializer.to_representation)


def _column_of(field: Any) -> str:
    """The column with the key of what is related, so that the row itself is not needed; empty where another table holds it."""
    model = getattr(getattr(field.parent, "Meta", None), "model", None)
    try:
        column = model._meta.get_field(field.source) if model else None
    except FieldDoesNotExist:
        return ""
    return str(getattr(column, "attname", ""))


def _itself(value: Any) -> Any:
    return value


def _own(field: Any) -> Tell:
    tell: Tell = field.to_representation
    return tell


def _true_or_false(field: Any) -> Tell:
    return lambda value: value if value is True or value is False else field.to_representation(value)


def _large_number(field: Any) -> Tell:
    as_text = getattr(field, "coerce_to_string", api_settings.COERCE_BIGINT_TO_STRING)
    return _own(field) if as_text else int


def _day(field: Any) -> Tell:
    if hasattr(field, "format"):
        return _own(field)
    return lambda value: value.isoformat() if type(value) is date else field.to_representation(value)


def _choice(field: Any) -> Tell:
    known = field.choice_strings_to_values
    return lambda value: known.get(value, value) if type(value) is str else field.to_representation(value)


def _moment(field: Any, zone: tzinfo) -> Tell:
    def tell(value: Any) -> Any:
        if type(value) is not datetime or value.tzinfo is None:
            return field.to_representation(value)
        text = value.astimezone(zone).isoformat()
        return f"{text[:-6]}Z" if text.endswith("+00:00") else text

    return tell


def _is_moment(field: Any) -> bool:
    own = hasattr(field, "format") or hasattr(field, "timezone")
    return type(field).to_representation is serializers.DateTimeField.to_representation and not own


# By what a field does and not by its class: whoever overrides that answers for itself.
_KINDS: dict[Any, Callable[[Any], Tell]] = {
    serializers.CharField.to_representation: lambda field: str,
    serializers.IntegerField.to_representation: lambda field: int,
    serializers.BigIntegerField.to_representation: _large_number,
    serializers.BooleanField.to_representation: _true_or_false,
    serializers.DateField.to_representation: _day,
    serializers.ChoiceField.to_representation: _choice,
}
