from typing import Self

from django.conf import settings
from django.db import models

from accounts.access import BoardQuerySet


class DecidingFacts(models.Model):
    """Which facts a board watches under its signed plans, besides those that rules read. A board without a row watches
    what `readers.deciding_facts.USUAL` lists."""

    board = models.OneToOneField("accounts.Board", on_delete=models.PROTECT, primary_key=True, related_name="+")
    names = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"Facts that decide on board {self.board_id}"


class FactsAnswerQuerySet(BoardQuerySet):
    def for_page(self) -> Self:
        return self.select_related("by")


class FactsAnswer(models.Model):
    """Somebody looked at a plan whose deciding facts have changed, and keeps or releases it as it is, because …

    It answers for the facts as they stood; the next change of one that decides asks again.
    """

    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey("careplans.Plan", on_delete=models.PROTECT, related_name="facts_answers")
    # The version of the proforma that was on the screen, and what differed: name -> [signed on, now].
    facts_version = models.PositiveIntegerField()
    differences = models.JSONField(default=dict)
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    objects = FactsAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "facts_version"], name="facts_answered_once"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="facts_kept_with_reason"),
        ]

    def __str__(self) -> str:
        return f"Plan {self.plan_id} kept on the facts of version {self.facts_version}"
