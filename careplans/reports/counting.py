"""The figures of one question, in one statement: the unit is worked out once, and rows, total and spans are counted from that.

The unit of a report joins whole tables as they were known at a moment; counting its rows is quick beside that. So it stands in
front as a query of its own, with the columns alone that are counted, and everything else reads it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from careplans.models.report_summaries import COUNTED
from careplans.readers.known import ask
from careplans.reports.asked import NONE, Asked, whole_of
from careplans.reports.declared import Dimension, Kind, Measure, Report
from careplans.reports.figures import Share, Span

Cells = dict[str, Any]
Key = tuple[Any, ...]
# How often which value was measured: as many as there are different values, however many rows.
Times = list[tuple[int, int]]
COLUMN = re.compile(r"\bu\.(\w+)")
LONG = timedelta(days=3 * 365)
# What a line of the statement tells: the rows told apart, or all of them together.
ROWS, TOTAL = "rows", "total"
# How many the rows of a unit are, of which none was counted yet.
ONE_EACH = "COUNT(*)"


@dataclass(frozen=True)
class Row:
    """`at` are the values of the dimensions, `figures` a count, a Share or a Span for each measure, by their names."""

    at: Mapping[str, Any]
    figures: Mapping[str, Any]


def figures_of(asked: Asked, *, with_total: bool = True) -> tuple[list[Row], Row]:
    """One row for each combination of values that there is, in their order; and all rows of the unit together.

    The total is counted by itself: what is told under several values, such as a plan with steps of two phases, counts once in it.
    """
    dimensions = [asked.report.dimension(name) for name in asked.by]
    scopes = (ROWS, TOTAL) if dimensions and with_total else (ROWS,)
    asked, is_counted_already = _counted_already(asked)
    asked_for, params = where(asked, [])
    sql = _statement(asked.report, dimensions, scopes, asked_for, "SUM(u.times)" if is_counted_already else ONE_EACH)
    found = _Found(asked, dimensions)
    for line in ask(sql, asked.known, params, then=asked.then):
        found.take(line)
    rows = sorted(found.rows(ROWS), key=lambda row: [_place(one, row.at[one.name]) for one in dimensions])
    total = found.rows(TOTAL) if TOTAL in scopes else rows
    return rows, total[0] if total else Row({}, {})


class _Found:
    """The lines of the statement, put together to rows."""

    def __init__(self, asked: Asked, dimensions: Sequence[Dimension]) -> None:
        self.report, self.names = asked.report, [one.name for one in dimensions]
        self.counts: dict[tuple[str, Key], Cells] = {}
        self.spans: dict[tuple[str, Key], dict[str, Times]] = {}

    def take(self, line: Cells) -> None:
        place = line["scope"], tuple(line[f"by_{name}"] for name in self.names)
        if line["measure"] is None:
            counts = {name: int(value) for name, value in line.items() if name.startswith("n_") and value is not None}
            self.counts[place] = self.counts.get(place, {}) | counts
        else:
            measured = self.spans.setdefault(place, {}).setdefault(line["measure"], [])
            measured.append((int(line["value"]), int(line["times"])))

    def rows(self, scope: str) -> list[Row]:
        names = self.names if scope == ROWS else ()
        return [
            Row(
                dict(zip(names, key[: len(names)], strict=True)), self._figures(cells, self.spans.get((scope, key), {}))
            )
            for (told, key), cells in self.counts.items()
            if told == scope
        ]

    def _figures(self, cells: Cells, spans: Mapping[str, Times]) -> Cells:
        figures: Cells = {}
        for one in self.report.measures:
            if one.kind is Kind.SPAN:
                figures[one.name] = Span.of(spans.get(one.name, ()))
            elif one.kind is Kind.SHARE:
                figures[one.name] = Share(cells.get(f"n_{one.name}", 0), cells.get(f"n_{one.name}_among", 0))
            else:
                figures[one.name] = cells.get(f"n_{one.name}", 0)
        return figures


def _place(dimension: Dimension, value: Any) -> tuple[int, Any]:
    """Codes in their order, everything else in its own, and what is not recorded last."""
    if value is None:
        return 1, 0
    if dimension.codes is not None:
        return 0, list(dimension.codes).index(value) if value in dimension.codes else len(dimension.codes)
    return 0, value


def _counted_already(asked: Asked) -> tuple[Asked, bool]:
    """The same asked of rows that were counted beforehand, where the period holds all of their days and none is told apart."""
    report, summary = asked.report, asked.summary
    table, days = (summary.tables.get(report.name), summary.days.get(report.name)) if summary else (None, None)
    if not table or days is None or report.unit != whole_of(table) or asked.since is None or asked.until is None:
        return asked, False
    names = {report.dimension(name).column for name in (*asked.by, *asked.wanted)}
    if not asked.since <= days[0] <= days[1] <= asked.until or not names <= set(counted_columns(report)):
        return asked, False
    return replace(asked, report=replace(report, unit=whole_of(table + COUNTED), period="")), True


def _statement(
    report: Report, dimensions: Sequence[Dimension], scopes: Iterable[str], asked_for: str, times: str
) -> str:
    """Rows that say the same are told as one, with how many they are: what adds up is then counted from few. Only what counts
    different plans or cases wants each row. `times`: how many the rows of the unit are."""
    apart = [one for one in report.measures if one.of]
    keys = {one.column for one in dimensions}
    alike = sorted(keys | set(_columns(one for one in report.measures if not one.of)))
    source, head = f"({report.unit}) u WHERE {asked_for}", ""
    if apart:
        told = ", ".join(f"u.{name}" for name in sorted({*keys, *_columns(report.measures)}))
        told += ", u.times" if times != ONE_EACH else ""
        source, head = "counted u", f"counted AS MATERIALIZED (SELECT {told} FROM {source}), "  # noqa: S608  # declared
    named = [f"u.{name}" for name in alike]
    head += f"alike AS MATERIALIZED (SELECT {', '.join([*named, f'{times} AS times'])} FROM {source}{_groups(named)})"  # noqa: S608
    parts = [part for scope in scopes for part in _parts(scope, dimensions, report.measures)]
    return f"SELECT * FROM (WITH {head} {' UNION ALL '.join(parts)}) s"  # noqa: S608


def shown_of(report: Report) -> list[str]:
    """The columns of a row behind a figure, each once."""
    columns = ["id", "board_id", "case_id", "plan_id", "day", *report.shown]
    return list(dict.fromkeys([*columns, *(one.column for one in report.dimensions)]))


def counted_columns(report: Report) -> list[str]:
    """Of the unit, what its rows are kept counted by: all that they can be asked by but their day."""
    columns = {"board_id", *(one.column for one in report.dimensions), *_columns(report.measures)}
    return sorted(columns - {"day", "month"})


def columns_of(report: Report) -> list[str]:
    """All that anybody can ask of the unit."""
    if report.lasting is not None:
        return list(report.lasting.columns)
    return list(dict.fromkeys([*shown_of(report), *_columns(report.measures)]))


def _columns(measures: Iterable[Measure]) -> Iterator[str]:
    """Of the unit, what the measures name."""
    for one in measures:
        for part in (one.where, one.of, one.among, one.span):
            yield from COLUMN.findall(part)


def _parts(scope: str, dimensions: Sequence[Dimension], measures: Sequence[Measure]) -> Iterator[str]:
    """A line for each combination; of each column by which different rows are counted another; and for each span one for each of
    its values. All have the same columns."""
    keys = [f"u.{one.column}" for one in dimensions] if scope == ROWS else []
    told = [f"u.{one.column} AS by_{one.name}" if keys else f"NULL AS by_{one.name}" for one in dimensions]
    conditions = {one.name: dict(_conditions(one)) for one in measures}
    names = [name for each in conditions.values() for name in each]

    def line(figures: Mapping[str, str], span: str, source: str) -> str:
        columns = [f"{figures.get(name, 'CAST(NULL AS bigint)')} AS {name}" for name in names]
        return f"SELECT '{scope}' AS scope, {', '.join([*told, *columns, span])} FROM {source}"  # noqa: S608

    none = "CAST(NULL AS text) AS measure, CAST(NULL AS bigint) AS value, COUNT(*) AS times"
    plain = {name: where for one in measures if not one.of for name, where in conditions[one.name].items()}
    yield line({name: _sum(where) for name, where in plain.items()}, none, f"alike u{_groups(keys)}")
    for of in sorted({one.of for one in measures if one.of}):
        flags = {name: where for one in measures if one.of == of for name, where in conditions[one.name].items()}
        sums = {name: f"COALESCE(SUM(u.{name}), 0)" for name in flags}
        yield line(sums, none, f"({_each(of, keys, flags)}) u{_groups(keys)}")
    for one in measures:
        if one.kind is Kind.SPAN:
            span = f"'{one.name}' AS measure, {one.span} AS value, SUM(u.times) AS times"
            yield line({}, span, f"alike u WHERE {is_counted(one)}{_groups([*keys, one.span])}")


def _each(of: str, keys: Sequence[str], flags: Mapping[str, str]) -> str:
    """A row for each different `of`, with 1 for each condition that a row of it meets: quicker than to sort them all for each."""
    told = [*keys, *(f"MAX(CASE WHEN {where} THEN 1 ELSE 0 END) AS {name}" for name, where in flags.items())]
    return f"SELECT {', '.join(told)} FROM counted u WHERE {of} IS NOT NULL{_groups([*keys, of])}"  # noqa: S608


def _groups(keys: Sequence[str]) -> str:
    return f" GROUP BY {', '.join(keys)}" if keys else ""


def _conditions(measure: Measure) -> Iterator[tuple[str, str]]:
    """What is counted, each with the name that it has in the answer of the database."""
    if measure.kind is Kind.COUNT:
        yield f"n_{measure.name}", measure.where
    if measure.kind is Kind.SHARE:
        yield f"n_{measure.name}", f"({measure.among}) AND ({measure.where})"
        yield f"n_{measure.name}_among", measure.among


def _sum(where: str) -> str:
    return f"COALESCE(SUM({'u.times' if where == '1 = 1' else f'CASE WHEN {where} THEN u.times ELSE 0 END'}), 0)"


def is_counted(measure: Measure) -> str:
    """SQL for the rows that it counts, or of which it measures something."""
    known = f" AND ({measure.span}) IS NOT NULL" if measure.span else ""
    return f"({measure.where}){known}"


def _in_period(asked: Asked) -> str:
    """Of what was worked out beforehand an index finds the days. Of what is worked out now PostgreSQL takes any period for few
    rows, and joins all the others to them one way round, which takes twice as long where it holds most: of a long one it is told
    what makes it expect nearly all."""
    is_in = "u.day BETWEEN %(since)s AND %(until)s"
    is_long = asked.since is not None and asked.until is not None and asked.until - asked.since > LONG
    return f"CASE WHEN {is_in} THEN 1 ELSE 0 END <> 0" if is_long and not asked.summary else is_in


def where(asked: Asked, conditions: Sequence[str]) -> tuple[str, Cells]:
    """SQL for the rows of the unit that are asked for, and what it is given."""
    params: Cells = {"day": asked.day, "moment": asked.moment, "written": min(asked.moment, asked.known_by)}
    parts = [*conditions]
    names = [f"board_{number}" for number in range(len(asked.boards))]
    params |= dict(zip(names, asked.boards, strict=True))
    parts.append(f"u.board_id IN ({', '.join(f'%({name})s' for name in names)})" if names else "1 = 0")
    if asked.report.period:
        parts.append(_in_period(asked))
        params |= {"since": asked.since, "until": asked.until}
    for name, value in asked.wanted.items():
        column = f"u.{asked.report.dimension(name).column}"
        if value == NONE:
            parts.append(f"{column} IS NULL")
        else:
            parts.append(f"CAST({column} AS text) = %(wanted_{name})s")
            params[f"wanted_{name}"] = value
    return " AND ".join(parts), params
