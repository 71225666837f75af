"""Which tables keep what their rows held before each change, as triggers on both databases (careplans/models/past.py).

A list, and SQL that is written from it. On PostgreSQL no trigger names a column, so tables may change under them; on SQLite every
`migrate` takes them away first and puts them back, as it does those of change_triggers.py. What a migration itself rewrites there
is therefore as if it had always been so.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from common import triggers

PREFIX = "past_"
TABLE, CLOCK = "careplans_pastrow", "careplans_historyclock"
EVENTS = ("INSERT", "UPDATE", "DELETE")
_SET = f"SELECT at FROM {CLOCK} WHERE id = 1"
# Django writes a moment on SQLite without a fraction where it has none; as text it would come before the same with zeros.
NOW = {
    "sqlite": f"COALESCE((SELECT CASE length(at) WHEN 19 THEN at || '.000000' ELSE at END FROM {CLOCK} WHERE id = 1), "
    "strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')",
    "postgresql": f"COALESCE(({_SET}), clock_timestamp())",
}


@dataclass(frozen=True)
class Kept:
    """A table whose past is kept. `parent` is the column of what its rows belong to; `since` is SQL about `here`, a row that was
    written before there were triggers: from when it is taken to be; `without` are columns that tell nothing of the record;
    `quiet` is SQL about NEW, of changes that tell nothing by themselves: what the row held before is told as what it holds since.
    """

    app: str
    noun: str
    parent: str = "case_id"
    since: str = "here.created_at"
    without: tuple[str, ...] = ()
    quiet: str = ""

    @property
    def model(self) -> type[models.Model]:
        return apps.get_model(self.app, self.noun)

    @property
    def table(self) -> str:
        return f"{self.app}_{self.noun}"

    @property
    def key(self) -> str:
        return str(self.model._meta.pk.column)


def _of(table: str, column: str, *, at: str = "created_at") -> str:
    return f"(SELECT above.{at} FROM {table} above WHERE above.id = here.{column})"


_OF_BOARD = _of("accounts_board", "board_id")
# Of a message: what its workers write for each other.
MACHINERY = (
    "dedupe_key", "is_urgent", "token", "lease_until", "marked_at", "attempts", "ambiguous", "looked_up", "last_error",
    "bounce_count", "era", "skips_digest",
)  # fmt: skip
KEYS = ("record_key", "family_key", "given_key", "folding")
PAST: tuple[Kept, ...] = (
    Kept("careplans", "patient", parent="", without=KEYS),
    Kept("careplans", "patientidentifier", parent="patient_id", without=("key",)),
    Kept("careplans", "patientname", parent="patient_id"),
    Kept("careplans", "patientboard", parent="patient_id"),
    Kept("careplans", "careend", parent="patient_id", since="here.recorded_at"),
    Kept("careplans", "case", parent="patient_id", without=("keyed_title",)),
    Kept("careplans", "careended", since=_of("careplans_careend", "end_id", at="recorded_at")),
    Kept("careplans", "proforma", since=_of("careplans_case", "case_id")),
    Kept("careplans", "factchange", since="here.at"),
    Kept("careplans", "contradictionanswer", since="here.at"),
    Kept("careplans", "priortreatment"),
    Kept("careplans", "specimen"),
    Kept("careplans", "nothingahead", since="here.recorded_at"),
    Kept("careplans", "event", since="here.at"),
    Kept("careplans", "plan", without=("content_checked_at",)),
    Kept("careplans", "planschedule", since=_of("careplans_plan", "plan_id")),
    Kept("careplans", "signature", parent="plan_id", since="COALESCE(here.requested_at, here.signed_at)"),
    Kept("careplans", "factsanswer", parent="plan_id", since="here.at"),
    Kept("careplans", "guidanceanswer", parent="plan_id", since="here.at"),
    Kept("careplans", "advisory", since="here.fired_at"),
    Kept("careplans", "step", without=("timing_version",)),
    Kept("careplans", "arm", parent="decision_id"),
    Kept("careplans", "occurrence"),
    Kept("careplans", "stepbreak"),
    Kept("careplans", "monitoring"),
    Kept("careplans", "followup", without=("timing_version",)),
    Kept("careplans", "followupschedule", parent="board_id", since=_OF_BOARD),
    Kept(
        "careplans", "scheduleline", parent="schedule_id",
        since="(SELECT b.created_at FROM careplans_followupschedule s JOIN accounts_board b ON b.id = s.board_id "
        "WHERE s.id = here.schedule_id)",
    ),
    Kept("careplans", "decidingfacts", parent="board_id", since=_OF_BOARD),
    Kept("careplans", "reminder"),
    Kept(
        "careplans", "outboxmessage", parent="reminder_id", since=_of("careplans_reminder", "reminder_id"), without=MACHINERY,
        quiet="NEW.status = 'claimed'",
    ),
    Kept("accounts", "board", parent="", without=("timing",)),
    Kept("accounts", "membership", parent="board_id", since="here.started_at"),
    Kept("accounts", "requireddiscipline", parent="board_id", since=_OF_BOARD),
)  # fmt: skip
BY_TABLE = {one.table: one for one in PAST}
# SQLite takes at most 127 arguments of a function, and a column needs two.
MOST = 60
# Under this noun stands from when on the past of a table is kept, where it held rows before that.
BEGUN = "kept"


def install(connection: BaseDatabaseWrapper) -> None:
    """Anew, whatever stood there; what the list does not name any more is gone. And the beginning of what was written before
    there were triggers. On PostgreSQL none that stays is taken away meanwhile, so that no change of a program goes unnoted."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        if not {TABLE, CLOCK} <= there:
            return
        kept = [one for one in PAST if one.table in there]
        staying = () if connection.vendor == "sqlite" else {_name(one, event) for one in kept for event in EVENTS}
        triggers.remove(connection, PREFIX, keep=staying)
        for one in kept:
            for event in EVENTS:
                for statement in _statements(connection.vendor, one, event):
                    cursor.execute(statement)
            cursor.execute(f"SELECT 1 FROM {TABLE} WHERE noun = '{one.noun}' LIMIT 1")  # our own names
            was_kept = cursor.fetchone() is not None
            cursor.execute(_fill(connection.vendor, one))
            if not was_kept and cursor.rowcount > 0:
                # The table held rows, and nobody knows what they held before: from now on it is known.
                cursor.execute(_beginning(connection.vendor, one))


