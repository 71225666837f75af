"""One call that writes both records of a change: the case's timeline and the audit trail."""

from collections.abc import Sequence
from typing import Any

from django.db import models

from accounts import audit
from accounts.models import User
from careplans.models import Case, Event, FollowUp, Plan, Step
from common import asked
from common.writing import told_of

Subject = Case | Plan | Step | FollowUp


def record(
    subject: Subject, kind: str, *, by: User | None, old: str = "", new: str = "", reason: str = "",
    of: models.Model | None = None, consequence: bool = False, **data: Any,
) -> None:  # fmt: skip
    """Write what happened to `subject`, with the old and new value of each field that changed: of itself, or `of` a row
    that is told with it. Values go into the timeline alone; the audit trail holds no patient data.

    What was unlikely about a day, and confirmed by whoever wrote it, is kept with the change.

    A `consequence` (a signature that became void, an advisory that fires) is told before the change it follows from, and
    leaves the values to that one.
    """
    if not consequence:
        data = _told(subject, of) | data
        if confirmed := asked.take_settled():
            data |= {asked.NAME: confirmed}
    _event(subject, kind=kind, old=old, new=new, reason=reason, data=data, by=by).save(force_insert=True)
    audit.record(kind, by=by, subject=subject, board_id=subject.board_id, data={"old": old, "new": new} if new else {})


def _told(subject: Subject, of: models.Model | None) -> dict[str, Any]:
    """Where both changed a field of one name, that of the subject is told under its own noun."""
    own, other = told_of(subject), told_of(of) if of else {}
    told: dict[str, Any] = {}
    for side in {*own, *other}:
        taken = other.get(side, {})
        noun = subject._meta.verbose_name
        told[side] = taken | {
            f"{noun} {name}" if name in taken else name: value for name, value in own.get(side, {}).items()
        }
    return told


def record_all(subjects: Sequence[Subject], kind: str, *, by: User | None, reason: str = "", **data: Any) -> None:
    """The same of many rows of one board: two statements, however many they are."""
    Event.objects.bulk_create(
        _event(one, kind=kind, reason=reason, data=told_of(one) | data, by=by) for one in subjects
    )
    if subjects:
        audit.record_all(kind, by=by, subjects=subjects, board_id=subjects[0].board_id)


def _event(subject: Subject, **values: Any) -> Event:
    return Event(
        board_id=subject.board_id, case_id=subject.pk if isinstance(subject, Case) else subject.case_id,
        plan_id=_plan_id(subject), step=subject if isinstance(subject, Step) else None,
        follow_up=subject if isinstance(subject, FollowUp) else None, **values,
    )  # fmt: skip


def latest(subject: Step | Plan, kind: str) -> Event | None:
    """The newest event of one kind on a plan or step, with its author: who changed what I was typing?"""
    about = {"step": subject} if isinstance(subject, Step) else {"plan": subject}
    return Event.objects.filter(kind=kind, **about).select_related("by").order_by("-id").first()


def _plan_id(subject: Subject) -> int | None:
    if isinstance(subject, Plan):
        return subject.pk
    return subject.plan_id if isinstance(subject, Step | FollowUp) else None
