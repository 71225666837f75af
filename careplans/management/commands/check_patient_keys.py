from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from careplans.services.patient_keys import drifted, mend_keys, same_numbers


class Command(BaseCommand):
    help = "Say whether every patient is found by their names and numbers as these stand; with --mend, see to it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--mend", action="store_true", help="Write the keys of those that are not.")

    def handle(self, **options: Any) -> None:
        count = 0
        for patient in drifted():
            count += 1
            if options["mend"]:
                mend_keys(patient)
            else:
                self.stdout.write(f"Patient {patient.pk} is not found by all of their names and numbers.")
        for one, other in same_numbers():
            self.stdout.write(
                f"The record numbers of patients {one.pk} and {other.pk} read the same. Are they one person?"
            )
        self.stdout.write(f"{count} patients {'were mended' if options['mend'] else 'differ from their keys'}.")
        if count and not options["mend"]:
            raise SystemExit(1)
