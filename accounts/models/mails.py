from django.db import models


class Mail(models.Model):
    """A mail that the demo would have sent; its mailbox page shows it. Unused where mail goes to a relay."""

    message_id = models.CharField(max_length=200, db_index=True)
    sender = models.CharField(max_length=200)
    recipient = models.CharField(max_length=254)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    sent_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.subject


class AccountMail(models.Model):
    """A mail about an account that waits for the next tick; the row goes with it.

    It holds what was asked for and no link: that is made when the mail goes out, and stands in no row.
    """

    class Kind(models.TextChoices):
        PASSWORD_LINK = "password_link", "link to set a password anew"
        EMAIL_LINK = "email_link", "link to confirm a new address"
        EMAIL_ASKED = "email_asked", "to the old address: a new one was asked for"
        EMAIL_CHANGED = "email_changed", "to the old address: it is no longer used"
        TOKEN_MADE = "token_made", "a token for programs was made"

    kind = models.CharField(max_length=24, choices=Kind.choices)
    address = models.CharField(max_length=254)
    person = models.ForeignKey("accounts.User", null=True, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["due_at", "id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
