"""Tokens of programs. A token acts for its person; the table holds only its hash."""

from django.utils import timezone
from knox.models import AuthToken

from accounts import audit
from accounts.models import CalendarKey, User
from common.writing import transactional


@transactional
def issue_token(user: User) -> tuple[AuthToken, str]:
    """A new token and its text, which nobody can read again. It expires as the settings say; those of the person that have
    expired go."""
    AuthToken.objects.filter(user=user, expiry__lt=timezone.now()).delete()
    row, text = AuthToken.objects.create(user=user)
    audit.record("token_issued", by=user, subject=user, label=user.name)
    return row, text


@transactional
def end_token(token: AuthToken, *, by: User) -> None:
    token.delete()
    audit.record("tokens_ended", by=by, subject=by, label=by.name, data={"count": 1})


@transactional
def end_tokens(user: User, *, by: User) -> None:
    """Every token of a person, as when their password changes or their account is deactivated."""
    ended, _ = AuthToken.objects.filter(user=user).delete()
    if ended:
        audit.record("tokens_ended", by=by, subject=user, label=user.name, data={"count": ended})


def count_keys(user: User) -> int:
    """Tokens of programs, and the address of the calendar: what ends with the account. Two queries."""
    tokens: int = AuthToken.objects.filter(user=user).exclude(expiry__lt=timezone.now()).count()
    return tokens + CalendarKey.objects.filter(user=user).count()


def drop_expired(token: AuthToken) -> bool:
    """Delete one that has expired, and say whether it has."""
    if token.expiry is None or token.expiry >= timezone.now():
        return False
    token.delete()
    return True
