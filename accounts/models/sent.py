from django.conf import settings
from django.db import models


class Sent(models.Model):
    """A form or a call of the API that was carried out, so that it is not carried out twice (`accounts.services.sent`).

    `key` and `body` are keyed hashes; `answer` is sealed: nobody reads out of the table what was sent or answered. `status` is 0
    until the answer is known.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    body = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.TextField(default="", blank=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="sent_once")]

    def __str__(self) -> str:
        return f"sent {self.pk}"
