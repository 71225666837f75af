"""From when a revision is in force, who approved it, and whether it was withdrawn. The revision itself never changes.

A revision without such a row came with the application: it is in force from the day on which it was loaded.
"""

from datetime import date

from django.conf import settings
from django.db import models
from django.utils import timezone

from common.centre_day import centre_today
from modalities.models.modalities import Modality


class PublicationQuerySet(models.QuerySet["Publication"]):
    def scheduled(self, today: date) -> "PublicationQuerySet":
        return self.filter(withdrawn_at=None, in_force_on__gt=today)

    def waiting_of(self, page: Modality) -> "Publication | None":
        """The approved revision of a page that waits for its day, with the revision."""
        return self.scheduled(centre_today()).filter(revision__modality=page).select_related("revision").first()

    def overdue_switch(self, today: date) -> "PublicationQuerySet":
        """In force by their date, while the page still points at an older revision or at none."""
        newer = models.Q(revision__number__gt=models.F("revision__modality__current_revision__number"))
        nothing = models.Q(revision__modality__current_revision=None)
        due = self.filter(newer | nothing, withdrawn_at=None, in_force_on__lte=today)
        return due.select_related("revision__published_by").order_by("revision__number")


class Publication(models.Model):
    revision = models.OneToOneField("modalities.Revision", on_delete=models.PROTECT, related_name="publication")
    in_force_on = models.DateField()
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(default=timezone.now)
    # The approver's answer to "does this matter to open plans?". Empty only where nobody was asked.
    matters_to_plans = models.BooleanField(null=True)
    why = models.TextField(blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_reason = models.TextField(blank=True)

    objects = PublicationQuerySet.as_manager()

    class Meta:
        ordering = ["-in_force_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(withdrawn_at=None) | ~models.Q(withdrawn_reason=""),
                name="publication_withdrawn_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"Publication of revision {self.revision_id}"

    @property
    def was_cancelled(self) -> bool:
        """Withdrawn before its day: it was never in force."""
        return self.withdrawn_at is not None and timezone.localdate(self.withdrawn_at) < self.in_force_on
