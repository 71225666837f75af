"""How a system comes in: its secret becomes a token for an hour, and the token opens what the system may at that moment."""

import hashlib
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from oauth2_provider.models import AccessToken

from accounts import audit
from accounts.models import System, SystemSecret
from accounts.reach import Reach, narrow
from accounts.services.api_tokens import USED_AFRESH
from accounts.services.limits import Rule, TooMany, forget, give_back, take_try
from common.writing import transactional

WITHIN = timedelta(minutes=15)
MOST_WRONG, MOST_WRONG_FROM_ADDRESS = 10, 50
# A token lasts an hour: who asks for one with each call is told to keep it.
HOUR, MOST_TOKENS = timedelta(hours=1), 120


def digest_of(text: str) -> str:
    """Of what is long and drawn by chance, so that nobody guesses it from its hash."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def prove_system(client_id: str, secret: str, *, address: str) -> System | None:
    """The system of this secret; None for a wrong one, an ended one, or a system that is suspended. Raises TooMany.

    Counted before it is looked at, for a client from an address and for an address, as passwords are.
    """
    own = Rule("system-secrets", (client_id[:255], address), MOST_WRONG, WITHIN)
    shared = Rule("system-secrets-from", (address,), MOST_WRONG_FROM_ADDRESS, WITHIN)
    try:
        mark = take_try([own, shared])
    except TooMany as full:
        if full.is_new:
            _record_failure(client_id, why="too many", address=address)
        raise
    found = (
        SystemSecret.objects.good()
        .filter(digest=digest_of(secret), system__application__client_id=client_id)
        .filter(system__suspended_at=None, system__user__is_active=True)
        .select_related("system__user", "system__application")
        .first()
    )
    if found is None:
        _record_failure(client_id, why="wrong", address=address)
        return None
    forget(own)
    give_back([shared], mark)
    # Never given back: so many tokens are enough.
    take_try([Rule("system-tokens", (client_id,), MOST_TOKENS, HOUR)])
    _note_secret(found, address)
    return found.system


@transactional
def record_token(system: System, *, scope: str, address: str) -> None:
    """That one was given; those that have ended go."""
    AccessToken.objects.filter(application=system.application, expires__lt=timezone.now()).delete()
    data = {"address": address, "scopes": scope.split()}
    audit.record("system_signed_in", by=system.user, subject=system, label=system.name, data=data)


def open_access_token(text: str, *, address: str) -> AccessToken | None:
    """The token of this text, whose account it limits from here on: to its scopes, as far as the system still has them.
    Boards are those that its account is on. None where there is none, it has ended, or its system is suspended.

    One query, and once a minute a second one, which writes when the system was there.
    """
    row = (
        AccessToken.objects.select_related("user", "application__system")
        .filter(token_checksum=digest_of(text), expires__gt=timezone.now(), user__is_active=True)
        .filter(application__system__suspended_at=None, application__system__user_id__isnull=False)
        .first()
    )
    if row is None or row.user is None:
        return None
    system: System = row.application.system
    scopes = frozenset(row.scope.split()) & frozenset(system.scopes)
    narrow(row.user, Reach(scopes=scopes, token=f"system {system.pk}"))
    now = timezone.now()
    if system.last_used_at is None or system.last_used_at <= now - USED_AFRESH:
        _note_system(system, address)
    return row


def _note_secret(secret: SystemSecret, address: str) -> None:
    SystemSecret.objects.filter(pk=secret.pk).update(last_used_at=timezone.now())
    _note_system(secret.system, address)


def _note_system(system: System, address: str) -> None:
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - USED_AFRESH)
    System.objects.filter(stale, pk=system.pk).update(last_used_at=now, last_address=address)


def _record_failure(client_id: str, *, why: str, address: str) -> None:
    """What was sent stands nowhere; a client that there is not is not named."""
    system = System.objects.filter(application__client_id=client_id).first()
    subject = system or ("system", "unknown")
    data = {"why": why, "address": address}
    audit.record("system_sign_in_failed", by=None, subject=subject, label=system.name if system else "", data=data)
