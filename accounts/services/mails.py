"""The mails of accounts: sent after the rows are committed, so that a silent relay undoes nothing. An administrator waits for the
relay's answer about an invitation; everything else waits in `mail_queue`."""

import logging
from email.message import EmailMessage
from email.policy import SMTPUTF8
from email.utils import formatdate, make_msgid, parseaddr
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import DNS_NAME, get_connection, send_mail
from django.core.mail.backends.smtp import EmailBackend
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts.models import User
from accounts.tokens import email_tokens, invitation_tokens, reset_tokens
from common.addresses import in_ascii_domain, needs_utf8

logger = logging.getLogger(__name__)


def invitation_link(user: User) -> str:
    return _link("accounts:welcome", user, invitation_tokens.make_token(user))


def send_invitation(user: User, *, by: User) -> bool:
    """False when the mail could not be handed over; the page then says so and offers to send it again."""
    return _send("invitation", user, {"link": invitation_link(user), "inviter": by})


def send_password_link(user: User) -> bool:
    link = _link("accounts:password_reset_confirm", user, reset_tokens.make_token(user))
    return _send("password_link", user, {"link": link})


def send_email_link(user: User) -> bool:
    link = _link("accounts:email_confirm", user, email_tokens.make_token(user))
    return _send("email_link", user, {"link": link}, to=user.new_email)


def send_email_note(name: str, user: User, *, to: str) -> bool:
    """Without a link and without anybody's address: whoever reads it may be a stranger."""
    return _send(name, user, {}, to=to)


def send_page(name: str, user: User, path: str) -> bool:
    """That something waits on a page: with its address, which only its person can open."""
    return _send(name, user, {"link": f"{settings.BASE_URL}{path}"})


def _link(name: str, user: User, token: str) -> str:
    path = reverse(name, kwargs={"uidb64": urlsafe_base64_encode(force_bytes(user.pk)), "token": token})
    return f"{settings.BASE_URL}{path}"


def _hand_over(subject: str, body: str, to: str) -> None:
    """Django would encode what stands before the @ of an international address, and so write to somebody else. The standard
    library asks the relay for SMTPUTF8, and raises an SMTPException where it has none."""
    relay = get_connection()
    if not isinstance(relay, EmailBackend) or not (
        needs_utf8(to) or needs_utf8(parseaddr(settings.DEFAULT_FROM_EMAIL)[1])
    ):
        send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [to], connection=relay)
        return
    letter = EmailMessage(policy=SMTPUTF8)
    letter["From"], letter["To"], letter["Subject"] = settings.DEFAULT_FROM_EMAIL, in_ascii_domain(to), subject
    letter["Date"], letter["Message-ID"] = formatdate(), make_msgid(domain=str(DNS_NAME))
    letter.set_content(body)
    try:
        relay.open()
        if relay.connection is None:
            raise OSError("there is no line to the mail server")
        relay.connection.send_message(letter)
    finally:
        relay.close()


def _send(name: str, user: User, context: dict[str, object], *, to: str = "") -> bool:
    context = context | {"person": user, "site": settings.BASE_URL, "days": settings.PASSWORD_RESET_TIMEOUT // 86400}
    subject = render_to_string(f"emails/{name}_subject.txt", context).strip()
    body = render_to_string(f"emails/{name}.txt", context)
    try:
        _hand_over(subject, body, to or user.email)
    except (SMTPException, OSError, ValueError):
        # The address stays out of the log; the number is enough to find the account.
        logger.exception("Mail %s to account %s was not sent.", name, user.pk)
        return False
    return True
