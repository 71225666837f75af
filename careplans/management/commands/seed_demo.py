from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from careplans.demo.people import logins
from careplans.demo.seeding import is_seeded, seed


class Command(BaseCommand):
    help = "Make the demo board with invented people and patients. Does nothing where it exists already."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--logins", action="store_true", help="only print who can sign in")
        parser.add_argument("--yes", action="store_true", help="also outside the demo (DEMO=1)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["logins"]:
            self.stdout.write(logins())
            return
        if not (settings.DEMO or options["yes"]):
            raise CommandError("This adds invented patients to the database. Set DEMO=1, or say --yes if you mean it.")
        if is_seeded():
            self.stdout.write("The demo board is there already; nothing was changed.")
            return
        made = seed()
        self.stdout.write(
            f"{made.board.name}: {made.people} people, {made.patients} synthetic patients, {made.plans} plans, "
            f"{made.steps} steps, {made.follow_ups} follow-ups."
        )
