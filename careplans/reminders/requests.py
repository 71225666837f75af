"""What people ask of a reminder: later, because …; or again, after its message had failed."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.permissions import require
from careplans import history
from careplans.guards import check_open, check_plan_in_force, check_reason
from careplans.locks import take_follow_up, take_signature, take_step
from careplans.models import FollowUp, OutboxMessage, Plan, Reminder, Signature, Step
from careplans.reminders.schedule import PUT_OFF, Kind, ReminderSpec, Subject, about, cancel, subject_of, write
from careplans.reminders.working_days import Hour
from common.writing import lock, transactional

# A reminder that is put off further is one that nobody gets.
LONGEST_SNOOZE = timedelta(days=90)


@transactional
def snooze(subject: Step | FollowUp, *, by: User, until: date, reason: str) -> date:
    """Remind me again on a later day, because … Only the person responsible; the coordinator is told all the same.

    Returns the day on which that reminder goes out: a day off moves it to the next working day.
    """
    require(by, "followups.edit" if isinstance(subject, FollowUp) else "steps.deliver", subject.board_id)
    reason = check_reason(reason, what="being reminded later")
    _take_open(subject)
    if subject.assignee_id != by.pk:
        raise ValidationError("Only the person responsible can put a reminder off.")
    if until <= subject.board.today:
        raise ValidationError({"until": "Choose a day after today."})
    last = subject.board.today + LONGEST_SNOOZE
    if until > last:
        raise ValidationError({
            "until": f"Choose a day until {last:%-d %B %Y}, {LONGEST_SNOOZE.days} days from now. If nothing is to be done before"
            " a later day, move the date itself."
        })  # fmt: skip
    hour = Hour.of(subject.board)
    day = hour.working_day(until)
    asked = Reminder.objects.filter(**about(subject), recipient=by, kind=Kind.SNOOZED, local_day=day).scheduled()
    if asked.exists():
        raise ValidationError({"until": f"You are reminded again on {day:%-d %B %Y} already."})
    # Who coordinates the board and is responsible for this too is still told when it escalates, and who stands in for
    # a colleague still hears of what is the colleague's.
    own = Reminder.objects.filter(**about(subject), recipient=by, local_day__lt=until, instead_of=None)
    own = own.exclude(kind=Kind.ESCALATION)
    cancel(own, PUT_OFF)
    write([ReminderSpec(subject, by.pk, Kind.SNOOZED, until)], hour, board=subject.board, snooze_reason=reason)
    history.record(subject, "reminder_put_off", by=by, reason=reason, until=until.isoformat())
    return day


def _take_open(subject: Subject) -> None:
    """Take what a reminder is about, with its parents; refuse where it has ended, since nobody has to act on it any more."""
    is_open = True
    if isinstance(subject, Step):
        take_step(subject)
        check_plan_in_force(subject.plan)
        check_open(subject.case)
        is_open = subject.is_open
    elif isinstance(subject, FollowUp):
        take_follow_up(subject)
        check_open(subject.case)
        is_open = subject.is_open
    elif isinstance(subject, Signature):
        take_signature(subject)
        check_open(subject.plan.case)
        is_open = subject.is_awaited and subject.plan.status == Plan.Status.IN_SIGNOFF
    if not is_open:
        raise ValidationError("This has ended meanwhile, so nobody has to be reminded of it any more.")


@transactional
def send_again(message: OutboxMessage, *, by: User) -> None:
    """Put a failed message back into the queue, for example after an address was mended."""
    require_managed(message, by=by)
    subject = subject_of(message.reminder)
    if subject is not None:
        _take_open(subject)
    lock(Reminder.objects.filter(pk=message.reminder_id))
    rows = OutboxMessage.objects.filter(pk=message.pk, status=OutboxMessage.Status.FAILED)
    if not rows.update(
        status=OutboxMessage.Status.PENDING, attempts=0, due_at=timezone.now(), last_error="", marked_at=None, held_until=None,
        digest=None, skips_digest=True,
    ):  # fmt: skip
        raise ValidationError("This reminder is no longer failed; it may have been sent again already.")
    # Its new promise is now; the health page counts from there.
    Reminder.objects.filter(pk=message.reminder_id).update(status=Reminder.Status.SCHEDULED, due_at=timezone.now())
    audit.record("reminder_sent_again", by=by, subject=message, board_id=message.reminder.board_id)


def require_managed(message: OutboxMessage, *, by: User) -> None:
    """A board's reminders are its coordinators' and chairs'; those about reviews belong to the centre's editors."""
    if message.reminder.board_id is None:
        require(by, "reference.edit")
    else:
        require(by, "reminders.manage", message.reminder.board_id)
