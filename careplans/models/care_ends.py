"""How a patient's care here ends as a whole: by death, or by transfer to another centre; and what that ended."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.access import BoardQuerySet
from common.local_time import partly, range_of


class CareEndQuerySet(models.QuerySet["CareEnd"]):
    def standing(self) -> Self:
        return self.filter(withdrawn_at=None)


class CareEnd(models.Model):
    """One record of a death or of a transfer. It belongs to the patient; a second person can take it back."""

    class Kind(models.TextChoices):
        DIED = "died", "Died"
        TRANSFERRED = "transferred", "Transferred to another centre"

    class Confirmed(models.TextChoices):
        YES = "yes", "Yes, they have confirmed it"
        NOT_YET = "not_yet", "Not yet"

    patient = models.ForeignKey("careplans.Patient", on_delete=models.PROTECT, related_name="care_ends")
    kind = models.CharField(max_length=12, choices=Kind)
    # A day of death may be known only in part, or not at all; that of a transfer is known.
    year = models.PositiveSmallIntegerField(null=True)
    month = models.PositiveSmallIntegerField(null=True)
    day = models.PositiveSmallIntegerField(null=True)
    source = models.CharField("known from", max_length=200, blank=True)
    to_centre = models.CharField("to which centre", max_length=160, blank=True)
    taken_over_by = models.CharField("who takes over there", max_length=160, blank=True)
    confirmed = models.CharField("confirmed there", max_length=8, choices=Confirmed, blank=True)
    why = models.TextField("why the date holds", blank=True)
    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_reason = models.TextField(blank=True)

    objects = CareEndQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "kind"], condition=Q(withdrawn_at=None), name="care_end_one_standing"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_by=F("recorded_by")) & ~Q(withdrawn_reason="")),
                name="care_end_taken_back_by_another",
            ),
            models.CheckConstraint(
                condition=Q(year__isnull=False) | Q(month=None, day=None), name="care_end_month_has_year"
            ),
            models.CheckConstraint(condition=Q(month__isnull=False) | Q(day=None), name="care_end_day_has_month"),
            models.CheckConstraint(condition=~Q(kind="transferred") | ~Q(to_centre=""), name="care_end_transfer_has_centre"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} of patient {self.patient_id}"

    @property
    def on(self) -> str:
        """“3 Mar 2026”, “Mar 2026”, “2026”, or “on a date that is not known”."""
        return partly(self.year, self.month, self.day) if self.year else "on a date that is not known"

    @property
    def last_day(self) -> date | None:
        """The last day that it can have been; None where nothing is known."""
        return range_of(self.year, self.month, self.day)[1] if self.year else None


class CareEndedQuerySet(BoardQuerySet):
    def for_page(self) -> Self:
        return self.select_related("end", "case", "plan", "step", "follow_up", "assignee", "brought_back_by").order_by(
            "id"
        )

    def offered(self) -> Self:
        return self.filter(brought_back_at=None)


class CareEnded(models.Model):
    """One thing that the end of care ended, as it stood before: what is offered back when the record is taken back."""

    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="+")
    end = models.ForeignKey(CareEnd, on_delete=models.PROTECT, related_name="ended")
    case = models.ForeignKey("careplans.Case", on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey("careplans.Plan", on_delete=models.PROTECT, null=True, related_name="+")
    step = models.ForeignKey("careplans.Step", on_delete=models.PROTECT, null=True, related_name="+")
    follow_up = models.ForeignKey("careplans.FollowUp", on_delete=models.PROTECT, null=True, related_name="+")
    was = models.CharField(max_length=16)
    due_on = models.DateField(null=True)
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    brought_back_at = models.DateTimeField(null=True)
    brought_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects = CareEndedQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"ended by {self.end_id}"

    @property
    def was_label(self) -> str:
        """The state that it was in, in words; a case's or a plan's."""
        status = (self.plan or self.case)._meta.get_field("status")
        return str(dict(status.flatchoices).get(self.was, self.was))
