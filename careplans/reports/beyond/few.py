"""Which figures of a report tell of too few to be shown to somebody, and which others would tell those.

A figure is of few where it counts fewer than the smallest number, or rows of fewer patients: five cycles of one patient are one
patient. A share is so by its numerator, its denominator or what it lacks of the whole; a median by how many were measured; and so
is what one figure of a row counts beyond another. What else has to go is decided over all tables that can be asked of the same
report, period and moments: by fewer dimensions, of one board, as a filter asks them too, a figure is shown or not the same way,
and so neither a total nor a filter nor another board tells what a table leaves out.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from django.core.exceptions import ValidationError

from careplans.reports.answering import counted
from careplans.reports.asked import NONE, Asked
from careplans.reports.beyond.counted import NOTHING, Counted, Group, Names, Place
from careplans.reports.beyond.levels import Level
from careplans.reports.beyond.secrets import Size, Small
from careplans.reports.declared import Dimension, Kind, Measure, Report
from careplans.reports.dimensions import BOARD

# What the rows are, whatever is measured of them.
ALL = Measure("all_rows", "Rows", "All rows.")
MOST_DIMENSIONS = 3
MOST_PARTS = 4000
TOO_WIDE = f"Where small numbers are left out, ask by at most {MOST_DIMENSIONS} dimensions, filters counted in."
TOO_MANY = "These are too many figures to tell which are small. Ask by fewer dimensions, or for a shorter period."
Parts = dict[Group, dict[Group, int]]
"""By values of the dimensions: how many rows of which kind. Rows are of a kind that the same measures count."""
Sizes = dict[Group, dict[str, Size]]


@dataclass(frozen=True)
class Few:
    names: tuple[str, ...]
    hidden: frozenset[Place] = frozenset()

    def is_hidden(self, at: Mapping[str, Any], measure: str) -> bool:
        """`at`: by dimension its value, as a row or a filter has it."""
        names = tuple(name for name in self.names if name in at)
        return (names, tuple(as_text(at[name]) for name in names), measure) in self.hidden

    def hides_nothing(self, by: Iterable[str], at: Mapping[str, Any]) -> bool:
        """Whether a row of this table that counts nothing is left out: of one that is not there it may not be told that it is
        not."""
        names = tuple(name for name in self.names if name in {*by, *at})
        wanted = {place: as_text(at[name]) for place, name in enumerate(names) if name in at}
        return any(
            level == names and measure == NOTHING and all(group[place] == value for place, value in wanted.items())
            for level, group, measure in self.hidden
        )


def as_text(value: Any) -> str:
    return NONE if value is None else str(value)


def few_of(asked: Asked, smallest: int, boards: Sequence[int] | None = None) -> Few:
    """Of all figures that this question has, by every part of its dimensions and filters. `boards`: all of which the reader can
    ask, and does not read every number; where there are several, a table by board stands beside each. None: those asked of. A
    query for each table. Raises ValidationError for a question with too many of them."""
    boards = asked.boards if boards is None else tuple(boards)
    names = set(asked.by) | set(asked.wanted)
    if smallest > 1 and len(names) > MOST_DIMENSIONS:
        raise ValidationError({"by": TOO_WIDE})
    report = _with_board(asked.report)
    if len(boards) > 1:
        names |= {BOARD.name}
    # In the order of the report: what is left out may not depend on the order in which it was asked.
    ordered = tuple(one.name for one in report.dimensions if one.name in names)
    if smallest <= 1:
        return Few(ordered)
    whole = replace(asked, report=report, boards=boards, wanted={}, by=ordered)
    parts = _parts(whole)
    levels = [level for count in range(len(ordered) + 1) for level in combinations(ordered, count)]
    return Few(ordered, _hidden(whole, smallest, parts, {level: _sizes(whole, level) for level in levels}))


def _with_board(report: Report) -> Report:
    is_there = any(one.name == BOARD.name for one in report.dimensions)
    return report if is_there else replace(report, dimensions=(BOARD, *report.dimensions))


def _hidden(asked: Asked, smallest: int, parts: Parts, sizes: Mapping[Names, Sizes]) -> frozenset[Place]:
    measures = measures_of(asked.report)
    by_rows = _by_rows(asked, parts, sizes)
    apart = _by_themselves(asked, sizes) if any(one.of for one in measures) else None
    hidden: set[Place] = set()
    for level in sizes:
        small = Small(level, sizes[level], measures, by_rows, smallest)
        hidden |= small.few()
        hidden |= Level(by_rows, level, set(hidden)).protect(small.secrets(with_doubled=False).of)
        if apart is not None:
            hidden |= Level(apart, level, set(hidden)).protect(small.secrets(with_doubled=True).of)
    empty = [place for place in hidden if place[2] == NOTHING]
    return frozenset(hidden | {(level, group, one.name) for level, group, _ in empty for one in measures})


def _by_rows(asked: Asked, parts: Parts, sizes: Mapping[Names, Sizes]) -> Counted:
    """Each number as the rows that it counts: so what counts the same rows in two ways tells both."""
    names = [name for one in measures_of(asked.report) for name, _ in numbers_of(one)]
    kinds = sorted({kind for group in parts.values() for kind in group})
    flags: dict[Hashable, frozenset[str]] = {
        kind: frozenset(name for name, flag in zip(names, kind, strict=True) if flag == "1") for kind in kinds
    }
    return _counted(asked, parts, flags, sizes)


def _by_themselves(asked: Asked, sizes: Mapping[Names, Sizes]) -> Counted:
    """Each number as itself: plans are counted apart from their rows, and what both differ by is told by both."""
    names = [name for one in measures_of(asked.report) for name, _ in numbers_of(one)]
    parts = {
        group: {name: size[0] for name, size in told.items() if size[0]} for group, told in sizes[asked.by].items()
    }
    return _counted(asked, parts, {name: frozenset((name,)) for name in names}, sizes)


def _counted(
    asked: Asked, parts: Mapping[Group, Mapping[Any, int]], flags: Mapping[Hashable, frozenset[str]],
    sizes: Mapping[Names, Sizes],
) -> Counted:  # fmt: skip
    measures = measures_of(asked.report)
    numbers = {one.name: [name for name, _ in numbers_of(one)] for one in measures}
    costs: dict[Place, tuple[int, ...]] = {}
    for level, told in sizes.items():
        for place, (group, size) in enumerate(told.items()):
            for order, one in enumerate(measures):
                value = size[numbers[one.name][0]][0]
                costs[level, group, one.name] = (value == 0, one is ALL, value, order, place)
    groups = {level: list(told) for level, told in sizes.items()}
    return Counted(asked.by, numbers, parts, flags, groups, costs)


def measures_of(report: Report) -> tuple[Measure, ...]:
    return (ALL, *report.measures)


def numbers_of(measure: Measure) -> Iterator[tuple[str, str]]:
    """What a figure tells the size of: a name, and which rows it counts."""
    if measure.kind is Kind.SHARE:
        yield f"{measure.name}__of", f"({measure.among}) AND ({measure.where})"
        yield f"{measure.name}__among", f"({measure.among})"
        yield f"{measure.name}__rest", f"({measure.among}) AND CASE WHEN {measure.where} THEN 0 ELSE 1 END = 1"
    elif measure.kind is Kind.SPAN:
        yield f"{measure.name}__of", f"({measure.where}) AND ({measure.span}) IS NOT NULL"
    else:
        yield f"{measure.name}__of", f"({measure.where})"


def _sizes(asked: Asked, level: Sequence[str]) -> Sizes:
    """Of each group and number, how many are counted, and of how many patients' cases."""
    told = [(name, where, one.of) for one in measures_of(asked.report) for name, where in numbers_of(one)]
    measures = [Measure(name, "", "", where=where, of=of) for name, where, of in told]
    measures += [Measure(f"{name}__cases", "", "", where=where, of="u.case_id") for name, where, _ in told]
    rows = counted(replace(asked, report=replace(asked.report, measures=tuple(measures))), level)
    return {
        tuple(map(as_text, row.at.values())): {
            name: (row.figures[name], row.figures[f"{name}__cases"]) for name, _, _ in told
        }
        for row in rows
    }


def _parts(asked: Asked) -> Parts:
    conditions = [where for one in measures_of(asked.report) for _, where in numbers_of(one)]
    flags = [f"flag_{number}" for number in range(len(conditions))]
    columns = ", ".join(
        f"CASE WHEN {where} THEN 1 ELSE 0 END AS {flag}" for where, flag in zip(conditions, flags, strict=True)
    )
    unit = f"SELECT u.*, {columns} FROM ({asked.report.unit}) u"  # noqa: S608  # declared, not typed
    report = replace(
        asked.report, unit=unit, measures=(ALL,),
        dimensions=(*asked.report.dimensions, *(Dimension(flag, "", flag, "") for flag in flags)),
    )  # fmt: skip
    found: Parts = {}
    rows = counted(replace(asked, report=report), (*asked.by, *flags))
    if len(rows) > MOST_PARTS:
        raise ValidationError({"by": TOO_MANY})
    for row in rows:
        values = [as_text(value) for value in row.at.values()]
        group, kind = tuple(values[: len(asked.by)]), tuple(values[len(asked.by) :])
        found.setdefault(group, {})[kind] = row.figures[ALL.name]
    return found
