"""What an indicator is, and its figure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from careplans.reports.declared import Kind, Measure, Report
from careplans.reports.scorecard.snapshot import Lacking


class Group(StrEnum):
    REACHING = "Reaching the board"
    KNOWN = "Known at the decision"
    DECIDING = "Deciding and signing"
    CHANGES = "Changes under a plan"
    FOLLOW_UP = "Follow-up"
    OUTCOME = "Outcome"


class Better(StrEnum):
    """Which way is better; a figure that is only told has neither."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


# Two shares or medians are held against each other where each is of at least so many: the house's own bound. Of two patients one
# more or less is 50 points.
LEAST_COMPARED = 10
# What stands as source where the house chose the definition itself.
HOUSE = "Set by the house."


@dataclass(frozen=True)
class Indicator:
    """One line of the scorecard: a measure of a report, and what a reader has to know of it.

    `source` names where the definition comes from and how far that could be read; `after` it where the house had to choose.
    """

    name: str
    """As in its address: lower case, with hyphens."""
    group: Group
    title: str
    says: str
    numerator: str
    denominator: str
    """Of a share; of a span what was measured, and empty of a count."""
    exclusions: str
    source: str
    report: Report
    measure_name: str
    better: Better = Better.NEITHER
    detail: tuple[str, ...] = ()
    """Further measures of the same report that belong beside it."""
    left_out: tuple[str, ...] = ()
    """Measures of the same report that count what is left out, each under why."""
    lacks: Lacking | None = None
    """What a row that is not counted lacks, where it is told of each."""

    @property
    def measure(self) -> Measure:
        return self.report.measure(self.measure_name)

    @property
    def kind(self) -> Kind:
        return self.measure.kind


@dataclass(frozen=True)
class Figure:
    """A count, a Share or a Span, or `figures.HIDDEN`. `before`: of the period before, None where there is no such thing."""

    indicator: Indicator
    now: Any
    before: Any = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    """By the name of the measure."""
    left_out: Mapping[str, Any] = field(default_factory=dict)
    """By the name of the measure: how many, each for one reason."""
    apart: list[tuple[Any, Any]] = field(default_factory=list)
    """Each value of the dimension that it is told by, with its figure."""
