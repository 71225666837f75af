"""What the head of a table of figures says beside its rows: what is not shown in it, and of when it is."""

from collections.abc import Mapping
from typing import Any

from careplans.api.lists.tables import as_json

# Of figures: how many are null or `not shown`, whether rows are left out, and the smallest number.
WITHHELD = "Withheld"
# As JSON has it in its body: asked again with these, the answer is the same.
ASKED = "Asked"
MOMENTS = ("as_of", "known_by", "known_from", "since", "until")


def withheld(figures: int, *, rows: bool, smallest: int) -> dict[str, str]:
    """As a dictionary of RFC 9651: `figures=3, rows=?1, smallest=5`."""
    return {WITHHELD: f"figures={figures}, rows=?{int(rows)}, smallest={smallest}"}


def moments(told: Mapping[str, Any]) -> dict[str, str]:
    """As a dictionary of RFC 9651: `as_of="2026-03-01T08:00:00.000000Z", since="2026-02-01"`."""
    said = {name: as_json(told[name]).strip('"') for name in MOMENTS if told.get(name) is not None}
    return {ASKED: ", ".join(f'{name}="{value}"' for name, value in said.items())}
