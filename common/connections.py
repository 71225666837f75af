"""Connections to PostgreSQL that plan a statement once.

Planning took longer than answering on most pages: a plan's page 18 ms of the database's time, of which 15 were planning.
"""

from typing import Any

from psycopg import Connection

# A statement is prepared once a connection has seen it so often: lists of keys of every length come once or twice.
PREPARE_THRESHOLD = 3
# The pages and calls that bench/ times have 150, with which a connection takes 27 MB of the database's memory, instead of 25.
PREPARED_MAX = 250


class PreparingConnection(Connection[Any]):
    """Keeps more statements prepared than psycopg's 100: a walk over the pages would throw each out before its next use."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prepared_max = PREPARED_MAX
