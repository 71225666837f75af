"""The line of a row as one expression, made from the serializer of its list.

A field that is a column is written by the database. One that is worked out (`declared.py`) leaves a mark behind with what it
follows from: a control character begins it, which no text of JSON holds, and `marks.py` writes its value there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import BooleanField, Case, F, Func, OuterRef, Subquery, TextField, When
from django.db.models.constants import LOOKUP_SEP
from rest_framework import serializers

from careplans.api.fields import UpdatedAt
from careplans.api.free_text import KEPT, LEFT_OUT, OF_FACT, shape_of, without_text
from careplans.exports.in_database.declared import ByRow, InDatabase, Nested, Worked
from careplans.exports.in_database.values import (
    KINDS,
    Codes,
    Expression,
    Literal,
    Moment,
    Plain,
    if_there,
    input_of,
    joined,
    object_of,
    or_null,
)
from careplans.exports.spool import text_of

BEGIN, END = "\x01", "\x02"
# Stand for the least key, the greatest, and all of them, in a statement that is made once.
FIRST, LAST, KEYS = -1, -2, -3


class UntoldError(Exception):
    """No expression says this field: its list is told by Python."""


class IsAsked(Func):
    """Whether a row is one of those whose keys are given."""

    output_field = BooleanField()

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]  # no names in it
        sql, params = compiler.compile(self.source_expressions[0])
        return f"{sql} = ANY(%s)", [*params, KEYS]


@dataclass(frozen=True)
class Told:
    """The rows of one list, to readers who may read free text or may not."""

    serializer_class: Any
    declared: InDatabase
    with_text: bool

    def __hash__(self) -> int:
        return hash((self.serializer_class, self.with_text))

    def cut(self, name: str, value: Any) -> Any:
        """A value of this field, as the reader is told it."""
        return value if self.with_text else without_text(self.serializer_class, {name: value})[name]

    def line(self) -> Expression:
        """For `annotate`. Raises UntoldError."""
        shape = shape_of(self.serializer_class)
        is_told = {name for name, told in shape.items() if self.with_text or told != LEFT_OUT}
        special = {name: _mark(name, one, self) for name, one in self.declared.worked.items() if name in is_told}
        for name, nested in self.declared.nested.items():
            inside = shape[name]
            special[name] = _nested(nested, None if self.with_text or inside == KEPT else inside)
        return _object(
            self.serializer_class, None if self.with_text else shape, "", special | dict(self.declared.columns)
        )


@cache
def statement_of(told: Told) -> tuple[str, tuple[Any, ...]]:
    """The lines of rows with the greatest key first, and of which boards they are, with FIRST, LAST and KEYS among its values: to
    make it takes as long as to run it for a thousand rows. Raises UntoldError."""
    rows = told.declared.rows().order_by("-pk").filter(IsAsked(F("pk")), pk__gte=FIRST, pk__lte=LAST)
    rows = rows.annotate(exported_line=told.line())
    sql, params = rows.values_list("exported_line", told.declared.board).query.sql_with_params()
    return sql, tuple(params)


def _object(serializer_class: Any, shape: Any, prefix: str, special: Mapping[str, Expression]) -> Expression:
    """`shape`: of a reader who may not read free text, what of it is left out (careplans/api/free_text.py)."""
    serializer = serializer_class()
    pairs = []
    for name, field in serializer.fields.items():
        told = KEPT if shape is None else shape.get(name, KEPT)
        if field.write_only or told == LEFT_OUT:
            continue
        if told == OF_FACT:
            # Whether it is there is another matter in each row.
            raise UntoldError(name)
        if name in special:
            pairs.append((name, special[name]))
        else:
            pairs.append((name, _field(serializer, field, told if isinstance(told, Mapping) else None, prefix)))
    return object_of(pairs)


def _field(serializer: Any, field: Any, shape: Any, prefix: str) -> Expression:
    path = prefix + str(field.source).replace(".", LOOKUP_SEP)
    column = _column(serializer, field)
    if isinstance(field, UpdatedAt):
        return or_null(Moment(F(path)))
    if column is None:
        raise UntoldError(path)
    if isinstance(field, serializers.Serializer):
        if not column.many_to_one:
            raise UntoldError(path)
        return if_there(path, _object(type(field), shape, f"{path}{LOOKUP_SEP}", {}))
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


def _column(serializer: Any, field: Any) -> Any:
    """The column at the end of the source of a field; None where there is none."""
    return _end(getattr(getattr(serializer, "Meta", None), "model", None), str(field.source).split("."))


def _end(model: Any, names: Sequence[str]) -> Any:
    column: Any = None
    for name in names:
        if model is None:
            return None
        try:
            column = model._meta.get_field("id" if name == "pk" else name)
        except FieldDoesNotExist:
            return None
        model = column.related_model
    return column


def _mark(name: str, one: Worked | ByRow, told: Told) -> Expression:
    """Where the value comes: the key of its row, the name of the field, and what it follows from."""
    model = told.serializer_class.Meta.model
    listed: list[Expression] = []
    for path in one.inputs:
        listed += [Literal("," if listed else "["), input_of(_end(model, path.split(LOOKUP_SEP)), path)]
    inputs = [*listed, Literal("]")] if listed else []
    mark = joined([Literal(BEGIN), Plain(F("pk")), Literal(f"{BEGIN}{name}{BEGIN}"), *inputs, Literal(END)])
    if one.plain is None:
        return mark
    usual = Literal(text_of(told.cut(name, one.usual)))
    return Case(When(one.plain, then=usual), default=mark, output_field=TextField())


class Listed(Subquery):
    """The texts of rows, in their order, as a list of JSON."""

    template = "(SELECT concat('[', string_agg(told.line, ','), ']') FROM (%(subquery)s) told)"


def _nested(one: Nested, shape: Any) -> Expression:
    line = _object(one.serializer_class, shape, "", {})
    rows = one.rows().filter(**{one.by: OuterRef("pk")}).annotate(line=line).values("line")
    # Most rows have none: which have some is read once for all of them.
    having = one.rows().order_by().filter(**{f"{one.by}__gte": FIRST, f"{one.by}__lte": LAST}).values(one.by)
    return Case(
        When(pk__in=having, then=Listed(rows, output_field=TextField())),
        default=Literal("[]"),
        output_field=TextField(),
    )
