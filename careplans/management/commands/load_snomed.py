import re
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from careplans.api.fhir.terms.map_files import MOST_BYTES, read_map
from careplans.api.fhir.terms.sctid import fault_of
from careplans.services.snomed_maps import Entry, load_map, remove_map
from common.errors import Conflict


class Command(BaseCommand):
    help = (
        "Load your site's map from our codes to SNOMED CT: all of it, or nothing where a line is wrong. It replaces the "
        "map before; the same again changes nothing. Nothing of SNOMED CT comes with the program: you need a licence of it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", nargs="?", help="CSV in UTF-8: system,code,snomed,display, and relation if you like (docs/fhir.md)"
        )
        parser.add_argument(
            "--edition", help="SCTID of the edition's module, such as 900000000000207008 (International)"
        )
        parser.add_argument("--release", help="the day of its release, such as 2026-07-01")
        parser.add_argument("--by", help="e-mail address of the administrator who answers for it")
        parser.add_argument("--check", action="store_true", help="only say what is wrong in the file")
        parser.add_argument("--remove", action="store_true", help="take away the map that is loaded")

    def handle(
        self, *args: object, file: str | None, edition: str | None, release: str | None, by: str | None, check: bool,
        remove: bool, **options: object,
    ) -> None:  # fmt: skip
        if remove == bool(file) or (remove and (check or edition or release)):
            raise CommandError("Name a file, or give --remove alone with --by.")
        try:
            if remove or not file:
                self._remove(_administrator(by))
            elif check:
                self.stdout.write(f"{len(self._read(Path(file)))} codes, and nothing is wrong. Nothing was loaded.")
            else:
                self._load(Path(file), edition=_edition(edition), released_on=_day(release), by=_administrator(by))
        except PermissionDenied as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except Conflict as error:
            raise CommandError(error.message) from error

    def _load(self, path: Path, *, edition: str, released_on: date, by: User) -> None:
        entries = self._read(path)
        row, is_new = load_map(entries, by=by, edition=edition, released_on=released_on, file_name=path.name[:200])
        if is_new:
            self.stdout.write(f"{row.count} codes of {row} stand beside ours now.")
        else:
            self.stdout.write(f"These {row.count} codes of {row} were loaded already. Nothing changed.")

    def _remove(self, by: User) -> None:
        row = remove_map(by=by)
        self.stdout.write(f"The {row.count} codes of {row} are told no more.")

    def _read(self, path: Path) -> Sequence[Entry]:
        try:
            with path.open("rb") as file:
                found = read_map(file.read(MOST_BYTES + 1))
        except OSError as error:
            raise CommandError(f"{path} cannot be read ({error.strerror}).") from error
        for fault in found.faults:
            self.stderr.write(fault)
        if found.faults:
            count = len(found.faults)
            raise CommandError(f"{count} fault{'' if count == 1 else 's'} in {path.name}. Nothing was loaded.")
        return found.entries


def _administrator(address: str | None) -> User:
    person = User.objects.filter(email__iexact=address.strip()).first() if address and "\0" not in address else None
    if person is None:
        raise CommandError("Say with --by who answers for it: the e-mail address of an administrator.")
    return person


def _edition(text: str | None) -> str:
    fault = fault_of(text or "")
    if fault or text is None:
        raise CommandError(f"Say with --edition which edition it is, by the SCTID of its module. {fault}")
    return text


def _day(text: str | None) -> date:
    try:
        if text and re.fullmatch(r"\d{4}-?\d{2}-?\d{2}", text, re.ASCII):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise CommandError("Say with --release of which day the release is, such as 2026-07-01.")
