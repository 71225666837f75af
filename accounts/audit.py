"""The audit trail: who read or changed what. Written in the caller's transaction; if it fails, so does the call."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.core.exceptions import ValidationError
from django.db import models

from accounts.models import AuditEvent, User

Subject = models.Model | tuple[str, str]
Given = ParamSpec("Given")
Answer = TypeVar("Answer")


class TellingRefusal(ValidationError):
    """A refusal that tells something in itself: that a number is known, that another board did something. Its event stays,
    although nothing else of the call does."""

    def __init__(self, message: Any, **event: Any) -> None:
        super().__init__(message)
        self.event = event


def keep_refusals(do: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """Around a service and outside its transaction: what a TellingRefusal told is recorded after everything was taken back."""

    @wraps(do)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        try:
            return do(*args, **kwargs)
        except TellingRefusal as refusal:
            record(**refusal.event)
            raise

    return run


@contextmanager
def at_once() -> Iterator[None]:
    """What is recorded within is written by one statement at the end: an answer that reads rows of many kinds leaves an event of
    each. Nothing is answered before it is written; where the call fails, what had been read is written all the same."""
    events: list[AuditEvent] = []
    before = _gathered.set(events)
    try:
        yield
    finally:
        _gathered.reset(before)
        if events:
            AuditEvent.objects.bulk_create(events)


_gathered: ContextVar[list[AuditEvent] | None] = ContextVar("gathered", default=None)


def record(
    action: str,
    *,
    by: User | None,
    subject: Subject,
    label: str = "",
    board_id: int | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Add one event. `label` and `data` carry no patient data: ids, counts, field names and states only.
    Of whoever reads in a reporting project it names the project."""
    kind, pk = _named(subject)
    event = AuditEvent(
        action=action, actor=by, subject_type=kind, subject_id=pk, label=label, board_id=board_id,
        data=_within_project(data, by),
    )  # fmt: skip
    gathered = _gathered.get()
    if gathered is None:
        event.save(force_insert=True)
    else:
        gathered.append(event)


def record_all(
    action: str,
    *,
    by: User | None,
    subjects: Sequence[Subject],
    board_id: int | None,
    data: dict[str, Any] | None = None,
) -> None:
    """The same event of many rows, by one statement: whoever looks for one of them finds it."""
    said = _within_project(data, by)
    AuditEvent.objects.bulk_create(
        AuditEvent(action=action, actor=by, subject_type=kind, subject_id=pk, board_id=board_id, data=said)
        for kind, pk in map(_named, subjects)
    )  # fmt: skip


def _named(subject: Subject) -> tuple[str, str]:
    return subject if isinstance(subject, tuple) else (subject._meta.model_name or "", str(subject.pk))


def _within_project(data: dict[str, Any] | None, by: User | None) -> dict[str, Any]:
    project = by.__dict__.get("_project") if by is not None else None
    return (data or {}) | ({} if project is None else {"project": project.pk})


def record_many(action: str, *, by: User, kind: str, board_id: int | None, ids: list[int]) -> None:
    """One event for a list that was shown: which rows, not what they held."""
    record(action, by=by, subject=(kind, "list"), board_id=board_id, data={"ids": ids})
