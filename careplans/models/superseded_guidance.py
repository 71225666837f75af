from typing import Self

from django.conf import settings
from django.db import models

from accounts.access import BoardQuerySet


class GuidanceAnswerQuerySet(BoardQuerySet):
    def for_page(self) -> Self:
        return self.select_related("by")


class GuidanceAnswer(models.Model):
    """Somebody looked at a plan that rests on superseded guidance, and keeps it as it is, because …

    One answer covers the steps that rest on one old revision; a newer revision that matters asks again.
    """

    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey("careplans.Plan", on_delete=models.PROTECT, related_name="guidance_answers")
    # The revision the plan rests on, and the publication or withdrawal on account of which it was asked about.
    revision = models.ForeignKey("modalities.Revision", on_delete=models.PROTECT, related_name="+")
    because = models.ForeignKey("modalities.Publication", on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    objects = GuidanceAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "revision", "because"], name="guidance_answered_once"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="guidance_kept_with_reason"),
        ]

    def __str__(self) -> str:
        return f"Plan {self.plan_id} keeps revision {self.revision_id}"
