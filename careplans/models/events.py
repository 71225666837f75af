from typing import Self

from django.conf import settings
from django.db import models

from accounts.access import BoardQuerySet


class EventQuerySet(BoardQuerySet):
    def for_timeline(self) -> Self:
        return self.select_related("by", "plan", "step", "follow_up")

    def for_api(self) -> Self:
        return self.select_related("by")


class Event(models.Model):
    """Something that happened to a case, by whom: the timeline, and the record of every transition."""

    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey("careplans.Case", on_delete=models.PROTECT, related_name="events")
    plan = models.ForeignKey("careplans.Plan", on_delete=models.PROTECT, null=True, related_name="events")
    step = models.ForeignKey("careplans.Step", on_delete=models.PROTECT, null=True, related_name="events")
    follow_up = models.ForeignKey("careplans.FollowUp", on_delete=models.PROTECT, null=True, related_name="events")
    kind = models.CharField(max_length=32)
    old = models.CharField(max_length=24, blank=True)
    new = models.CharField(max_length=24, blank=True)
    reason = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["case", "-id"], name="event_by_case"),
            models.Index(fields=["board", "-id"], name="event_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on case {self.case_id}"
