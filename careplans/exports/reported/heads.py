"""What the head of a download says of figures in it, as where the same is asked for as a table."""

from datetime import datetime
from typing import Any

from careplans.models import Export
from careplans.reports.tables.contents import REPORTED
from careplans.reports.tables.heads import moments, withheld

DAYS = ("since", "until")


def heads(export: Export) -> dict[str, str]:
    """None of a list, whose rows are as they were read. Of what was made before it was kept, not what is not shown."""
    if export.what not in REPORTED:
        return {}
    said: dict[str, Any] = {name: values[0] for name, values in export.filters.items()}
    read = {name: datetime.fromisoformat(said[name]) for name in ("as_of", "known_by") if said.get(name)}
    told = moments(read | {name: said.get(name) for name in DAYS})
    if export.smallest is not None and export.hidden_figures is not None and export.leaves_rows_out is not None:
        told |= withheld(export.hidden_figures, rows=export.leaves_rows_out, smallest=export.smallest)
    return told
