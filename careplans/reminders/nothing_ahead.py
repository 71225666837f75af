"""Once a month each board's coordinators are told which cases in care have nothing ahead: in the app by name, by e-mail without.

A tick writes what is missing. A reminder stands once for each board, person and month, whoever ticks and how often.
"""

from django.db import IntegrityError, transaction

from accounts.models import Board
from careplans.models import OutboxMessage, Reminder
from careplans.readers.nothing_ahead import nothing_ahead
from careplans.reminders.escalation import coordinators
from careplans.reminders.working_days import Hour
from common.writing import transactional

# So many are named; the list has them all.
NAMED = 3


def tell_nothing_ahead() -> int:
    """Returns how many were told. A board with nothing on its list is asked again at the next tick of the month."""
    return sum(_tell(board) for board in Board.objects.filter(is_active=True).order_by("pk"))


@transactional
def _tell(board: Board) -> int:
    hour, month = Hour.of(board), board.today.replace(day=1)
    told = Reminder.objects.filter(board=board, kind=Reminder.Kind.AHEAD, local_day=month)
    missing = sorted(set(coordinators(board)) - set(told.values_list("recipient", flat=True)))
    if not missing or not nothing_ahead([board]).exists():
        return 0
    return sum(_write(board, user, hour) for user in missing)


def _write(board: Board, user: int, hour: Hour) -> int:
    day = hour.working_day(hour.today)
    try:
        with transaction.atomic():
            row = Reminder.objects.create(
                board=board, recipient_id=user, kind=Reminder.Kind.AHEAD, local_day=hour.today.replace(day=1),
                local_time=hour.at, zone=hour.zone, due_at=hour.on(day),
            )  # fmt: skip
    except IntegrityError:
        # Another tick was first.
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


def words_of(reminder: Reminder) -> str:
    """One line for the app, with the first names."""
    if reminder.board is None:
        return "Cases in care have nothing ahead."
    found = [str(case.patient) for case in nothing_ahead([reminder.board])[: NAMED + 1]]
    names = "; ".join(found[:NAMED]) + (" and others" if len(found) > NAMED else "")
    return f"{reminder.board.name}: in care with nothing ahead: {names}. Give each a next date or a reason."
