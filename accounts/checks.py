"""What has to hold of a database before this code touches it."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error
from django.db import connections
from django.db.migrations.loader import MigrationLoader

OURS = ("accounts", "modalities", "careplans")


def made_by_this_line(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """The migrations of the time before the first release were begun anew: what they made has other tables.

    Asked by `migrate`, which would otherwise take such a database for one that is up to date.
    """
    found: list[CheckMessage] = []
    for alias in databases or ():
        loader = MigrationLoader(connections[alias])
        unknown = [key for key in loader.applied_migrations if key[0] in OURS and key not in loader.disk_migrations]
        if unknown and apps.is_installed("careplans"):
            found.append(
                Error(
                    "This database was made by another version of Consilium: "
                    f"{unknown[0][0]} {unknown[0][1]} is not known here.",
                    hint="Of the time before the first release nothing can be taken over: begin with an empty database "
                    "(the demo: script/demo --reset). After that: run the version that made it, or a newer one.",
                    id="consilium.E001",
                )
            )
    return found
