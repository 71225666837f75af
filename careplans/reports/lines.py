"""An answer in words, as pages and the pack show it: words for codes, names for ids, and each figure with the way to its rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from accounts.models import Board, User
from accounts.permissions import can
from careplans.reports.answering import Answer, Row
from careplans.reports.asked import NONE, Asked
from careplans.reports.declared import Dimension, Kind, Measure
from careplans.reports.figures import Hidden, Share, Span, percent
from careplans.reports.told import NOT_SHOWN

NOT_RECORDED = "None"


@dataclass(frozen=True)
class Cell:
    label: str
    text: str
    more: str = ""
    """In small letters below: the interval of a share, the quartiles of a span."""
    url: str = ""
    is_nothing: bool = False
    """It counts nothing: a phone, on which each figure has a line, leaves it out."""


@dataclass(frozen=True)
class Line:
    at: list[Cell]
    figures: list[Cell]

    @property
    def name(self) -> str:
        return ", ".join(cell.text for cell in self.at) or "All"


def lines_of(answer: Answer, person: User) -> list[Line]:
    names = names_of(answer, person)
    return [_line(answer.asked, row, names) for row in answer.rows]


def total_of(answer: Answer) -> Line:
    return _line(answer.asked, answer.total, {})


def told_measures(answer: Answer) -> tuple[list[Measure], list[Measure]]:
    """Those that a table has a column for, and those that count nothing in any row, which a sentence tells."""
    rows = (*answer.rows, answer.total)
    first, *others = answer.asked.report.measures
    empty = [one for one in others if one.kind is Kind.COUNT and all(row.figures[one.name] == 0 for row in rows)]
    return [first, *(one for one in others if one not in empty)], empty


def only(line: Line, measures: Iterable[Measure], asked: Asked) -> Line:
    """The same line with the figures of these alone."""
    places = [asked.report.measures.index(one) for one in measures]
    return Line(line.at, [line.figures[place] for place in places])


Names = Mapping[str, Mapping[Any, str]]


def names_of(answer: Answer, person: User) -> Names:
    """By noun: boards, and people where the reader may know their names. Two queries at most."""
    return {
        noun: _named(noun, {row.at[one.name] for row in answer.rows if one.name in row.at}, person)
        for one in answer.asked.report.dimensions
        if (noun := one.noun) and one.name in answer.asked.by
    }


def _named(noun: str, ids: Iterable[Any], person: User) -> dict[Any, str]:
    model = {"boards": Board, "people": User}[noun]
    if noun == "people" and not can(person, "text.view"):
        return {pk: f"Person {pk}" for pk in ids}
    return dict(model._default_manager.filter(pk__in=[pk for pk in ids if pk]).values_list("pk", "name"))


def word_for(dimension: Dimension, value: Any, names: Names) -> str:
    if value is None:
        return NOT_RECORDED
    if dimension.noun:
        return names.get(dimension.noun, {}).get(value, str(value))
    return (dimension.codes or {}).get(value, str(value))


def _line(asked: Asked, row: Row, names: Names) -> Line:
    dimensions = [asked.report.dimension(name) for name in row.at]
    at = [Cell(one.label, word_for(one, row.at[one.name], names)) for one in dimensions]
    return Line(at, [_figure(asked, row, one) for one in asked.report.measures])


def _figure(asked: Asked, row: Row, measure: Measure) -> Cell:
    figure = row.figures[measure.name]
    if isinstance(figure, Hidden):
        return Cell(measure.label, NOT_SHOWN)
    if isinstance(figure, Share):
        return _share(asked, row, measure, figure)
    if isinstance(figure, Span):
        if not figure.count:
            return Cell(measure.label, "none measured", is_nothing=True)
        if figure.count == 1:
            return Cell(measure.label, f"{figure.least} {measure.unit}", "1 measured", rows_url(asked, row, measure))
        text = f"median {_number(figure.median)} {measure.unit}"
        spread = f"half within {_number(figure.lower)} to {_number(figure.upper)}, " if figure.lower is not None else ""
        more = f"{spread}{figure.count} measured"
        return Cell(measure.label, text, more, rows_url(asked, row, measure))
    url = rows_url(asked, row, measure) if figure else ""
    return Cell(measure.label, str(figure), url=url, is_nothing=not figure)


def _share(asked: Asked, row: Row, measure: Measure, figure: Share) -> Cell:
    if figure.share is None or figure.edges is None:
        return Cell(measure.label, "0 of 0", is_nothing=True)
    low, high = figure.edges
    text = f"{figure.count} of {figure.among}, {percent(figure.exact)}"
    return Cell(measure.label, text, f"95 % interval {percent(low)} to {percent(high)}", rows_url(asked, row, measure))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def rows_url(asked: Asked, row: Row, measure: Measure | None) -> str:
    """The page of the rows behind one figure, with the moments of this answer: it will lead to the same ones."""
    params = query_of(asked) | {name: NONE if value is None else str(value) for name, value in row.at.items()}
    if measure is not None:
        params["measure"] = measure.name
    return f"{reverse('careplans:report_rows', args=[asked.report.name])}?{urlencode(params)}"


def query_of(asked: Asked) -> dict[str, str]:
    """What was asked, as an address says it."""
    told = {"as_of": asked.moment, "known_by": asked.known_by, "since": asked.since, "until": asked.until}
    params = {name: value.isoformat() for name, value in told.items() if value is not None}
    if len(asked.boards) == 1:
        params["board"] = str(asked.boards[0])
    return params | dict(asked.said)


def headings(asked: Asked) -> tuple[list[str], list[Measure]]:
    return [asked.report.dimension(name).label for name in asked.by], list(asked.report.measures)
