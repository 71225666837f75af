"""The secret address of a person's calendar: shown once, kept as a hash, revoked or made anew at any time."""

import hashlib
import hmac
import secrets
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts import audit
from accounts.models import AuditEvent, CalendarKey, User
from accounts.permissions import memberships_of
from common.writing import transactional

# Bytes of chance in a secret; far too many to guess, so that asking often finds nothing.
SECRET_BYTES = 32


@transactional
def make_calendar_key(user: User, *, by: User) -> str:
    """A new secret, which nobody can read again. An earlier one stops working."""
    _require_own(user, by)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    CalendarKey.objects.update_or_create(user=user, defaults={"key_hash": _hash(secret), "created_at": timezone.now()})
    audit.record("calendar_key_made", by=by, subject=user, label=user.name)
    return secret


@transactional
def revoke_calendar_key(user: User, *, by: User) -> None:
    """Revoking twice changes nothing."""
    _require_own(user, by)
    revoked, _ = CalendarKey.objects.filter(user=user).delete()
    if revoked:
        audit.record("calendar_key_revoked", by=by, subject=user, label=user.name)


def calendar_used_at(key: CalendarKey) -> datetime | None:
    """When a calendar last asked for this address; each reading is in the audit trail. One query."""
    read = AuditEvent.objects.filter(action="read", subject_type="calendar", subject_id=str(key.user_id))
    return read.filter(at__gte=key.created_at).values_list("at", flat=True).first()


def owner_of(secret: str) -> User | None:
    """Whose calendar it is; None when nobody's, or that of somebody who has left. The same work in each case."""
    wanted = _hash(secret)
    key = CalendarKey.objects.select_related("user").filter(key_hash=wanted).first()
    known = hmac.compare_digest(key.key_hash if key else _hash(""), wanted)
    if key is None or not known or not key.user.is_active or not memberships_of(key.user):
        return None
    return key.user


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _require_own(user: User, by: User) -> None:
    if user.pk != by.pk:
        raise PermissionDenied("Only the person themself can make or revoke the address of their calendar.")
