from datetime import date
from typing import TYPE_CHECKING

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from accounts.access import BoardQuerySet
from careplans.models.courses import LONGEST_INTERVAL, IntervalUnit, after_interval
from careplans.models.schedules import Kind

if TYPE_CHECKING:
    from careplans.models.steps import Step

LATEST_DAY = 365


class Monitoring(models.Model):
    """A follow-up that hangs on a step: on each of its cycles, or on its whole course. Signed with the step."""

    class When(models.TextChoices):
        OCCURRENCE = "occurrence", "After each cycle, session or administration"
        COURSE = "course", "Again and again, while the step runs"

    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey("careplans.Case", on_delete=models.PROTECT, related_name="+")
    step = models.ForeignKey("careplans.Step", on_delete=models.PROTECT, related_name="monitoring")
    kind = models.CharField("what", max_length=20, choices=Kind)
    title = models.CharField("in words", max_length=160, blank=True)
    when = models.CharField("when", max_length=10, choices=When)
    days_after = models.PositiveSmallIntegerField(
        "days after", null=True, blank=True, validators=[MaxValueValidator(LATEST_DAY)]
    )
    interval = models.PositiveSmallIntegerField(
        "every", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(LONGEST_INTERVAL)]
    )
    interval_unit = models.CharField("unit of the interval", max_length=6, choices=IntervalUnit, blank=True)
    carried_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    removed_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BoardQuerySet.as_manager()

    class Meta:
        ordering = ["step_id", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(when="occurrence", days_after__isnull=False, interval=None, interval_unit="")
                | (Q(when="course", days_after=None, interval__gte=1) & ~Q(interval_unit="")),
                name="monitoring_after_each_or_again_and_again",
            ),
            models.CheckConstraint(condition=~Q(kind="other") | ~Q(title=""), name="monitoring_other_in_words"),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def heading(self) -> str:
        return self.title or self.get_kind_display()

    @property
    def words(self) -> str:
        """“Blood count 14 days after each cycle”, “Echocardiogram every 12 months while it runs”; the step must be loaded."""
        if self.when == self.When.OCCURRENCE:
            word = self.step.occurrence_word or "start"
            after = f"{self.days_after} day{'' if self.days_after == 1 else 's'} after"
            return f"{self.heading} {'on the day of' if self.days_after == 0 else after} each {word}"
        unit = self.interval_unit.removesuffix("s")
        every = f"every {unit}" if self.interval == 1 else f"every {self.interval} {unit}s"
        return f"{self.heading} {every} while it runs"

    def day_after(self, day: date, times: int = 1, *, kept: int = 0) -> date:
        """Of a line on the course: so many intervals later."""
        return after_interval(day, (self.interval or 1) * times, self.interval_unit, kept=kept)

    @property
    def content(self) -> dict[str, object]:
        """What of it is signed."""
        names = ("kind", "title", "when", "days_after", "interval", "interval_unit")
        return {name: value for name in names if (value := getattr(self, name)) not in (None, "")}


def said_amiss(
    *, kind: str, title: str, when: str, days_after: int | None, interval: int | None, interval_unit: str
) -> dict[str, str]:
    """By field, what is wrong or missing in what somebody would hang on a step."""
    errors: dict[str, str] = {}
    if kind not in Kind.values:
        errors["kind"] = "Choose one of the listed kinds."
    if kind == Kind.OTHER and not title.strip():
        errors["title"] = "Say in words what is to be done."
    if when not in Monitoring.When.values:
        errors["when"] = "Say whether it comes after each cycle, or again and again while the step runs."
    if when == Monitoring.When.OCCURRENCE and not (days_after is not None and 0 <= days_after <= LATEST_DAY):
        errors["days_after"] = f"Say how many days after each, from 0 to {LATEST_DAY}."
    if when == Monitoring.When.COURSE and not (interval and interval_unit in IntervalUnit.values):
        errors["interval"] = "Say how often, with days, weeks or months."
    return errors


def monitoring_of(step: "Step") -> list[Monitoring]:
    """What hangs on a step now, in its order. No query where the step comes from `for_plan()`."""
    if step._state.adding:
        return []
    return sorted((one for one in step.monitoring.all() if one.removed_at is None), key=lambda one: one.pk)
