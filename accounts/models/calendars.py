from django.db import models


class CalendarKey(models.Model):
    """The secret address of a person's calendar. Only its hash is kept; revoking removes the row."""

    user = models.OneToOneField("accounts.User", on_delete=models.CASCADE, related_name="calendar_key")
    key_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"calendar of {self.user_id}"
