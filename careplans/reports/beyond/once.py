"""The rows of a question, worked out once for all that is counted of them.

Whoever is shown no small numbers is told a table by what stands in every other one of the same question: by each part of its
dimensions, and by what its measures have in common. Each was worked out anew from the histories, six times for one report.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from django.db import connection, transaction

from careplans.readers.known import Question
from careplans.reports.asked import Asked
from careplans.reports.counting import columns_of, where

ROWS = "rows_asked_for"


@contextmanager
def worked_out_once(asked: Asked) -> Iterator[Asked]:
    """The same question, whose unit is read from a table of its own that is gone at the end: of its boards and its period, and of
    every value of its dimensions. What was worked out beforehand stands in a table already."""
    if asked.summary is not None or not asked.boards:
        yield asked
        return
    asked_for, params = where(replace(asked, wanted={}), [])
    columns = ", ".join(f"u.{name}" for name in columns_of(asked.report))
    sql = f"SELECT {columns} FROM ({asked.report.unit}) u WHERE {asked_for}"  # noqa: S608  # declared, not typed
    question = Question(sql, asked.known, asked.then)
    same = replace(asked, report=replace(asked.report, unit=f"SELECT * FROM {ROWS}"))  # noqa: S608  # a name of ours
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            with question.asked(params, head=f"CREATE TEMPORARY TABLE {ROWS} ON COMMIT DROP AS "):
                pass
            cursor.execute(f"ANALYZE {ROWS}")
            yield same
            cursor.execute(f"DROP TABLE {ROWS}")
        return
    # Without a transaction, which would take the lock of writers.
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS temp.{ROWS}")
        with question.asked(params, head=f"CREATE TEMPORARY TABLE {ROWS} AS "):
            pass
        try:
            yield same
        finally:
            cursor.execute(f"DROP TABLE temp.{ROWS}")
