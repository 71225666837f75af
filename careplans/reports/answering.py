"""Asks what a report declares: figures by its dimensions, and the rows behind a figure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError

from accounts import audit
from accounts.models import User
from careplans.models import Case
from careplans.readers.known import ask
from careplans.reports.asked import Asked
from careplans.reports.counting import Cells, Row, figures_of, is_counted, shown_of, where
from careplans.reports.declared import Kind, Measure, Report
from careplans.reports.figures import HIDDEN, Share, Span
from common.figures import read_key

__all__ = ["PAGE", "Answer", "Cells", "Row", "answer", "counted", "note_read", "read_place", "rows_behind"]

PAGE = 100
LEFT_OUT = (
    "Told apart like this, each row is of none or of so few that it is not shown from outside of the board. Choose a longer "
    "period, or tell it by less."
)
FEWER = (
    "From outside of the board, or within a reporting project, nothing is shown that tells of fewer than {smallest}, nor what "
    "would tell it."
)
LONGEST_ID, LONGEST_NUMBER = 60, 18
# By kind, the column of a unit that names it.
SHOWN = {"case": "case_id", "plan": "plan_id"}


@dataclass(frozen=True)
class Answer:
    """`smallest`: figures that tell of fewer are not shown to who asks. `has_left_out`: rows of which nothing may be shown are
    not there. How many nobody is told: beside the total it would say of as many as there are that each is one."""

    asked: Asked
    rows: list[Row]
    total: Row
    smallest: int = 1
    has_left_out: bool = False

    @property
    def withheld(self) -> int:
        """How many figures of the rows that are there, and of the total, are not shown."""
        return sum(figure is HIDDEN for row in (*self.rows, self.total) for figure in row.figures.values())

    @property
    def why_withheld(self) -> str:
        """A sentence; empty where nothing is. Of an answer of one row that row is the total, and is seen once."""
        count = self.withheld if self.asked.by else self.withheld // 2
        told = [f"{count} figure{' is' if count == 1 else 's are'} not shown."] if count else []
        told += ["Rows of which nothing may be shown are left out."] if self.has_left_out else []
        return " ".join([*told, FEWER.format(smallest=self.smallest)]) if told else ""

    @property
    def leaves_all_out(self) -> bool:
        """Something is counted, or it is not shown whether; each row that it is told by is of too few to be shown to who asks."""
        return not self.rows and any(map(_counts_some, self.total.figures.values()))

    @property
    def why_no_rows(self) -> str:
        return LEFT_OUT if self.leaves_all_out else "Nothing to count."


def _counts_some(figure: Any) -> bool:
    if isinstance(figure, Share):
        return figure.among > 0
    return figure is HIDDEN or (figure.count if isinstance(figure, Span) else figure) > 0


def answer(asked: Asked, *, by: User) -> Answer:
    """The figures; that they were read is on the audit trail, with what was asked. One statement."""
    _note(asked, by, "reports.read")
    rows, total = figures_of(asked)
    return Answer(asked, rows, total)


def counted(asked: Asked, names: Sequence[str]) -> list[Row]:
    """The rows without a note on the audit trail: for who asks several reports at once, and notes that once."""
    return figures_of(replace(asked, by=tuple(names)), with_total=False)[0]


def note_read(asked: Asked, *, by: User) -> None:
    """That figures were read, with what was asked."""
    _note(asked, by, "reports.read")


def count_behind(asked: Asked, measure: Measure | None) -> int:
    """How many rows of the unit a figure counts, or all. One statement, and no note on the audit trail: no row is shown."""
    asked_for, params = where(asked, _counted_by(measure))
    sql = f"SELECT COUNT(*) AS rows_found FROM ({asked.report.unit}) u WHERE {asked_for}"  # noqa: S608  # declared, not typed
    return int(ask(sql, asked.known, params, then=asked.then)[0]["rows_found"])


def _counted_by(measure: Measure | None) -> list[str]:
    if measure and measure.kind is Kind.SHARE:
        return [f"({measure.among})"]
    return [is_counted(measure)] if measure else []


def rows_behind(
    asked: Asked, measure: Measure | None, *, by: User, after: str = "", most: int = PAGE, and_next: bool = False
) -> list[Cells]:  # fmt: skip
    """Rows of the unit, in the order of their ids, after the one that `read_place` gave: those that a figure counts, or all.
    `and_next`: one more than `most`, which is not shown and only says that there are more."""
    conditions = _counted_by(measure)
    columns = shown_of(asked.report)
    place = read_place(asked.report, after)
    asked_for, params = where(asked, [*conditions, *(["u.id > %(after)s"] if after else [])])
    sql = (
        f"SELECT {', '.join(f'u.{name}' for name in columns)} FROM ({asked.report.unit}) u "  # noqa: S608  # declared, not typed
        f"WHERE {asked_for} ORDER BY u.id LIMIT %(most)s"
    )
    rows = ask(sql, asked.known, params | {"after": place, "most": most + and_next}, then=asked.then, days=("day",))
    _note_rows(asked, measure, rows[:most], by)
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


def _note_rows(asked: Asked, measure: Measure | None, rows: Sequence[Cells], by: User) -> None:
    """What was asked, with every case and plan that was shown; and of each patient an event of their own, by which whoever asks
    who read of them finds it. Two statements more."""
    shown = {kind: sorted({row[column] for row in rows} - {None}) for kind, column in SHOWN.items()}
    patients = list(
        Case.objects.filter(pk__in=shown["case"]).order_by("patient").values_list("patient", flat=True).distinct()
    )
    _note(asked, by, "reports.rows_read", ids=shown | {"patient": patients}, measure=measure.name if measure else "")
    audit.record_all(
        "reports.rows_read", by=by, subjects=[("patient", str(pk)) for pk in patients], board_id=asked.board,
        data={"report": asked.report.name},
    )  # fmt: skip


def _note(asked: Asked, by: User, action: str, **more: Any) -> None:
    # By which it is filtered stands there by itself, as the record has it.
    told = {name: value for name, value in asked.told.items() if value and name not in ("board", "filters")}
    data = {name: value if isinstance(value, list) else str(value) for name, value in told.items()}
    audit.record(
        action, by=by, subject=("report", asked.report.name), board_id=asked.board,
        data=data | dict(asked.wanted) | more,
    )  # fmt: skip
