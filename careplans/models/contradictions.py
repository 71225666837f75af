from typing import Self

from django.conf import settings
from django.db import models

from accounts.access import BoardQuerySet


class ContradictionAnswerQuerySet(BoardQuerySet):
    def for_page(self) -> Self:
        return self.select_related("by").order_by("pk")


class ContradictionAnswer(models.Model):
    """Somebody looked at facts that do not go together: checked, it is so, because …

    It answers for exactly these values (`key` is made of them): when one changes, the question is asked anew, and when it comes
    back, this is still the answer. Rows are only added; the newest of a key counts.
    """

    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey("careplans.Case", on_delete=models.PROTECT, related_name="contradiction_answers")
    code = models.CharField(max_length=40)
    key = models.CharField(max_length=60)
    # What was asked, and of which values.
    question = models.TextField()
    values = models.JSONField(default=dict)
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    objects = ContradictionAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="contradiction_answered_with_reason"),
        ]
        indexes = [models.Index(fields=["case", "key", "-id"], name="contradiction_answer_by_key")]

    def __str__(self) -> str:
        return f"{self.code} of case {self.case_id}"
