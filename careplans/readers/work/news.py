"""What on “My work” became so since its reader last said that they had seen it.

New is what became so after that moment, by the times that the record itself has of it; any of these counts:

- overdue: midnight of the board when it became late, or when it escalated;
- facts have changed: `Plan.facts_changed_at`; to sign: `Plan.submitted_at`; a merge to confirm: `asked_at`; a follow-up to come:
  `created_at`, where somebody else wrote it;
- and everything else when this person was told, by the reminders and the news of the outbox: a signature asked or delegated, a
  gate that failed, ready to release, sent back, released, coming up, due.

What has no such time (left to nobody, superseded guidance, what waits for its condition, editorial work, cases that are watched)
is never called new. Whoever has never said that they have seen it sees nothing called new, as all of it would be.
"""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone

from accounts.models import Board, User
from careplans.models import Case, FollowUp, Plan, RecordMove, Reminder, Step
from common.local_time import instant

# By (kind of thing, its key): when this person was last told of it.
Told = dict[tuple[str, int], datetime]
# More than anybody reads between two looks.
MOST = 500


def told_since(user: User, seen: datetime | None) -> Told:
    """One query, and none for who has never said that they have seen it."""
    if seen is None:
        return {}
    rows = Reminder.objects.filter(recipient=user, due_at__gt=seen, due_at__lte=timezone.now())
    rows = rows.exclude(status=Reminder.Status.CANCELLED).exclude(kind=Reminder.Kind.DIGEST).order_by("-due_at")
    found: Told = {}
    for at, kind, board, *keys in rows.values_list(
        "due_at", "kind", "board", "step", "follow_up", "plan", "signature__plan"
    )[:MOST]:  # fmt: skip
        names = ("step", "follow_up", "plan", "plan")
        for name, key in zip(names, keys, strict=True):
            if key is not None:
                found.setdefault((name, key), at)
        if kind == Reminder.Kind.AHEAD:
            found.setdefault(("board", board), at)
    return found


def is_new(
    section: str, row: Any, board: Board | None, seen: datetime | None, told: Told, late: Iterable[date] = ()
) -> bool:
    """`late`: the days on which a step or follow-up became late, and escalated, as far as it has. Pure."""
    if seen is None:
        return False
    at = [when for when in (_recorded(section, row), _told_of(row, told)) if when is not None]
    if board is not None and section in ("overdue", "late"):
        at += [instant(day, time.min, board.zone) for day in late if day <= board.today]
    return any(when > seen for when in at)


def _recorded(section: str, row: Any) -> datetime | None:
    if isinstance(row, Plan):
        return {"facts": row.facts_changed_at, "to_sign": row.submitted_at}.get(section)
    if isinstance(row, RecordMove):
        return row.asked_at
    if isinstance(row, FollowUp) and row.created_by_id != row.assignee_id:
        return row.created_at
    return None


def _told_of(row: Any, told: Told) -> datetime | None:
    if isinstance(row, Step):
        return max(filter(None, [told.get(("step", row.pk)), told.get(("plan", row.plan_id))]), default=None)
    if isinstance(row, FollowUp):
        return told.get(("follow_up", row.pk))
    if isinstance(row, Plan):
        return told.get(("plan", row.pk))
    return told.get(("board", row.board_id)) if isinstance(row, Case) else None
