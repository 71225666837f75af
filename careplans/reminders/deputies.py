"""While somebody is away, their reminders go to a deputy too, and their e-mails to nobody else.

Looked at when a reminder is settled, so that it holds for what was written before the absence was known. A reminder to
a deputy is not passed on again, so that two people who stand in for each other make no loop.
"""

from accounts.models import Absence, Board, Membership, User
from accounts.models.boards import ACTING
from careplans.models import Reminder
from careplans.reminders.escalation import away_of, coordinators, leads
from careplans.reminders.schedule import tell_others
from common.writing import transactional

AWAY = "away; told in the app, and somebody else instead"


def is_covered(reminder: Reminder) -> bool:
    """Whether the recipient is away and somebody else can be told. If nobody can, their e-mail goes out as ever."""
    absence = _absence(reminder)
    return absence is not None and reminder.board is not None and bool(_cover(absence, reminder.board))


@transactional
def tell_instead(reminder: Reminder) -> int:
    """Write the reminder to who stands in, once, whichever of its channels is settled first. Returns to how many."""
    absence = _absence(reminder)
    if absence is None or reminder.board is None:
        return 0
    # Held, so that the other channel waits and then finds what is written here.
    Reminder.objects.select_for_update().get(pk=reminder.pk)
    if Reminder.objects.filter(instead_of=reminder).exists():
        return 0
    people = _cover(absence, reminder.board)
    why = f"for {absence.person.name}, who is away until {absence.last_day:%-d %b %Y}"
    tell_others(reminder, people, reminder.kind, why, instead_of=reminder)
    return len(people)


def _absence(reminder: Reminder) -> Absence | None:
    if reminder.board is None or reminder.instead_of_id is not None:
        return None
    rows = Absence.objects.on(reminder.board.today).select_related("person", "deputy")
    return rows.filter(person=reminder.recipient_id).first()


def _cover(absence: Absence, board: Board) -> list[int]:
    """The deputy; if they have left or are away too, the coordinators who are there, or the chairs who are."""
    if _is_there(absence.deputy, board):
        return [absence.deputy_id]
    leading = [user for user in leads(board) if user != absence.person_id]
    away = set(away_of(leading, board.today))
    there = [user for user in leading if user not in away]
    return [user for user in coordinators(board) if user in there] or there


def _is_there(person: User, board: Board) -> bool:
    acts = Membership.objects.filter(user=person, board=board, ended_at=None, role__in=ACTING, user__is_active=True)
    return acts.exists() and not away_of([person.pk], board.today)
