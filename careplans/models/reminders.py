from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.access import BoardQuerySet


class ReminderQuerySet(BoardQuerySet):
    def scheduled(self) -> Self:
        return self.filter(status=Reminder.Status.SCHEDULED)


class Reminder(models.Model):
    """One notice about one thing to one person, on one local day: a step, a follow-up, an awaited signature, a plan, or
    the review of a reference page. The last belongs to the centre and to no board or case; what is told monthly about
    cases with nothing ahead belongs to a board and to no one case.
    """

    class Kind(models.TextChoices):
        LEAD = "lead", "Coming up"
        DUE = "due", "Due"
        OVERDUE = "overdue", "Overdue"
        ESCALATION = "escalation", "Escalated"
        SIGNATURE = "signature", "Signature awaited"
        SNOOZED = "snoozed", "Asked to be reminded again"
        GATE = "gate", "Condition failed"
        DISSENT = "dissent", "Dissent"
        SENT_BACK = "sent_back", "Sent back"
        READY = "ready", "Ready to release"
        RELEASED = "released", "Released"
        FACTS = "facts", "Facts have changed"
        STEP_ENDED = "step_ended", "Stopped or not done"
        OUTCOME = "outcome", "Outcome known later"
        ENDED = "ended", "Plan revoked or entered in error"
        DIFFERS = "differs", "Not what was signed"
        # About no single case: once a month, which cases in care of a board have nothing ahead.
        AHEAD = "ahead", "Nothing ahead"
        # About nothing of its own: it carries the single e-mails that were collected for it.
        DIGEST = "digest", "Daily e-mail"

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", "Scheduled"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    # What happened to a plan or a step, told to those who answer for it. Nobody has to act by a day.
    NEWS = (
        Kind.DISSENT,
        Kind.SENT_BACK,
        Kind.READY,
        Kind.RELEASED,
        Kind.FACTS,
        Kind.STEP_ENDED,
        Kind.OUTCOME,
        Kind.ENDED,
        Kind.DIFFERS,
    )

    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, null=True, related_name="+")
    case = models.ForeignKey("careplans.Case", on_delete=models.PROTECT, null=True, related_name="+")
    step = models.ForeignKey("careplans.Step", on_delete=models.PROTECT, null=True, related_name="reminders")
    follow_up = models.ForeignKey("careplans.FollowUp", on_delete=models.PROTECT, null=True, related_name="reminders")
    signature = models.ForeignKey("careplans.Signature", on_delete=models.PROTECT, null=True, related_name="reminders")
    plan = models.ForeignKey("careplans.Plan", on_delete=models.PROTECT, null=True, related_name="+")
    reference_page = models.ForeignKey("modalities.Modality", on_delete=models.PROTECT, null=True, related_name="+")
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
                condition=Q(step__isnull=False, follow_up=None, signature=None, plan=None, reference_page=None)
                | Q(step=None, follow_up__isnull=False, signature=None, plan=None, reference_page=None)
                | Q(step=None, follow_up=None, signature__isnull=False, plan=None, reference_page=None)
                | Q(step=None, follow_up=None, signature=None, plan__isnull=False, reference_page=None)
                | Q(step=None, follow_up=None, signature=None, plan=None, reference_page__isnull=False)
                | Q(step=None, follow_up=None, signature=None, plan=None, reference_page=None, kind__in=["digest", "ahead"]),
                name="reminder_about_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(reference_page=None, board__isnull=False, case__isnull=False)
                | Q(reference_page__isnull=False, board=None, case=None)
                | Q(reference_page=None, board=None, case=None, kind="digest")
                | Q(reference_page=None, board__isnull=False, case=None, kind="ahead"),
                name="reminder_of_a_board_or_of_the_centre",
            ),
            models.UniqueConstraint(
                fields=["instead_of", "recipient"], condition=Q(instead_of__isnull=False), name="stand_in_told_once"
            ),
            models.UniqueConstraint(
                fields=["recipient", "local_day"], condition=Q(kind="digest"), name="digest_once_per_person_and_day"
            ),
            # Its day is the first of the month.
            models.UniqueConstraint(
                fields=["board", "recipient", "local_day"], condition=Q(kind="ahead"), name="nothing_ahead_told_monthly"
            ),
            models.UniqueConstraint(
                fields=["reference_page", "recipient", "kind", "generation"], condition=Q(reference_page__isnull=False),
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
            models.UniqueConstraint(
                fields=["plan", "recipient", "kind", "generation"], condition=Q(plan__isnull=False),
                name="reminder_once_per_plan",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["board", "status", "due_at"], name="reminder_by_board"),
            # For those that a dead worker left behind.
            models.Index(fields=["status", "due_at"], name="reminder_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} reminder {self.pk}"
