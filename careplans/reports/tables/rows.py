"""Answers of reports as rows of a table: figures with their total, and the NET scorecard."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from careplans.reports.answering import Answer
from careplans.reports.scorecard.figures import Scorecard
from careplans.reports.scorecard.told import parts
from careplans.reports.tables.fields import LEFT_OUT
from careplans.reports.told import told_row

# Of the scorecard.
NOW, BEFORE = "now", "before"


def figure_rows(found: Answer) -> Iterator[dict[str, Any]]:
    """As JSON answers them, and the total last, which says whether rows are left out."""
    report, by = found.asked.report, found.asked.by
    for row in found.rows if by else ():
        yield {"total": False, **told_row(report, row), LEFT_OUT: None}
    total = told_row(report, replace(found.total, at={}))
    yield {"total": True, **dict.fromkeys(by), **total, LEFT_OUT: found.has_left_out}


def scorecard_rows(found: Scorecard) -> Iterable[dict[str, Any]]:
    """Each indicator in the period and in the one before; what is shown beside it; and each told apart, where that was asked."""
    now, before = (found.since, found.until), found.before
    for figure in found.figures:
        one = figure.indicator
        head = {
            "indicator": one.name, "group": str(one.group), "title": one.title, "kind": str(one.kind), "unit": one.measure.unit,
            "report": one.report.name, "measure": one.measure_name,
        }  # fmt: skip
        nowhere = dict.fromkeys(("board", "month", "quarter"))
        yield head | _period(NOW, now) | nowhere | parts(figure.now)
        if figure.before is not None:
            yield head | _period(BEFORE, before) | nowhere | parts(figure.before)
        for name, value in figure.detail.items():
            beside = one.report.measure(name)
            yield (
                head
                | {"measure": name, "kind": str(beside.kind), "unit": beside.unit}
                | _period(NOW, now)
                | nowhere
                | parts(value)
            )
        for at, value in figure.apart:
            yield head | _period(NOW, now) | nowhere | dict(zip(found.asked.by, at, strict=True)) | parts(value)


def withheld_in(rows: Iterable[Mapping[str, Any]]) -> int:
    """How many figures of the scorecard are not shown."""
    return sum(row["suppressed"] for row in rows)


def _period(name: str, days: tuple[Any, Any]) -> dict[str, Any]:
    return {"period": name, "since": days[0], "until": days[1]}
