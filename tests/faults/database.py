"""The harness's own look into the database under fault: plain SQL, no Django, and patient while a server is away."""

import sqlite3
import time

import psycopg

# So long without one answer; a server that was killed may take its time on a busy machine.
PATIENCE_SECONDS = 300
AWAY = (psycopg.OperationalError, psycopg.InterfaceError, sqlite3.OperationalError)


class Database:
    def __init__(self, *, sqlite=None, postgresql=None):
        self.sqlite, self.postgresql = sqlite, postgresql
        self.url = f"sqlite:///{sqlite}" if sqlite else postgresql.replace("postgresql://", "postgres://")

    def _connect(self):
        if self.sqlite:
            return sqlite3.connect(self.sqlite, timeout=20, isolation_level=None)
        return psycopg.connect(self.postgresql, autocommit=True, connect_timeout=5)

    def query(self, sql, *values):
        """Rows of a SELECT, or nothing of an UPDATE. `%s` stands for a value on both databases."""
        if self.sqlite:
            sql = sql.replace("%s", "?").replace("%%", "%")
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                connection = self._connect()
                try:
                    cursor = connection.execute(sql, values)
                    return cursor.fetchall() if cursor.description else []
                finally:
                    connection.close()
            except AWAY:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)
