"""The follow-up schedules of a plan: from which day each counts, and who sees to it. What is here is signed."""

from datetime import date
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.access import BoardQuerySet
from careplans.models.schedules import Kind


class PlanScheduleQuerySet(BoardQuerySet):
    def live(self) -> Self:
        """In the order in which they were chosen, with all that their dates need."""
        return self.filter(removed_at=None).select_related("schedule", "assignee", "done_with").prefetch_related(
            "schedule__lines"
        ).order_by("pk")  # fmt: skip


class PlanSchedule(models.Model):
    class Overlap(models.TextChoices):
        """What is done where a schedule above asks for the same within some days."""

        ONE = "one", "One follow-up is enough"
        BOTH = "both", "Both are needed"

    class Fate(models.TextChoices):
        """What becomes of a date that lies in the past when the schedule is chosen."""

        PLANNED = "planned", "Plan it for a day"
        ELSEWHERE = "elsewhere", "It was done elsewhere"
        SKIPPED = "skipped", "Leave it out"

    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey("careplans.Case", on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey("careplans.Plan", on_delete=models.PROTECT, related_name="schedules")
    schedule = models.ForeignKey("careplans.FollowUpSchedule", on_delete=models.PROTECT, related_name="+")
    counts_from = models.DateField("counts from", null=True, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="done by",
    )
    # Who does them now, where the one who was signed cannot any more; what was signed stays as it is.
    done_with = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    overlap = models.CharField("where schedules ask for the same", max_length=8, choices=Overlap, blank=True)
    # For each date in the past: kind, title, day, fate, and on which day it is planned.
    past = models.JSONField("dates in the past", default=list)
    # Up to which day it is written out; a tick goes on from there.
    written_until = models.DateField(null=True, editable=False)
    removed_at = models.DateTimeField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = PlanScheduleQuerySet.as_manager()

    class Meta:
        verbose_name = "schedule of the plan"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "schedule"], condition=Q(removed_at=None), name="plan_schedule_once_per_plan"
            ),
        ]
        indexes = [
            models.Index(fields=["written_until"], condition=Q(removed_at=None), name="plan_schedule_to_extend"),
        ]

    def __str__(self) -> str:
        if self.schedule.is_none or self.counts_from is None:
            return self.schedule.name
        by = f", by {self.assignee.name}" if self.assignee else ""
        return f"{self.schedule.name}, from {self.counts_from:%-d %b %Y}{by}"

    @property
    def doer_id(self) -> int | None:
        return self.done_with_id or self.assignee_id

    @property
    def in_words(self) -> str:
        """All that is signed of it, in one line."""
        overlap = f"; {self.get_overlap_display().lower()} where schedules ask for the same" if self.overlap else ""
        past = "".join(f"; {answer}" for answer in self.past_words)
        return f"{self}{overlap}{past}"

    @property
    def past_words(self) -> list[str]:
        """What became of its dates in the past, a phrase for each."""
        return [
            f"{told['title'] or Kind(told['kind']).label} of {date.fromisoformat(told['day']):%-d %b %Y}: {_fate(told)}"
            for told in self.past
        ]

    @property
    def is_complete(self) -> bool:
        return self.schedule.is_none or bool(self.counts_from and self.assignee_id)


def _fate(told: dict[str, Any]) -> str:
    if told["on"]:
        return f"planned for {date.fromisoformat(told['on']):%-d %b %Y}"
    return "done elsewhere" if told["fate"] == PlanSchedule.Fate.ELSEWHERE else "left out"
