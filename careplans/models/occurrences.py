from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q

from accounts.access import BoardQuerySet
from careplans.models.changes import Change, changed_at
from careplans.models.step_values import REASONS_GIVEN, Reason


class OccurrenceQuerySet(BoardQuerySet):
    def for_api(self) -> Self:
        rows = self.select_related("step__plan", "step__case", "step__board", "board")
        return rows.annotate(changed_at=changed_at(Change.Noun.OCCURRENCES))

    def for_page(self) -> Self:
        """With the step, its plan and its case, as a page or a service needs them."""
        return self.select_related(
            "step__plan", "step__case__patient", "step__case__responsible", "step__case__proforma", "step__board",
            "step__assignee", "step__after_step__after_step", "board",
        )  # fmt: skip

    def open(self) -> Self:
        """Still to be given."""
        return self.filter(status__in=Occurrence.OPEN)


class Occurrence(models.Model):
    """One cycle, session or administration of a step: when it is planned, and what became of it (domain note D.3b)."""

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        GIVEN = "given", "Given as planned"
        GIVEN_OTHERWISE = "given_otherwise", "Given otherwise"
        POSTPONED = "postponed", "Postponed"
        OMITTED = "omitted", "Left out"

    TRANSITIONS: dict[str, tuple[str, ...]] = {
        Status.PLANNED: (Status.GIVEN, Status.GIVEN_OTHERWISE, Status.POSTPONED, Status.OMITTED),
        Status.POSTPONED: (Status.GIVEN, Status.GIVEN_OTHERWISE, Status.POSTPONED, Status.OMITTED),
        Status.GIVEN: (),
        Status.GIVEN_OTHERWISE: (),
        Status.OMITTED: (),
    }
    OPEN = (Status.PLANNED, Status.POSTPONED)
    DELIVERED = (Status.GIVEN, Status.GIVEN_OTHERWISE)

    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey("careplans.Case", on_delete=models.PROTECT, related_name="+")
    step = models.ForeignKey("careplans.Step", on_delete=models.PROTECT, related_name="occurrences")
    number = models.PositiveSmallIntegerField("number")
    planned_on = models.DateField("planned for")
    # For which day it was signed, or given by the board when it chose an arm; empty where it has kept that day.
    agreed_on = models.DateField("first agreed for", null=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.PLANNED)
    given_on = models.DateField("given on", null=True)
    reason = models.CharField("reason", max_length=28, choices=Reason, blank=True)
    reason_note = models.TextField("reason in words", blank=True)
    # Why it was put on a later day the last time; kept once it is given, when `reason` says how that was done.
    postponed_for = models.CharField(
        "postponed for", max_length=28, choices=REASONS_GIVEN, blank=True, default="", db_default=""
    )
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OccurrenceQuerySet.as_manager()

    class Meta:
        ordering = ["step_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["step", "number"], name="occurrence_once_per_step_and_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="occurrence_from_one"),
            models.CheckConstraint(
                condition=Q(status__in=["given", "given_otherwise"], given_on__isnull=False)
                | (~Q(status__in=["given", "given_otherwise"]) & Q(given_on=None)),
                name="occurrence_given_has_date",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["planned", "given"]) | ~Q(reason=""), name="occurrence_otherwise_has_reason"
            ),
            models.CheckConstraint(
                condition=~Q(reason="other") | ~Q(reason_note=""), name="occurrence_other_reason_in_words"
            ),
        ]
        indexes = [
            models.Index(fields=["board", "-id"], name="occurrence_newest"),
            models.Index(fields=["board", "planned_on", "id"], name="occurrence_by_day"),
        ]

    def __str__(self) -> str:
        return f"occurrence {self.number}, {self.get_status_display().lower()}"

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def is_given(self) -> bool:
        return self.status in self.DELIVERED

    @property
    def recorded_words(self) -> str:
        """“given otherwise on 3 Mar 2026 (Medical reason: half)”, “left out (Patient's choice)”."""
        on = f" on {self.given_on:%-d %b %Y}" if self.given_on else ""
        why = ": ".join(filter(None, [self.get_reason_display() if self.reason else "", self.reason_note]))
        return f"{self.get_status_display().lower()}{on}{f' ({why})' if why else ''}"

    @property
    def difference(self) -> str:
        """Planned and given in words: “3 days later than planned”; empty where it was not given."""
        if self.given_on is None:
            return ""
        days = (self.given_on - self.planned_on).days
        if not days:
            return "on the day planned"
        return f"{abs(days)} day{'' if abs(days) == 1 else 's'} {'later' if days > 0 else 'earlier'} than planned"

    @property
    def tone(self) -> str:
        """The state of a step that reads alike, for its tag."""
        return {"given": "done", "given_otherwise": "done", "postponed": "due", "omitted": "not_done"}.get(
            self.status, self.status
        )

    @property
    def heading(self) -> str:
        """“Cycle 3 of 4”; the step must be loaded."""
        return self.step.occurrence_heading(self.number)

    @property
    def day(self) -> date:
        """The day on which it was given, or for which it is or was planned."""
        return self.given_on or self.planned_on
