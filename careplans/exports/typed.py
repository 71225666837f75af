"""Values of JSON as Python has them, for a file of typed columns."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from careplans.api.lists import kinds


def typed(kind: str, value: Any) -> Any:
    """A value of JSON as Python has it: days, moments and decimals. What is not of its kind becomes None, which no row has."""
    if value is None or value == "":
        return None
    convert = _TYPED.get(kind)
    return convert(value) if convert else value


_TYPED: dict[str, Callable[[Any], Any]] = {
    kinds.DAY: date.fromisoformat,
    kinds.MOMENT: datetime.fromisoformat,
    kinds.DECIMAL: lambda value: Decimal(str(value)),
}
