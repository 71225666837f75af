from collections.abc import Collection
from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from accounts.models.people import User


class NoticeQuerySet(models.QuerySet["Notice"]):
    def readable_by(self, user: "User", boards: Collection[int]) -> Self:
        """One person's own, of the `boards` whose patients they may see now, and of no board."""
        return self.filter(models.Q(board=None) | models.Q(board__in=boards), user=user)

    def for_page(self) -> Self:
        """With `is_read` as a number that a list can be paged by."""
        is_read = models.Case(models.When(read_at=None, then=0), default=1, output_field=models.IntegerField())
        return self.annotate(is_read=is_read)


class Notice(models.Model):
    """A message to one person inside the app; written once per `dedupe_key`, whatever happens around it. What may name a
    patient is of a board, and is read only as long as the person sees that board's patients (`accounts.access`).
    """

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=24)
    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    text = models.TextField()
    path = models.CharField(max_length=200)
    dedupe_key = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["user", "-id"], name="notice_by_user"),
            models.Index(fields=["user"], condition=models.Q(read_at=None), name="notice_unread"),
        ]

    def __str__(self) -> str:
        return self.text
