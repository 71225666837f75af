from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.access import visible_notices
from accounts.carrying import KEPT_ROW
from accounts.models import Board, User
from accounts.permissions import allowed_actions, memberships_of
from accounts.session_store import BEGAN, TYPED


def page(request: HttpRequest) -> dict[str, Any]:
    """What base.html needs on every page, worked out when it is drawn: parts of a page have no frame. Two queries at most:
    memberships, and the unread notices."""
    if not hasattr(request, "user") or not request.user.is_authenticated:
        return {"demo": settings.DEMO, "board": None, "boards": [], "can": frozenset(), "unread_notices": 0}
    boards = [membership.board for membership in memberships_of(request.user)]
    last = request.session.get("board")
    board = next((b for b in boards if b.pk == last), next(iter(_in_use_first(boards)), None))
    return {
        "demo": settings.DEMO,
        "home": settings.LOGIN_REDIRECT_URL,
        "board_home": settings.BOARD_HOME_URL,
        "session_began": int(request.session.get(BEGAN, 0)),
        "typed_waits": TYPED in request.session and KEPT_ROW not in request.POST,
        "session_idle": settings.SESSION_IDLE_SECONDS,
        "board_institution": settings.BOARD_INSTITUTION_URL,
        "leaving": settings.LEAVING_URLS,
        "board": board,
        "boards": boards,
        "can": SimpleLazyObject(partial(allowed_actions, request.user, board)),
        "unread_notices": SimpleLazyObject(partial(_count_unread, request.user)),
    }


def _count_unread(user: User) -> int:
    return visible_notices(user).filter(read_at=None)[:100].count()


def _in_use_first(boards: list[Board]) -> list[Board]:
    return sorted(boards, key=lambda board: not board.is_active)
