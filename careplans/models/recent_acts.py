"""What somebody has just recorded, and what it changed: for a minute it can be undone by whoever did it."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.access import BoardQuerySet
from careplans.models.followups import FollowUp
from careplans.models.steps import Step


class RecentActQuerySet(BoardQuerySet):
    def for_undo(self) -> Self:
        return self.select_related("case__patient", "event", "by", "step__plan", "follow_up", "board")


class RecentAct(models.Model):
    """One act of recording. What is kept for good of it and of its undoing are the events; this row is forgotten after a day."""

    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey("careplans.Case", on_delete=models.PROTECT, related_name="+")
    step = models.ForeignKey("careplans.Step", on_delete=models.PROTECT, null=True, related_name="+")
    follow_up = models.ForeignKey("careplans.FollowUp", on_delete=models.PROTECT, null=True, related_name="+")
    verb = models.CharField(max_length=20)
    said = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # By its time the minute is counted, and an event after it says that something else was recorded since.
    event = models.ForeignKey("careplans.Event", on_delete=models.PROTECT, related_name="+")
    # Of each table, by key: what was changed of a row and how (`was`, `now`), or that the row is new.
    changed = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)

    objects = RecentActQuerySet.as_manager()

    class Meta:
        verbose_name = "recent act"
        constraints = [
            models.CheckConstraint(
                condition=Q(step__isnull=False, follow_up=None) | Q(step=None, follow_up__isnull=False),
                name="recent_act_about_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} on case {self.case_id}"

    @property
    def subject(self) -> Step | FollowUp:
        subject = self.step or self.follow_up
        if subject is None:
            raise AssertionError("It is about one thing, as its constraint says.")
        return subject
