"""Steps and follow-ups as the work lists show them: how far away their day is, and whether it has passed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from accounts.models import Board
from careplans.models import FollowUp, Step
from careplans.readers.holdings import pairs_that_act
from careplans.readers.steps.courses import what_is_due
from careplans.readers.steps.due import OVERDUE, due_of
from careplans.readers.steps.gates import NO_GATE, Gate, gate_of
from common.quick_url import path_to


@dataclass(frozen=True)
class DatedRow:
    """A step or follow-up with what its row says about its day (careplans/readers/steps/due.py)."""

    row: Step | FollowUp
    board: Board
    days: int
    state: str
    label: str
    day: date | None = None
    """The one that `days` counts to: of a step that waits, when its gate opens."""
    escalated: bool = False
    gate: Gate = NO_GATE
    """Of a step that has not begun."""
    left: bool = False
    """Whoever it is with cannot do it any more."""
    became_late: tuple[date, ...] = ()
    """The days on which it counted as late and, once it has, as escalated for the first time; empty while it is not late."""
    is_new: bool = False
    """Became so since its reader last looked (careplans/readers/work/news.py)."""

    @property
    def heading(self) -> str:
        return self.row.heading

    @property
    def about(self) -> str:
        """Of a step what its date is about: its next cycle, the end of its break."""
        return what_is_due(self.row) if isinstance(self.row, Step) else ""

    @property
    def is_late(self) -> bool:
        return self.state == OVERDUE

    @property
    def url(self) -> str:
        """The page on which it is settled."""
        name = "step_deliver" if isinstance(self.row, Step) else "followup"
        return path_to(f"careplans:{name}", self.row.pk)

    @property
    def record_url(self) -> str:
        """The piece of a page in which it is recorded where it stands."""
        return path_to(f"careplans:{self.kind}_record", self.row.pk)

    @property
    def kind(self) -> str:
        return "step" if isinstance(self.row, Step) else "followup"

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.row.pk}"


def dated(row: Step | FollowUp, board: Board) -> DatedRow:
    """No query: the row's own columns and the board at hand; of a step what it waits for. What cannot begin is not late."""
    today = board.today
    gate = gate_of(row, today) if isinstance(row, Step) else NO_GATE
    due = due_of(row, board.grace_days) if row.is_open else None
    if due is None:
        return DatedRow(row, board, 0, row.status, row.get_status_display(), row.due_on)
    days = due.days(today)
    if gate.is_closed:
        return DatedRow(row, board, days, gate.state, gate.label, due.on, gate=gate)
    escalates = due.late_from + timedelta(days=board.escalate_days)
    became = (due.late_from, escalates) if due.is_late(today) else ()
    return DatedRow(
        row, board, days, due.state(today), due.label(today), due.on, today >= escalates, gate, became_late=became
    )


def all_dated(
    rows: Iterable[Step | FollowUp], boards: dict[int, Board], there: set[tuple[int, int]] | None = None
) -> list[DatedRow]:
    """One query, for who of the people responsible is still there (board, person), where that is not known for several lists."""
    shown = list(rows)
    there = pairs_that_act(shown) if there is None else there
    return [
        replace(dated(row, boards[row.board_id]), left=row.is_open and (row.board_id, row.assignee_id) not in there)
        for row in shown
    ]
