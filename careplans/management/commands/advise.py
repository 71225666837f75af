import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from careplans.rules.engine import Draft, Firing, Malformed, evaluate, read_drafts, seed_rule_set
from careplans.rules.engine.shapes import shown


class Command(BaseCommand):
    help = "Print the advisories of draft plans, one JSON list per plan and line. Stores nothing and needs no database."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="a plan or a list of plans as JSON; - reads standard input")
        parser.add_argument("--details", action="store_true", help="add what a firing lists, such as missing factors")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            drafts = read_drafts(_bytes_of(options["file"]))
        except Malformed as error:
            raise CommandError(str(error), returncode=2) from error
        except OSError as error:
            raise CommandError(f"{shown(options['file'])}: {error.strerror}", returncode=2) from error
        # Only now, so that a wrong plan at the end of the file leaves nothing half printed.
        for draft in drafts:
            self.stdout.write(_line(draft, details=options["details"]))


def _bytes_of(name: str) -> bytes:
    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()


def _line(draft: Draft, *, details: bool) -> str:
    firings = evaluate(seed_rule_set(), draft.facts, draft.steps)
    return json.dumps([_as_json(firing, details=details) for firing in firings])


def _as_json(firing: Firing, *, details: bool) -> dict[str, object]:
    found = firing.as_dict()
    if details:
        found["details"] = [detail.text for detail in firing.details]
    return found
