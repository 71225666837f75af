"""What was refused, and which pages of administration were opened: written once, when the answer is known.

Where something is refused, a transaction may still be undone. So the door only notes it with the person, and the middleware
writes it down after everything else, for pages and API alike.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts import audit
from accounts.models import User
from accounts.reach import reach_of

# Of these every page that is opened is in the trail, whoever adds one: they show people, and how the system runs.
ADMINISTRATION = ("people.manage", "operations.manage")
LONGEST_KEY, LARGEST_BOARD = 40, 2**63 - 1


def note_refusal(
    user: Any,
    action: str,
    *,
    subject: tuple[str, str] | None = None,
    board: int | None = None,
    scope: str | None = None,
) -> None:
    """The last one counts: it is what the answer is about. `scope`: what the token of the call lacked. A key may be anything that
    somebody sent: what no column holds is cut, or is no board."""
    subject = subject and (subject[0], subject[1][:LONGEST_KEY])
    board = board if board is None or 0 < board <= LARGEST_BOARD else None
    user.__dict__["_refused"] = {"action": action, "subject": subject, "board": board, "scope": scope}


def note_opened(user: Any, action: str) -> None:
    if action in ADMINISTRATION:
        user.__dict__["_opened"] = action


class TrailMiddleware:
    """Behind the sign-in: the person is known, of a token too once the API has answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        user = getattr(request, "user", None)
        if response.status_code in (200, 403, 404) and user is not None and user.is_authenticated:
            self._write(request, response.status_code, user)
        return response

    def _write(self, request: HttpRequest, status: int, user: User) -> None:
        """A 404 that no door noted is an address that there is not, and tells nothing."""
        refused, opened = user.__dict__.pop("_refused", None), user.__dict__.pop("_opened", None)
        match = request.resolver_match
        where = match.view_name if match else ""
        page = ("page", where[:40])
        if status == 403 or (status == 404 and refused):
            told = refused or {"action": "", "subject": None, "board": None, "scope": None}
            data = {"status": status, "method": request.method, "where": where, "action": told["action"]}
            if told["scope"]:
                reach = reach_of(user)
                data |= {"scope": told["scope"], "token": reach.token if reach else ""}
            by = User(pk=user.pk)
            audit.record("refused", by=by, subject=told["subject"] or page, board_id=told["board"], data=data)
        elif status == 200 and opened and request.method == "GET":
            args = {name: str(value)[:40] for name, value in (match.kwargs if match else {}).items()}
            audit.record("opened", by=User(pk=user.pk), subject=page, data={"action": opened, "args": args})
