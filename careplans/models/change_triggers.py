"""Which rows a change of a table moves, as triggers on both databases.

A list, and SQL that is written from it. SQLite loses the triggers of a table that a migration rebuilds, and rebuilds none that a
trigger elsewhere names: so there every `migrate` takes them away first, and puts them back (careplans/apps.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from common import triggers

PREFIX = "moves_"
TABLE = "careplans_change"
NOW = {"sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'", "postgresql": "clock_timestamp()"}
# Of a row that was told before: never earlier than then, also where the clock was set back in between.
LATER = {
    "sqlite": f"CASE WHEN {TABLE}.at > {NOW['sqlite']} "
    f"THEN strftime('%Y-%m-%d %H:%M:%f', {TABLE}.at, '+0.001 seconds') || '000' ELSE {NOW['sqlite']} END",
    "postgresql": f"GREATEST({NOW['postgresql']}, {TABLE}.at + interval '1 microsecond')",
}
# What no answer of the API shows, so that a change of it alone moves nothing.
UNSERVED = {"timing_version", "timing", "last_login", "updated_at", "content_checked_at", "keyed_title"}
WRITTEN = ("INSERT", "UPDATE")
# Of a few tables rows are deleted, too: none of them holds anything clinical.
ALSO_DELETED = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Own:
    """The row itself is one of the API's: `board`, `case` and `plan` are SQL about NEW; `since` is the column that says when
    a row changed that was written before there were triggers."""

    noun: str
    board: str = "NEW.board_id"
    case: str = "NEW.case_id"
    plan: str = "NULL"
    since: str = "created_at"


@dataclass(frozen=True)
class Inside:
    """The row is shown in others: `which` is SQL about the columns of the table of changes and ROW, the changed row."""

    noun: str
    which: str
    on: tuple[str, ...] = WRITTEN
    columns: tuple[str, ...] = ()
    """Of an UPDATE: only where one of these changed. None: whatever was served."""


def _keyed(noun: str, column: str, **more: tuple[str, ...]) -> Inside:
    return Inside(noun, f"row_id = ROW.{column}", **more)


def _in_plan(step: str) -> Inside:
    """The plan of a step, read off the table of changes: it is there since the step was written."""
    return Inside("plans", f"row_id = {_of_step('plan_id', f'ROW.{step}')}")


def _of_step(column: str, step: str) -> str:
    return f"(SELECT known.{column} FROM {TABLE} known WHERE known.noun = 'steps' AND known.row_id = {step})"


_IN_ERROR = "plan_id = ROW.id AND ROW.status = 'entered_in_error'"
_OF = "row_id IN (SELECT {column} FROM {table} WHERE {key} = ROW.id)"
# A gate shows the step that it waits for, what that one waits for, and the decision of its arm.
_FIRST = "SELECT id FROM careplans_step WHERE after_step_id = ROW.id"
_WAITING = Inside(
    "steps",
    f"row_id IN ({_FIRST} UNION SELECT id FROM careplans_step WHERE after_step_id IN ({_FIRST}) "
    "UNION SELECT id FROM careplans_step WHERE arm_id IN (SELECT id FROM careplans_arm WHERE decision_id = ROW.id))",
    on=("UPDATE",),
    columns=("status", "position", "started_on", "ended_on", "occurrences_given", "occurrences_omitted", "removed_at"),
)  # fmt: skip
_MEMBERS = "row_id IN (SELECT board_id FROM accounts_membership WHERE user_id = ROW.id AND ended_at IS NULL)"
_HAVING = "row_id IN (SELECT id FROM {table} WHERE institution_id = ROW.{key})"
_MOVES = "row_id IN (SELECT id FROM careplans_recordmove WHERE from_patient_id = ROW.id OR to_patient_id = ROW.id)"
_DECIDES = Inside("specimens", "case_id = ROW.case_id", on=("UPDATE",), columns=("deciding_specimen_id",))

MOVES: dict[str, tuple[Own | Inside, ...]] = {
    "accounts_board": (Own("boards", board="NEW.id", case="NULL", since=""),),
    "accounts_membership": (_keyed("boards", "board_id"),),
    "accounts_requireddiscipline": (_keyed("boards", "board_id", on=ALSO_DELETED),),
    "accounts_user": (Inside("boards", _MEMBERS, on=("UPDATE",), columns=("name",)),),
    "accounts_institution": (
        Inside("boards", _HAVING.format(table="accounts_board", key="id"), on=("UPDATE",), columns=("name",)),
        Inside("patients", _HAVING.format(table="careplans_patient", key="id"), on=("UPDATE",), columns=("name",)),
    ),
    "accounts_identifiersystem": (
        Inside("patients", _HAVING.format(table="careplans_patient", key="institution_id"), on=("UPDATE",)),
    ),
    "careplans_patient": (
        Own("patients", board="NULL", case="NULL"),
        # A merge or move tells the versions of both patients.
        Inside("record-moves", _MOVES, on=("UPDATE",), columns=("version",)),
    ),
    "careplans_patientidentifier": (_keyed("patients", "patient_id"),),
    "careplans_patientname": (_keyed("patients", "patient_id"),),
    "careplans_patientboard": (_keyed("patients", "patient_id", on=ALSO_DELETED),),
    "careplans_case": (
        Own("cases", case="NEW.id", since="updated_at"),
        _keyed("patients", "patient_id", on=("INSERT",)),
        Inside("patients", "row_id IN (NEW.patient_id, OLD.patient_id)", on=("UPDATE",), columns=("patient_id",)),
    ),
    "careplans_proforma": (_keyed("cases", "case_id"), _DECIDES),
    "careplans_priortreatment": (
        Own("prior-treatments", board="(SELECT board_id FROM careplans_case WHERE id = NEW.case_id)"),
        _keyed("cases", "case_id"),
    ),
    "careplans_contradictionanswer": (_keyed("cases", "case_id"),),
    "careplans_specimen": (Own("specimens"), _keyed("cases", "case_id")),
    "careplans_plan": (
        Own("plans", plan="NEW.id", since="updated_at"),
        # They are served with the state of their plan.
        Inside("steps", "plan_id = ROW.id", on=("UPDATE",), columns=("status",)),
        Inside("signatures", "plan_id = ROW.id", on=("UPDATE",), columns=("status",)),
        # With a plan that was entered in error these were an error, too.
        Inside("follow-ups", _IN_ERROR, on=("UPDATE",), columns=("status",)),
        Inside("advisories", _IN_ERROR, on=("UPDATE",), columns=("status",)),
    ),
    "careplans_signature": (
        Own("signatures", case="(SELECT case_id FROM careplans_plan WHERE id = NEW.plan_id)", plan="NEW.plan_id",
            since="requested_at"),
        _keyed("plans", "plan_id"),
    ),
    "careplans_factsanswer": (_keyed("plans", "plan_id"),),
    "careplans_planschedule": (_keyed("plans", "plan_id"),),
    "careplans_followupschedule": (
        _keyed("boards", "board_id"),
        Inside("plans", _OF.format(column="plan_id", table="careplans_planschedule", key="schedule_id"), on=("UPDATE",)),
    ),
    "careplans_step": (Own("steps", plan="NEW.plan_id"), _keyed("plans", "plan_id"), _WAITING),
    "careplans_occurrence": (
        Own("occurrences", plan=_of_step("plan_id", "NEW.step_id")), _keyed("steps", "step_id"), _in_plan("step_id"),
    ),
    "careplans_stepbreak": (
        Own("step-breaks", plan=_of_step("plan_id", "NEW.step_id")), _keyed("steps", "step_id"), _in_plan("step_id"),
    ),
    "careplans_monitoring": (_keyed("steps", "step_id"), _in_plan("step_id")),
    "careplans_arm": (
        Own("arms", case=_of_step("case_id", "NEW.decision_id"), plan=_of_step("plan_id", "NEW.decision_id")),
        _keyed("steps", "decision_id"), _in_plan("decision_id"),
    ),
    "careplans_followup": (
        Own("follow-ups", plan="NEW.plan_id"), _keyed("follow-ups", "replaces_id", on=("INSERT",)),
    ),
    "careplans_event": (Own("events", plan="NEW.plan_id", since="at"),),
    "careplans_factchange": (
        Own("fact-changes", board="(SELECT board_id FROM careplans_case WHERE id = NEW.case_id)", since="at"),
    ),
    "careplans_nothingahead": (Own("nothing-ahead", since="recorded_at"),),
    "careplans_recordmove": (Own("record-moves", board="NULL", since="asked_at"),),
    "careplans_advisory": (Own("advisories", plan="NEW.plan_id", since="fired_at"),),
}  # fmt: skip


def install(connection: BaseDatabaseWrapper) -> None:
    """Anew, whatever stood there; what the list does not name any more is gone. And a row for what was written before there
    were triggers. On PostgreSQL none that stays is taken away meanwhile, so that no change of a program goes unnoted."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        if TABLE not in there:
            return
        triggers.remove(connection, PREFIX, keep=() if connection.vendor == "sqlite" else _names(there))
        for table, moves in MOVES.items():
            if table in there:
                for statement in _statements(connection.vendor, table, moves):
                    cursor.execute(statement)
        for table, moves in MOVES.items():
            for own in moves:
                if isinstance(own, Own) and table in there:
                    cursor.execute(_fill(connection.vendor, table, own))


