"""Rows of several tables in one statement: each row as an array of its columns, in the order in which its model has them.

A statement costs the database its plan and the process its SQL, whatever it brings; of what hangs on a page of plans most
tables bring nothing.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import models
from django.db.models import Expression, F, QuerySet, Value

Load = Callable[[Any], Any]


@dataclass(frozen=True)
class Table:
    """Rows to read, and which of their columns: all of them, where none are named. What is not read is asked for when it is
    wanted, by a statement of its own. `named` are columns of other tables, each set on the row under its name."""

    rows: QuerySet[Any]
    columns: tuple[str, ...] = ()
    named: tuple[tuple[str, str], ...] = ()

    @property
    def fields(self) -> list["models.Field[Any, Any]"]:
        model = self.rows.model
        every = list(model._meta.concrete_fields)
        return [one for one in every if one.attname in self.columns] if self.columns else every


def read_together(tables: Mapping[str, Table]) -> dict[str, list[Any]]:
    """The rows of each table, in no order. One query, and none where nothing is asked for."""
    found: dict[str, list[Any]] = {name: [] for name in tables}
    parts = [_part(name, table) for name, table in tables.items()]
    if not parts:
        return found
    makers = {name: _maker(table) for name, table in tables.items()}
    for name, values in parts[0].union(*parts[1:], all=True):
        found[name].append(makers[name](values))
    return found


def _part(name: str, table: Table) -> QuerySet[Any, Any]:
    row = RowArray([str(field.column) for field in table.fields], [F(path) for _, path in table.named])
    return table.rows.order_by().values_list(Value(name, models.CharField()), row)


class RowArray(Expression):
    """`JSONArray` of columns of the table itself, by their names: to resolve and compile each apart takes longer than all the
    rest of such a statement. Then what is `named` of other tables."""

    def __init__(self, columns: Sequence[str], named: Sequence[Any]) -> None:
        super().__init__(output_field=models.JSONField())
        self.columns, self.named = tuple(columns), list(named)

    def get_source_expressions(self) -> list[Any]:
        return self.named

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.named = list(exprs)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        quote = connection.ops.quote_name
        table = quote(compiler.query.get_initial_alias())
        told = [f"{table}.{quote(column)}" for column in self.columns]
        params: list[Any] = []
        for expression in self.named:
            sql, given = compiler.compile(expression)
            told.append(sql)
            params.extend(given)
        function = "JSONB_BUILD_ARRAY" if connection.vendor == "postgresql" else "JSON_ARRAY"
        return f"{function}({', '.join(told)})", tuple(params)


def _maker(table: Table) -> Callable[[list[Any]], Any]:
    model, names = table.rows.model, [field.attname for field in table.fields]
    loads = [(place, load) for place, field in enumerate(table.fields) if (load := _LOADS.get(type(field)))]
    end = len(names)

    def make(values: list[Any]) -> Any:
        for place, load in loads:
            if values[place] is not None:
                values[place] = load(values[place])
        row = model.from_db("default", names, values[:end])
        for place, (name, _) in enumerate(table.named, start=end):
            setattr(row, name, values[place])
        return row

    return make


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


# What JSON does not tell apart: SQLite has no truth values, and keeps JSON as text.
_LOADS: dict[type[Any], Load] = {
    models.BooleanField: bool,
    models.DateField: date.fromisoformat,
    models.DateTimeField: _moment,
    models.JSONField: lambda value: json.loads(value) if isinstance(value, str) else value,
}
