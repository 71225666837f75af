"""Whatever is sent twice is done once: a form by its hidden token, a call of the API by its `Idempotency-Key`.

The row that says "used" is written in the transaction that does what was sent (`common.writing.transactional`): a unique
constraint decides between two at once, and after a death both are there or neither. `accounts.services.sent` keeps the rows.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from django.core.exceptions import ValidationError

from common import sealed

# The hidden field of a form. Its token is drawn for one person, and only this server can make one.
NAME = "once"


class Claim(Protocol):
    """What came with this request, to be done once."""

    is_claimed: bool

    def take(self) -> None:
        """Write the row, in the transaction that is open. Raises AlreadySent where it is there."""


class AlreadySent(Exception):
    """The same was sent before, or a moment ago: nothing of this call was done, and the first one's answer stands."""


class NotSavedYet(ValidationError):
    """Nothing is wrong: the form is only drawn again with what was typed. It has no sentence of its own."""

    def __init__(self) -> None:
        super().__init__([])


class Held:
    """Instead of a token: whatever begins to write is refused, so that a view draws its form with what was typed."""

    is_claimed = False

    def take(self) -> None:
        raise NotSavedYet


current: ContextVar[Claim | None] = ContextVar("sent", default=None)


@contextmanager
def bound() -> Iterator[None]:
    """For the time of a request, so that no other one finds what belongs to it."""
    before = current.set(None)
    try:
        yield
    finally:
        current.reset(before)


@contextmanager
def set_aside() -> Iterator[None]:
    """For what is done beside the deed. What is only drawn again writes nothing beside it either."""
    if isinstance(current.get(), Held):
        yield
        return
    with bound():
        yield


@contextmanager
def claiming() -> Iterator[Callable[[], None]]:
    """Around a transaction, which calls what this yields first. What is rolled back is claimed no longer."""
    claim = current.get()
    if claim is None or claim.is_claimed:
        yield _nothing
        return

    def take() -> None:
        claim.take()
        claim.is_claimed = True

    try:
        yield take
    except BaseException:
        claim.is_claimed = False
        raise


def _nothing() -> None:
    """There is no token, or an outer transaction has written it."""


def new_token(person: int) -> str:
    return sealed.seal([person, secrets.token_urlsafe(12)], purpose=NAME)


def drawn_for(token: str) -> int | None:
    """The key of the person for whom the form was drawn; None for what this server did not make."""
    values = sealed.unseal(token, purpose=NAME)
    return values[0] if values and isinstance(values[0], int) else None
