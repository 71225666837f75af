"""The statements that a database is sent, as it sees them: BEGIN, COMMIT, SAVEPOINT and SET are among them."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def heard() -> Iterator[list[str]]:
    """What is sent inside the block stands in the list after it, a line for each statement."""
    connection.ensure_connection()
    said: list[str] = []
    on_the_wire = connection.vendor == "postgresql" and sys.platform == "linux"
    with _on_the_wire(said) if on_the_wire else _as_django_logs(said):
        yield said


@contextmanager
def _on_the_wire(said: list[str]) -> Iterator[None]:
    """libpq's own trace of what it sends, so that nothing between Django and the server is left out. Linux only."""
    from psycopg import pq

    wire: Any = connection.connection.pgconn
    with tempfile.TemporaryFile("w+") as told:
        wire.trace(told.fileno())
        wire.set_trace_flags(pq.Trace.SUPPRESS_TIMESTAMPS)
        try:
            yield
        finally:
            wire.untrace()
        told.seek(0)
        said += _sent(told)


def _sent(lines: Any) -> Iterator[str]:
    """A statement goes out as Query, or as Parse (once), Bind and Execute where it is prepared."""
    texts: dict[str, str] = {}
    bound = ""
    for line in lines:
        sender, _, rest = line.partition("\t")
        kind, _, words = rest.partition("\t")[2].partition("\t")
        if sender != "F":
            continue
        if kind == "Query":
            yield words.strip()
        elif kind == "Parse":
            name, _, text = words.strip()[1:].partition('" ')
            texts[name] = text
        elif kind == "Bind":
            bound = words.strip().split('"')[3]
        elif kind == "Execute":
            yield texts.get(bound, f"prepared {bound}")


@contextmanager
def _as_django_logs(said: list[str]) -> Iterator[None]:
    """SQLite's own trace tells a statement again for each trigger that it fires; Django logs transactions too."""
    before, connection.force_debug_cursor = connection.force_debug_cursor, True
    connection.queries_log.clear()
    try:
        yield
        said += [str(query["sql"]) for query in connection.queries_log]
    finally:
        connection.force_debug_cursor = before