def remove(connection: BaseDatabaseWrapper) -> None:
    triggers.remove(connection, PREFIX)


def astray(connection: BaseDatabaseWrapper) -> list[str]:
    """The triggers that should stand and do not, or stand and should not; and a clock of the history that somebody has set."""
    found = sorted({_name(one, event) for one in PAST for event in EVENTS} ^ set(triggers.standing(connection, PREFIX)))
    with connection.cursor() as cursor:
        cursor.execute(_SET)
        return found + [f"{CLOCK} is set to {at}" for (at,) in cursor.fetchall()]


def image(vendor: str, kept: Kept, row: str) -> str:
    """SQL for what is kept of a row that goes by the name `row` (OLD, or a table's alias), as JSON.

    On PostgreSQL without what is null, so that most rows stay below the size from which they are packed; JSON columns as they
    are, since what is null inside them is their own. On SQLite these stay the text that they are there.
    """
    fields = [field for field in kept.model._meta.concrete_fields if field.column not in kept.without]
    if vendor == "sqlite":
        parts = [fields[place : place + MOST] for place in range(0, len(fields), MOST)]
        told = [", ".join(f"'{one.column}', {row}.\"{one.column}\"" for one in part) for part in parts]
        found = f"json_object({told[0]})"
        for more in told[1:]:
            found = f"json_patch({found}, json_object({more}))"
        return found
    nested = [str(field.column) for field in fields if isinstance(field, models.JSONField)]
    gone = ", ".join(f"'{name}'" for name in (*kept.without, *nested))
    bare = f"jsonb_strip_nulls(to_jsonb({row}) - ARRAY[{gone}]::text[])"
    whole = ", ".join(f"'{name}', {row}.\"{name}\"" for name in nested)
    return f"{bare} || jsonb_build_object({whole})" if nested else bare


