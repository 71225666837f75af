"""The schedules that a board begins with. Afterwards they are the board's own, and nobody changes them but its people."""

from pathlib import Path
from typing import Any

import yaml

from accounts import audit
from accounts.models import Board, User
from accounts.permissions import require
from careplans.models import FollowUpSchedule
from careplans.services.schedules import check_lines, write_lines
from common.going_on import each
from common.writing import lock, transactional

LIBRARY = Path(__file__).with_name("schedule_library.yaml")
# What a line of the library leaves out.
LINE = {
    "title": "", "interval": None, "unit": "months", "starts_after": None, "starts_unit": "months", "ends_after": None,
    "ends_unit": "years", "window_days": 14, "source": "",
}  # fmt: skip


def read_library() -> list[dict[str, Any]]:
    """Each schedule with its lines, every field said."""
    told: list[dict[str, Any]] = yaml.safe_load(LIBRARY.read_text())["schedules"]
    return [{**one, "lines": [LINE | line for line in one.get("lines", [])]} for one in told]


@transactional
def give_library(board: Board, *, by: User | None) -> int:
    """Write the library for a board that has no schedule yet; nothing where it has one. Returns how many were written.

    Without `by` it is the program itself: when a board is new.
    """
    if by is not None:
        require(by, "board.configure", board)
    lock(Board.objects.filter(pk=board.pk))
    if FollowUpSchedule.objects.filter(board=board).exists():
        return 0
    told = read_library()
    for one in told:
        lines = one.pop("lines")
        schedule = FollowUpSchedule(board=board, **one)
        check_lines(schedule, lines)
        schedule.save(force_insert=True)
        write_lines(schedule, lines)
    audit.record("follow_up_schedules_given", by=by, subject=board, board_id=board.pk, data={"count": len(told)})
    return len(told)


def give_new_boards_the_library() -> int:
    """Every board in use that has no schedule at all. Returns how many boards; safe to run many times at once."""
    without = Board.objects.filter(is_active=True, follow_up_schedules=None).order_by("pk")
    return each(lambda board: bool(give_library(board, by=None)), without, "library not given")
