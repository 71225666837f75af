"""Tokens of programs. A token acts for its person, no further than it says; the tables hold only its hash.

How far it reaches is asked with each call (`accounts.permissions`): a membership that ends, or a scope that is narrower than the
person's rights, holds from that moment on.
"""

from collections.abc import Collection
from datetime import timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.utils import timezone
from knox.crypto import hash_token
from knox.models import AuthToken

from accounts import audit
from accounts.models import AccountMail, ApiToken, CalendarKey, User
from accounts.models.api_tokens import SIGNED_IN, ApiTokenQuerySet
from accounts.permissions import memberships_of, require
from accounts.reach import narrow
from accounts.scopes import unknown, whole
from accounts.services.mail_queue import queue_mail
from common.writing import lock, transactional

DAYS, LONGEST_DAYS = 30, 365
# With so many nobody makes a further one by hand. Who signs in with a password is not counted: a script may do so each night.
MOST = 50
USED_AFRESH = timedelta(minutes=1)
NAME_LENGTH = 80


@transactional
def issue_token(
    user: User, *, name: str = SIGNED_IN, scopes: Collection[str] | None = None, boards: Collection[int] | None = None,
    days: int = DAYS,
) -> tuple[ApiToken, str]:  # fmt: skip
    """A new token and its text, which nobody can read again. Those of the person that have expired go.

    `scopes` and `boards` of None: all that the person may, at each moment. `days`: 1 to 365. Raises ValidationError by field.
    The person is told by mail of one with a name of its own; who signs in with a password is there themself.
    """
    [person] = lock(User.objects.filter(pk=user.pk))
    if not person.is_active:
        raise PermissionDenied("This account may not sign in. Ask an administrator.")
    AuthToken.objects.filter(user=user, expiry__lt=timezone.now()).delete()
    _guard(user, name=name, scopes=scopes, boards=boards, days=days)
    row, text = AuthToken.objects.create(user=user, expiry=timedelta(days=days))
    said = ApiToken.objects.create(
        token=row, name=name, scopes=None if scopes is None else sorted(whole(scopes)),
        boards=None if boards is None else sorted(set(boards)),
    )  # fmt: skip
    data = {"token": said.pk, "name": name, "scopes": said.scopes, "boards": said.boards, "days": days}
    audit.record("token_issued", by=user, subject=user, label=user.name, data=data)
    if name != SIGNED_IN:
        queue_mail(AccountMail.Kind.TOKEN_MADE, user.email, user)
    return said, text


def tokens_of(user: User) -> ApiTokenQuerySet:
    """Those that still open something, the newest first."""
    return ApiToken.objects.filter(token__user=user, token__expiry__gt=timezone.now()).for_list()


@transactional
def end_token(said: ApiToken, *, by: User) -> None:
    """By its person, or by an administrator. Ending twice changes nothing."""
    _require_may_end(said.token.user, by)
    person = said.token.user
    data = {"count": 1, "token": said.pk, "name": said.name}
    if AuthToken.objects.filter(pk=said.token_id).delete()[0]:
        audit.record("tokens_ended", by=by, subject=person, label=person.name, data=data)


@transactional
def end_tokens(user: User, *, by: User) -> int:
    """Every token of a person, as when their password changes or their account is deactivated."""
    _require_may_end(user, by)
    _, ended = AuthToken.objects.filter(user=user).delete()
    count: int = ended.get(AuthToken._meta.label, 0)
    if count:
        audit.record("tokens_ended", by=by, subject=user, label=user.name, data={"count": count})
    return count


def count_keys(user: User) -> int:
    """Tokens of programs, and the address of the calendar: what ends with the account. Two queries."""
    tokens: int = AuthToken.objects.filter(user=user).exclude(expiry__lt=timezone.now()).count()
    return tokens + CalendarKey.objects.filter(user=user).count()


def open_token(text: str, *, address: str) -> AuthToken | None:
    """The token of this text, with its person, whose reach it limits from here on; None where there is none, or it has ended.

    One query, and once a minute a second one, which writes when and from where it was used.
    """
    row = AuthToken.objects.select_related("user", "said").filter(digest=hash_token(text)).first()
    if row is None or not row.user.is_active:
        return None
    if row.expiry is not None and row.expiry <= timezone.now():
        row.delete()
        return None
    said = getattr(row, "said", None) or _say_of(row)
    narrow(row.user, said.reach)
    _note_use(said, address)
    return row


def _say_of(row: AuthToken) -> ApiToken:
    """Of one that an older release made; two at once make one."""
    return ApiToken.objects.get_or_create(token=row, defaults={"name": SIGNED_IN})[0]


def _note_use(said: ApiToken, address: str) -> None:
    """By one statement that holds no lock for longer; of many calls in a minute one writes."""
    now = timezone.now()
    if said.last_used_at is not None and said.last_used_at > now - USED_AFRESH:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - USED_AFRESH)
    ApiToken.objects.filter(stale, pk=said.pk).update(last_used_at=now, last_address=address)


def _guard(
    user: User, *, name: str, scopes: Collection[str] | None, boards: Collection[int] | None, days: int
) -> None:  # fmt: skip
    wrong: dict[str, str] = {}
    if not name.strip() or len(name) > NAME_LENGTH:
        wrong["name"] = f"Name it, in 1 to {NAME_LENGTH} characters, for example after the program that will use it."
    if scopes is not None and not scopes:
        wrong["scopes"] = "Choose at least one thing that it may read."
    elif scopes and (odd := unknown(scopes)):
        wrong["scopes"] = f"There is no such scope: {', '.join(odd)}."
    if boards is not None and not set(boards) <= {one.board_id for one in memberships_of(user)}:
        wrong["boards"] = "Choose among your own boards."
    elif boards is not None and not boards:
        wrong["boards"] = "Choose at least one board."
    if not 1 <= days <= LONGEST_DAYS:
        wrong["days"] = f"A token lasts 1 to {LONGEST_DAYS} days."
    if wrong:
        raise ValidationError(wrong)
    if name != SIGNED_IN and AuthToken.objects.filter(user=user).count() >= MOST:
        raise ValidationError(f"You have {MOST} tokens. Revoke those that nothing uses any more, then make a new one.")


def _require_may_end(person: User, by: User) -> None:
    if person.pk != by.pk:
        require(by, "people.manage")
