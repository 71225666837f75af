"""Values of JSON as Python has them, for a file of typed columns."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from careplans.api.lists import kinds


def all_typed(kind: str, values: Sequence[Any]) -> list[Any]:
    """Values of JSON as Python has them: days, moments and decimals, which repeat and are read once. What is empty is None."""
    convert = _TYPED.get(kind)
    if convert is None:
        return [None if value == "" else value for value in values]
    known = {value: None if value is None or value == "" else convert(value) for value in set(values)}
    return list(map(known.__getitem__, values))


_TYPED: dict[str, Callable[[Any], Any]] = {
    kinds.DAY: date.fromisoformat,
    kinds.MOMENT: datetime.fromisoformat,
    kinds.DECIMAL: lambda value: Decimal(str(value)),
}
