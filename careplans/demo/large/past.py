"""What the rows of a large board held on the way to what they hold now: a plan was a draft, a step was planned, then ran.

The batches are written as they ended. Here each row gets the past that its own dates tell of, by one statement for each kind of
change, as the triggers would have kept it (careplans/models/past_triggers.py).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, models

from careplans.demo.large.courses import Course
from careplans.models import FollowUp, Plan, Signature, Step
from careplans.models.outcomes import OUTCOME_FIELDS
from careplans.models.past_triggers import BY_TABLE, TABLE, image, until_now

UNKNOWN = {
    name: (None if name.endswith("_on") else "" if name == "toxicity_term" else "not_recorded") for name in OUTCOME_FIELDS
}  # fmt: skip
OPEN_STEP = {"reason": "", "reason_note": "", "reason_given": "", "fulfilment": "", "ended_on": None, **UNKNOWN}
OPEN_PLAN = {"ended_at": None, "end_reason": "", "end_reason_code": "", **UNKNOWN}
UNRELEASED = {"released_at": None, "released_by_id": None, **OPEN_PLAN}
# Nothing has become of a row after today.
NOW = {"sqlite": "datetime('now')", "postgresql": "clock_timestamp()"}
DRAFT = {"submitted_at": None, "submitted_by_id": None, "facts_snapshot": None, "content_hash": "", **UNRELEASED}
ENDED_STEP = "row.status IN ('completed', 'stopped')"


@dataclass(frozen=True)
class Before:
    """Until the day or moment in the column `until`, the rows of `where` held these values."""

    model: type[models.Model]
    until: str
    where: str
    held: dict[str, Any]


# In the order of time.
PAST = (
    Before(Plan, "submitted_at", "row.submitted_at IS NOT NULL", {"status": "draft", **DRAFT}),
    Before(Signature, "signed_at", "row.signed_at IS NOT NULL", {
        "status": "pending", "signer_id": None, "signed_at": None, "signed_discipline": "",
    }),
    Before(Plan, "released_at", "row.released_at IS NOT NULL", {"status": "in_signoff", **UNRELEASED}),
    Before(Step, "started_on", "row.started_on IS NOT NULL", {"status": "planned", "started_on": None, **OPEN_STEP}),
    Before(Step, "planned_start", "row.status = 'not_done' AND row.due_on IS NULL", {"status": "planned", **OPEN_STEP}),
    Before(Step, "ended_on", ENDED_STEP, {"status": "in_progress", **OPEN_STEP}),
    Before(FollowUp, "due_on", "row.status = 'did_not_attend'", {"status": "planned"}),
    Before(FollowUp, "done_on", "row.done_on IS NOT NULL", {"status": "planned", "done_on": None}),
    Before(Plan, "ended_at", "row.ended_at IS NOT NULL AND row.released_at IS NOT NULL", {"status": "active", **OPEN_PLAN}),
)  # fmt: skip


def write_past(courses: Sequence[Course]) -> None:
    """Of rows that were just written, each kind without a gap in its keys."""
    for before in PAST:
        keys = [row.pk for course in courses for row in _rows(before.model, course)]
        if keys:
            with connection.cursor() as cursor:
                cursor.execute(
                    _statement(before), {"first": min(keys), "last": max(keys), "held": json.dumps(before.held)}
                )


def _rows(model: type[models.Model], course: Course) -> Sequence[models.Model]:
    if model is Step:
        return [step for steps in course.steps for step in steps]
    found: dict[type[models.Model], Sequence[models.Model]] = {
        Plan: course.plans, Signature: course.signatures, FollowUp: course.follow_ups,
    }  # fmt: skip
    return found[model]


def _statement(before: Before) -> str:
    """Tables and columns are named by the models; the values go in as parameters."""
    kept, vendor = BY_TABLE[before.model._meta.db_table], connection.vendor
    told = image(vendor, kept, "row")
    held = f"json_patch({told}, %(held)s)" if vendor == "sqlite" else f"({told}) || %(held)s::jsonb"
    since = until_now(kept.noun, "row.id")
    return (
        f"INSERT INTO {TABLE} (noun, row_id, parent_id, since, at, row) "
        f"SELECT '{kept.noun}', row.{kept.key}, row.{kept.parent}, {since}, {_until(before, vendor)}, {held} "
        f"FROM {kept.table} row WHERE row.id BETWEEN %(first)s AND %(last)s AND {before.where} "
        f"AND {_until(before, vendor)} <= {NOW[vendor]}"
    )


def _until(before: Before, vendor: str) -> str:
    column = f"row.{before.until}"
    is_day = not isinstance(before.model._meta.get_field(before.until), models.DateTimeField)
    if vendor == "sqlite":
        with_zeros = f"CASE length({column}) WHEN 19 THEN {column} || '.000000' ELSE {column} END"
        return f"{column} || ' 10:00:00.000000'" if is_day else with_zeros
    return f"({column} + time '10:00') AT TIME ZONE 'UTC'" if is_day else column
