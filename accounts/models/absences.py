from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def standing(self) -> Self:
        """Not ended early."""
        return self.filter(ended_at=None)

    def on(self, day: date) -> Self:
        return self.standing().filter(first_day__lte=day, last_day__gte=day)

    def for_settings(self, today: date) -> Self:
        return self.standing().filter(last_day__gte=today).select_related("deputy").order_by("first_day", "pk")


class Absence(models.Model):
    """A person is away, both days included, and a deputy gets their reminders meanwhile."""

    person = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="absences")
    deputy = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    first_day = models.DateField("first day away")
    last_day = models.DateField("last day away")
    created_at = models.DateTimeField(auto_now_add=True)
    # Taken back, or back early.
    ended_at = models.DateTimeField(null=True)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        ordering = ["first_day", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=models.F("first_day")), name="absence_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=~Q(deputy=models.F("person")), name="absence_deputy_is_somebody_else"),
        ]
        indexes = [models.Index(fields=["person", "last_day"], name="absence_by_person")]

    def __str__(self) -> str:
        return f"away {self.first_day:%-d %b} to {self.last_day:%-d %b %Y}"
