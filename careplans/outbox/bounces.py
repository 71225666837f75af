"""A reminder that came back after the relay had taken it: from sent to failed, where the coordinator sees it.

Read from a delivery status notification (RFC 3464) that the mail server hands over, or said by a coordinator who found
it in the mailbox.
"""

import re
from dataclasses import dataclass
from email import message_from_bytes, message_from_string, policy
from email.message import EmailMessage

from django.core.exceptions import ValidationError
from django.db.models import F, Q

from accounts import audit
from accounts.models import User
from careplans.models import OutboxMessage, Reminder
from careplans.outbox.obstacles import obstacle_to
from careplans.outbox.settle import update_status_from_channels
from careplans.reminders import deputies
from careplans.reminders.requests import require_managed
from common.writing import lock, transactional

Status = OutboxMessage.Status
MESSAGE_ID = re.compile(
    r"<reminder\.(?P<key>\d+\.\d+\.email\.\d+)(?:\.e(?P<era>[0-9a-f]+))?(?:\.(?P<again>\d+))?@[^>\s]+>", re.IGNORECASE
)
# Enhanced status codes (RFC 3463): class.subject.detail.
CODE = re.compile(r"\b([245])\.\d{1,3}\.\d{1,3}\b")


@dataclass(frozen=True)
class Notification:
    """What a delivery status notification says of one of our mails."""

    dedupe_key: str
    bounce_count: int
    """How often it had come back before this mail went out."""
    words: str
    era: str = ""


def read_notification(raw: bytes) -> Notification | None:
    """None for everything else that reaches a mailbox: an out-of-office answer, a mail that is only late, someone else's.

    Only `Action: failed` counts (RFC 3464, section 2.3.3); the Message-ID is looked for in the returned mail or its
    headers, and in no text that a person wrote.
    """
    notification = message_from_bytes(raw, policy=policy.default)
    if notification.get_content_type() != "multipart/report":
        return None
    found, failed, words = None, False, ""
    for part in notification.walk():
        if part.get_content_type() == "message/delivery-status":
            blocks = [block for block in part.iter_parts() if isinstance(block, EmailMessage)]
            block = next((b for b in blocks if str(b.get("Action", "")).strip().lower() == "failed"), None)
            if block is not None:
                failed, words = True, _words(block)
        elif part.get_content_type() in ("message/rfc822", "text/rfc822-headers"):
            found = found or _message_id(part)
    if not found or not failed:
        return None
    return Notification(found["key"].lower(), int(found["again"] or 0), words, (found["era"] or "").lower())


def _words(block: EmailMessage) -> str:
    """The status code, and what the far server said without the address that it repeats."""
    said = str(block.get("Diagnostic-Code", "")).partition(";")[2] or str(block.get("Diagnostic-Code", ""))
    said = " ".join(re.sub(r"<?[^\s<>]+@[^\s<>]+>?:?", "", said).split())
    code = CODE.search(str(block.get("Status", "")))
    return f"{code.group() if code else ''} {said}".strip()[:200]


def _message_id(part: EmailMessage) -> re.Match[str] | None:
    """Of the returned mail. Its headers end at the first empty line; what follows is text and is not believed."""
    if part.get_content_type() == "message/rfc822":
        returned = next(iter(part.iter_parts()), None)
        return MESSAGE_ID.search(str(returned.get("Message-ID", ""))) if returned is not None else None
    head = re.split(r"\r?\n\r?\n", str(part.get_content()).lstrip(), maxsplit=1)[0]
    returned_id = message_from_string(head, policy=policy.default).get("Message-ID", "")
    return MESSAGE_ID.search(str(returned_id))


@transactional
def record_notification(raw: bytes) -> OutboxMessage | None:
    """Record what a notification says. None when it says nothing about a mail of ours, or said it before."""
    said = read_notification(raw)
    if said is None:
        return None
    # One of another era is of a row that a restore has taken away; what bears its number now is another mail.
    era = Q(era=said.era) if said.era else Q(era="") | Q(era=None)
    rows = OutboxMessage.objects.for_sending().filter(era, dedupe_key=said.dedupe_key, bounce_count=said.bounce_count)
    message = rows.first()
    if message is None or not _mark(message, said.words):
        return None
    audit.record("reminder_came_back", by=None, subject=message, board_id=message.reminder.board_id)
    return message


@transactional
def record_bounce(message: OutboxMessage, *, by: User) -> None:
    """A coordinator found it in the mailbox."""
    require_managed(message, by=by)
    if not _mark(message, f"marked by {by.name}"):
        raise ValidationError("Only an e-mail that was sent can come back; this one may have been marked already.")
    audit.record("reminder_came_back", by=by, subject=message, board_id=message.reminder.board_id)


def _mark(message: OutboxMessage, words: str) -> bool:
    """Of what is settled by now nobody has to be told any more: that it came back is kept, and it stays sent."""
    said = f"it came back: {words}"[:300] if words else "it came back"
    is_digest = message.reminder.kind == Reminder.Kind.DIGEST
    carried = OutboxMessage.objects.for_sending().filter(digest=message.reminder_id, status=Status.SENT)
    # Who is away now was not when it was sent, and its deputy was not told.
    missed = [row for row in (carried if is_digest else [message]) if obstacle_to(row) in ("", deputies.AWAY)]
    # The reminders before their messages, in the order in which everybody takes them.
    about = {message.reminder_id, *(row.reminder_id for row in missed)}
    lock(Reminder.objects.filter(pk__in=about))
    rows = OutboxMessage.objects.filter(pk=message.pk, channel=OutboxMessage.Channel.EMAIL, status=Status.SENT)
    new = Status.FAILED if missed else Status.SENT
    if not rows.filter(bounce_count=message.bounce_count).update(
        status=new, last_error=said, bounce_count=F("bounce_count") + 1
    ):  # fmt: skip
        return False
    if is_digest:
        carried.filter(pk__in=[row.pk for row in missed]).update(
            status=Status.FAILED, last_error=f"the daily e-mail that carried it came back: {words}"[:300]
        )
    for reminder in sorted(about):
        update_status_from_channels(reminder)
    return True
