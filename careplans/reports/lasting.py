"""Rows that last from one day to another, and how they are counted in a period.

What stood on the last day of a period counts there, however long before it began; what was over by then counts in one period, by
the day that its report names. So nothing that stands longer than a period drops out of it, and a period of the past says what
stood at its own end. Several periods are asked side by side in one query: each is a slot, and a row may stand in more than one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from string import Template
from typing import Any

from careplans.reports.declared import Lasting, Report


@dataclass(frozen=True)
class Slot:
    """A period by its name. Both days are in it."""

    name: str
    since: date
    until: date


def over(report: Report, slots: Sequence[Slot], day: date) -> Report:
    """The report with the rows of these periods, as they stood at the end of each, or on `day` where that is earlier. A column
    `slot` tells which. A period that begins after `day` has none. Of a report whose rows do not last: as it is."""
    if report.lasting is None or not slots:
        return report
    parts = " UNION ALL ".join(_part(report.lasting, one, min(one.until, day)) for one in slots)
    return replace(report, unit=f"WITH lasting AS ({report.unit}) {parts}", lasting=None)


def _part(lasting: Lasting, slot: Slot, end: date) -> str:
    worked_out: Mapping[str, Any] = {name: f"{sql} AS {name}" for name, sql in lasting.worked_out.items()}
    columns = [f"r.{name}" for name in lasting.columns if name not in worked_out]
    told = ", ".join([*columns, *worked_out.values(), f"'{slot.name}' AS slot"])
    where = f"({lasting.where})" if slot.since <= end else "1 = 0"
    text = f"SELECT {told} FROM lasting r WHERE {where}"  # noqa: S608  # declared, not typed
    return Template(text).substitute(
        since=f"'{slot.since.isoformat()}'", until=f"'{slot.until.isoformat()}'", end=f"'{end.isoformat()}'"
    )  # fmt: skip
