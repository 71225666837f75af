"""Asks every report, and the scorecard, the same: of the same boards, for the same period, as of the same moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from accounts.access import get_board
from accounts.models import User
from accounts.permissions import memberships_of
from careplans.readers.known import settled_now
from careplans.readers.known.summaries import Standing
from careplans.reports.answering import Answer
from careplans.reports.asked import ACTION, read_asked
from careplans.reports.concordance.steps import CONCORDANCE
from careplans.reports.contents import REPORTS
from careplans.reports.declared import WITHOUT_PERIOD, Report
from careplans.reports.dimensions import REASON
from careplans.reports.lines import Line, headings, lines_of, total_of
from careplans.reports.scorecard.contents import NOT_COUNTED
from careplans.reports.scorecard.declared import Group
from careplans.reports.scorecard.figures import SCORECARD, Scorecard, read_scorecard
from careplans.reports.scorecard.lines import Line as Indicated
from careplans.reports.scorecard.lines import lines_by_group
from careplans.reports.scorecard.told import told as told_scorecard
from careplans.reports.shown import answer, smallest_for
from careplans.reports.told import told

PERIOD = ("since", "until")
PARAMETERS = ("as_of", "known_by", *PERIOD, "board")
# What a report is told by besides what it is told by alone: why what was planned was not done.
BESIDES: Mapping[str, tuple[str, ...]] = {CONCORDANCE.name: (REASON.name,)}
# Of one report; whoever wants more asks that report alone.
MOST_LINES = 60


@dataclass(frozen=True)
class Part:
    answer: Answer
    lines: Sequence[Line]
    more: int
    """How many lines it has beyond those."""
    total: Line

    @property
    def cut(self) -> str:
        """That not all lines stand in the pack, on page and paper; empty where they do. As JSON all of them do."""
        count = len(self.lines)
        return (
            f"The first {count} of {count + self.more} lines. All of them stand in this report alone."
            if self.more
            else ""
        )

    @property
    def report(self) -> Report:
        return self.answer.asked.report

    @property
    def is_besides(self) -> bool:
        """Told by something else than the report is told by alone."""
        return self.answer.asked.by in [(name,) for name in BESIDES.get(self.report.name, ())]

    @property
    def name(self) -> str:
        return f"{self.report.name}-by-{'-'.join(self.answer.asked.by)}" if self.is_besides else self.report.name

    @property
    def title(self) -> str:
        words = ", ".join(self.report.dimension(name).label.lower() for name in self.answer.asked.by)
        return f"{self.report.title}, by {words}" if self.is_besides else self.report.title

    @property
    def heads(self) -> list[str]:
        dimensions, measures = headings(self.answer.asked)
        return [*dimensions, *(one.label for one in measures)]

    @property
    def width(self) -> int:
        return len(self.answer.asked.by)


@dataclass(frozen=True)
class Pack:
    of: str
    """The board, or how many."""
    moment: datetime
    known_by: datetime
    since: date
    until: date
    parts: Sequence[Part]
    board: int | None
    """The only one, where it is of one."""
    scorecard: Scorecard
    smallest: int
    """Fewer are not shown to who asks."""
    known_from: datetime | None = None
    """From when on the record is known, where it is asked about an earlier day."""
    summary: Standing | None = None
    """What was worked out beforehand and gave the figures."""

    @property
    def groups(self) -> list[tuple[Group, list[Indicated]]]:
        """The scorecard, in words."""
        return lines_by_group(self.scorecard.figures)


def make_pack(person: User, params: Mapping[str, str]) -> Pack:
    """Raises as `read_asked` does. A few queries a report, and for the scorecard as many as it takes alone."""
    parts: list[Part] = []
    now = settled_now()
    given = {name: value for name, value in params.items() if name in PARAMETERS}
    for report, by in [(one, by) for one in REPORTS for by in ("", *BESIDES.get(one.name, ()))]:
        wanted = {name: value for name, value in given.items() if report.period or name not in PERIOD}
        wanted |= {"by": by} if by else {}
        asked = read_asked(report, person, wanted, now=now)
        # What the first one took for now, and its period, are those of all of them.
        given |= {"as_of": asked.moment.isoformat(), "known_by": asked.known_by.isoformat()}
        if asked.since is not None and asked.until is not None:
            given |= {"since": asked.since.isoformat(), "until": asked.until.isoformat()}
        found = answer(asked, by=person)
        lines = lines_of(found, person)
        parts.append(Part(found, lines[:MOST_LINES], max(0, len(lines) - MOST_LINES), total_of(found)))
    first = next(part.answer.asked for part in parts if part.report.period)
    since, until = first.since or first.day, first.until or first.day
    known_from = max((one for part in parts if (one := part.answer.asked.known_from)), default=None)
    scorecard = read_scorecard(person, given, now=now)
    return Pack(
        _of(person, given), first.moment, first.known_by, since, until, parts, first.board, scorecard,
        smallest_for(person, first.boards), known_from, first.summary,
    )  # fmt: skip


def _of(person: User, given: Mapping[str, str]) -> str:
    if given.get("board"):
        return get_board(person, int(given["board"]), ACTION).name
    names = [one.board.name for one in memberships_of(person)]
    return names[0] if len(names) == 1 else f"{len(names)} boards: {', '.join(names)}"


def told_pack(pack: Pack) -> dict[str, Any]:
    """As JSON: each report as it answers alone."""
    return {
        "as_of": pack.moment, "known_by": pack.known_by, "known_from": pack.known_from, "since": pack.since,
        "until": pack.until, "board": pack.board,
        "scorecard": told_scorecard(pack.scorecard) | {"smallest": pack.smallest},
        "reports": [told(part.answer) for part in pack.parts],
    }  # fmt: skip


def sheet_of(pack: Pack, *, printed: str) -> dict[str, Any]:
    """As the typesetter takes it: words alone."""
    return {
        "title": f"Reports of {pack.of}", "of": pack.of, "printed": printed,
        "period": f"{pack.since:%-d %b %Y} to {pack.until:%-d %b %Y}",
        "as_of": _local(pack.moment), "known_by": _local(pack.known_by),
        "known_from": _local(pack.known_from) if pack.known_from else "",
        "scorecard": {
            "title": SCORECARD.title, "question": SCORECARD.question, "before": _before(pack.scorecard),
            "groups": [{"title": str(group), "lines": [_indicated(one) for one in lines]} for group, lines in pack.groups],
            "not_counted": [list(pair) for pair in NOT_COUNTED],
        },
        "parts": [_section(part) for part in pack.parts],
    }  # fmt: skip


def _local(moment: datetime) -> str:
    """As the page shows it to the same person."""
    return f"{timezone.localtime(moment):%-d %b %Y, %H:%M}"


def _before(scorecard: Scorecard) -> str:
    since, until = scorecard.before
    return f"{since:%-d %b %Y} to {until:%-d %b %Y}"


def _indicated(line: Indicated) -> dict[str, Any]:
    more = [*line.beside, *(f"{name}: {value}" for name, value in line.detail)]
    more += [f"Left out {'; '.join(line.left_out)}"] if line.left_out else []
    nothing = "None that can be counted" if line.left_out else "Nothing to count"
    return {
        "title": line.indicator.title, "says": line.indicator.says, "value": line.value or nothing, "more": more,
        "before": line.before or "–", "before_more": [*line.before_beside, *filter(None, [line.change])],
    }  # fmt: skip


def _section(part: Part) -> dict[str, Any]:
    report = part.report
    return {
        "title": part.title, "question": report.question, "heads": part.heads, "width": part.width,
        "lines": [_cells(line) for line in part.lines], "cut": part.cut,
        "nothing": part.answer.why_no_rows,
        "total": [[cell.text, cell.more] for cell in part.total.figures], "says": _says(report),
        "measures": [[one.label, one.says] for one in report.measures], "source": report.source,
    }  # fmt: skip


def _says(report: Report) -> list[str]:
    """In the pack a period is always said, and is that of all reports."""
    said = [one for one in report.says if not one.startswith(WITHOUT_PERIOD)]
    if len(said) < len(report.says):
        said.append(
            f"The period of the pack is about {report.period}: what is planned for a day before or after it is not here."
        )
    return said


def _cells(line: Line) -> list[list[str]]:
    return [[cell.text, cell.more] for cell in (*line.at, *line.figures)]
