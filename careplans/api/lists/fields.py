"""Every field of the rows of a list, nested ones too: what columns of a table and the data dictionary are made of."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from careplans.api.answered import Answered, Holds, walk
from careplans.api.free_text import LEFT_OUT, shape_of
from careplans.api.lists.kinds import kind_of

WORKED_OUT = "worked out when it is read"


@dataclass(frozen=True)
class Told:
    """A field as the serializer has it, without the words of the document, which take longer to make."""

    path: str
    shape: str
    """The name of its serializer in the document of the API."""
    name: str
    kind: str
    field: Any
    source: str
    left_out: bool
    """By whom may not read free text."""
    nullable: bool
    names: frozenset[str]
    """By which it may be named in a list of exceptions, where it stands in no other field."""

    @property
    def is_in_list(self) -> bool:
        return "[]" in self.path


@cache
def fields_of(serializer_class: Any) -> tuple[Told, ...]:
    """Every field of an answer, nested ones behind what they are in."""
    return tuple(_told(steps) for steps in walk(serializer_class))


def _told(steps: tuple[Answered, ...]) -> Told:
    one = steps[-1]
    path = "".join(f"{step.name}{INTO.get(step.holds, '.')}" for step in steps[:-1]) + one.name
    left_out = any(shape_of(step.owner).get(step.name) == LEFT_OUT for step in steps)
    field = one.field if one.says is None else one.says
    names = one.names if len(steps) == 1 else frozenset[str]()
    return Told(path, _shape_name(one), one.name, kind_of(one), field, _source(one), left_out, _is_nullable(one), names)


# How a path goes on into what is nested.
INTO = {Holds.ROWS: "[].", Holds.BY_KEY: ".*."}


def _shape_name(one: Answered) -> str:
    return str(one.owner.__name__.removesuffix("Serializer"))


def _is_nullable(one: Answered) -> bool:
    says_none = "None" in str(one.hint) if one.is_worked_out else False
    return bool(
        one.field.allow_null
        or getattr(one.says, "allow_null", False)
        or getattr(_column(one), "null", False)
        or says_none
    )


def _source(one: Answered) -> str:
    column = None if one.is_worked_out else _column(one)
    return WORKED_OUT if column is None else f"{column.model._meta.db_table}.{column.column}"


def _column(one: Answered) -> Any:
    """The column of a table in which the value stands; None where it stands in none."""
    column = one.column
    return column if getattr(column, "concrete", False) and not column.many_to_many else None
