from django.db import models


class Limit(models.Model):
    """How often lately somebody tried something: a password at one account from one address, a mail to one account.

    `key` is a keyed hash (`accounts.services.limits`), so that the table names nobody. `tries` holds the seconds since 1970 at
    which it was tried, the oldest first, and only of the time that counts; `told_at`, when it was last found full.
    """

    key = models.CharField(max_length=64, unique=True)
    tries = models.JSONField(default=list)
    told_at = models.FloatField(default=0)
    forget_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"limit {self.pk}"
