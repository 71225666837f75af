import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError

from careplans.outbox.bounces import record_notification

# Of sysexits.h: the mail server keeps the notification and hands it over again later.
TRY_AGAIN_LATER = 75


class Command(BaseCommand):
    help = "Read one returned mail (RFC 3464) on standard input and mark the reminder that it is about as failed."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            message = record_notification(sys.stdin.buffer.read())
        except (OperationalError, InterfaceError) as error:
            self.stderr.write(f"the database cannot be reached ({type(error).__name__})")
            sys.exit(TRY_AGAIN_LATER)
        # Anything else ends well: a mail server answers a failing command with a mail of its own.
        self.stdout.write(f"{message} came back" if message else "not about a reminder that was sent; nothing recorded")
