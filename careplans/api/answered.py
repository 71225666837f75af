"""What an answer says, field by field: the one reading of serializers, for whoever cuts it (free_text.py), masks it (masking.py),
lays it out as a table (lists/tables.py) or explains it (careplans/exports/dictionary.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache, cached_property
from typing import Any, get_type_hints

from django.core.exceptions import FieldDoesNotExist
from drf_spectacular.drainage import get_override
from rest_framework import serializers

LISTS = (serializers.ManyRelatedField, serializers.ListSerializer, serializers.ListField)


class Holds(Enum):
    """What is inside a field."""

    VALUE = "a value, or a list of values"
    OBJECT = "one object"
    ROWS = "a list of objects"
    BY_KEY = "objects or values by their keys"


@dataclass(frozen=True, eq=False)
class Answered:
    """A field of an answer, as its serializer declares it."""

    serializer: Any
    name: str
    field: Any

    @property
    def owner(self) -> Any:
        """The class of its serializer."""
        return type(self.serializer)

    @property
    def is_worked_out(self) -> bool:
        """A method of the serializer answers."""
        return isinstance(self.field, serializers.SerializerMethodField)

    @cached_property
    def says(self) -> Any:
        """The field as which it answers: itself, or what its method declares (`extend_schema_field`). None where the method
        declares a type alone, which is its `hint`."""
        if not self.is_worked_out:
            return self.field
        declared = get_override(self._method, "field")
        return declared() if isinstance(declared, type) else declared

    @cached_property
    def hint(self) -> Any:
        """The type that the method says that it returns; None for a field that is none."""
        return get_type_hints(self._method).get("return") if self.is_worked_out else None

    @property
    def _method(self) -> Any:
        return getattr(self.serializer, self.field.method_name)

    @cached_property
    def names(self) -> frozenset[str]:
        """By which it may be named in a list of exceptions: `StepSerializer.gate`, and by each class that this one is made of."""
        return frozenset(f"{kind.__name__}.{self.name}" for kind in self.owner.__mro__)

    @property
    def holds(self) -> Holds:
        if isinstance(self.says, serializers.DictField):
            return Holds.BY_KEY
        if isinstance(self.says, serializers.Serializer):
            return Holds.OBJECT
        return Holds.ROWS if self.inside else Holds.VALUE

    @property
    def inside(self) -> Any:
        """The class of the serializer of the object, or of each row or value, that it holds; None where there is none."""
        item = self.says.child if isinstance(self.says, serializers.DictField) else item_of(self.says)
        return type(item) if isinstance(item, serializers.Serializer) else None

    @cached_property
    def column(self) -> Any:
        """The column or relation of a table in which its value stands, through the rows that its source names; None where it
        stands in none."""
        model = getattr(getattr(self.serializer, "Meta", None), "model", None)
        *through, last = str(self.field.source).split(".")
        for name in (*through, "id" if last == "pk" else last.removesuffix("_id")):
            if model is None:
                return None
            try:
                column = model._meta.get_field(name)
            except FieldDoesNotExist:
                return None
            model = column.related_model
        return column


@cache
def answered(serializer_class: Any) -> tuple[Answered, ...]:
    """Each field of the answers of this serializer, in its order; not those that are written alone."""
    serializer = serializer_class()
    fields = serializer.fields.items()
    return tuple(Answered(serializer, name, field) for name, field in fields if not field.write_only)


def walk(serializer_class: Any) -> Iterator[tuple[Answered, ...]]:
    """Every field, what is nested behind what it is in: the fields that lead to it, and itself."""
    for one in answered(serializer_class):
        yield (one,)
        if one.inside is not None:
            yield from ((one, *rest) for rest in walk(one.inside))


def item_of(field: Any) -> Any:
    """What is in a list, or in the lists of a list; the field itself where it is none."""
    while isinstance(field, LISTS):
        field = field.child_relation if isinstance(field, serializers.ManyRelatedField) else field.child
    return field
