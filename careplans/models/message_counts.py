"""How many messages of the outbox stand in each channel and state, as the database itself counts along.

On PostgreSQL every statement that changes messages writes by how much it moved each number, as rows of their own: no two workers
wait for one another, and what is taken back takes its rows along. So the sum is right at every moment, and after a restore.
SQLite, which has one writer, keeps one row for each. Every `migrate` that changes something counts afresh.
"""

from collections.abc import Iterator

from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Sum

from common import triggers

PREFIX = "counts_"
TABLE, MESSAGES = "careplans_messagecount", "careplans_outboxmessage"
EVENTS = {"sqlite": ("INSERT", "UPDATE", "DELETE"), "postgresql": ("INSERT", "UPDATE", "DELETE", "TRUNCATE")}
# What PostgreSQL knows a statement's rows by.
SEEN = {"INSERT": ("fresh",), "UPDATE": ("fresh", "gone"), "DELETE": ("gone",)}


class MessageCountQuerySet(models.QuerySet["MessageCount"]):
    def totals(self) -> dict[tuple[str, str], int]:
        """By channel and state; only those in which there is a message."""
        rows = self.order_by().values_list("channel", "status").annotate(total=Sum("number"))
        return {(channel, status): total for channel, status, total in rows if total}


class MessageCount(models.Model):
    """By how much one number moved. No program writes it but to put several rows together."""

    channel = models.CharField(max_length=8)
    status = models.CharField(max_length=12)
    number = models.IntegerField()

    objects = MessageCountQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.number:+} {self.channel} {self.status}"


def install(connection: BaseDatabaseWrapper) -> None:
    """Anew, and count what is there: nobody writes a message meanwhile."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if TABLE not in connection.introspection.table_names(cursor):
            return
        remove(connection)
        if connection.vendor == "postgresql":
            # Whoever folds meanwhile would write the old sum beside the new one.
            cursor.execute(f"LOCK TABLE {MESSAGES}, {TABLE} IN SHARE ROW EXCLUSIVE MODE")
        for event in EVENTS[connection.vendor]:
            for statement in _statements(connection.vendor, event):
                cursor.execute(statement)
        cursor.execute(f"DELETE FROM {TABLE}")
        cursor.execute(
            f"INSERT INTO {TABLE} (channel, status, number) SELECT channel, status, COUNT(*) FROM {MESSAGES} GROUP BY 1, 2"
        )


def remove(connection: BaseDatabaseWrapper) -> None:
    triggers.remove(connection, PREFIX)


def astray(connection: BaseDatabaseWrapper) -> list[str]:
    """The triggers that should stand and do not, or stand and should not."""
    return sorted({_name(event) for event in EVENTS[connection.vendor]} ^ set(triggers.standing(connection, PREFIX)))


def _name(event: str) -> str:
    return f"{PREFIX}messages_{event.lower()}"


def _statements(vendor: str, event: str) -> Iterator[str]:
    name = _name(event)
    if vendor == "sqlite":
        moved = {"INSERT": [("NEW", "+ 1")], "DELETE": [("OLD", "- 1")], "UPDATE": [("NEW", "+ 1"), ("OLD", "- 1")]}[
            event
        ]
        when = " WHEN OLD.status <> NEW.status OR OLD.channel <> NEW.channel" if event == "UPDATE" else ""
        body = " ".join(_one_row(row, amount) for row, amount in moved)
        yield f"CREATE TRIGGER {name} AFTER {event} ON {MESSAGES} FOR EACH ROW{when} BEGIN {body} END"
        return
    seen = SEEN.get(event, ())
    body = _difference(seen) if seen else f"LOCK TABLE {TABLE} IN SHARE ROW EXCLUSIVE MODE; DELETE FROM {TABLE}"
    tables = " ".join(f"{'NEW' if table == 'fresh' else 'OLD'} TABLE AS {table}" for table in seen)
    yield f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NULL; END $$"
    yield (
        f"CREATE TRIGGER {name} AFTER {event} ON {MESSAGES}{f' REFERENCING {tables}' if tables else ''} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
    )


def _one_row(row: str, amount: str) -> str:
    here = f"channel = {row}.channel AND status = {row}.status"
    return (
        f"INSERT INTO {TABLE} (channel, status, number) SELECT {row}.channel, {row}.status, 0 "
        f"WHERE NOT EXISTS (SELECT 1 FROM {TABLE} WHERE {here}); "
        f"UPDATE {TABLE} SET number = number {amount} WHERE id = (SELECT MIN(id) FROM {TABLE} WHERE {here});"
    )


def _difference(seen: tuple[str, ...]) -> str:
    signed = {"fresh": 1, "gone": -1}
    moved = " UNION ALL ".join(f"SELECT channel, status, {signed[table]} AS amount FROM {table}" for table in seen)
    return (
        f"INSERT INTO {TABLE} (channel, status, number) SELECT channel, status, SUM(amount) FROM ({moved}) AS moved "
        "GROUP BY 1, 2 HAVING SUM(amount) <> 0"
    )
