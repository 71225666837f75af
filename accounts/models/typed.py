from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

KEPT = timedelta(days=1)


class Typed(models.Model):
    """What somebody sent after their session had ended, kept for them alone until they have signed in again
    (`accounts.services.typed`). `content` is sealed; nothing of it stands in an address."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    content = models.TextField()
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"typed {self.pk}"

    @property
    def until(self) -> datetime:
        return self.at + KEPT
