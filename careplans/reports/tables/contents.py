"""Which answers of reports can be taken out: of each report its figures, and the rows that they count; and the NET scorecard."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from careplans.reports.asked import FIXED, parameters
from careplans.reports.contents import ALL
from careplans.reports.declared import Report
from careplans.reports.scorecard.figures import SCORECARD

FIGURES, ROWS = "report.", "rows."
MEASURE = "measure"


class Part(StrEnum):
    FIGURES = "figures"
    ROWS = "rows"
    SCORECARD = "scorecard"


@dataclass(frozen=True)
class Reported:
    name: str
    """As in `Export.what`."""
    label: str
    row: str
    """What one row is."""
    report: Report
    part: Part

    @property
    def filters(self) -> tuple[str, ...]:
        """The names of what it can be asked: those of the report."""
        if self.part is Part.SCORECARD:
            return FIXED
        return (*parameters(self.report), *((MEASURE,) if self.part is Part.ROWS else ()))


def _all() -> Iterator[Reported]:
    for one in ALL:
        yield Reported(
            f"{FIGURES}{one.name}", f"{one.title}: figures",
            "A combination of what the report is told by, with its figures, and that of all together.",
            one, Part.FIGURES,
        )  # fmt: skip
        yield Reported(
            f"{ROWS}{one.name}", f"{one.title}: rows", f"One of the {one.noun} that the report counts.", one, Part.ROWS
        )
    row = "A figure of an indicator, in the period or in that before it, of all or of a month, quarter or board."
    yield Reported(SCORECARD.name, SCORECARD.title, row, SCORECARD, Part.SCORECARD)


WAYS = {Part.FIGURES: "Figures", Part.ROWS: "Rows", Part.SCORECARD: "Figures"}


def by_report() -> list[tuple[Report, list[tuple[str, str]]]]:
    """Each report with what can be taken out of it: in a word, and its name."""
    found: dict[str, tuple[Report, list[tuple[str, str]]]] = {}
    for one in REPORTED.values():
        found.setdefault(one.report.name, (one.report, []))[1].append((WAYS[one.part], one.name))
    return list(found.values())


REPORTED: dict[str, Reported] = {one.name: one for one in _all()}
CHOICES = [(one.name, one.label) for one in REPORTED.values()]
