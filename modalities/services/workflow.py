"""What every editorial workflow shares: of reference pages, of the rules, of the templates of plans."""

from collections.abc import Collection, Mapping
from typing import Any, Protocol, TypeVar

from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import User
from common.errors import Conflict
from modalities.services.telling import Work, ask_approvers, nobody_asked, tell_people, writers_of


class Drafted(Protocol):
    """A row with a state, and with events that say who wrote on it."""

    state: str
    version: int
    events: Any

    def get_state_display(self) -> str: ...


class Version(Drafted, Protocol):
    """A numbered version, on which editors write together while it is a draft."""

    @property
    def is_writable(self) -> bool: ...


Held = TypeVar("Held", bound=Version)
# What is said of a move of a numbered version, by the kind of its event; of what was sent, approvers are asked.
SAID = {
    "sent": "", "sent_back": "sent back {}", "recalled": "took back from review {}", "discarded": "discarded {}",
    "published": "put into force {}",
}  # fmt: skip


def as_seen(held: Held, expected_version: int) -> Held:
    """What was taken for this transaction; Conflict when it is not what the person saw."""
    if held.version != expected_version:
        raise Conflict(
            "Somebody changed this draft while you were writing. What stands now is shown; what you typed is kept: save again "
            "if it still holds.",
            current={"version": held.version},
        )
    return held


def writable(held: Held) -> Held:
    if not held.is_writable:
        raise ValidationError("This draft is not open for writing. Take it back from review first.")
    return held


def change_noted(note: str) -> str:
    """What a version says of itself when it is sent to review."""
    if not note.strip():
        raise ValidationError({"change_note": "Say what you changed and why: approvers and boards read it."})
    return note.strip()


def change_wanted(comment: str) -> str:
    """What a version is sent back with."""
    if not comment.strip():
        raise ValidationError({"comment": "Say what should change, so that the editors can act on it."})
    return comment.strip()


def refuse_writer(row: Drafted, writing: Collection[str], by: User) -> None:
    """Whoever wrote on a draft may not approve it."""
    if row.events.filter(kind__in=writing, by=by).exists():
        raise PermissionDenied("You wrote on this draft, so another person has to approve it.")


def check_move(row: Drafted, to: str, transitions: Mapping[Any, Collection[str]], *, noun: str) -> None:
    if to not in transitions.get(row.state, ()):
        raise ValidationError(f"This {noun} is {row.get_state_display().lower()}: that is not possible now.")


def tell_of_move(
    row: Drafted, kind: str, work: Work, *, writing: Collection[str], said: str, by: User, comment: str = "",
    told_as: Work | None = None,
) -> None:  # fmt: skip
    """After a move, inside its transaction: approvers are asked, or the writers are told what was done. `said` has the name in
    its place: “sent back {}”; it is empty where approvers are asked."""
    wrote = writers_of(row, writing)
    if not said:
        ask_approvers(work, wrote=wrote, by=by, turn=row.version)
        return
    nobody_asked(work)
    now = told_as or work
    words = f"{by.name} {said.format(now.name)}{f': {comment}' if comment else '.'}"
    tell_people(now, wrote, words, by=by, turn=f"{row.version}-{kind}")
