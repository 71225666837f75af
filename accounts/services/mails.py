"""The mails of accounts: sent after the rows are committed, so that a silent relay undoes nothing. An administrator waits for the
relay's answer about an invitation; everything else waits in `mail_queue`."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts.models import User
from accounts.tokens import email_tokens, invitation_tokens, reset_tokens

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


def _link(name: str, user: User, token: str) -> str:
    path = reverse(name, kwargs={"uidb64": urlsafe_base64_encode(force_bytes(user.pk)), "token": token})
    return f"{settings.BASE_URL}{path}"


def _send(name: str, user: User, context: dict[str, object], *, to: str = "") -> bool:
    context = context | {"person": user, "site": settings.BASE_URL, "days": settings.PASSWORD_RESET_TIMEOUT // 86400}
    subject = render_to_string(f"emails/{name}_subject.txt", context).strip()
    body = render_to_string(f"emails/{name}.txt", context)
    try:
        send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [to or user.email])
    except (SMTPException, OSError, ValueError):
        # The address stays out of the log; the number is enough to find the account.
        logger.exception("Mail %s to account %s was not sent.", name, user.pk)
        return False
    return True
