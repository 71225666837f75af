"""What ticks do for webhooks: remove what has arrived and has had its time."""

from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from careplans.models import WebhookDelivery

# So that no statement holds many rows for long.
BATCH = 1000


def remove_old_deliveries() -> int:
    """How many were removed. What waits stays, however old it is, and so does the last of each webhook: its page says from it
    when something arrived. That each was told is on the audit trail."""
    before = timezone.now() - timedelta(days=settings.WEBHOOK_DAYS)
    rows = WebhookDelivery.objects.filter(status=WebhookDelivery.Status.ARRIVED, arrived_at__lt=before)
    old = rows.exclude(number=F("webhook__last_number")).order_by("pk").values_list("pk", flat=True)[:BATCH]
    removed, _ = WebhookDelivery.objects.filter(pk__in=list(old), status=WebhookDelivery.Status.ARRIVED).delete()
    return removed
