from collections.abc import Mapping

from django.core.exceptions import PermissionDenied

from accounts import audit
from accounts.models import User
from common.writing import note_change, told_of, transactional

OWN_FIELDS = (
    "name", "mail_reminders", "mail_overdue", "mail_escalations", "mail_signatures", "mail_news", "quiet_from", "quiet_until",
    "digest_at", "signatures_at_once", "single_keys",
)  # fmt: skip


@transactional
def change_settings(user: User, *, by: User, changes: Mapping[str, object]) -> None:
    """Name and mail preferences, by the person themself."""
    if user.pk != by.pk:
        raise PermissionDenied("Only the person themself can change these settings.")
    fields = [field for field in OWN_FIELDS if field in changes]
    if not fields:
        return
    note_change(user, {field: changes[field] for field in fields})
    for field in fields:
        setattr(user, field, changes[field])
    user.save(update_fields=fields)
    audit.record("settings_changed", by=by, subject=user, label=user.name, data={"fields": fields} | told_of(user))
