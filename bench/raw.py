"""What the rows of a page cost by themselves: the same rows read by plain psycopg and written as JSON or HTML by hand.

The floor that the pages are measured against: no model, no serializer, no template, no middleware and no HTTP. Each reads the
rows of every table that the page reads, and leaves the same read event. What the page works out of those rows (gates,
contradictions, whether the plan still says what was signed) is written here as it is on the measured board, where the list of
plans is the same to the byte. `bench/raw_urls.py` serves the same behind our own sign-in.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from typing import Any

import psycopg
from django.db import connection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb, JsonbLoader

from bench import raw_sql as sql
from careplans.models import Case, Plan, Proforma, Step

PEOPLE = {"plan": ("created_by", "submitted_by", "released_by"), "step": ("owner", "assignee", "decided_by")}


class Raw:
    """One connection of its own, as a program without Django would hold it."""

    def __init__(self, person: int, given: psycopg.Connection | None = None) -> None:
        self.person, self.statements = person, 0
        self.cursor = (given or _connect()).cursor(row_factory=dict_row)
        # Django reads JSON by itself, and tells its own connections to leave it as text.
        self.cursor.adapters.register_loader("jsonb", JsonbLoader)

    @property
    def backend(self) -> int:
        return self.cursor.connection.info.backend_pid

    def rows(self, query: str, *values: Any) -> list[Any]:
        self.statements += 1
        return self.cursor.execute(query, values).fetchall()

    def read(self, kind: str, ids: Sequence[int], *, action: str = "list") -> None:
        self.statements += 1
        told = (kind, "list", Jsonb({"ids": list(ids)})) if action == "list" else (kind, str(ids[0]), Jsonb({}))
        self.cursor.execute(sql.AUDIT, (self.person, action, *told))

    def boards(self) -> list[int]:
        return [row["board_id"] for row in self.rows(sql.BOARDS, self.person)]

    # JSON

    def api_plans(self, size: int = 50) -> bytes:
        found = self.rows(sql.PLANS, self.boards(), size + 1)
        self.read("plan", [row["id"] for row in found[:size]])
        last, plans = found[size - 1 : size], self._plans(found[:size])
        return _json({"next": last and len(found) > size and last[0]["id"], "previous": None, "results": plans})

    def api_plan(self, pk: int) -> bytes:
        found = self.rows(sql.PLAN, pk)
        self.read("plan", [pk], action="read")
        return _json(self._plans(found)[0])

    def api_case(self, pk: int) -> bytes:
        case = self.rows(sql.CASE, pk)[0]
        for query in sql.OF_CASE:
            self.rows(query, pk)
        self.read("case", [pk], action="read")
        facts = self.rows(sql.PROFORMA, pk)[0]
        return _json(_people(case, ("responsible", "created_by")) | {"proforma": facts, "prior_treatments": []})

    def _plans(self, plans: list[Any]) -> list[Any]:
        ids = [plan["id"] for plan in plans]
        steps = self._steps(ids)
        signatures = _by("plan", map(_signature, self.rows(sql.SIGNATURES, ids)))
        schedules = _by("plan", map(_schedule, self.rows(sql.SCHEDULES, ids)))
        self.rows(sql.ANSWERS, ids)
        return [_plan(plan, schedules[plan["id"]], steps[plan["id"]], signatures[plan["id"]]) for plan in plans]

    def _steps(self, plans: list[int]) -> dict[int, list[Any]]:
        rows = self.rows(sql.STEPS, plans)
        ids = [row["id"] for row in rows]
        hanging = [_by("step_id", self.rows(query, ids)) for query in sql.OF_STEPS]
        return _by("plan", (_step(row, *(of[row["id"]] for of in hanging)) for row in rows), drop=False)

    # HTML

    def cases(self, board: int, size: int = 50) -> bytes:
        found = self.rows(sql.CASES, board, size + 1)[:size]
        ids = [row["id"] for row in found]
        plans = _by("case_id", self.rows(sql.PLANS_OF_CASES, ids))
        self.read("case", ids)
        return ("<table>" + "".join(_case_row(row, plans[row["id"]]) for row in found) + "</table>").encode()


def _connect() -> psycopg.Connection:
    """Each statement is a transaction, and psycopg prepares what comes again."""
    told = connection.settings_dict
    return psycopg.connect(
        host=told["HOST"], port=told["PORT"] or None, user=told["USER"], password=told["PASSWORD"] or None,
        dbname=told["NAME"], autocommit=True,
    )  # fmt: skip


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain).encode()


def _plain(value: Any) -> str:
    text: str = value.isoformat()
    return text.replace("+00:00", "Z") if isinstance(value, datetime) else text


def _by(name: str, rows: Iterable[Any], *, drop: bool = True) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.pop(name) if drop else row[name]].append(row)
    return found


def _people(row: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """`owner` and `owner_name` as one value, at its place."""
    for name in names:
        called = row.pop(f"{name}_name")
        row[name] = row[name] and {"id": row[name], "name": called}
    return row


def _signature(row: Any) -> Any:
    return _people(row, ("delegated_to", "signer"))


LINES = {"visit": "Visit: every 6 months until 2 years."}


def _schedule(row: Any) -> Any:
    row["lines"] = [LINES[kind] for kind in row["lines"]]
    return _people(row, ("assignee", "done_with"))


def _plan(row: Any, schedules: list[Any], steps: list[Any], signatures: list[Any]) -> Any:
    told = _people(row, PEOPLE["plan"])
    return told | {"schedules": schedules, "steps": steps, "signatures": signatures}


CODES: dict[str, str] = dict(Step.ModalityCode.choices)


def _step(row: Any, arms: list[Any], occurrences: list[Any], breaks: list[Any], monitoring: list[Any]) -> Any:
    told = _people(row, PEOPLE["step"])
    if page := told["modality_revision"]:
        told["modality_revision"] = {
            "id": page,
            "modality": told["reference_page"],
            "number": told.pop("revision_number"),
            "title": told.pop("revision_title"),
        }
    told["title"] = CODES[told["modality_code"]]
    told["gate"] = {"state": "open", "reason": ""}
    return told | {"arms": arms, "occurrences": occurrences, "breaks": breaks, "monitoring": monitoring}


SITES: dict[str, str] = dict(Proforma._meta.get_field("primary_site").flatchoices)
GRADES: dict[str, str] = dict(Proforma._meta.get_field("grade").flatchoices)
CASE_STATES: dict[str, str] = dict(Case.Status.choices)
PLAN_STATES: dict[str, str] = dict(Plan.Status.choices)


def _current(plans: list[Any]) -> Any:
    for states in (Plan.IN_FORCE, Plan.WORKING):
        for plan in plans:
            if plan["status"] in states:
                return plan
    return next((plan for plan in plans if plan["status"] != "entered_in_error"), None)


def _case_row(row: Any, plans: list[Any]) -> str:
    title, name = escape(row["title"]), escape(f"{row['family_name']}, {row['given_name']}")
    plan = _current(plans)
    told = (
        f'<span><a href="/plans/{plan["id"]}/">Plan {plan["number"]}<span class="nhsuk-u-visually-hidden"> of {title}, '
        f'{name}</span></a> <span class="c-status c-status--{plan["status"]}"><svg class="c-icon" aria-hidden="true" '
        f'focusable="false"><use href="/static/images/sprite.svg#{plan["status"]}"></use></svg>'
        f"{PLAN_STATES[plan['status']]}</span></span>"
        if plan
        else '<span class="c-muted">None yet</span>'
    )
    return (
        f'<tr><th scope="row" data-label="Case"><a href="/cases/{row["id"]}/">{title}</a></th><td data-label="Patient"><span>'
        f'<a href="/patients/{row["patient_id"]}/">{name}</a> <span class="c-muted c-nowrap">{escape(row["record_number"])}'
        f'</span></span></td><td data-label="Primary site">{SITES[row["primary_site"]]}</td><td data-label="Grade">'
        f'{GRADES[row["grade"]]}</td><td data-label="Status"><span class="c-status c-status--{row["status"]}">'
        f'{CASE_STATES[row["status"]]}</span></td><td data-label="Plan">{told}</td></tr>'
    )
