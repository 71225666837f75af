"""What every process does before its work: read the settings, which refuse wrong values, and see that the database lets it in.

A database that is away is no reason not to start: it may come back sooner than a person. One that answers and refuses
this account, or a file that may not be written, will not change by itself.
"""

import logging
import os
import re
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

import django
import psycopg
from django.conf import settings
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from common.migrated import fault_of
from config.environment import refuse

DATABASE_SECONDS = 3
# What PostgreSQL says to those whom it will not let in next time either.
REFUSED = re.compile(
    r"password authentication failed|no password supplied|does not exist|no pg_hba\.conf entry", re.IGNORECASE
)
EXAMPLE = "DATABASE_URL=postgres://consilium:password@db.hospital.example:5432/consilium"
# They ask no database, so that an image can be built and a plan be checked where there is none; or, about a mail that
# came back, they tell the mail server themselves to come again.
WITHOUT_DATABASE = frozenset(
    {"advise", "collectstatic", "help", "makemigrations", "record_bounce", "scorecard_document", "spectacular", "test"}
)


# They come before `migrate`, or are it, or look at what it does.
WITHOUT_MIGRATIONS = frozenset({"check", "dbshell", "flush", "migrate", "shell", "showmigrations", "sqlmigrate"})


def start(*, database: bool = True, waits: bool = True, migrated: bool = True, pages: bool = False) -> None:
    """`waits` says of a process that it goes on where the database is away, and finds it when it is back; `migrated` that it
    needs every table; `pages` that it serves pages."""
    wanted = settings.DATABASES["default"]
    if not settings.DEBUG:
        sys.excepthook = one_entry
    if not database:
        return
    is_file = wanted["ENGINE"].endswith("sqlite3")
    if found := file_fault(Path(wanted["NAME"])) if is_file else server_fault(wanted, waits=waits):
        refuse([found])
    if migrated and (found := migrations_fault()):
        refuse([found])
    if pages and (found := style_fault(Path(settings.STATIC_ROOT))):
        refuse([found])


def migrations_fault() -> str | None:
    """Over a connection of its own: a pool would be inherited by the children of a worker."""
    django.setup()
    wanted = settings.DATABASES["default"]
    options = {name: value for name, value in wanted.get("OPTIONS", {}).items() if name != "pool"}
    database = ConnectionHandler({"default": wanted | {"OPTIONS": options}})["default"]
    try:
        return fault_of(database)
    except OperationalError:  # away: whoever waits for it is told by /health/ when it is back
        return None
    finally:
        database.close()


def style_fault(folder: Path) -> str | None:
    """Pages name their style sheets as `collectstatic` wrote them down; without that every page would fail."""
    if settings.DEBUG or (folder / "staticfiles.json").is_file():
        return None
    return f"style sheets and scripts are not in {folder}: run `python manage.py collectstatic --noinput`."


def one_entry(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What nobody caught is one log entry like any other, without the words of the exception."""
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("consilium").critical("ended by an error", exc_info=(kind, error, trace))


def file_fault(path: Path) -> str | None:
    """SQLite's file is readable by its owner only; the files that SQLite puts beside it get the same mode."""
    if str(path) == ":memory:":
        return None
    try:
        path.touch(mode=0o600)
        if path.stat().st_uid == os.geteuid():
            path.chmod(0o600)
    except OSError as error:
        return f"the database {path} cannot be used ({error.strerror}). {OWNER}"
    return None if os.access(path, os.R_OK | os.W_OK) else f"the database {path} may not be written to. {OWNER}"


# Options of Django's, which psycopg does not know.
DJANGOS_OWN = {"pool", "server_side_binding"}
OWNER = "Give it to the account that runs Consilium, or set DATA_DIR, for example, to DATA_DIR=/var/lib/consilium."


def server_fault(wanted: dict[str, Any], *, waits: bool) -> str | None:
    options = {name: value for name, value in wanted.get("OPTIONS", {}).items() if name not in DJANGOS_OWN}
    where = {"host": wanted["HOST"], "port": wanted["PORT"], "user": wanted["USER"], "password": wanted["PASSWORD"]}
    given = {name: value for name, value in where.items() if value} | options
    try:
        psycopg.connect(dbname=wanted["NAME"], **(given | {"connect_timeout": DATABASE_SECONDS})).close()
    except psycopg.OperationalError as error:
        said = str(error).strip()
        if REFUSED.search(said):
            words = said.rpartition("FATAL:")[2].strip().splitlines()[0]
            return f"DATABASE_URL is refused by the database ({words}). Correct it, for example, to {EXAMPLE}."
        if not waits:
            words = said.splitlines()[0].rpartition("failed:")[2].strip()
            return f"the database that DATABASE_URL names does not answer ({words}). Start it, or set {EXAMPLE}."
    except psycopg.ProgrammingError:
        return f"DATABASE_URL has an option after its ? that PostgreSQL does not know. Correct it, for example, to {EXAMPLE}."
    return None
