"""The queue of what is to leave the house, whether it may, and when its senders were last alive."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils import timezone

from careplans.models.reminders import Reminder
from common.leases import Leased


class OutboxMessageQuerySet(models.QuerySet["OutboxMessage"]):
    def for_sending(self) -> Self:
        """With all that sending looks at. What a reminder is about is one of five things, and people and boards are shared
        by many rows: each is read once, and only where it occurs, instead of joined to every row."""
        return self.select_related("reminder").prefetch_related(
            "recipient", "reminder__board", "reminder__case__patient", "reminder__recipient", "reminder__reference_page",
            "reminder__step__plan", "reminder__step__assignee", "reminder__step__after_step__after_step",
            "reminder__step__arm__decision",
            "reminder__follow_up__assignee", "reminder__signature__plan", "reminder__plan",
        )  # fmt: skip

    def with_any(self, counter: str) -> Self:
        """`ambiguous` or `looked_up` above none. The number stands in the query itself: of a parameter no database knows that it
        is the one in the condition of the index."""
        return self.filter(**{f"{counter}__gt": RawSQL("0", ())})

    def held(self, messages: Collection["OutboxMessage"]) -> Self:
        """The rows of a claim, as long as they still are that claim's: whoever writes compares with this."""
        return self.claimed_as({row.token for row in messages if row.token}, [row.pk for row in messages])

    def claimed_as(self, tokens: Collection[UUID], keys: Collection[int]) -> Self:
        """Those of `keys` that bear one of these tokens still."""
        return self.filter(pk__in=keys, token__in=tokens, status=OutboxMessage.Status.CLAIMED)


class OutboxMessage(Leased):
    """One channel of a reminder. This row is the queue: it is claimed, marked before the irrevocable moment, settled."""

    class Channel(models.TextChoices):
        IN_APP = "in_app", "In the app"
        EMAIL = "email", "E-mail"

    class Status(models.TextChoices):
        PENDING = "pending", "Waiting"
        CLAIMED = "claimed", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        # Waits for the daily e-mail in `digest`, and becomes what that becomes. Never claimed.
        COLLECTED = "collected", "In the daily e-mail"

    reminder = models.ForeignKey(Reminder, on_delete=models.PROTECT, related_name="messages")
    channel = models.CharField(max_length=8, choices=Channel)
    # Nobody looks for the messages of a person.
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    # Over (reminder, generation, channel, recipient); the Message-ID derives from it.
    dedupe_key = models.CharField(max_length=120)
    status = models.CharField(max_length=12, choices=Status, default=Status.PENDING)
    due_at = models.DateTimeField()
    # Somebody waits for it: it passes a backlog.
    is_urgent = models.BooleanField(default=False)
    # Set durably just before SMTP's final dot: from here on it may have gone out.
    marked_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # How often it may have gone out and nobody could tell; and how often the relay could.
    ambiguous = models.PositiveSmallIntegerField(default=0)
    looked_up = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    # Until when its recipient wants it to wait, or whoever was told before may act: the promise that the health page counts from.
    held_until = models.DateTimeField(null=True)
    digest = models.ForeignKey(Reminder, on_delete=models.PROTECT, null=True, related_name="collected", db_index=False)
    # How often it came back after the relay had taken it. Part of the Message-ID: what is sent then is another mail, and
    # neither the relay nor a mailbox may take it for the one that it knows.
    bounce_count = models.PositiveSmallIntegerField(default=0, db_default=0)
    # In which era it was first claimed, and part of the Message-ID: see `SendingHold.era`. Empty until then.
    era = models.CharField(max_length=12, null=True)
    # Sent again by hand: does not wait for a daily e-mail.
    skips_digest = models.BooleanField(default=False)

    objects = OutboxMessageQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "id"]
        verbose_name_plural = "messages"
        constraints = [
            # Not `unique` on the field: PostgreSQL would keep a second index for LIKE, and every claim, mark and settle writes
            # to every index.
            models.UniqueConstraint(fields=["dedupe_key"], name="outbox_sent_once"),
            models.CheckConstraint(
                condition=~Q(status="claimed") | Q(token__isnull=False, lease_until__isnull=False),
                name="outbox_claimed_has_lease",
            ),
            models.CheckConstraint(condition=~Q(status="sent") | Q(sent_at__isnull=False), name="outbox_sent_has_time"),
            models.CheckConstraint(
                condition=~Q(status="collected") | Q(digest__isnull=False), name="outbox_collected_has_digest"
            ),
        ]
        indexes = [
            # Not partial: SQLite cannot see that a parameter is the state that the condition names.
            models.Index(fields=["status", "due_at", "id"], name="outbox_by_due"),
            models.Index(fields=["status", "is_urgent", "due_at", "id"], name="outbox_urgent"),
            models.Index(fields=["status", "lease_until"], name="outbox_by_lease"),
            models.Index(fields=["digest"], condition=Q(digest__isnull=False), name="outbox_by_digest"),
            # Few of very many, counted by /metrics/.
            models.Index(fields=["id"], condition=Q(ambiguous__gt=0), name="outbox_ambiguous"),
            models.Index(fields=["id"], condition=Q(looked_up__gt=0), name="outbox_looked_up"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} message {self.pk}"


class SendingHold(models.Model):
    """One row. `server` says which database this was when an administrator last vouched for it, in words of the database
    server; `identity` says the same by the address that one host knew it by, as programs before `server` did.

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
    server = models.CharField(max_length=300, blank=True, default="", db_default="")
    # Renewed by each release: a restored database gives new rows the numbers of rows that it has lost, and without this their
    # mails would bear the Message-IDs of mails that the relay has taken long ago.
    era = models.CharField(max_length=12, blank=True, default="", db_default="")
    # While held: what was written later than this did not exist when the backup was taken, and cannot have gone out.
    doubt_until = models.DateTimeField(null=True)
    # Since when a process that sends cannot write its witness, so that a restore would not be noticed.
    unwitnessed_since = models.DateTimeField(null=True)

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
