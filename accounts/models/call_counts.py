from django.conf import settings
from django.db import models


class CallCount(models.Model):
    """How many calls of the API a person has made in the last minute in which they made any (`accounts.services.call_counts`).

    `minute`: minutes since 1970, in UTC.
    """

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    minute = models.BigIntegerField()
    calls = models.BigIntegerField()

    def __str__(self) -> str:
        return f"calls of person {self.person_id}"
