import signal
import threading
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, close_old_connections

from careplans.chores import CHORES
from careplans.exports import work
from careplans.models import Heartbeat
from careplans.outbox import heartbeats, sending, shutdown
from careplans.rules import runner
from careplans.summaries import making
from common.going_on import going_on


class Command(BaseCommand):
    help = (
        "Deliver due reminders, bring new rules to open plans and make exports, without any broker: once or in a loop."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="deliver what is due now, then end")
        parser.add_argument(
            "--every", type=int, default=settings.REMINDER_TICK_SECONDS, help="seconds between two rounds"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.ended = ended = threading.Event()

        def end(*_: object) -> None:
            shutdown.stop()
            ended.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        self.stumbled: set[str] = set()
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
                self._tell_stumbled()
                return
            close_old_connections()
            if not busy:
                ended.wait(options["every"])

    def _round(self, *, is_told: bool) -> bool:
        """Reminders first, whatever becomes of the rest, and never long without them: new rules over every plan are worked on in
        between. True when there is more to do at once."""
        with self._going_on(heartbeats.beat):
            heartbeats.beat(Heartbeat.Name.LOOP)
        busy = self._deliver(is_told=is_told)
        if self.ended.is_set():
            return False
        for chore in chain.from_iterable(CHORES.values()):
            with self._going_on(chore.do):
                chore.do()
        # What they wrote for now.
        busy = self._deliver() or busy
        with self._going_on(runner.work_rule_runs):
            busy |= bool(runner.work_rule_runs())
        with self._going_on(work.work_exports):
            busy |= work.work_exports()
        with self._going_on(making.refresh_summaries):
            busy |= making.refresh_summaries()
        return busy

    def _deliver(self, *, is_told: bool = False) -> bool:
        worked = 0
        with self._going_on(sending.send_due):
            counts = sending.send_due()
            if counts.sent or counts.failed or counts.retried or is_told:
                self.stdout.write(f"sent {counts.sent}, failed {counts.failed}, to be tried again {counts.retried}")
            worked = counts.worked
        return worked >= sending.BATCH

    def _tell_stumbled(self) -> None:
        if self.stumbled:
            names = ", ".join(sorted(self.stumbled))
            raise CommandError(f"Not done, and to be tried again by the next run: {names}. The log says why.")

    @contextmanager
    def _going_on(self, chore: Callable[..., object]) -> Iterator[None]:
        self.stumbled.add(chore.__name__)
        with going_on("chore stumbled", task=chore.__name__):
            yield
            self.stumbled.remove(chore.__name__)
