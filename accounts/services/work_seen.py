"""Up to when somebody has seen what “My work” shows: by themself, and never back."""

from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from accounts import audit
from accounts.models import User
from common.writing import transactional


@transactional
def mark_work_seen(*, by: User, until: datetime) -> bool:
    """`until` is when the page was drawn. False where a later page was marked already: an older tab takes nothing back."""
    until = min(until, timezone.now())
    earlier = Q(work_seen_at=None) | Q(work_seen_at__lt=until)
    if not User.objects.filter(earlier, pk=by.pk).update(work_seen_at=until):
        return False
    by.work_seen_at = until
    audit.record("work_seen", by=by, subject=by, label=by.name, data={"until": until.isoformat()})
    return True
