"""The rows that hang on a row, as a list of JSON that the database writes: few rows have any."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Case, F, OuterRef, Subquery, TextField, When
from django.db.models.constants import LOOKUP_SEP
from rest_framework import serializers

from careplans.api.fields import UpdatedAt
from careplans.api.free_text import KEPT, LEFT_OUT, OF_FACT
from careplans.exports.in_database.declared import Nested, UntoldError, end_of
from careplans.exports.in_database.values import (
    KINDS,
    Codes,
    Expression,
    Literal,
    Moment,
    Plain,
    if_there,
    object_of,
    or_null,
)

# Stand for the least key, the greatest, and all of them, in a statement that is made once.
FIRST, LAST, KEYS = -1, -2, -3


class Listed(Subquery):
    """The texts of rows, in their order, as a list of JSON."""

    template = "(SELECT concat('[', string_agg(told.line, ','), ']') FROM (%(subquery)s) told)"


def nested_rows(one: Nested, shape: Any) -> Expression:
    """`shape`: of a reader who may not read free text, what of it is left out (careplans/api/free_text.py)."""
    line = _object(one.serializer_class, shape, "")
    rows = one.rows().filter(**{one.by: OuterRef("pk")}).annotate(line=line).values("line")
    # Most rows have none: which have some is read once for all of them.
    having = one.rows().order_by().filter(**{f"{one.by}__gte": FIRST, f"{one.by}__lte": LAST}).values(one.by)
    return Case(
        When(pk__in=having, then=Listed(rows, output_field=TextField())),
        default=Literal("[]"),
        output_field=TextField(),
    )


def _object(serializer_class: Any, shape: Any, prefix: str) -> Expression:
    serializer = serializer_class()
    pairs = []
    for name, field in serializer.fields.items():
        told = KEPT if shape is None else shape.get(name, KEPT)
        if field.write_only or told == LEFT_OUT:
            continue
        if told == OF_FACT:
            # Whether it is there is another matter in each row.
            raise UntoldError(name)
        pairs.append((name, _field(serializer, field, told if isinstance(told, Mapping) else None, prefix)))
    return object_of(pairs)


def _field(serializer: Any, field: Any, shape: Any, prefix: str) -> Expression:
    path = prefix + str(field.source).replace(".", LOOKUP_SEP)
    column = end_of(serializer, field)
    if isinstance(field, UpdatedAt):
        return or_null(Moment(F(path)))
    if column is None:
        raise UntoldError(path)
    if isinstance(field, serializers.Serializer):
        if not column.many_to_one:
            raise UntoldError(path)
        return if_there(path, _object(type(field), shape, f"{path}{LOOKUP_SEP}"))
    told = _told_by(field, column, path)
    # What stands in a related row may be missing with it.
    return or_null(told) if column.null or "." in str(field.source) else told


def _told_by(field: Any, column: Any, path: str) -> Expression:
    if type(field) is serializers.PrimaryKeyRelatedField:
        if field.pk_field is not None or not column.concrete:
            raise UntoldError(path)
        return Plain(F(f"{path}_id"))
    if type(field) is serializers.ListField and isinstance(field.child, serializers.ChoiceField):
        return Codes(F(path))
    kind = KINDS.get(type(field).to_representation)
    if kind is None or hasattr(field, "format"):
        raise UntoldError(path)
    return kind(F(path))
