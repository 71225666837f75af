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
