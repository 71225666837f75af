"""The address that somebody signs in with, changed: asked for with the password, and done when the link that was mailed to the
new address is opened by the same person, signed in.

So a mistyped address gives a stranger nothing, and an open screen does not either. Whether an address belongs to somebody is told
only to whoever reads its mail. Account, work and memberships know the person by number, and stay.
"""

from datetime import timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import AccountMail, User
from accounts.permissions import require
from accounts.services.api_tokens import end_tokens
from accounts.services.limits import Rule, TooMany, take_try
from accounts.services.mail_queue import queue_mail
from accounts.tokens import email_tokens
from common.addresses import as_kept
from common.writing import compare_seen_and_set, lock, transactional

HOUR = timedelta(hours=1)
NONE_ASKED = {"new_email": "", "new_email_at": None}
DEAD = "This link no longer works: it was used, another was asked for since, or it is older than three days."
TAKEN = "This address belongs to another account by now. Ask for a different one."


def ask_for_address(user: User, email: str, *, by: User) -> None:
    """The same work and the same answer whether or not anybody has this address. Raises TooMany."""
    _require_own(user, by)
    email = as_kept(email)
    if email == user.email:
        raise ValidationError({"email": "You already sign in with this address."})
    rules = [Rule("address-mails-of", (str(user.pk),), 5, HOUR), Rule("address-mails-to", (email,), 5, HOUR)]
    try:
        take_try(rules)
    except TooMany as full:
        if full.is_new:
            audit.record("address_refused", by=by, subject=user, label=user.name, data={"why": "too many"})
        raise
    _ask(user, email)


@transactional
def _ask(user: User, email: str) -> None:
    was = user.new_email
    asked = {"new_email": email, "new_email_at": timezone.now()}
    told = "Your account was changed meanwhile. Open this page again."
    compare_seen_and_set(user, {"email": user.email, "is_active": True}, asked, message=told)
    queue_mail(AccountMail.Kind.EMAIL_LINK, email, user)
    queue_mail(AccountMail.Kind.EMAIL_ASKED, user.email, user)
    data = {"new_email": {"old": was, "new": email}}
    audit.record("address_asked", by=user, subject=user, label=user.name, data=data)


@transactional
def withdraw_address(user: User, *, by: User) -> None:
    """The link that was mailed works no more. Withdrawing twice changes nothing."""
    _require_own(user, by)
    [now] = lock(User.objects.filter(pk=user.pk))
    if not now.new_email:
        return
    User.objects.filter(pk=user.pk).update(**NONE_ASKED)
    data = {"new_email": {"old": now.new_email, "new": ""}}
    audit.record("address_withdrawn", by=by, subject=user, label=user.name, data=data)


def is_address_link(user: User, token: str) -> bool:
    return bool(user.new_email) and email_tokens.check_token(user, token)


@transactional
def confirm_address(user: User, token: str, *, by: User) -> None:
    """From here on this is the address: for signing in, for reminders, for everything. Ends every session but the one that is
    asked from, every token, and every link that was mailed to the old address."""
    _require_own(user, by)
    [now] = lock(User.objects.filter(pk=user.pk))
    if not is_address_link(now, token):
        raise ValidationError(DEAD)
    try:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(email=now.new_email, **NONE_ASKED)
    except IntegrityError as error:
        raise ValidationError(TAKEN) from error
    end_tokens(user, by=by)
    queue_mail(AccountMail.Kind.EMAIL_CHANGED, now.email, user)
    data = {"email": {"old": now.email, "new": now.new_email}}
    audit.record("address_changed", by=by, subject=user, label=user.name, data=data)


@transactional
def correct_address(user: User, email: str, *, seen: str, by: User) -> None:
    """A mistyped invitation: nobody has joined by it, so the new invitation is the confirmation. The caller sends it; the links
    mailed before are void. `seen` is the address that the page showed."""
    require(by, "people.manage")
    email = as_kept(email)
    if user.is_system:
        raise ValidationError(f"{user.name} is no person, and gets no mail.")
    if user.joined_at is not None:
        raise ValidationError(f"{user.name} has joined. They change their address themselves, under “My settings”.")
    if not user.is_active:
        raise ValidationError(f"{user.name} may not sign in. Activate the account first.")
    if email == seen:
        raise ValidationError({"email": "The invitation went to this address. Send it again, or type another one."})
    held = {"email": seen, "joined_at": None, "is_active": True}
    told = f"Somebody else changed the account of {user.name} after you opened it, or they have joined. Open it again."
    try:
        with transaction.atomic():
            compare_seen_and_set(user, held, {"email": email, "invited_at": timezone.now()}, message=told)
    except IntegrityError as error:
        raise ValidationError({"email": "Somebody with this address is already here; search for them."}) from error
    queue_mail(AccountMail.Kind.EMAIL_CHANGED, seen, user)
    data = {"email": {"old": seen, "new": email}}
    audit.record("address_corrected", by=by, subject=user, label=user.name, data=data)


def _require_own(user: User, by: User) -> None:
    if user.pk != by.pk:
        raise PermissionDenied("Only the person themself can change the address they sign in with.")
