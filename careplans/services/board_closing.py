"""A board out of use: it can be read and not changed, and it sends nothing.

It is refused while any case of the board is open. To close a case asks of each plan, step and follow-up what became of it, by
those who know the patient; an administrator does not know them, and nothing ends silently with the board. So nobody depends on a
board that is out of use, and it has nothing left to send.
"""

from django.core.exceptions import ValidationError

from accounts.models import Board, Membership, User
from accounts.permissions import require
from accounts.services.boards import set_in_use
from accounts.services.notices import add_notice
from careplans.guards import check_reason
from careplans.models import Case, Reminder
from careplans.reminders.escalation import leads
from careplans.reminders.schedule import cancel
from common.writing import lock, take, transactional

OUT_OF_USE = "the board is out of use"


@transactional
def close_board(board: Board, *, by: User, expected_version: int, reason: str) -> None:
    require(by, "people.manage")
    reason = check_reason(reason, what="putting the board out of use")
    _take(board, expected=expected_version)
    if not board.is_active:
        raise ValidationError(f"{board.name} is out of use already.")
    still_open = Case.objects.filter(board=board).open().count()
    if still_open:
        words = "1 case of this board is" if still_open == 1 else f"{still_open} cases of this board are"
        raise ValidationError(
            f"{words} still open. Its coordinators close each first, with what becomes of the patient; nothing ends with the "
            "board itself."
        )
    people = leads(board)
    # What a worker holds already, too: it then finds that it may not send. Before the rest, so that nothing goes out after that.
    cancel(Reminder.objects.filter(board=board), OUT_OF_USE)
    set_in_use(board, by=by, expected_version=expected_version, in_use=False, reason=reason)
    _tell(
        board,
        people,
        by=by,
        words=f"is out of use now: {reason}. It can be read and not changed, and it sends nothing.",
    )


@transactional
def reopen_board(board: Board, *, by: User, expected_version: int, reason: str = "") -> None:
    """Its cases stay closed until somebody reopens them."""
    require(by, "people.manage")
    _take(board, expected=expected_version)
    if board.is_active:
        raise ValidationError(f"{board.name} is in use already.")
    set_in_use(board, by=by, expected_version=expected_version, in_use=True, reason=reason.strip())
    _tell(board, leads(board), by=by, words="is in use again. Its cases stay closed until somebody reopens them.")


def _take(board: Board, *, expected: int) -> None:
    """The board, so that nobody joins it meanwhile, and its memberships: whoever opens or reopens a case takes one first."""
    take(board, expected=expected)
    lock(Membership.objects.filter(board=board, ended_at=None))


def _tell(board: Board, people: list[int], *, by: User, words: str) -> None:
    for user in User.objects.filter(pk__in=people).exclude(pk=by.pk).order_by("pk"):
        add_notice(
            user, kind="board", text=f"{board.name} {words}", path=f"/boards/{board.pk}/",
            dedupe_key=f"board_use.{board.pk}.{board.version}.{user.pk}", board=board,
        )  # fmt: skip
