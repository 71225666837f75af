"""Once a month each board's coordinators are told which cases in care have nothing ahead: in the app by name, by e-mail without.
A board that has neither coordinators nor chairs tells whoever acts on it.

A tick writes what is missing. A reminder stands once for each board, person and month, whoever ticks and how often.
"""

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Board
from careplans.models import OutboxMessage, Reminder
from careplans.readers.nothing_ahead import nothing_ahead
from careplans.reminders.escalation import answering, leads
from careplans.reminders.working_days import Hour
from common.going_on import each
from common.writing import transactional

# So many are named; the list has them all.
NAMED = 3


def tell_nothing_ahead() -> int:
    """Returns how many were told. A board with nothing on its list is asked again at the next tick of the month."""
    return each(_tell, Board.objects.filter(is_active=True).order_by("pk"), "nothing ahead not told")


@transactional
def _tell(board: Board) -> int:
    hour, month = Hour.of(board), board.today.replace(day=1)
    told = Reminder.objects.filter(board=board, kind=Reminder.Kind.AHEAD, local_day=month)
    missing = sorted(set(answering(board)) - set(told.values_list("recipient", flat=True)))
    if not missing or not nothing_ahead([board]).exists():
        return 0
    due_at = hour.on(hour.working_day(hour.today))
    return sum(
        _write(board, user, local_day=month, local_time=hour.at, zone=hour.zone, due_at=due_at) for user in missing
    )


def tell_also(reminder: Reminder, people: Iterable[int], why: str, *, instead_of: Reminder | None = None) -> None:
    """The notice of that month to others of the board, at once. Whoever has it already is not told twice."""
    when = {"local_day": reminder.local_day, "local_time": reminder.local_time, "zone": reminder.zone}
    for user in people:
        if reminder.board is not None:
            _write(reminder.board, user, due_at=timezone.now(), why=why, instead_of=instead_of, **when)


def _write(board: Board, user: int, **values: Any) -> int:
    try:
        with transaction.atomic():
            row = Reminder.objects.create(board=board, recipient_id=user, kind=Reminder.Kind.AHEAD, **values)
    except IntegrityError:
        # Somebody else was first.
        return 0
    for channel in OutboxMessage.Channel.values:
        OutboxMessage.objects.create(
            reminder=row, channel=channel, recipient_id=user, due_at=row.due_at,
            dedupe_key=f"{row.pk}.{row.generation}.{channel}.{user}",
        )  # fmt: skip
    return 1


def is_still_so(reminder: Reminder) -> bool:
    """Whether any case of the board is on the list when it goes out."""
    return reminder.board is not None and nothing_ahead([reminder.board]).exists()


def is_still_theirs(reminder: Reminder) -> bool:
    """Whether the recipient still leads the board, or acts on one that nobody leads. Who was told instead only has to act."""
    if reminder.board is None:
        return False
    return reminder.instead_of_id is not None or reminder.recipient_id in (
        leads(reminder.board) or answering(reminder.board)
    )


def words_of(reminder: Reminder) -> str:
    """One line for the app, with the first names."""
    if reminder.board is None:
        return "Cases in care have nothing ahead."
    found = [str(case.patient) for case in nothing_ahead([reminder.board])[: NAMED + 1]]
    names = "; ".join(found[:NAMED]) + (" and others" if len(found) > NAMED else "")
    told = f" Told {reminder.why}." if reminder.why else ""
    return f"{reminder.board.name}: in care with nothing ahead: {names}. Give each a next date or a reason.{told}"
