"""The demo's mail: kept in the database and shown on a page instead of being sent."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from accounts.models import Mail


class MailboxBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        mails = [
            Mail(
                message_id=str(message.message()["Message-ID"]),
                sender=message.from_email,
                recipient=recipient,
                subject=str(message.subject),
                body=str(message.body),
            )
            for message in email_messages
            for recipient in message.recipients()
        ]
        Mail.objects.bulk_create(mails)
        return len(email_messages)
