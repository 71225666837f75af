"""A line as what stands between its values: made from the serializer of its list, once for all rows.

A field that is a column is taken as the database holds it. One that is worked out (`declared.py`), and the object of a related
row, follow from some columns, and are told once for all rows that are alike in these.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Case, F, IntegerField, When
from django.db.models.constants import LOOKUP_SEP
from rest_framework import serializers

from careplans.api.fields import UpdatedAt
from careplans.api.free_text import KEPT, LEFT_OUT, OF_FACT, shape_of, without_text
from careplans.exports.in_database.columns import NULL, SIGNS, Column, Columns, Kind
from careplans.exports.in_database.declared import ASK_ROW, ByRow, InDatabase, UntoldError, Worked, column_at, end_of
from careplans.exports.in_database.nested import nested_rows
from careplans.exports.spool import as_bytes, text_of

# By what a field of a serializer does, as in careplans/api/plainly.py: whoever overrides that is told by Python.
KINDS: Mapping[Any, Kind] = {
    serializers.CharField.to_representation: Kind.TEXT,
    serializers.ChoiceField.to_representation: Kind.CODE,
    serializers.DateField.to_representation: Kind.CODE,
    serializers.IntegerField.to_representation: Kind.BARE,
    serializers.BigIntegerField.to_representation: Kind.BARE,
    serializers.BooleanField.to_representation: Kind.BARE,
    serializers.DateTimeField.to_representation: Kind.MOMENT,
}


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


# So many values that follow from columns are remembered of each field.
MOST_KNOWN = 5_000
Values = tuple[str, ...]
Known = dict[Values, str | None]


@dataclass
class Follows:
    """A value that follows from columns, by their places; None where the whole row has to be asked. `known`: values that were
    worked out before, for other rows; None where they hold for a day alone."""

    name: str
    inputs: tuple[int, ...]
    tell: Callable[[Values], str | None]
    known: Known | None = None

    def of(self, columns: Sequence[list[str]]) -> list[str | None]:
        """Of many rows. What is alike is worked out once, and put in by what takes no step of Python for each row."""
        given = list(zip(*(columns[place] for place in self.inputs), strict=True))
        before = {} if self.known is None else self.known
        found = {values: before[values] if values in before else self.tell(values) for values in set(given)}
        if self.known is not None:
            # Another thread may be reading in the old one, which is left as it is.
            self.known = found if len(before) > MOST_KNOWN else before | found
        return list(map(found.__getitem__, given))


# What stands in front of a value, and the value: a column, by its place, or what follows from some.
Part = tuple[str, "int | Follows"]


@dataclass(frozen=True)
class Layout:
    parts: list[Part]
    columns: list[Column]
    key: int
    board: int
    changed: int | None = None
    """Where the moment stands at which the row was last changed: joined from the table of changes."""


class Laying:
    """Makes the layout of one list. `escaped`: as in Columns. Raises UntoldError."""

    def __init__(self, told: Told, *, escaped: bool) -> None:
        self.told, self.columns = told, Columns(escaped)
        self.model = told.serializer_class.Meta.model
        self.changed: int | None = None

    def whole(self) -> Layout:
        shape = shape_of(self.told.serializer_class)
        parts = self._parts(
            self.told.serializer_class, None if self.told.with_text else shape, "", self._special(shape)
        )
        key, board = self._input("pk"), self._input(self.told.declared.board)
        return Layout(parts, self.columns.listed, key, board, self.changed)

    def _special(self, shape: Any) -> dict[str, "int | Follows"]:
        declared, with_text = self.told.declared, self.told.with_text
        is_told = {name for name, told in shape.items() if with_text or told != LEFT_OUT}
        found: dict[str, int | Follows] = {}
        for name, one in declared.worked.items():
            if name in is_told:
                found[name] = self._by_row(name, one) if isinstance(one, ByRow) else self._worked(name, one)
        for name, nested in declared.nested.items():
            rows = nested_rows(nested, None if with_text or shape[name] == KEPT else shape[name])
            found[name] = self.columns.add(Column(rows, Kind.JSON))
        for name, expression in declared.columns.items():
            found[name] = self.columns.add(Column(expression, Kind.BARE))
        return found

    def _parts(
        self, serializer_class: Any, shape: Any, prefix: str, special: Mapping[str, "int | Follows"]
    ) -> list[Part]:
        """`shape`: of a reader who may not read free text, what of it is left out (careplans/api/free_text.py)."""
        serializer = serializer_class()
        parts: list[Part] = []
        before = "{"
        for name, field in serializer.fields.items():
            told = KEPT if shape is None else shape.get(name, KEPT)
            if field.write_only or told == LEFT_OUT:
                continue
            if told == OF_FACT:
                # Whether it is there is another matter in each row.
                raise UntoldError(name)
            inside = told if isinstance(told, Mapping) else None
            what = special[name] if name in special else self._field(serializer, field, inside, prefix)
            quote = '"' if isinstance(what, int) and self.columns.listed[what].in_quotes else ""
            parts.append((f'{before}"{name}":{quote}', what))
            before = f"{quote},"
        return [*parts, (before.removesuffix(",") + "}", -1)]

    def _field(self, serializer: Any, field: Any, shape: Any, prefix: str) -> "int | Follows":
        path = prefix + str(field.source).replace(".", LOOKUP_SEP)
        column = end_of(serializer, field)
        if isinstance(field, UpdatedAt):
            if prefix or self.told.declared.changed is None:
                raise UntoldError(path)
            self.changed = self.columns.add(Column(None, Kind.MOMENT))
            return self.changed
        if column is None:
            raise UntoldError(path)
        if isinstance(field, serializers.Serializer):
            if not column.many_to_one:
                raise UntoldError(path)
            return self._related(path, self._parts(type(field), shape, f"{path}{LOOKUP_SEP}", {}))
        if type(field) is serializers.PrimaryKeyRelatedField:
            if field.pk_field is not None or not column.concrete:
                raise UntoldError(path)
            return self.columns.of(f"{path}_id", Kind.BARE, column)
        if type(field) is serializers.ListField and isinstance(field.child, serializers.ChoiceField):
            return self.columns.of(path, Kind.CODES, column)
        kind = KINDS.get(type(field).to_representation)
        if kind is None or hasattr(field, "format"):
            raise UntoldError(path)
        return self.columns.of(path, kind, column)

    def _related(self, path: str, parts: list[Part]) -> Follows:
        """The object of a related row; null where there is none."""
        key = self.columns.of(f"{path}_id", Kind.BARE, None)
        places = []
        for _, what in parts[:-1]:
            if not isinstance(what, int):
                raise UntoldError(path)
            places.append(what)
        between, last = [text for text, _ in parts[:-1]], parts[-1][0]

        def tell(values: Values) -> str:
            if values[0] == NULL:
                return NULL
            return "".join(piece for pair in zip(between, values[1:], strict=True) for piece in pair) + last

        return Follows(path, (key, *places), tell, {})

    def _worked(self, name: str, one: Worked) -> Follows:
        places = tuple(self._input(path) for path in one.inputs)
        columns = [self.columns.listed[place] for place in places]

        def tell(values: Values) -> str | None:
            read = [json.loads(column.as_json(value)) for column, value in zip(columns, values, strict=True)]
            value = one.tell(tuple(read))
            return None if value is ASK_ROW else _signs(self.told.cut(name, value))

        return Follows(name, places, tell, {} if one.lasts else None)

    def _by_row(self, name: str, one: ByRow) -> Follows:
        asked = Case(When(one.plain, then=None), default=F("pk"), output_field=IntegerField())
        usual = _signs(self.told.cut(name, one.usual))
        return Follows(
            name, (self.columns.add(Column(asked, Kind.BARE)),), lambda values: usual if values[0] == NULL else None
        )

    def _input(self, path: str) -> int:
        column = column_at(self.model, path.split(LOOKUP_SEP))
        if isinstance(column, models.ForeignKey):
            return self.columns.of(f"{path}_id", Kind.BARE, column)
        if isinstance(column, models.CharField | models.TextField):
            return self.columns.of(path, Kind.TEXT, column)
        if isinstance(column, models.DateField):
            return self.columns.of(path, Kind.CODE, column)
        return self.columns.of(path, Kind.JSON if isinstance(column, models.JSONField) else Kind.BARE, column)


def _signs(value: Any) -> str:
    return as_bytes(text_of(value)).decode(SIGNS)
