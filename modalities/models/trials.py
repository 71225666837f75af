"""Clinical trials that the centre takes part in or refers to: a list it keeps itself, shown on the trials page."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class TrialQuerySet(models.QuerySet["Trial"]):
    def for_page(self) -> "TrialQuerySet":
        """Open ones first, then those that closed last."""
        return self.order_by(F("closed_on").desc(nulls_first=True), "name", "pk")


class Trial(models.Model):
    name = models.CharField(max_length=200)
    register_id = models.CharField(max_length=40)
    link = models.URLField(max_length=500, blank=True)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    criteria = models.CharField(max_length=500)
    contact = models.CharField(max_length=200)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = TrialQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["register_id"], name="trial_listed_once"),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(closed_on__gte=F("opened_on")), name="trial_closes_after_it_opens"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.register_id})"
