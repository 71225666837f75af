"""Mails about accounts that wait for the next tick: whoever asks for one waits for no relay, and learns nothing by the time
that takes.

The row is the queue. One that goes out twice does no harm; one that could not go out for an hour is given up and logged.
"""

import logging
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from accounts import audit
from accounts.models import AccountMail, User
from accounts.services import mails
from accounts.services.limits import Rule, TooMany, take_try
from common.addresses import as_kept
from common.writing import transactional

logger = logging.getLogger(__name__)

Kind = AccountMail.Kind
HOUR = timedelta(hours=1)
# How long one that is being sent is left alone, and how long until one that failed is tried again.
PAUSES = (2, 3, 5, 10, 15)
ROUND = 50


@transactional
def queue_mail(kind: AccountMail.Kind, address: str, person: User | None = None) -> None:
    """For the next tick; what the mail says is asked for then."""
    AccountMail.objects.create(kind=kind, address=address, person=person, due_at=timezone.now())


def ask_for_password_link(email: str, *, address: str) -> None:
    """The same work whether or not anybody has this address. Raises TooMany."""
    account = as_kept(email)
    rules = [
        Rule("password-mails-from", (account, address), 3, HOUR),
        Rule("password-mails-to", (account,), 6, HOUR),
        Rule("password-mails", (address,), 30, HOUR),
    ]
    try:
        take_try(rules)
    except TooMany as full:
        if full.is_new:
            data = {"why": "too many", "address": address}
            audit.record("password_link_refused", by=None, subject=("user", "unknown"), data=data)
        raise
    queue_mail(Kind.PASSWORD_LINK, account)


def send_account_mails() -> int:
    """Send what waits, and return how many went out. Safe to run many times at once: each row is taken by one."""
    sent = 0
    for row in AccountMail.objects.filter(due_at__lte=timezone.now()).select_related("person")[:ROUND]:
        if row.asked_at < timezone.now() - HOUR:
            _give_up(row)
        elif _is_taken(row) and _is_done(row):
            AccountMail.objects.filter(pk=row.pk).delete()
            sent += 1
    return sent


def _is_taken(row: AccountMail) -> bool:
    pause = timedelta(minutes=PAUSES[min(row.attempts, len(PAUSES) - 1)])
    mine = AccountMail.objects.filter(pk=row.pk, due_at=row.due_at)
    return mine.update(due_at=timezone.now() + pause, attempts=F("attempts") + 1) == 1


def _is_done(row: AccountMail) -> bool:
    """Sent, or not to be sent any more."""
    if row.kind == Kind.PASSWORD_LINK:
        return _send_password_link(row)
    if row.person is None:
        return True
    if row.kind == Kind.EMAIL_LINK:
        return _send_email_link(row, row.person)
    return mails.send_email_note(row.kind, row.person, to=row.address)


def _send_password_link(row: AccountMail) -> bool:
    user = User.objects.filter(email=row.address, is_active=True).exclude(joined_at=None).first()
    if user is None:
        return True
    if not mails.send_password_link(user):
        return False
    audit.record("password_link_sent", by=None, subject=user, label=user.name)
    return True


def _send_email_link(row: AccountMail, person: User) -> bool:
    """Of an address that somebody else has, only its owner learns so."""
    if person.new_email != row.address or not person.is_active:
        return True
    if User.objects.filter(email=row.address).exists():
        return mails.send_email_note("email_taken", person, to=row.address)
    return mails.send_email_link(person)


def _give_up(row: AccountMail) -> None:
    if AccountMail.objects.filter(pk=row.pk).delete()[0]:
        logger.error(
            "A mail about an account could not be sent for an hour and was given up.", extra={"count": row.attempts}
        )
        audit.record(
            "account_mail_given_up", by=None, subject=row.person or ("user", "unknown"), data={"kind": row.kind}
        )
