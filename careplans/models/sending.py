"""Whether reminders go out from this database, and the pulse of what sends them."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class SendingHold(models.Model):
    """One row. `identity` says where this database lived when an administrator last vouched for it.

    `counter` only grows, and every process that sends keeps the last one it saw outside the database: a database whose
    counter is behind has been restored, and may believe unsent what has gone out.
    """

    class Why(models.TextChoices):
        RESTORED = "restored", "The database is older than what was sent: it was restored"
        COPIED = "copied", "The database has moved or been copied"
        BY_HAND = "by_hand", "An administrator holds it"

    identity = models.CharField(max_length=300)
    counter = models.BigIntegerField(default=0)
    held_at = models.DateTimeField(null=True)
    held_why = models.CharField(max_length=10, choices=Why, blank=True)
    held_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    held_note = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "sending"
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="sending_one_row"),
            models.CheckConstraint(condition=Q(held_at=None) ^ ~Q(held_why=""), name="sending_held_has_why"),
        ]

    def __str__(self) -> str:
        return "held" if self.is_held else "sending"

    @property
    def is_held(self) -> bool:
        return self.held_at is not None


class Heartbeat(models.Model):
    """When something was last alive: the tick that beat sends, the loop without a broker, the canary through the queue."""

    class Name(models.TextChoices):
        BEAT = "beat", "Celery's beat, through a worker"
        LOOP = "loop", "The loop or cron job without a broker"
        CANARY_SENT = "canary_sent", "Canary put into the queue"
        CANARY_BACK = "canary_back", "Canary back from the queue"

    name = models.CharField(max_length=16, choices=Name, primary_key=True)
    at = models.DateTimeField()
    # Of the canary: how long its last round trip took.
    seconds = models.FloatField(null=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%H:%M:%S}"

    def age(self, now: datetime | None = None) -> timedelta:
        return (now or timezone.now()) - self.at
