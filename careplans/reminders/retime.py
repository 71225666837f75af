"""Moves reminders that are still ahead to what their board's settings say now.

A board counts the changes that move reminders (`Board.timing`), and every step and follow-up knows for which count its
reminders were written. A tick brings up those that are behind, a bounded number at a time. What has gone out, or is
going out, stays; nothing is told twice. Whatever was written meanwhile for older settings is behind too, and follows.
"""

from collections.abc import Collection
from datetime import date
from functools import partial

from django.db.models import Q
from django.utils import timezone

from accounts.models import Board
from careplans.locks import take_case
from careplans.models import FollowUp, OutboxMessage, Reminder, Step
from careplans.readers.steps.gates import load_gates
from careplans.reminders.escalation import chain, role_of, roles
from careplans.reminders.schedule import PUT_OFF, Kind, ReminderSpec, about, cancel, wanted_for, write
from careplans.reminders.working_days import Hour
from common.going_on import each
from common.writing import take, transactional

BATCH = 100
CHANGED = "the settings of the board were changed"
Subject = Step | FollowUp
Key = tuple[int, str]


def retime_boards(batch: int = BATCH) -> int:
    """Bring up to `batch` steps and follow-ups to their board's settings; returns how many. Safe to run many times at once."""
    done = 0
    for board in Board.objects.filter(timing__gt=1, is_active=True).order_by("pk"):
        for model, rows in ((Step, Step.objects.waiting()), (FollowUp, FollowUp.objects.open())):
            behind = rows.filter(board=board, timing_version__lt=board.timing).order_by("pk")
            ids = list(behind.values_list("pk", flat=True)[: batch - done])
            done += each(partial(_bring_up, model), ids, "reminders not retimed")
    return done


@transactional
def _bring_up(model: type[Subject], pk: int) -> bool:
    """The case and the row are held, so that nobody moves the step or follow-up, and no other worker is at it, meanwhile."""
    subject: Subject = model._default_manager.select_related("board", "case").get(pk=pk)
    take_case(subject.case)
    take(subject)
    # The same question as the tick asked, now that nobody changes the answer: an amendment may have taken the step over.
    waiting = Step.objects.waiting() if isinstance(subject, Step) else FollowUp.objects.open()
    if not waiting.filter(pk=pk, timing_version__lt=subject.board.timing).exists():
        return False
    model._default_manager.filter(pk=pk).update(timing_version=subject.board.timing)
    if isinstance(subject, Step):
        load_gates([subject])
    _retime(subject, subject.board)
    return True


def _retime(subject: Subject, board: Board) -> None:
    hour, now = Hour.of(board), timezone.now()
    wanted = {(w.recipient_id, w.kind): w for w in wanted_for(subject, board, chain(board))}
    ahead = list(Reminder.objects.filter(**about(subject), due_at__gt=now, instead_of=None).scheduled())
    put_off = {row.recipient_id: row.local_day for row in ahead if row.kind == Kind.SNOOZED}
    for row in ahead:
        _move(row, wanted.get((row.recipient_id, row.kind)), put_off.get(row.recipient_id), hour)
    known, told = _known(subject), _roles_told(subject, board)
    missing = [one for key, one in wanted.items() if key not in known and _is_to_come(one, hour.today, put_off, told)]
    write(missing, hour, board=board)


def _move(row: Reminder, one: ReminderSpec | None, put_off: date | None, hour: Hour) -> None:
    """Compare-and-set on the instant it was to go out: what a worker took meanwhile goes out as it was."""
    is_snoozed = row.kind == Kind.SNOOZED
    reason = "" if is_snoozed else _withdrawal(one, put_off)
    if reason:
        cancel(Reminder.objects.filter(pk=row.pk), reason)
        return
    day, why = (row.local_day, row.why) if is_snoozed or one is None else (one.day, one.why)
    day = hour.working_day(day)
    due_at = max(timezone.now(), hour.on(day))
    held = Reminder.objects.filter(pk=row.pk, due_at=row.due_at).scheduled()
    if held.update(local_day=day, local_time=hour.at, zone=hour.zone, due_at=due_at, why=why):
        OutboxMessage.objects.filter(reminder=row, status=OutboxMessage.Status.PENDING).update(
            due_at=due_at, held_until=None
        )


def _withdrawal(one: ReminderSpec | None, put_off: date | None) -> str:
    """Why it is not to go out any more; empty when it is."""
    if one is None:
        return CHANGED
    own = one.kind != Kind.ESCALATION
    return PUT_OFF if own and put_off is not None and one.day <= put_off else ""


def _known(subject: Subject) -> set[Key]:
    """What was written for the present date, other than what earlier settings withdrew."""
    rows = Reminder.objects.filter(**about(subject), instead_of=None).filter(
        Q(subject_due_on=None) | Q(subject_due_on=subject.due_on)
    )
    rows = rows.filter(~Q(status=Reminder.Status.CANCELLED) | Q(cancel_reason=PUT_OFF))
    return set(rows.values_list("recipient_id", "kind"))


def _roles_told(subject: Subject, board: Board) -> set[str]:
    """The roles of the chain of which somebody who holds them still has been told of the present date."""
    rows = Reminder.objects.filter(**about(subject), kind=Kind.ESCALATION, status=Reminder.Status.DELIVERED)
    holds = roles(board)
    told = rows.filter(subject_due_on=subject.due_on, recipient__in=holds).values_list("recipient", "why")
    return {role for person, why in told if (role := role_of(why)) == holds[person]}


def _is_to_come(one: ReminderSpec, today: date, put_off: dict[int, date], told: Collection[str]) -> bool:
    """Who newly stands in the chain is told even when their day has passed, unless a colleague in the same role was; of one's
    own only what lies ahead."""
    if one.kind == Kind.ESCALATION:
        return one.day > today or role_of(one.why) not in told
    return one.day > today and one.day > put_off.get(one.recipient_id, date.min)
