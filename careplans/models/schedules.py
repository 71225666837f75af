"""Schedules of follow-ups, as a board writes them: lines that say what is done, how often, from when and until when."""

from collections.abc import Iterable, Sequence
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from accounts.access import BoardQuerySet

BY_CENTRE = "Set by your centre"


class Kind(models.TextChoices):
    VISIT = "visit", "Visit"
    MARKERS = "markers", "Markers"
    CROSS_SECTIONAL = "cross_sectional", "CT or MRI"
    RECEPTOR_IMAGING = "receptor_imaging", "Receptor imaging"
    ECHO = "echo", "Echocardiogram"
    REDISCUSSION = "rediscussion", "Re-discussion on the board"
    OTHER = "other", "Other"


class Unit(models.TextChoices):
    DAYS = "days", "days"
    WEEKS = "weeks", "weeks"
    MONTHS = "months", "months"
    YEARS = "years", "years"


class FollowUpScheduleQuerySet(BoardQuerySet):
    def with_lines(self) -> Self:
        return self.prefetch_related("lines")


class FollowUpSchedule(models.Model):
    """What is done for a situation, and when (domain note D.5): local to the board, editable, dated.

    `is_none` says that no follow-up is needed: a choice with a source, and without lines.
    """

    # What a board may set, for the form and the service alike; its lines come beside it.
    FIELDS = (
        "name", "site_group", "grade", "extent", "resection", "is_none", "then", "source", "reviewed_on", "reviewed_by",
        "is_active",
    )  # fmt: skip

    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="follow_up_schedules")
    name = models.CharField("situation", max_length=160)
    site_group = models.CharField("site group", max_length=80, blank=True)
    grade = models.CharField("grade", max_length=40, blank=True)
    extent = models.CharField("extent", max_length=40, blank=True)
    resection = models.CharField("resection status", max_length=40, blank=True)
    is_none = models.BooleanField("no follow-up is needed", default=False, db_default=False)
    # On its last day the board is asked for this, so that nobody ends with nothing ahead.
    then = models.CharField("what comes when it ends", max_length=120, blank=True, default="", db_default="")
    source = models.CharField("source", max_length=300, blank=True)
    reviewed_on = models.DateField("reviewed on", null=True, blank=True)
    reviewed_by = models.CharField("reviewed by", max_length=120, blank=True)
    is_active = models.BooleanField("in use", default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = FollowUpScheduleQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["board", "name"], name="follow_up_schedule_once_per_board"),
            models.CheckConstraint(
                condition=Q(is_none=False) | ~Q(source=""),
                name="follow_up_schedule_none_has_source",
                violation_error_message="Say in “source” what “no follow-up is needed” rests on.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def sentences(self) -> list[str]:
        """What it asks for, a sentence for each thing; it must come with its lines."""
        return ["No follow-up is needed."] if self.is_none else line_sentences(self.lines.all())

    @property
    def source_words(self) -> str:
        return self.source or BY_CENTRE

    @property
    def ends(self) -> bool:
        """Whether there is a last day; it must come with its lines."""
        return not self.is_none and all(line.ends for line in self.lines.all())


class ScheduleLine(models.Model):
    """One thing to do, or several on the same days, at one interval over one span. A change of interval is another line."""

    FIELDS = (
        "kinds", "title", "interval", "unit", "starts_after", "starts_unit", "ends_after", "ends_unit", "window_days",
        "source",
    )  # fmt: skip
    MOST = 600

    schedule = models.ForeignKey(FollowUpSchedule, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    kinds = models.JSONField("what to do", default=list)
    title = models.CharField("in words", max_length=120, blank=True)
    # Empty: once.
    interval = models.PositiveSmallIntegerField(
        "every", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MOST)]
    )
    unit = models.CharField("interval counted in", max_length=8, choices=Unit, default=Unit.MONTHS)
    # Empty: after one interval.
    starts_after = models.PositiveSmallIntegerField("from", null=True, blank=True, validators=[MaxValueValidator(MOST)])
    starts_unit = models.CharField("start counted in", max_length=8, choices=Unit, default=Unit.MONTHS)
    # Empty: lifelong.
    ends_after = models.PositiveSmallIntegerField(
        "until", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MOST)]
    )
    ends_unit = models.CharField("end counted in", max_length=8, choices=Unit, default=Unit.YEARS)
    window_days = models.PositiveSmallIntegerField(
        "may be late by so many days", default=14, validators=[MaxValueValidator(180)]
    )
    source = models.CharField("source", max_length=300, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(interval__gte=1) | Q(interval=None, starts_after__isnull=False, ends_after=None),
                name="schedule_line_interval_or_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what}: {self.rhythm}"

    @property
    def what(self) -> str:
        labels = [Kind(kind).label for kind in self.kinds]
        return self.title or ", ".join(labels)

    @property
    def ends(self) -> bool:
        return self.interval is None or self.ends_after is not None

    @property
    def start(self) -> tuple[int, str]:
        """When it is done first, counted from the day from which the schedule counts."""
        if self.starts_after is not None:
            return self.starts_after, self.starts_unit
        return self.interval or 1, self.unit

    @property
    def rhythm(self) -> str:
        return self.rhythm_after(None)

    def rhythm_after(self, before: "ScheduleLine | None") -> str:
        """How often, from when and until when. What goes on from the line before it need not say from when."""
        if self.interval is None:
            return f"once {_at(*self.start)}"
        words = "every " + (one_of(self.unit) if self.interval == 1 else span(self.interval, self.unit))
        goes_on = (
            before is not None and before.ends_after is not None and self.start == (before.ends_after, before.ends_unit)
        )
        if self.starts_after is not None and self.start != (self.interval, self.unit) and not goes_on:
            words += " from the start" if self.starts_after == 0 else f" from {span(*self.start)}"
        return f"{words} until {span(self.ends_after, self.ends_unit)}" if self.ends_after else f"{words}, lifelong"

    @property
    def source_words(self) -> str:
        return self.source or BY_CENTRE


def span(number: int, unit: str) -> str:
    return f"{number} {one_of(unit) if number == 1 else Unit(unit).label}"


def one_of(unit: str) -> str:
    return Unit(unit).label.removesuffix("s")


def _at(number: int, unit: str) -> str:
    return "at the start" if number == 0 else f"after {span(number, unit)}"


def line_sentences(lines: Iterable[ScheduleLine]) -> list[str]:
    """A sentence for each thing to do, whatever the number of its lines. Pure."""
    groups: dict[tuple[str, ...], list[ScheduleLine]] = {}
    for line in lines:
        groups.setdefault((line.title, *line.kinds), []).append(line)
    return [f"{group[0].what}: {_rhythms(group)}." for group in groups.values()]


def _rhythms(lines: Sequence[ScheduleLine]) -> str:
    return ", then ".join(line.rhythm_after(before) for before, line in zip([None, *lines], lines, strict=False))
