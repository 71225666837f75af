"""Asks what a report declares: figures by its dimensions, and the rows behind a figure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError

from accounts import audit
from accounts.models import User
from careplans.readers.known import ask
from careplans.reports.asked import NONE, Asked
from careplans.reports.declared import Dimension, Kind, Measure, Report
from careplans.reports.figures import Share, Span
from common.figures import read_key

Cells = dict[str, Any]
PAGE = 100
LONGEST_ID, LONGEST_NUMBER = 60, 18


@dataclass(frozen=True)
class Row:
    """`at` are the values of the dimensions, `figures` a count, a Share or a Span for each measure, by their names."""

    at: Mapping[str, Any]
    figures: Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    asked: Asked
    rows: list[Row]
    total: Row


def answer(asked: Asked, *, by: User) -> Answer:
    """The figures; that they were read is on the audit trail, with what was asked. A statement for the rows and one for the
    total, and as many again where the report measures spans."""
    _note(asked, by, "reports.read")
    rows = _rows(asked)
    return Answer(asked, rows, _total(asked, rows))


def counted(asked: Asked, names: Sequence[str]) -> list[Row]:
    """The rows without a note on the audit trail: for who asks several reports at once, and notes that once."""
    return _rows(replace(asked, by=tuple(names)))


def note_read(asked: Asked, *, by: User) -> None:
    """That figures were read, with what was asked."""
    _note(asked, by, "reports.read")


def rows_behind(asked: Asked, measure: Measure | None, *, by: User, after: str = "", most: int = PAGE) -> list[Cells]:
    """Rows of the unit, in the order of their ids, after the one that `read_place` gave: those that a figure counts, or all."""
    conditions = [_counted(measure)] if measure else []
    if measure and measure.kind is Kind.SHARE:
        conditions = [f"({measure.among})"]
    columns = ["id", "board_id", "case_id", "plan_id", "day", *asked.report.shown]
    columns += [one.column for one in asked.report.dimensions if one.column not in columns]
    place = read_place(asked.report, after)
    where, params = _where(asked, [*conditions, *(["u.id > %(after)s"] if after else [])])
    sql = (
        f"SELECT {', '.join(f'u.{name}' for name in columns)} FROM ({asked.report.unit}) u "  # noqa: S608  # declared, not typed
        f"WHERE {where} ORDER BY u.id LIMIT %(most)s"
    )
    rows = ask(sql, asked.known, params | {"after": place, "most": most}, then=asked.then, days=("day",))
    _note(asked, by, "reports.rows_read", ids=[row["id"] for row in rows], measure=measure.name if measure else "")
    return rows


def read_place(report: Report, text: str) -> str | int:
    """The id of a row, as the rows before ended with it. ValidationError where it is none."""
    if report.has_text_ids:
        if len(text) > LONGEST_ID or not re.fullmatch(r"[a-z0-9-]*", text):
            raise ValidationError({"after": "This is no place in the list: send it as the answer before gave it."})
        return text
    key = read_key(text, longest=LONGEST_NUMBER) if text else 0
    if key is None:
        raise ValidationError({"after": "This is no place in the list: send it as the answer before gave it."})
    return key


def _note(asked: Asked, by: User, action: str, **more: Any) -> None:
    told = {name: value for name, value in asked.told.items() if value}
    data = {name: value if isinstance(value, list) else str(value) for name, value in told.items()}
    board = asked.boards[0] if len(asked.boards) == 1 else None
    audit.record(
        action, by=by, subject=("report", asked.report.name), board_id=board, data=data | dict(asked.wanted) | more
    )


def _rows(asked: Asked) -> list[Row]:
    """One for each combination of values that there is."""
    dimensions = [asked.report.dimension(name) for name in asked.by]
    counted, spans = _counts(asked, dimensions), _spans(asked, dimensions)
    rows = [
        Row(dict(zip(asked.by, key, strict=True)), _figures(asked.report, cells, spans.get(key, {})))
        for key, cells in counted.items()
    ]
    return sorted(rows, key=lambda row: [_place(one, row.at[one.name]) for one in dimensions])


def _total(asked: Asked, rows: list[Row]) -> Row:
    """Asked by itself where rows are told apart: what is told under several values, such as a plan with steps of two phases,
    counts once in it."""
    if not asked.by:
        return rows[0]
    return _rows(replace(asked, by=()))[0]


def _figures(report: Report, cells: Cells, spans: Mapping[str, list[tuple[int, int]]]) -> Cells:
    figures: Cells = {}
    for one in report.measures:
        if one.kind is Kind.SPAN:
            figures[one.name] = Span.of(spans.get(one.name, ()))
        elif one.kind is Kind.SHARE:
            figures[one.name] = Share(cells[one.name], cells[f"{one.name}_among"])
        else:
            figures[one.name] = cells[one.name]
    return figures


def _place(dimension: Dimension, value: Any) -> tuple[int, Any]:
    """Codes in their order, everything else in its own, and what is not recorded last."""
    if value is None:
        return 1, 0
    if dimension.codes is not None:
        return 0, list(dimension.codes).index(value) if value in dimension.codes else len(dimension.codes)
    return 0, value


def _counts(asked: Asked, dimensions: Sequence[Dimension]) -> dict[tuple[Any, ...], Cells]:
    figures = [part for one in asked.report.measures for part in _count_columns(one)]
    keys = [f"u.{one.column} AS by_{one.name}" for one in dimensions]
    where, params = _where(asked, [])
    groups = f" GROUP BY {', '.join(f'u.{one.column}' for one in dimensions)}" if dimensions else ""
    sql = f"SELECT {', '.join([*keys, *figures, 'COUNT(*) AS all_rows'])} FROM ({asked.report.unit}) u WHERE {where}{groups}"  # noqa: S608
    found = {}
    for row in ask(sql, asked.known, params, then=asked.then):
        key = tuple(row[f"by_{one.name}"] for one in dimensions)
        found[key] = {name: int(value or 0) for name, value in row.items() if not name.startswith("by_")}
    return found


def _count_columns(measure: Measure) -> Iterable[str]:
    if measure.kind is Kind.COUNT:
        yield f"{_count(measure.where, measure.of)} AS {measure.name}"
    if measure.kind is Kind.SHARE:
        yield f"{_count(f'({measure.among}) AND ({measure.where})', measure.of)} AS {measure.name}"
        yield f"{_count(measure.among, measure.of)} AS {measure.name}_among"


def _count(where: str, of: str) -> str:
    if of:
        return f"COUNT(DISTINCT CASE WHEN {where} THEN {of} END)"
    return f"COALESCE(SUM(CASE WHEN {where} THEN 1 ELSE 0 END), 0)"


Times = list[tuple[int, int]]


def _spans(asked: Asked, dimensions: Sequence[Dimension]) -> dict[tuple[Any, ...], dict[str, Times]]:
    """Of each group and measure how often which value: as many rows as there are different values, however many were measured.
    One statement, which works the unit out once."""
    measures = [one for one in asked.report.measures if one.kind is Kind.SPAN]
    if not measures:
        return {}
    keys = [f"u.{one.column}" for one in dimensions]
    told = "".join(f"{key} AS by_{one.name}, " for key, one in zip(keys, dimensions, strict=True))
    where, params = _where(asked, [])
    parts = [
        f"SELECT '{one.name}' AS measure, {told}{one.span} AS value, COUNT(*) AS times FROM counted u "  # noqa: S608
        f"WHERE {_counted(one)} GROUP BY {', '.join([*keys, one.span])}"
        for one in measures
    ]
    unit = f"WITH counted AS (SELECT u.* FROM ({asked.report.unit}) u WHERE {where}) "  # noqa: S608
    found: dict[tuple[Any, ...], dict[str, Times]] = {}
    for row in ask(f"SELECT * FROM ({unit}{' UNION ALL '.join(parts)}) s", asked.known, params, then=asked.then):  # noqa: S608
        key = tuple(row[f"by_{one.name}"] for one in dimensions)
        found.setdefault(key, {}).setdefault(row["measure"], []).append((int(row["value"]), int(row["times"])))
    return found


def _counted(measure: Measure) -> str:
    known = f" AND ({measure.span}) IS NOT NULL" if measure.span else ""
    return f"({measure.where}){known}"


def _where(asked: Asked, conditions: Sequence[str]) -> tuple[str, Cells]:
    params: Cells = {"day": asked.day, "moment": asked.moment, "written": min(asked.moment, asked.known_by)}
    parts = [*conditions]
    names = [f"board_{number}" for number in range(len(asked.boards))]
    params |= dict(zip(names, asked.boards, strict=True))
    parts.append(f"u.board_id IN ({', '.join(f'%({name})s' for name in names)})" if names else "1 = 0")
    if asked.report.period:
        parts.append("u.day BETWEEN %(since)s AND %(until)s")
        params |= {"since": asked.since, "until": asked.until}
    for name, value in asked.wanted.items():
        column = f"u.{asked.report.dimension(name).column}"
        if value == NONE:
            parts.append(f"{column} IS NULL")
        else:
            parts.append(f"CAST({column} AS text) = %(wanted_{name})s")
            params[f"wanted_{name}"] = value
    return " AND ".join(parts), params
