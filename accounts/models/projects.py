"""Reporting projects: for what, by whom and until when the rows of a board, or of all boards of an institution, are read without
telling who is meant. docs/deidentification.md says how.
"""

import secrets
from datetime import date
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

SMALLEST_CELL = 5
NONCE_BYTES = 16


def new_nonce() -> str:
    return secrets.token_hex(NONCE_BYTES)


class ProjectQuerySet(models.QuerySet["ReportingProject"]):
    def open_on(self, day: date) -> Self:
        """In which may be read on this day."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=day), closed_at=None, starts_on__lte=day)

    def over_board(self, board: int, institution: int | None) -> Self:
        """Of this board, and of its institution."""
        return self.filter(Q(board=board) | Q(institution=institution, institution__isnull=False))

    def for_list(self) -> Self:
        """With its board or institution, and `readers`: how many analysts read in it. What is open comes first."""
        read = models.Count("analysts", filter=Q(analysts__removed_at=None))
        rows = self.select_related("board", "institution").annotate(readers=read)
        return rows.order_by(F("closed_at").desc(nulls_first=True), "name", "pk")


class ReportingProject(models.Model):
    """One purpose, with its own pseudonyms: what is read in two projects has no key in common.

    No secret is kept here. The key of its pseudonyms is made of SECRET_KEY and `nonce`; `key_check` tells whether it is still the
    same one.
    """

    class Dates(models.TextChoices):
        MONTHS = "months", "Months: each day stands as the first of its month"
        OFFSETS = "offsets", "Shifted: all days of a patient by the same secret number of days, so that intervals stay"

    # Exactly one of both.
    board = models.ForeignKey(
        "accounts.Board", on_delete=models.PROTECT, null=True, editable=False, related_name="projects"
    )
    institution = models.ForeignKey(
        "accounts.Institution", on_delete=models.PROTECT, null=True, editable=False, related_name="projects"
    )
    name = models.CharField("name", max_length=120, help_text="For example: Waiting times 2026.")
    purpose = models.TextField("purpose", max_length=1000, help_text="What is to be found out, in a sentence or two.")
    approval = models.CharField(
        "approval", max_length=120, help_text="Who allowed it, by its number: an ethics committee, a data protection office."
    )  # fmt: skip
    starts_on = models.DateField("first day")
    ends_on = models.DateField(
        "last day", null=True, blank=True, help_text="Nobody reads in it any more after this day. Empty: until it is closed."
    )  # fmt: skip
    dates = models.CharField("days are given as", max_length=8, choices=Dates, default=Dates.MONTHS)
    smallest_cell = models.PositiveSmallIntegerField(
        "smallest number that is shown", default=SMALLEST_CELL, validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="Smaller numbers are left out of tables, with as many others as it takes so that nobody works them out. "
        "1: every number is shown.",
    )  # fmt: skip
    allows_text = models.BooleanField(
        "free text is given, too", default=False,
        help_text="Only where the board lets its analysts read free text. Whoever wrote it may have named the patient.",
    )  # fmt: skip
    nonce = models.CharField(max_length=2 * NONCE_BYTES, default=new_nonce, editable=False)
    key_check = models.CharField(max_length=16, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(board=None, institution__isnull=False) | Q(board__isnull=False, institution=None),
                name="project_of_board_or_institution",
            ),
            models.CheckConstraint(condition=Q(smallest_cell__gte=1), name="project_smallest_cell"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="project_ends_after_it_starts"
            ),
            models.UniqueConstraint(fields=["board", "name"], name="project_name_once_per_board"),
            models.UniqueConstraint(fields=["institution", "name"], name="project_name_once_per_institution"),
        ]

    def __str__(self) -> str:
        return self.name

    def is_open_on(self, day: date) -> bool:
        return self.closed_at is None and self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


class ProjectAnalyst(models.Model):
    """Somebody who reads in a project, as far as they are an analyst of its boards. Removed, never deleted."""

    project = models.ForeignKey(ReportingProject, on_delete=models.PROTECT, related_name="analysts")
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="projects")
    added_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["user__name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "user"], condition=Q(removed_at=None), name="project_analyst_once_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.project_id}"


class InstitutionAnalyst(models.Model):
    """Somebody who is an analyst of every board of an institution: of those that it opens later, too, until a day or until it is
    ended. Its memberships are rows of their own, which name it (`Membership.through`)."""

    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="institutions_analysed")
    institution = models.ForeignKey("accounts.Institution", on_delete=models.PROTECT, related_name="analysts")
    ends_on = models.DateField("last day", null=True, blank=True, help_text="Empty: until it is ended.")
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["user__name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "institution"], condition=Q(ended_at=None), name="institution_analyst_once_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} of {self.institution_id}"
