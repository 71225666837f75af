"""The fields of a report as a table: what its columns are made of, and what the data dictionary tells. From its declaration
alone, so that the same report has the same columns on every day.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from careplans.api.lists.kinds import CODE, DAY, DECIMAL, ID, INTEGER, TEXT, VALUES, YES_NO
from careplans.reports.declared import Dimension, Kind, Measure
from careplans.reports.scorecard.told import PARTS
from careplans.reports.tables.contents import Part, Reported
from careplans.reports.told import SHARE, SPAN, figure_columns, unit_columns
from careplans.reports.unit_columns import COLUMNS, Holds

PART_WORDS = {
    "count": "How many; of a share its numerator, of a span how many were measured.", "among": "Denominator of the share.",
    "share": "The share; empty where there is nothing to have a share of.", "low": "Lower end of its 95 % interval (Wilson).",
    "high": "Upper end of its 95 % interval (Wilson).", "least": "The least that was measured.",
    "lower_quartile": "A quarter lies below.", "median": "Half lie below.", "upper_quartile": "Three quarters lie below.",
    "most": "The most that was measured.",
}  # fmt: skip
# In the total, which is always there: a row of its own would be counted as one.
LEFT_OUT = "rows_left_out"
LEFT_OUT_SAYS = (
    "Of the total alone: whether rows are left out of which nothing may be shown, since they would tell of few."
)
WHOLE = ("count", "among", "least", "most")


@dataclass(frozen=True)
class Field:
    """`path` as in a row of JSON; `column` in a table, where it has one."""

    path: str
    column: str
    kind: str
    says: str
    unit: str = ""
    codes: tuple[tuple[str, str], ...] = ()
    """Each with its label."""
    nullable: bool = False
    is_figure: bool = False
    """A measure, which is null as a whole where it is not shown."""
    dimension: str = ""
    """Of a dimension: its name, by which a table has it or not."""


def fields_of(source: Reported) -> list[Field]:
    ways: dict[Part, Callable[[Reported], Iterator[Field]]] = {
        Part.FIGURES: _of_figures, Part.ROWS: _of_rows, Part.SCORECARD: _of_scorecard,
    }  # fmt: skip
    return list(ways[source.part](source))


def columns_of(source: Reported, by: Sequence[str]) -> list[Field]:
    """Those that a table has which is told by these dimensions."""
    return [one for one in fields_of(source) if one.column and (not one.dimension or one.dimension in by)]


def _of_figures(source: Reported) -> Iterator[Field]:
    yield Field("total", "total", YES_NO, "Whether these are the figures of all rows together.")
    for one in source.report.dimensions:
        yield _dimension(one, one.name, dimension=one.name)
    for measure in source.report.measures:
        yield from _measured(measure)
    yield Field(LEFT_OUT, LEFT_OUT, YES_NO, LEFT_OUT_SAYS, nullable=True)


def _dimension(one: Dimension, path: str, dimension: str = "") -> Field:
    kind = CODE if one.codes is not None else ID if one.noun else TEXT
    return Field(
        path, one.name, kind, one.says, codes=tuple((one.codes or {}).items()), nullable=True, dimension=dimension
    )


def _measured(measure: Measure) -> Iterator[Field]:
    hidden = "null where it tells of too few to be shown"
    if measure.kind is Kind.COUNT:
        yield Field(
            measure.name,
            measure.name,
            INTEGER,
            f"{measure.says} It is {hidden}.",
            unit="count",
            nullable=True,
            is_figure=True,
        )
        return
    yield Field(measure.name, "", VALUES, f"{measure.says} It is {hidden}.", nullable=True)
    parts = SHARE if measure.kind is Kind.SHARE else SPAN
    for part, column in zip(parts, figure_columns(measure), strict=True):
        yield Field(
            f"{measure.name}.{part}", column, INTEGER if part in WHOLE else DECIMAL, f"{measure.label}. {PART_WORDS[part]}",
            unit=_unit(part, measure.unit), nullable=True, is_figure=True,
        )  # fmt: skip


def _unit(part: str, unit: str) -> str:
    if part in ("count", "among"):
        return "count"
    return "share, 0 to 1" if part in ("share", "low", "high") else unit


def _of_rows(source: Reported) -> Iterator[Field]:
    report = source.report
    yield Field("case", "case", ID, "Id of the case.", nullable=True)
    yield Field("plan", "plan", ID, "Id of the plan.", nullable=True)
    about = f"The day by which the period is chosen: {report.period}." if report.period else "The day of the row."
    yield Field("day", "day", DAY, about, nullable=True)
    yield Field("cells", "", VALUES, "What is told of the row beside these.")
    dimensions = {one.name: one for one in report.dimensions}
    for name, column in unit_columns(report).items():
        if name in dimensions:
            yield _dimension(dimensions[name], f"cells.{name}")
        else:
            yield _further(name, column)


def _further(name: str, column: str) -> Field:
    one = COLUMNS[column]
    words = one.says or f"{name.removesuffix('_id').replace('_', ' ').capitalize()} of the row."
    if one.holds in (Holds.ID, Holds.EVENT):
        return Field(f"cells.{name}", name, ID, f"Id. {words}", nullable=True)
    kind = {Holds.DAY: DAY, Holds.WORD: TEXT}.get(one.holds, INTEGER)
    return Field(f"cells.{name}", name, kind, words, unit=one.unit, nullable=True)


def _of_scorecard(source: Reported) -> Iterator[Field]:
    for name, words in {
        "indicator": "Name of the indicator.", "group": "Under which heading it stands.", "title": "As on its page.",
        "kind": "A count, a share or a span.", "unit": "Of a span.", "report": "The report that counts it.",
        "measure": "Its measure there; also of what is shown beside the indicator.",
        "period": "The period that was asked for (now), or as long before it (before).",
    }.items():  # fmt: skip
        yield Field(name, name, TEXT, words)
    yield Field("since", "since", DAY, "First day of that period.")
    yield Field("until", "until", DAY, "Last day of that period, included.")
    yield Field("board", "board", ID, "Where figures are told apart by board.", nullable=True)
    yield Field("month", "month", TEXT, "Where figures are told apart by month.", nullable=True)
    yield Field("quarter", "quarter", TEXT, "Where figures are told apart by quarter.", nullable=True)
    yield Field("suppressed", "suppressed", YES_NO, "Whether the figure tells of too few to be shown.")
    for part in PARTS:
        kind = INTEGER if part in WHOLE else DECIMAL
        yield Field(part, part, kind, PART_WORDS[part], unit=_unit(part, "as unit says"), nullable=True)