def remove(connection: BaseDatabaseWrapper) -> None:
    triggers.remove(connection, PREFIX)


def astray(connection: BaseDatabaseWrapper) -> list[str]:
    """The triggers that should stand and do not, or stand and should not."""
    return sorted(_names(set(MOVES)) ^ set(triggers.standing(connection, PREFIX)))


def _names(tables: set[str]) -> set[str]:
    return {
        _name(table, number, event)
        for table, moves in MOVES.items()
        if table in tables
        for number, event, _ in _each(moves)
    }


def _name(table: str, number: int, event: str) -> str:
    return f"{PREFIX}{table}_{number}_{event.lower()}"


def _each(moves: tuple[Own | Inside, ...]) -> Iterator[tuple[int, str, Own | Inside]]:
    for number, move in enumerate(moves):
        for event in WRITTEN if isinstance(move, Own) else move.on:
            yield number, event, move


def _statements(vendor: str, table: str, moves: tuple[Own | Inside, ...]) -> Iterator[str]:
    for number, event, move in _each(moves):
        name = _name(table, number, event)
        columns = move.columns if isinstance(move, Inside) else ()
        head = f"AFTER {event}{_of_columns(table, columns) if event == 'UPDATE' else ''} ON {table} FOR EACH ROW"
        when = f" WHEN ({_differs(vendor, columns)})" if columns and event == "UPDATE" else ""
        body = _own(vendor, move) if isinstance(move, Own) else _inside(vendor, move, event)
        if vendor == "sqlite":
            yield f"CREATE TRIGGER IF NOT EXISTS {name} {head}{when} BEGIN {body}; END"
        else:
            yield (
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
                f"BEGIN {body}; RETURN NULL; END $$"
            )
            yield f"CREATE OR REPLACE TRIGGER {name} {head}{when} EXECUTE FUNCTION {name}()"


