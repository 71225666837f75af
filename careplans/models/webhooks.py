"""Where a program of a board is told that something has changed, and what it was told."""

import uuid
from datetime import timedelta
from typing import NamedTuple

from django.db import models
from django.db.models import Count, Min, Q
from django.utils import timezone

from accounts.access import BoardQuerySet
from common.leases import CountsLost

# As Standard Webhooks writes a secret.
PREFIX = "whsec_"


class WebhooksStanding(NamedTuple):
    """How webhooks stand, for whoever watches them."""

    on: int = 0
    failing: int = 0
    """Whose last delivery has not arrived."""
    failing_seconds: int = 0
    """Since when the first of these fails; 0 where none does."""
    waiting_seconds: int = 0
    """How long the first waits to be looked at; 0 where none does. It is looked at every few seconds where a worker runs."""


class WebhookQuerySet(BoardQuerySet):
    def standing(self) -> WebhooksStanding:
        """One query."""
        now = timezone.now()
        found = self.filter(status=Webhook.Status.ON).order_by().aggregate(
            on=Count("pk"), failing=Count("pk", filter=Q(failing_since__isnull=False)), failing_since=Min("failing_since"),
            due=Min("due_at", filter=Q(lease_until=None) | Q(lease_until__lte=now)),
        )  # fmt: skip
        failing, waiting = (
            0 if at is None else max(0, int((now - at).total_seconds()))
            for at in (found["failing_since"], found["due"])
        )
        return WebhooksStanding(found["on"], found["failing"], failing, waiting)

    def for_page(self) -> "WebhookQuerySet":
        return self.select_related("board", "made_by")


class Webhook(CountsLost):
    """One address of one board. It is told of the changes that whoever made it sees there: ids and moments alone.

    What it is told next is asked of the feed when the delivery before has arrived, so the order is that of the feed. A row is the
    queue: `due_at` says when it is looked at next, and who holds it until when.
    """

    class Status(models.TextChoices):
        ON = "on", "On"
        OFF = "off", "Switched off"

    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="webhooks")
    name = models.CharField("name", max_length=80)
    url = models.CharField("address", max_length=500)
    nouns = models.JSONField(default=list)
    made_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    # Sealed: signing needs the secrets themselves, and no copy of the database shows them.
    secret = models.CharField(max_length=400)
    old_secret = models.CharField(max_length=400, blank=True, default="")
    old_secret_until = models.DateTimeField(null=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ON)
    off_reason = models.CharField(max_length=300, blank=True, default="")
    # How far its feed was read, and the number of the last delivery.
    cursor = models.TextField(default="")
    last_number = models.PositiveBigIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ["board", "name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["board", "name"], name="webhook_name_once_per_board"),
            models.CheckConstraint(
                condition=Q(status="on", off_reason="") | (Q(status="off") & ~Q(off_reason="")),
                name="webhook_off_says_why",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(status="on"), name="webhook_due")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_on(self) -> bool:
        return self.status == self.Status.ON


class WebhookDelivery(models.Model):
    """One body with its number. It goes out until it has arrived; it may arrive twice, under the same `message_id`."""

    class Kind(models.TextChoices):
        CHANGES = "changes", "Changes"
        TEST = "test", "Test"
        AGAIN = "again", "Sent again"

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        ARRIVED = "arrived", "Arrived"

    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="deliveries")
    number = models.PositiveBigIntegerField()
    message_id = models.UUIDField(default=uuid.uuid4, unique=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    entries = models.JSONField(default=list)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    # What the last attempt met: the status of the answer, or in words why there was none.
    last_status = models.PositiveSmallIntegerField(null=True)
    last_error = models.CharField(max_length=200, blank=True, default="")
    made_at = models.DateTimeField(default=timezone.now)
    tried_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["webhook", "number"], name="webhook_number_once")]

    def __str__(self) -> str:
        return f"delivery {self.number}"

    @property
    def took(self) -> timedelta | None:
        return self.arrived_at - self.made_at if self.arrived_at else None
