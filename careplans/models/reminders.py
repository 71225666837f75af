from collections.abc import Collection
from typing import Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.access import BoardQuerySet


class ReminderQuerySet(BoardQuerySet):
    def scheduled(self) -> Self:
        return self.filter(status=Reminder.Status.SCHEDULED)


class Reminder(models.Model):
    """One notice about one thing to one person, on one local day: a step, a follow-up, an awaited signature, or the
    review of a reference page. The last belongs to the centre and to no board or case.
    """

    class Kind(models.TextChoices):
        LEAD = "lead", "Coming up"
        DUE = "due", "Due"
        OVERDUE = "overdue", "Overdue"
        ESCALATION = "escalation", "Escalated"
        SIGNATURE = "signature", "Signature awaited"
        SNOOZED = "snoozed", "Asked to be reminded again"
        # About nothing of its own: it carries the single e-mails that were collected for it.
        DIGEST = "digest", "Daily e-mail"

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", "Scheduled"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, null=True, related_name="+")
    case = models.ForeignKey("careplans.Case", on_delete=models.PROTECT, null=True, related_name="+")
    step = models.ForeignKey("careplans.Step", on_delete=models.PROTECT, null=True, related_name="reminders")
    follow_up = models.ForeignKey("careplans.FollowUp", on_delete=models.PROTECT, null=True, related_name="reminders")
    signature = models.ForeignKey("careplans.Signature", on_delete=models.PROTECT, null=True, related_name="reminders")
    page = models.ForeignKey("modalities.Modality", on_delete=models.PROTECT, null=True, related_name="+")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    generation = models.PositiveIntegerField(default=1)
    # Of an escalation: in which role its recipient is told, and why.
    why = models.CharField(max_length=160, blank=True)
    # Written to a deputy, or to the coordinators, because the recipient of that one is away.
    instead_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="stand_ins")
    # The date of its subject when it was written; empty on rows from before this was kept.
    subject_due_on = models.DateField(null=True)
    # Local wall time and zone are what was promised; due_at is computed from them.
    local_day = models.DateField()
    local_time = models.TimeField()
    zone = models.CharField(max_length=64)
    due_at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=Status, default=Status.SCHEDULED)
    cancel_reason = models.CharField(max_length=160, blank=True)
    snooze_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(step__isnull=False, follow_up=None, signature=None, page=None)
                | Q(step=None, follow_up__isnull=False, signature=None, page=None)
                | Q(step=None, follow_up=None, signature__isnull=False, page=None)
                | Q(step=None, follow_up=None, signature=None, page__isnull=False)
                | Q(step=None, follow_up=None, signature=None, page=None, kind="digest"),
                name="reminder_about_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(page=None, board__isnull=False, case__isnull=False)
                | Q(page__isnull=False, board=None, case=None)
                | Q(page=None, board=None, case=None, kind="digest"),
                name="reminder_of_a_board_or_of_the_centre",
            ),
            models.UniqueConstraint(
                fields=["instead_of", "recipient"], condition=Q(instead_of__isnull=False), name="stand_in_told_once"
            ),
            models.UniqueConstraint(
                fields=["recipient", "local_day"], condition=Q(kind="digest"), name="digest_once_per_person_and_day"
            ),
            models.UniqueConstraint(
                fields=["page", "recipient", "kind", "generation"], condition=Q(page__isnull=False),
                name="reminder_once_per_page",
            ),
            models.UniqueConstraint(
                fields=["step", "recipient", "kind", "generation"], condition=Q(step__isnull=False),
                name="reminder_once_per_step",
            ),
            models.UniqueConstraint(
                fields=["follow_up", "recipient", "kind", "generation"], condition=Q(follow_up__isnull=False),
                name="reminder_once_per_follow_up",
            ),
            models.UniqueConstraint(
                fields=["signature", "recipient", "kind", "generation"], condition=Q(signature__isnull=False),
                name="reminder_once_per_signature",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["board", "status", "due_at"], name="reminder_by_board"),
            # For those that a dead worker left behind.
            models.Index(fields=["status", "due_at"], name="reminder_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} reminder {self.pk}"


class OutboxMessageQuerySet(models.QuerySet["OutboxMessage"]):
    def for_sending(self) -> Self:
        """With all that sending looks at. What a reminder is about is one of four things, and people and boards are shared
        by many rows: each is read once, and only where it occurs, instead of joined to every row."""
        return self.select_related("reminder").prefetch_related(
            "recipient", "reminder__board", "reminder__recipient", "reminder__page",
            "reminder__step__plan", "reminder__step__assignee", "reminder__follow_up__assignee",
            "reminder__signature__plan",
        )  # fmt: skip

    def held(self, messages: Collection["OutboxMessage"]) -> Self:
        """The rows of a claim, as long as they still are that claim's: whoever writes compares with this."""
        return self.claimed_as({row.token for row in messages if row.token}, [row.pk for row in messages])

    def claimed_as(self, tokens: Collection[UUID], keys: Collection[int]) -> Self:
        """Those of `keys` that bear one of these tokens still."""
        return self.filter(pk__in=keys, token__in=tokens, status=OutboxMessage.Status.CLAIMED)


class OutboxMessage(models.Model):
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
    token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    # Set durably just before SMTP's final dot: from here on it may have gone out.
    marked_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # How often it may have gone out and nobody could tell; and how often the relay could.
    ambiguous = models.PositiveSmallIntegerField(default=0)
    looked_up = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    # Until when its recipient wants it to wait: the promise that the health page counts from.
    held_until = models.DateTimeField(null=True)
    digest = models.ForeignKey(Reminder, on_delete=models.PROTECT, null=True, related_name="collected", db_index=False)
    # How often it came back after the relay had taken it. Part of the Message-ID: what is sent then is another mail, and
    # neither the relay nor a mailbox may take it for the one that it knows. Old code that runs beside may leave it out.
    bounce_count = models.PositiveSmallIntegerField(default=0, db_default=0)
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
        ]

    def __str__(self) -> str:
        return f"{self.channel} message {self.pk}"
