"""Asks what a report declares: figures by its dimensions, and the rows behind a figure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts import audit
from accounts.models import User
from careplans.readers.known import ask
from careplans.reports.asked import NONE, Asked
from careplans.reports.declared import Dimension, Kind, Measure
from careplans.reports.figures import Share, Span

Cells = dict[str, Any]
PAGE = 100


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
    """The figures; that they were read is on the audit trail, with what was asked. A query for rows and total, and one more of
    each where the report measures spans."""
    _note(asked, by, "reports.read")
    return Answer(asked, _rows(asked, asked.by), _total(asked))


def counted(asked: Asked, names: Sequence[str]) -> list[Row]:
    """The rows without a note on the audit trail: for who asks several reports at once, and notes that once."""
    return _rows(asked, names)


def note_read(asked: Asked, *, by: User) -> None:
    """That figures were read, with what was asked."""
    _note(asked, by, "reports.read")


def rows_behind(asked: Asked, measure: Measure | None, *, by: User, after: int = 0, most: int = PAGE) -> list[Cells]:
    """Rows of the unit, in the order of their ids, after one of them: those that a figure counts, or all."""
    conditions = [_counted(measure)] if measure else []
    if measure and measure.kind is Kind.SHARE:
        conditions = [f"({measure.among})"]
    columns = ["id", "board_id", "case_id", "plan_id", "day", *asked.report.shown]
    columns += [one.column for one in asked.report.dimensions if one.column not in columns]
    where, params = _where(asked, [*conditions, "u.id > %(after)s"])
    sql = (
        f"SELECT {', '.join(f'u.{name}' for name in columns)} FROM ({asked.report.unit}) u "  # noqa: S608  # declared, not typed
        f"WHERE {where} ORDER BY u.id LIMIT %(most)s"
    )
    rows = ask(sql, asked.known, params | {"after": after, "most": most}, then=asked.then, days=("day",))
    _note(asked, by, "reports.rows_read", ids=[row["id"] for row in rows], measure=measure.name if measure else "")
    return rows


def _note(asked: Asked, by: User, action: str, **more: Any) -> None:
    told = {name: value for name, value in asked.told.items() if value}
    data = {name: value if isinstance(value, list) else str(value) for name, value in told.items()}
    board = asked.boards[0] if len(asked.boards) == 1 else None
    audit.record(
        action, by=by, subject=("report", asked.report.name), board_id=board, data=data | dict(asked.wanted) | more
    )


def _rows(asked: Asked, names: Sequence[str]) -> list[Row]:
    dimensions = [asked.report.dimension(name) for name in names]
    counted = _counts(asked, dimensions)
    spans = {one.name: _spans(asked, dimensions, one) for one in asked.report.measures if one.kind is Kind.SPAN}
    rows = []
    for key, cells in counted.items():
        figures: Cells = {}
        for one in asked.report.measures:
            if one.kind is Kind.SPAN:
                figures[one.name] = Span.of(spans[one.name].get(key, ()))
            elif one.kind is Kind.SHARE:
                figures[one.name] = Share(cells[one.name], cells[f"{one.name}_among"])
            else:
                figures[one.name] = cells[one.name]
        rows.append(Row(dict(zip(names, key, strict=True)), figures))
    return sorted(rows, key=lambda row: [_place(one, row.at[one.name]) for one in dimensions])


def _total(asked: Asked) -> Row:
    """Asked by itself: what is told under several values, such as a plan with steps of two phases, counts once in it."""
    return _rows(asked, ())[0]


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


def _spans(
    asked: Asked, dimensions: Sequence[Dimension], measure: Measure
) -> dict[tuple[Any, ...], list[tuple[int, int]]]:
    """Of each group how often which value: as many rows as there are different values, however many were measured."""
    keys = [f"u.{one.column}" for one in dimensions]
    where, params = _where(asked, [f"({measure.where})", f"({measure.span}) IS NOT NULL"])
    told = ", ".join([*(f"{key} AS by_{one.name}" for key, one in zip(keys, dimensions, strict=True)), ""])
    groups = ", ".join([*keys, measure.span])
    sql = (
        f"SELECT {told}{measure.span} AS value, COUNT(*) AS times FROM ({asked.report.unit}) u "  # noqa: S608
        f"WHERE {where} GROUP BY {groups}"
    )
    found: dict[tuple[Any, ...], list[tuple[int, int]]] = {}
    for row in ask(sql, asked.known, params, then=asked.then):
        key = tuple(row[f"by_{one.name}"] for one in dimensions)
        found.setdefault(key, []).append((int(row["value"]), int(row["times"])))
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