def _name(kept: Kept, event: str) -> str:
    return f"{PREFIX}{kept.table}_{event.lower()}"


def _statements(vendor: str, kept: Kept, event: str) -> Iterator[str]:
    name = _name(kept, event)
    if vendor == "sqlite":
        yield f"CREATE TRIGGER IF NOT EXISTS {name} {_on_sqlite(kept, event)}"
        return
    head, body = _on_postgresql(kept, event)
    yield (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$"
    )
    yield f"CREATE OR REPLACE TRIGGER {name} {head} EXECUTE FUNCTION {name}()"


_INTO = f"INSERT INTO {TABLE} (noun, row_id, parent_id, since, at, row)"


def until_now(noun: str, key: str) -> str:
    """SQL for the moment from which a row held what it holds: of its last change."""
    return f"(SELECT p.at FROM {TABLE} p WHERE p.noun = '{noun}' AND p.row_id = {key} ORDER BY p.id DESC LIMIT 1)"


def _past(vendor: str, kept: Kept, row: str) -> str:
    parent = f"{row}.{kept.parent}" if kept.parent else "NULL"
    key, later = f"{row}.{kept.key}", "GREATEST" if vendor == "postgresql" else "max"
    return (
        f"{_INTO} SELECT '{kept.noun}', {key}, {parent}, held.since, {later}(held.now, COALESCE(held.since, held.now)), "
        f"{image(vendor, kept, row)} FROM (SELECT {NOW[vendor]} AS now, {until_now(kept.noun, key)} AS since) held;"
    )


def _on_sqlite(kept: Kept, event: str) -> str:
    if event == "INSERT":
        values = f"'{kept.noun}', NEW.{kept.key}, NULL, NULL, {NOW['sqlite']}, NULL"
        return f"AFTER INSERT ON {kept.table} FOR EACH ROW BEGIN {_INTO} VALUES ({values}); END"
    columns = [str(one.column) for one in kept.model._meta.concrete_fields if one.column not in kept.without]
    differs = " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in columns)
    told = f"({differs}) AND NOT ({kept.quiet})" if kept.quiet else differs
    when = f"WHEN {told} " if event == "UPDATE" else ""
    return f"AFTER {event} ON {kept.table} FOR EACH ROW {when}BEGIN {_past('sqlite', kept, 'OLD')} END"


def _on_postgresql(kept: Kept, event: str) -> tuple[str, str]:
    """New rows by the statement: a COPY brings thousands. Old ones by the row."""
    if event == "INSERT":
        body = f"{_INTO} SELECT '{kept.noun}', {kept.key}, NULL, NULL, {NOW['postgresql']}, NULL FROM fresh;"
        return f"AFTER INSERT ON {kept.table} REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT", body
    body = _past("postgresql", kept, "OLD")
    if event == "UPDATE":
        gone = "ARRAY[" + ", ".join(f"'{name}'" for name in kept.without) + "]::text[]"
        tells = f"to_jsonb(OLD) - {gone} IS DISTINCT FROM to_jsonb(NEW) - {gone}" if kept.without else "TRUE"
        told = f"{tells} AND NOT ({kept.quiet})" if kept.quiet else tells
        body = f"IF OLD IS DISTINCT FROM NEW AND {told} THEN {body} END IF;"
    return f"AFTER {event} ON {kept.table} FOR EACH ROW", body


def _fill(vendor: str, kept: Kept) -> str:
    since = f"COALESCE({kept.since}, {NOW[vendor]})"
    at = since if vendor == "postgresql" else f"CASE length({since}) WHEN 19 THEN {since} || '.000000' ELSE {since} END"
    return (
        f"{_INTO} SELECT '{kept.noun}', here.{kept.key}, NULL, NULL, {at}, NULL FROM {kept.table} here "
        f"WHERE NOT EXISTS (SELECT 1 FROM {TABLE} p WHERE p.noun = '{kept.noun}' AND p.row_id = here.{kept.key})"
    )


def _beginning(vendor: str, kept: Kept) -> str:
    told = json.dumps({"noun": kept.noun})
    return f"{_INTO} VALUES ('{BEGUN}', 0, NULL, NULL, {NOW[vendor]}, '{told}')"
