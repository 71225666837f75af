"""What of a list no column says: declared here, field by field, where a serializer tells something that is worked out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Q, QuerySet

from careplans.models import Change

Inputs = tuple[Any, ...]
# What `tell` answers where the whole row is needed after all.
ASK_ROW = object()


class UntoldError(Exception):
    """No expression says this field: its list is told by Python."""


@dataclass(frozen=True)
class Worked:
    """A field that follows from some columns of the row. `tell` says its value by them, as JSON holds them, once for all rows
    that are alike in them; ASK_ROW where that takes the whole row. `lasts`: it says the same on every day."""

    inputs: tuple[str, ...]
    tell: Callable[[Inputs], Any]
    lasts: bool = True


@dataclass(frozen=True)
class ByRow:
    """A field that only the whole row says, read and told by Python; of rows that are `plain` it is known to be `usual`."""

    plain: Q
    usual: Any


@dataclass(frozen=True)
class Nested:
    """Rows of another table, in the order in which they are served, each by this serializer. `by`: its column with the key."""

    rows: Callable[[], QuerySet[Any]]
    by: str
    serializer_class: Any


@dataclass(frozen=True)
class InDatabase:
    """How the database writes the rows of a list, `rows` as its endpoint reads them. What is not named here is a column, or a
    column of a related row."""

    rows: Callable[[], QuerySet[Any]]
    worked: Mapping[str, Worked | ByRow] = field(default_factory=dict)
    nested: Mapping[str, Nested] = field(default_factory=dict)
    columns: Mapping[str, Any] = field(default_factory=dict)
    """Fields by an expression of their own."""
    board: str = "board"
    changed: Change.Noun | None = None
    """Under which the table of changes keeps when a row was last changed."""


def end_of(serializer: Any, field: Any) -> Any:
    """The column at the end of the source of a field; None where there is none."""
    return column_at(getattr(getattr(serializer, "Meta", None), "model", None), str(field.source).split("."))


def column_at(model: Any, names: Sequence[str]) -> Any:
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
