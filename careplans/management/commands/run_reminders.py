import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import close_old_connections

from careplans import delivery, rule_work
from careplans.services.retiming import retime_boards
from careplans.services.reviews import remind_of_reviews
from careplans.services.rule_runs import follow_content_flags
from careplans.services.schedules import extend_schedules
from modalities.services import put_into_force_due


class Command(BaseCommand):
    help = "Deliver due reminders, and bring new rules to open plans, without any broker: once or in a loop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="deliver what is due now, then end")
        parser.add_argument(
            "--every", type=int, default=settings.REMINDER_TICK_SECONDS, help="seconds between two rounds"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        while not stop.is_set():
            put_into_force_due()
            remind_of_reviews()
            retime_boards()
            extend_schedules()
            tally = delivery.deliver_due()
            if tally.sent or tally.failed or tally.retried or options["once"]:
                self.stdout.write(f"sent {tally.sent}, failed {tally.failed}, to be tried again {tally.retried}")
            # Reminders first, and never long without them: new rules over every plan are worked on in between.
            follow_content_flags()
            worked = rule_work.work_rule_runs()
            busy = worked or tally.sent + tally.cancelled + tally.postponed >= delivery.BATCH
            if options["once"] and not busy:
                return
            close_old_connections()
            if not busy:
                stop.wait(options["every"])
