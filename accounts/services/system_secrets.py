"""The secrets of a system: at most two are good at once, so that one is changed while the other still works."""

import secrets
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts import audit
from accounts.models import System, SystemSecret, User
from accounts.permissions import require
from accounts.services.system_access import digest_of
from accounts.services.systems import end_access_tokens
from common.writing import take, transactional

DAYS, LONGEST_DAYS = 365, 730
OVERLAP_DAYS, LONGEST_OVERLAP_DAYS = 7, 30
SECRET_BYTES = 32


@transactional
def make_secret(
    system: System, *, by: User, days: int = DAYS, overlap_days: int = OVERLAP_DAYS
) -> tuple[SystemSecret, str]:
    """A new one and its text, which nobody can read again. The one before ends after `overlap_days` (0 to 30), or when it would
    have. `days`: 1 to 730. Two administrators at once: the second is told that two are good."""
    require(by, "people.manage")
    if not 1 <= days <= LONGEST_DAYS:
        raise ValidationError({"days": f"A secret lasts 1 to {LONGEST_DAYS} days."})
    if not 0 <= overlap_days <= LONGEST_OVERLAP_DAYS:
        raise ValidationError({"overlap_days": f"Both are good for 0 to {LONGEST_OVERLAP_DAYS} days."})
    take(system)
    good = list(system.secrets.good())
    if len(good) > 1:
        raise ValidationError("Two secrets are good already. End the one that is used no more, then make a new one.")
    now = timezone.now()
    for old in good:
        until = min(old.expires_at, now + timedelta(days=overlap_days))
        SystemSecret.objects.filter(pk=old.pk).update(expires_at=until)
    text = secrets.token_urlsafe(SECRET_BYTES)
    made = SystemSecret.objects.create(
        system=system, digest=digest_of(text), made_by=by, expires_at=now + timedelta(days=days)
    )
    data = {"secret": made.pk, "days": days, "overlap_days": overlap_days if good else None}
    audit.record("system_secret_made", by=by, subject=system, label=system.name, data=data)
    return made, text


@transactional
def end_secret(secret: SystemSecret, *, by: User) -> None:
    """As when it has leaked: it is good no more, nor is any token that was given until now. Twice changes nothing."""
    require(by, "people.manage")
    take(secret.system)
    if SystemSecret.objects.filter(pk=secret.pk, ended_at=None).update(ended_at=timezone.now()):
        data = {"secret": secret.pk, "tokens": end_access_tokens(secret.system)}
        audit.record("system_secret_ended", by=by, subject=secret.system, label=secret.system.name, data=data)
