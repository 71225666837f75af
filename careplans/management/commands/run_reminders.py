import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, close_old_connections

from accounts.services.limits import forget_old_limits
from accounts.services.mail_queue import send_account_mails
from accounts.session_store import SessionStore
from careplans.models import Heartbeat
from careplans.outbox import heartbeats, sending, shutdown
from careplans.reminders.nothing_ahead import tell_nothing_ahead
from careplans.reminders.page_reviews import remind_of_reviews
from careplans.reminders.retime import retime_boards
from careplans.rules import runner
from careplans.rules.runs import follow_content_flags
from careplans.services.delegations import take_back_lapsed
from careplans.services.institutions import give_institutions
from careplans.services.patient_keys import refold
from careplans.services.schedule_library import give_new_boards_the_library
from careplans.services.scheduled_follow_ups import extend_schedules
from modalities.services import put_into_force_due


class Command(BaseCommand):
    help = "Deliver due reminders, and bring new rules to open plans, without any broker: once or in a loop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="deliver what is due now, then end")
        parser.add_argument(
            "--every", type=int, default=settings.REMINDER_TICK_SECONDS, help="seconds between two rounds"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        ended = threading.Event()

        def end(*_: object) -> None:
            shutdown.stop()
            ended.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        while not ended.is_set():
            try:
                busy = self._round(is_told=options["once"])
            except (OperationalError, InterfaceError) as error:
                if options["once"]:
                    raise
                # The database is away. Nothing is lost by that, and it is looked for again.
                self.stderr.write(f"the database cannot be reached ({type(error).__name__})")
                busy = False
            if options["once"] and not busy:
                return
            close_old_connections()
            if not busy:
                ended.wait(options["every"])

    def _round(self, *, is_told: bool) -> bool:
        """Deliver a batch and work on rules for a while. True when there is more to do at once."""
        heartbeats.beat(Heartbeat.Name.LOOP)
        send_account_mails()
        forget_old_limits()
        SessionStore.clear_expired()
        put_into_force_due()
        remind_of_reviews()
        give_institutions()
        refold()
        take_back_lapsed()
        retime_boards()
        give_new_boards_the_library()
        extend_schedules()
        tell_nothing_ahead()
        counts = sending.send_due()
        if counts.sent or counts.failed or counts.retried or is_told:
            self.stdout.write(f"sent {counts.sent}, failed {counts.failed}, to be tried again {counts.retried}")
        # Reminders first, and never long without them: new rules over every plan are worked on in between.
        follow_content_flags()
        worked = runner.work_rule_runs()
        return bool(worked) or counts.worked >= sending.BATCH
