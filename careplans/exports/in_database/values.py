"""Values as texts of JSON, written by PostgreSQL as `careplans.exports.spool.line` writes them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models
from django.db.models import Case, F, Func, Q, TextField, When
from rest_framework import serializers

Expression = Any


class Literal(Func):
    """A text of the program in the statement itself: as one of several hundred values apart it would have no type, and more than
    a statement may have."""

    output_field = TextField()

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]  # no names in it
        return "'" + self.text.replace("'", "''").replace("%", "%%") + "'", []


NULL = Literal("null")
# A function of PostgreSQL takes a hundred values.
MOST_PARTS = 90


class Text(Func):
    """With what JSON escapes. Most texts are empty, and to ask `to_json` takes ten times as long as to see that."""

    output_field = TextField()

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]  # no names in it
        sql, params = compiler.compile(self.source_expressions[0])
        return f"CASE {sql} WHEN '' THEN '\"\"' ELSE to_json({sql})::text END", [*params, *params]


class Quoted(Func):
    """Codes and days, in which there is nothing to escape."""

    template = """'"' || %(expressions)s || '"'"""
    output_field = TextField()


class Plain(Func):
    """Numbers, yes or no, and what is JSON."""

    template = "(%(expressions)s)::text"
    output_field = TextField()


class Moment(Func):
    """In UTC, and without a part of a second where there is none."""

    template = (
        """'"' || replace(to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '.000000Z', 'Z')"""
        """ || '"'"""
    )
    output_field = TextField()


class Codes(Func):
    """A list of texts: no quotation mark in a text has a comma behind it, since it is escaped."""

    template = """replace((%(expressions)s)::text, '", "', '","')"""
    output_field = TextField()


class Joined(Func):
    function = "concat"
    output_field = TextField()


def joined(parts: Sequence[Expression]) -> Expression:
    """One text. Literals that follow each other become one."""
    merged: list[Expression] = []
    for part in parts:
        if isinstance(part, Literal) and merged and isinstance(merged[-1], Literal):
            merged[-1] = Literal(f"{merged[-1].text}{part.text}")
        else:
            merged.append(part)
    if len(merged) <= MOST_PARTS:
        return Joined(*merged)
    return Joined(*(Joined(*merged[at : at + MOST_PARTS]) for at in range(0, len(merged), MOST_PARTS)))


def or_null(value: Expression) -> Expression:
    return Func(value, NULL, function="coalesce", output_field=TextField())


def object_of(pairs: Sequence[tuple[str, Expression]]) -> Expression:
    parts: list[Expression] = []
    for place, (name, value) in enumerate(pairs):
        parts += [Literal(f'{"," if place else "{"}"{name}":'), value]
    return joined([*parts, Literal("}" if pairs else "{}")])


def if_there(path: str, value: Expression) -> Expression:
    """The object of a related row; null where there is none."""
    return Case(When(Q(**{f"{path}__isnull": True}), then=NULL), default=value, output_field=TextField())


# By what a field of a serializer does, as in careplans/api/plainly.py: whoever overrides that is told by Python.
KINDS: Mapping[Any, type[Func]] = {
    serializers.CharField.to_representation: Text,
    serializers.ChoiceField.to_representation: Quoted,
    serializers.DateField.to_representation: Quoted,
    serializers.IntegerField.to_representation: Plain,
    serializers.BigIntegerField.to_representation: Plain,
    serializers.BooleanField.to_representation: Plain,
    serializers.DateTimeField.to_representation: Moment,
}


def input_of(column: Any, path: str) -> Expression:
    """A column as JSON that Python reads again."""
    if isinstance(column, models.CharField | models.TextField):
        return or_null(Text(F(path)))
    return or_null((Quoted if isinstance(column, models.DateField) else Plain)(F(path)))
