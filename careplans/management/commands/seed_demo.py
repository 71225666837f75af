from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from careplans.demo.large.board import Size, make_large
from careplans.demo.people import logins
from careplans.demo.seeding import is_seeded, seed


class Command(BaseCommand):
    help = (
        "Make the demo board with invented people and patients. Does nothing where it exists already. With --plans: a large "
        "board for measuring instead, with a year of timeline and audit trail."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--logins", action="store_true", help="only print who can sign in")
        parser.add_argument("--yes", action="store_true", help="also outside the demo (DEMO=1)")
        parser.add_argument("--plans", type=int, help="make a large board of so many plans, for measuring")
        parser.add_argument("--board", default="Large NET board", help="name of the large board")
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same large board")
        parser.add_argument("--all-open", action="store_true", help="every plan of the large board is in force")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["logins"]:
            self.stdout.write(logins())
            return
        if not (settings.DEMO or options["yes"]):
            raise CommandError("This adds invented patients to the database. Set DEMO=1, or say --yes if you mean it.")
        if options["plans"] is not None:
            self._make_large(Size(options["plans"], options["seed"], options["board"], all_open=options["all_open"]))
            return
        if is_seeded():
            self.stdout.write("The demo board is there already; nothing was changed.")
            return
        made = seed(say=self.stdout.write)
        self.stdout.write(
            f"{made.board.name}: {made.people} people, {made.patients} synthetic patients, {made.plans} plans, "
            f"{made.steps} steps, {made.follow_ups} follow-ups."
        )

    def _make_large(self, size: Size) -> None:
        if size.plans < 1:
            raise CommandError("Say how many plans: 1 or more.")
        try:
            board = make_large(size, say=self.stdout.write)
        except ValidationError as error:
            raise CommandError(error.messages[0]) from error
        self.stdout.write(f"{board.name}: {size.plans} plans.")
