from collections.abc import Collection

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts import audit
from accounts.access import visible_notices
from accounts.models import Board, Notice, User
from common.writing import transactional

# Nobody reads more at a glance; the page that it leads to has it all.
LONGEST = 600


def add_notice(user: User, kind: str, text: str, path: str, dedupe_key: str, *, board: Board | int | None) -> bool:
    """Write a notice once, inside the caller's transaction. False when this key was written before. What names a patient gives
    the `board` from which the person sees that patient.

    Two workers may race for one key: the loser waits for the winner's transaction and then finds its row. A system reads none.
    """
    if user.is_system:
        return False
    values = {"user": user, "kind": kind, "text": cut(text), "path": path}
    values["board_id"] = board.pk if isinstance(board, Board) else board
    _, is_new = Notice.objects.get_or_create(dedupe_key=dedupe_key, defaults=values)
    return is_new


def cut(text: str) -> str:
    """At the end of a word, and so that it is seen."""
    if len(text) <= LONGEST:
        return text
    kept = text[: LONGEST - 1]
    return f"{kept.rsplit(' ', 1)[0].rstrip(' ,;:.') if ' ' in kept else kept}…"


def withdraw_notices(board: int, path: str) -> None:
    """Of what a board does not see any more: everything that leads to a page under this path."""
    Notice.objects.filter(board=board, path__startswith=path).delete()


def withdraw_untrue(key: str) -> None:
    """What was told and was an error, by the beginning of its keys: whoever was told hears of the correction."""
    Notice.objects.filter(dedupe_key__startswith=key).delete()


@transactional
def mark_read(notice: Notice, *, by: User) -> None:
    if notice.user_id != by.pk:
        raise PermissionDenied("Only the person a notice is for can mark it as read.")
    Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=timezone.now())
    audit.record("read", by=by, subject=notice, board_id=notice.board_id)


@transactional
def mark_these_read(shown: Collection[int], *, by: User) -> int:
    """Of those that the page showed, how many were unread: what came since it was drawn, nobody has seen."""
    count = visible_notices(by).filter(pk__in=shown, read_at=None).update(read_at=timezone.now())
    if count:
        audit.record("notices_read", by=by, subject=by, label=by.name, data={"count": count})
    return count
