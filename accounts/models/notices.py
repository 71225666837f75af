from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from accounts.models.people import User


class NoticeQuerySet(models.QuerySet["Notice"]):
    def for_page(self, user: "User") -> Self:
        """One person's notices, with `is_read` as a number that a list can be paged by."""
        is_read = models.Case(models.When(read_at=None, then=0), default=1, output_field=models.IntegerField())
        return self.filter(user=user).annotate(is_read=is_read)


class Notice(models.Model):
    """A message to one person inside the app; written once per `dedupe_key`, whatever happens around it."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=24)
    text = models.CharField(max_length=300)
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
