from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.access import BoardQuerySet
from careplans.models.changes import Change, changed_at


class NothingAheadQuerySet(BoardQuerySet):
    def standing(self) -> Self:
        """The reasons that no newer one, and nothing dated, has taken the place of; their day may have come all the same."""
        return self.filter(ended_at=None)

    def for_api(self) -> Self:
        return self.for_page().annotate(changed_at=changed_at(Change.Noun.NOTHING_AHEAD))

    def for_page(self) -> Self:
        return self.select_related("recorded_by")


class NothingAhead(models.Model):
    """Why a case in care has no dated next thing: said by somebody, and looked at again on a day.

    It ends with what takes its place: a newer reason, a follow-up, the release or the end of a plan, the end of the case.
    """

    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey("careplans.Case", on_delete=models.PROTECT, related_name="nothing_ahead")
    reason = models.TextField("why nothing is planned")
    look_again_on = models.DateField("looked at again on")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, editable=False)

    objects = NothingAheadQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = "reason for nothing ahead"
        indexes = [models.Index(fields=["board", "-id"], name="nothing_ahead_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(ended_at=None), name="nothing_ahead_one_reason_per_case"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="nothing_ahead_has_reason"),
        ]

    def __str__(self) -> str:
        return f"Nothing ahead of case {self.case_id} until {self.look_again_on}"
