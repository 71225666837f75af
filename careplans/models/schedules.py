from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from accounts.access import BoardQuerySet


class Kind(models.TextChoices):
    VISIT = "visit", "Visit"
    MARKERS = "markers", "Markers"
    CROSS_SECTIONAL = "cross_sectional", "CT or MRI"
    RECEPTOR_IMAGING = "receptor_imaging", "Receptor imaging"
    ECHO = "echo", "Echocardiogram"
    REDISCUSSION = "rediscussion", "Re-discussion on the board"
    OTHER = "other", "Other"


class FollowUpSchedule(models.Model):
    """A schedule of follow-ups for a situation (domain note D.5): local to the board, editable, dated."""

    # What a board may set, for the form and the service alike.
    FIELDS = (
        "name", "site_group", "grade", "extent", "resection", "kinds", "interval_months", "window_days", "duration_months",
        "source", "reviewed_on", "reviewed_by", "is_active",
    )  # fmt: skip

    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="follow_up_schedules")
    name = models.CharField("situation", max_length=160)
    site_group = models.CharField("site group", max_length=80, blank=True)
    grade = models.CharField("grade", max_length=40, blank=True)
    extent = models.CharField("extent", max_length=40, blank=True)
    resection = models.CharField("resection status", max_length=40, blank=True)
    kinds = models.JSONField("what to do", default=list)
    interval_months = models.PositiveSmallIntegerField(
        "every so many months", validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    window_days = models.PositiveSmallIntegerField(
        "may be late by so many days", default=14, validators=[MaxValueValidator(180)]
    )
    duration_months = models.PositiveSmallIntegerField(
        "for so many months", default=24, validators=[MinValueValidator(1), MaxValueValidator(240)]
    )
    source = models.CharField("source", max_length=300)
    reviewed_on = models.DateField("reviewed on", null=True, blank=True)
    reviewed_by = models.CharField("reviewed by", max_length=120, blank=True)
    is_active = models.BooleanField("in use", default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = BoardQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["board", "name"], name="follow_up_schedule_once_per_board"),
            models.CheckConstraint(condition=Q(interval_months__gte=1), name="follow_up_schedule_interval"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def kind_labels(self) -> list[str]:
        return [Kind(kind).label for kind in self.kinds]
