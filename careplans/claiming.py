"""Takes rows of the queue in one transaction, so that no two workers hold the same one."""

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from careplans.models import Delivery
from careplans.models.reminders import DeliveryQuerySet

LEASE = timedelta(seconds=settings.REMINDER_LEASE_SECONDS)


def take(rows: DeliveryQuerySet, count: int, **values: Any) -> list[Delivery]:
    """The first `count` of `rows`, each with a token of this call; those that another worker is taking are left to it.

    `rows` are taken again by their own conditions: what changed since it was looked at is left alone.
    """
    token = uuid.uuid4()
    with transaction.atomic():
        # On SQLite the IMMEDIATE transaction stands for SKIP LOCKED: there is one writer at a time.
        locks = transaction.get_connection().features.has_select_for_update
        first = rows.select_for_update(skip_locked=True) if locks else rows
        # Looked up first: as a subquery, PostgreSQL may run it once for each row, and then takes more than `count`.
        keys = list(first.values_list("pk", flat=True)[:count])
        rows.order_by().filter(pk__in=keys).update(token=token, **values)
    return list(Delivery.objects.filter(token=token, status=Delivery.Status.CLAIMED))
