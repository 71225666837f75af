"""Writes docs/scorecard.md to the standard output, from the declarations of the scorecard."""

from typing import Any

from django.core.management.base import BaseCommand

from careplans.reports.scorecard.document import written


class Command(BaseCommand):
    requires_system_checks: list[str] = []
    help = "Print docs/scorecard.md as the declarations of the scorecard have it."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(written(), ending="")
