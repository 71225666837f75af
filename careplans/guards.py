"""Checks that several verbs share. Each raises with a sentence that a clinician can act on."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NoReturn, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from accounts.models import Board, Membership, User
from common.errors import Conflict

Row = TypeVar("Row", bound=models.Model)


def check_transition(transitions: Mapping[str, Sequence[str]], old: str, new: str, *, noun: str) -> None:
    if new in transitions[old]:
        return
    options = ", ".join(state.replace("_", " ") for state in transitions[old]) or "nothing: this is its last state"
    raise ValidationError(
        f"A {noun} that is {old.replace('_', ' ')} cannot become {new.replace('_', ' ')}. Possible: {options}."
    )


def check_reason(reason: str, *, what: str) -> str:
    reason = reason.strip()
    if not reason:
        raise ValidationError({"reason": f"Give a reason for {what}."})
    return reason


def check_person(user: User | None, board: Board | int, *, field: str) -> None:
    """Owners and assignees are current members of the board who may act; otherwise a reminder would reach nobody."""
    if user is None:
        return
    roles = ("coordinator", "chair", "member")
    current = Membership.objects.filter(user=user, board=board, ended_at=None, role__in=roles, user__is_active=True)
    if not current.exists():
        raise ValidationError(
            {field: f"{user.name} is not a current member of this board who can act. Choose another person."}
        )


def check_days(**days: date | None) -> None:
    """Each is a day a board can mean. Far beyond, the arithmetic of reminders and schedules leaves the calendar."""
    wrong = {name: day for name, day in days.items() if day is not None and not 1900 <= day.year <= 2199}
    if wrong:
        raise ValidationError(
            {name: f"The year {day.year} cannot be meant. Check the date." for name, day in wrong.items()}
        )


def swap(row: Row, *, expected: int, **changes: Any) -> None:
    """Compare-and-set on `version`: exactly one row changes, or Conflict. Also sets the values on `row`."""
    if any(field.name == "updated_at" for field in row._meta.fields):
        # An update skips `auto_now`.
        changes |= {"updated_at": timezone.now()}
    changed = type(row)._default_manager.filter(pk=row.pk, version=expected).update(version=expected + 1, **changes)
    if changed != 1:
        stale(row)
    for name, value in (changes | {"version": expected + 1}).items():
        setattr(row, name, value)


def stale(row: models.Model) -> NoReturn:
    current = type(row)._default_manager.filter(pk=row.pk).values().first() or {}
    noun = row._meta.verbose_name
    raise Conflict(
        f"Someone changed this {noun} while you had it open. Nothing of yours was saved: look at what changed, then save again.",
        current=dict(current),
    )