def _of_columns(table: str, columns: tuple[str, ...]) -> str:
    """All that are served, where none are named."""
    model = next(one for one in apps.get_models() if one._meta.db_table == table)
    names = columns or [one.column for one in model._meta.concrete_fields if one.name not in UNSERVED]
    return " OF " + ", ".join(f'"{name}"' for name in names)


def _differs(vendor: str, columns: tuple[str, ...]) -> str:
    word = "IS NOT" if vendor == "sqlite" else "IS DISTINCT FROM"
    return " OR ".join(f"OLD.{name} {word} NEW.{name}" for name in columns)


def _own(vendor: str, own: Own) -> str:
    return (
        f"INSERT INTO {TABLE} (noun, row_id, board_id, case_id, plan_id, at, batch) "
        f"VALUES ('{own.noun}', NEW.id, {own.board}, {own.case}, {own.plan}, {NOW[vendor]}, NULL) "
        "ON CONFLICT (noun, row_id) DO UPDATE SET board_id = excluded.board_id, case_id = excluded.case_id, "
        "plan_id = excluded.plan_id, "
        f"at = {LATER[vendor]}, batch = NULL"
    )


def _inside(vendor: str, move: Inside, event: str) -> str:
    which = move.which.replace("ROW.", "OLD." if event == "DELETE" else "NEW.")
    return f"UPDATE {TABLE} SET at = {LATER[vendor]}, batch = NULL WHERE noun = '{move.noun}' AND {which}"


def _fill(vendor: str, table: str, own: Own) -> str:
    values = ", ".join(one.replace("NEW.", "here.") for one in (own.board, own.case, own.plan))
    at = f"here.{own.since}" if own.since else NOW[vendor]
    return (
        f"INSERT INTO {TABLE} (noun, row_id, board_id, case_id, plan_id, at, batch) "
        f"SELECT '{own.noun}', here.id, {values}, {at}, NULL FROM {table} here "
        f"WHERE NOT EXISTS (SELECT 1 FROM {TABLE} c WHERE c.noun = '{own.noun}' AND c.row_id = here.id)"
    )
