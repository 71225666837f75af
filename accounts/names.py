"""What people were called at a moment, by the audit trail of their accounts."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from accounts.models import AuditEvent

# By an administrator, and by the person.
CHANGES = ("person_changed", "settings_changed")


def names_at(keys: Collection[int], moment: datetime) -> dict[int, str]:
    """By their keys, of those who were called otherwise at that moment than now. One query, none where nobody is asked for.

    Of a change that the trail does not hold, as one from before it told old names, nothing is known: they keep today's name.
    """
    if not keys:
        return {}
    rows = AuditEvent.objects.filter(
        subject_type="user", subject_id__in=[str(key) for key in keys], action__in=CHANGES, at__gt=moment
    )
    found: dict[int, str] = {}
    for key, data in rows.order_by("id").values_list("subject_id", "data"):
        if (name := _name_before(data)) is not None:
            # The first change after that moment says what stood then.
            found.setdefault(int(key), name)
    return found


def _name_before(data: dict[str, Any]) -> str | None:
    """As `accounts/services/people.py` and `accounts/services/settings.py` tell a change."""
    told = data.get("name")
    name = told.get("old") if isinstance(told, dict) else data.get("was", {}).get("name")
    return name if isinstance(name, str) else None
