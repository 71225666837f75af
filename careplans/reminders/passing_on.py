"""A reminder whose recipient cannot act on it any more goes to somebody who can: once, whichever of its channels is withdrawn
first, and again if they cannot act either when it goes out.
"""

from careplans.models import Reminder
from careplans.reminders.escalation import Told, approvers, chain, role_of, who_can_act
from careplans.reminders.schedule import Kind, ReminderSpec, about, subject_of, tell_others, write
from careplans.reminders.working_days import Hour
from common.writing import transactional


@transactional
def pass_on(reminder: Reminder) -> bool:
    """False when nobody is left who could be told. The caller holds the reminder."""
    if Reminder.objects.filter(instead_of=reminder).exists():
        return True
    if _is_of_the_chain(reminder) and _tell_who_holds_the_role(reminder):
        return True
    board, kind = reminder.board, reminder.kind
    people = approvers() if board is None else who_can_act(board, without=[reminder.recipient_id])
    others = [user for user in people if user != reminder.recipient_id]
    if kind in Reminder.NEWS:
        told = _told(reminder, kind)
        tell_others(reminder, [user for user in others if user not in told], kind, _why(reminder), instead_of=reminder)
    else:
        tell_others(reminder, others, Kind.ESCALATION, _why(reminder), instead_of=reminder)
    return bool(others)


def _why(reminder: Reminder) -> str:
    return f"because {reminder.recipient.name} cannot be told any more"


def _is_of_the_chain(reminder: Reminder) -> bool:
    return reminder.kind == Kind.ESCALATION and bool(role_of(reminder.why))


def _tell_who_holds_the_role(reminder: Reminder) -> bool:
    """An escalation goes to who holds the role when it goes out. Who is told of the same already is not told twice."""
    subject, board = subject_of(reminder), reminder.board
    links = chain(board) if board is not None else []
    same = [told for told in links if role_of(told.why) == role_of(reminder.why)] or links
    if subject is None or board is None or not same:
        return False
    known, hour = _told(reminder, Kind.ESCALATION), Hour.of(board)
    missing: list[Told] = [told for told in same if told.user_id not in known]
    specs = [ReminderSpec(subject, told.user_id, Kind.ESCALATION, hour.today, told.why) for told in missing]
    write(specs, hour, board=board, at_once=True)
    return True


def _told(reminder: Reminder, kind: str) -> set[int]:
    """Who is told, or will be, the same of the same thing and date."""
    subject = subject_of(reminder)
    if subject is None:
        return set()
    rows = Reminder.objects.filter(**about(subject), kind=kind, subject_due_on=reminder.subject_due_on)
    return set(
        rows.exclude(status=Reminder.Status.CANCELLED).exclude(pk=reminder.pk).values_list("recipient", flat=True)
    )
