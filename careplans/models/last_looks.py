from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q


class LastLookQuerySet(models.QuerySet["LastLook"]):
    def of(self, person: int) -> Self:
        return self.filter(person=person)


class LastLook(models.Model):
    """Up to which event somebody has marked a case, or a plan of it, as seen. A person's own note: it says nothing of a patient,
    and nothing is decided by it but what they are shown as new."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(
        "careplans.Case", on_delete=models.PROTECT, null=True, related_name="looks", db_index=False
    )
    plan = models.ForeignKey(
        "careplans.Plan", on_delete=models.PROTECT, null=True, related_name="looks", db_index=False
    )
    # The newest event that was on the screen. Not a relation: nobody ever asks an event who has seen it.
    event_id = models.BigIntegerField()
    seen_at = models.DateTimeField()

    objects = LastLookQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(case__isnull=False, plan=None) | Q(case=None, plan__isnull=False),
                name="last_look_at_a_case_or_a_plan",
            ),
            models.UniqueConstraint(fields=["case", "person"], name="last_look_once_at_a_case"),
            models.UniqueConstraint(fields=["plan", "person"], name="last_look_once_at_a_plan"),
        ]

    def __str__(self) -> str:
        what = f"plan {self.plan_id}" if self.plan_id else f"case {self.case_id}"
        return f"{self.person_id} has seen {what} up to event {self.event_id}"
