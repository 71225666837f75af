"""What weeks without sending, or a month of days off, leave behind: several reminders of one thing, due at once.

One goes out, the newest, in the words of the day on which it does. And nothing escalates before whoever is asked first has had
a working day to act.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import Min, Q
from django.utils import timezone

from accounts.models import Role
from careplans.models import OutboxMessage, Reminder
from careplans.models.reminders import ReminderQuerySet
from careplans.reminders.escalation import role_of, told_as
from careplans.reminders.schedule import Kind, about, subject_of
from careplans.reminders.working_days import Hour

NEWER = "a newer reminder of the same is due"
# What one person is asked about one thing, in turn. News of a plan or step are together, too; each other kind is its own.
OWN = (Kind.LEAD, Kind.DUE, Kind.OVERDUE, Kind.SNOOZED)
# Of news each says something else: only what should have been told long before is not told by itself any more.
OLD_NEWS = timedelta(days=1)
THINGS = ("step", "follow_up", "signature", "plan", "reference_page")
# What was withdrawn, or has failed, stands for nothing else.
STANDING = (Reminder.Status.SCHEDULED, Reminder.Status.DELIVERED)

Message = OutboxMessage


def outdated(rows: Collection[Reminder]) -> frozenset[int]:
    """Those after which another of the same thing, to the same person, is due or has gone out. One query."""
    now = timezone.now()
    old = [row for row in rows if row.kind != Kind.DIGEST and not _is_fresh_news(row, now)]
    if not old:
        return frozenset()
    due = Reminder.objects.filter(_of_the_same_things(old), status__in=STANDING, due_at__lte=now)
    newest: dict[tuple[object, ...], tuple[datetime, int]] = {}
    for row in due.filter(recipient__in={row.recipient_id for row in old}):
        newest[_sort(row)] = max(_age(row), newest.get(_sort(row), _age(row)))
    return frozenset(row.pk for row in old if _age(row) < newest.get(_sort(row), _age(row)))


def untold_before(news: Reminder) -> list[Reminder]:
    """Older news of the same, for which this one stands because nobody was told in time. One query."""
    rows = Reminder.objects.filter(recipient=news.recipient_id, kind__in=Reminder.NEWS, pk__lt=news.pk)
    rows = rows.filter(step=news.step_id, plan=news.plan_id, due_at__lt=timezone.now() - OLD_NEWS)
    waits = Q(messages__status__in=(Message.Status.PENDING, Message.Status.CLAIMED))
    rows = rows.filter(waits | Q(messages__last_error=NEWER), messages__channel=Message.Channel.IN_APP)
    return list(rows.order_by("due_at", "pk"))


def wait_to_escalate(reminder: Reminder) -> datetime | None:
    """Until when an escalation waits; None when it may go out. What comes from somebody who cannot act does not wait.

    Who is responsible is told before the coordinators, and those before the chairs. A reminder that somebody asked for later
    holds nothing up, else it could be put off for ever.
    """
    subject, board = subject_of(reminder), reminder.board
    if reminder.kind != Kind.ESCALATION or reminder.instead_of_id is not None or subject is None:
        return None
    rows = Reminder.objects.filter(**about(subject), status__in=STANDING, due_at__lte=timezone.now())
    hour = Hour.of_centre() if board is None else Hour.of(board)
    asked = rows.filter(kind__in=(Kind.DUE, Kind.OVERDUE))
    waits = [_wait_for(asked, hour, at_once=board is not None and not board.escalate_days)]
    if board is not None and role_of(reminder.why) == Role.CHAIR:
        first = rows.filter(kind=Kind.ESCALATION, why__startswith=told_as(Role.COORDINATOR))
        waits.append(_wait_for(first, hour, at_once=not board.chair_days))
    return max(filter(None, waits), default=None)


def _wait_for(before: ReminderQuerySet, hour: Hour, *, at_once: bool) -> datetime | None:
    """Until whoever the last of these went to has had a working day. Where the board escalates at once, only one that came
    late is waited for."""
    told_at = Min("messages__sent_at", filter=Q(messages__status=Message.Status.SENT))
    last = before.annotate(told_at=told_at).order_by("due_at", "pk").last()
    if last is None:
        return None
    now = timezone.now()
    told = last.told_at or now
    if at_once and hour.day_of(told) <= last.local_day:
        return None
    until = hour.after_a_working_day(told)
    return until if until > now else None


def _is_fresh_news(row: Reminder, now: datetime) -> bool:
    return row.kind in Reminder.NEWS and row.due_at > now - OLD_NEWS


def _of_the_same_things(rows: Collection[Reminder]) -> Q:
    """Each kind of thing only where it occurs, so that each is found by its own index."""
    ids = {name: {getattr(row, f"{name}_id") for row in rows} - {None} for name in THINGS}
    found = [Q(**{f"{name}__in": keys}) for name, keys in ids.items() if keys]
    boards = {row.board_id for row in rows if row.kind == Kind.AHEAD}
    return reduce(or_, [*found, Q(kind=Kind.AHEAD, board__in=boards)] if boards or not found else found)


def _age(row: Reminder) -> tuple[datetime, int]:
    return row.due_at, row.pk


def _sort(row: Reminder) -> tuple[object, ...]:
    """What two have in common of which one is enough."""
    kind = "own" if row.kind in OWN else "news" if row.kind in Reminder.NEWS else row.kind
    # From who cannot act: it is told beside the escalation that goes by the days.
    passed_on = row.kind == Kind.ESCALATION and row.instead_of_id is not None
    return kind, passed_on, row.recipient_id, row.board_id, *(getattr(row, f"{name}_id") for name in THINGS)
