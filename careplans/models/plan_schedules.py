"""The follow-up schedules of a plan: from which day each counts, and who sees to it. What is here is signed."""

from datetime import date
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from careplans.models.apart import ApartQuerySet, attach, links
from careplans.models.courses import run_its_course
from careplans.models.plan_parts import complete_schedules
from careplans.models.schedules import Kind
from careplans.models.steps import Step


class PlanScheduleQuerySet(ApartQuerySet):
    def live(self) -> Self:
        """In the order in which they were chosen, with all that their dates need."""
        return self.in_plan().completed()

    def in_plan(self) -> Self:
        """The same for who completes them: `complete_schedules()`, and people."""
        rows = self.filter(removed_at=None).select_related("schedule").prefetch_related("schedule__lines")
        return rows.order_by("pk")

    def complete(self, rows: list["PlanSchedule"]) -> None:
        complete_schedules(rows)
        attach(links(rows, "assignee", "done_with"))

    def with_start(self) -> Self:
        """Those that write dates, or will: they count from a day, or from a step of the plan."""
        return self.filter(Q(counts_from__isnull=False) | Q(from_step__isnull=False))

    def started(self) -> Self:
        """Of plans in force those whose day is known. For rows at hand: `starts_on`."""
        ended = Q(from_event=PlanSchedule.FromEvent.ENDED, from_step__status=Step.Status.COMPLETED)
        begun = Q(from_event=PlanSchedule.FromEvent.BEGUN, from_step__started_on__isnull=False)
        stopped = Q(from_event=PlanSchedule.FromEvent.ENDED) & run_its_course("from_step")
        return self.filter(Q(counts_from__isnull=False) | ended | stopped | begun)


class PlanSchedule(models.Model):
    class Overlap(models.TextChoices):
        """What is done where a schedule above asks for the same within some days."""

        ONE = "one", "One follow-up is enough"
        BOTH = "both", "Both are needed"

    class FromEvent(models.TextChoices):
        """Which day of its step a schedule counts from."""

        ENDED = "ended", "has ended"
        BEGUN = "begun", "has begun"

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
    # Instead of a day: until its step has come so far, it waits.
    from_step = models.ForeignKey(
        "careplans.Step", on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name="counts from the day of step",
    )  # fmt: skip
    from_event = models.CharField(
        "when that step", max_length=5, choices=FromEvent, blank=True, default="", db_default=""
    )
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
            models.CheckConstraint(
                condition=Q(from_step=None, from_event="")
                | Q(from_step__isnull=False, from_event__in=["ended", "begun"], counts_from=None),
                name="plan_schedule_counts_from_one",
            ),
        ]
        indexes = [
            models.Index(fields=["written_until"], condition=Q(removed_at=None), name="plan_schedule_to_extend"),
        ]

    def __str__(self) -> str:
        if self.schedule.is_none or not self.start_words:
            return self.schedule.name
        by = f", by {self.assignee.name}" if self.assignee else ""
        return f"{self.schedule.name}, from {self.start_words}{by}"

    @property
    def starts_on(self) -> date | None:
        """From which day it counts: as it was said, or the day of its step once that has come. No query: the step comes with
        it, and in an amendment the one that this was copied from."""
        step = self.delivered_step
        if step is None:
            return self.counts_from
        if self.from_event == self.FromEvent.BEGUN:
            return step.started_on
        return step.ended_on if step.status == Step.Status.COMPLETED or step.has_run_its_course else None

    @property
    def delivered_step(self) -> Step | None:
        """What became of the step that it counts from stands here."""
        step = self.from_step
        amends = step is not None and step.status == Step.Status.PROPOSED and step.carried_from is not None
        return step.carried_from if step and amends else step

    @property
    def never_starts(self) -> str:
        """Why the day of its step will not come any more, to follow the step's name; empty while it still may."""
        step = self.delivered_step
        if step is None or self.starts_on is not None:
            return ""
        if step.goes_on_with:
            return "goes on under the care of somebody else"
        return f"is {step.get_status_display().lower()}" if step.status in Step.FAILED else ""

    @property
    def start_words(self) -> str:
        """To follow “from”: a day, or what of which step; empty where neither is said."""
        if self.from_step is None:
            return f"{self.counts_from:%-d %b %Y}" if self.counts_from else ""
        step = f"step {self.from_step.number} ({self.from_step.title})"
        gone = ", which was taken out of the plan" if self.from_step.removed_at else ""
        return f"the day on which {step} {self.get_from_event_display()}{gone}"

    @property
    def has_start(self) -> bool:
        return bool(self.counts_from or (self.from_step and self.from_step.removed_at is None))

    @property
    def waits(self) -> bool:
        """Its dates are not set yet."""
        return self.from_step_id is not None and self.starts_on is None

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
        return self.schedule.is_none or bool(self.has_start and self.assignee_id)


def _fate(told: dict[str, Any]) -> str:
    if told["on"]:
        return f"planned for {date.fromisoformat(told['on']):%-d %b %Y}"
    return "done elsewhere" if told["fate"] == PlanSchedule.Fate.ELSEWHERE else "left out"
