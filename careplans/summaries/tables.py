"""The table in which one report's rows stand as they were worked out: made, and taken away.

No table of the record: no model, no migration, and on PostgreSQL not in its log (UNLOGGED), since it costs as
much as all else and can be made anew. What a crash empties is noticed (careplans/readers/known/summaries.py).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, TypeAlias

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from careplans.models.report_summaries import COUNTED, PREFIX
from careplans.readers.known import Known, Question
from careplans.reports.counting import columns_of, counted_columns
from careplans.reports.declared import Report
from common.centre_day import centre_zone

Made: TypeAlias = dict[str, Any]
"""How many `rows` there are; and where they are `counted`, too, how many those are, with the first and the last day."""


@contextmanager
def made(table: str, report: Report, moment: datetime) -> Iterator[Made]:
    """All rows of the unit as of the moment, of every board and of all time, in the order of their days: a period is then read in
    one piece. Gives what is there; what is written inside stands or falls with the table."""
    order = "u.day, u.id" if report.period else "u.id"
    columns = ", ".join(f"u.{name}" for name in columns_of(report))
    sql = f"SELECT {columns} FROM ({report.unit}) u ORDER BY {order}"  # noqa: S608  # declared, not typed
    day = timezone.localtime(moment, centre_zone()).date()
    params = {"day": day, "moment": moment, "written": moment, "since": date.min, "until": date.max}
    question = Question(sql, Known(moment), Known(moment))
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {table}")
            with question.asked(params, head=f"CREATE UNLOGGED TABLE {table} AS "):
                pass
            yield _finished(cursor, table, report)
        return
    with connection.cursor() as cursor:
        # Worked out beside the database, so that the lock of writers is held only while the rows are copied.
        cursor.execute(f"DROP TABLE IF EXISTS temp.made_{table}")
        with question.asked(params, head=f"CREATE TEMPORARY TABLE made_{table} AS "):
            pass
        with transaction.atomic():
            cursor.execute(f"DROP TABLE IF EXISTS {table}")
            cursor.execute(f"CREATE TABLE {table} AS SELECT * FROM temp.made_{table}")  # noqa: S608  # a name of ours
            yield _finished(cursor, table, report)
        cursor.execute(f"DROP TABLE temp.made_{table}")


def _finished(cursor: CursorWrapper, table: str, report: Report) -> Made:
    if report.period:
        cursor.execute(f"CREATE INDEX {table}_day ON {table} (day)")
    cursor.execute(f"ANALYZE {table}")
    cursor.execute(f"SELECT COUNT(*), MIN(day), MAX(day) FROM {table}")  # noqa: S608  # a name of ours
    rows, first, last = cursor.fetchone()
    if not (report.is_kept_counted and rows):
        return {"rows": int(rows)}
    return {
        "rows": int(rows),
        "counted": {"rows": _count(cursor, table, report), "first": str(first), "last": str(last)},
    }


def _count(cursor: CursorWrapper, table: str, report: Report) -> int:
    counted, names = table + COUNTED, ", ".join(counted_columns(report))
    kind = "UNLOGGED TABLE" if connection.vendor == "postgresql" else "TABLE"
    cursor.execute(f"DROP TABLE IF EXISTS {counted}")
    cursor.execute(
        f"CREATE {kind} {counted} AS SELECT {names}, COUNT(*) AS times FROM {table} GROUP BY {names} ORDER BY {names}"  # noqa: S608
    )
    cursor.execute(f"ANALYZE {counted}")
    cursor.execute(f"SELECT COUNT(*) FROM {counted}")  # noqa: S608  # a name of ours
    return int(cursor.fetchone()[0])


def take_away(summary: int) -> None:
    """Every table of a summary."""
    with connection.cursor() as cursor:
        for table in standing(f"{PREFIX}{summary}_"):
            cursor.execute(f"DROP TABLE IF EXISTS {table}")


def standing(prefix: str = PREFIX) -> list[str]:
    """The tables that begin so."""
    return sorted(name for name in connection.introspection.table_names() if name.startswith(prefix))
