"""Rows without what by their own dates came after a day. Where a row is read as it was known on that day, there is hardly
anything: a date may be recorded ahead. Known by now, it is what makes a course that of the day and not that of today.

What was recorded before and tells nothing of its day (a reason that was corrected, a new owner) stays as it is known.
"""

from collections.abc import Iterable
from typing import Any

from careplans.models import Advisory, FollowUp, Occurrence, Plan, Signature, Step
from careplans.models.outcomes import OUTCOME_FIELDS
from careplans.readers.known.asked import Asked

# When a row began, by the column that says so.
BEGAN = ("created_at", "fired_at", "requested_at", "at")
NO_OUTCOME = {
    name: None if name.endswith("_on") else "" if name == "toxicity_term" else "not_recorded" for name in OUTCOME_FIELDS
}
OPEN_STEP = {"ended_on": None, "reason": "", "reason_note": "", "fulfilment": "", "outcome": "", **NO_OUTCOME}
OPEN_PLAN = {"ended_at": None, "end_reason": "", "outcome_note": "", **NO_OUTCOME}
UNRELEASED = {"released_at": None, "released_by_id": None, "release_note": "", **OPEN_PLAN}
UNANSWERED = {"signer_id": None, "signed_at": None, "signed_discipline": "", "comment": ""}
# Of each kind of row, the latest first: the column of the day or moment, and what the row held before it.
BEFORE: dict[type[Any], tuple[tuple[str, dict[str, Any]], ...]] = {
    Plan: (
        ("ended_at", {"status": "active", **OPEN_PLAN}), ("released_at", {"status": "in_signoff", **UNRELEASED}),
        ("submitted_at", {"status": "draft", "submitted_at": None, "submitted_by_id": None, **UNRELEASED}),
    ),
    Step: (("ended_on", {"status": "in_progress", **OPEN_STEP}), ("started_on", {"status": "planned", "started_on": None})),
    Occurrence: (("given_on", {"status": "planned", "given_on": None, "reason": "", "reason_note": ""}),),
    FollowUp: (("done_on", {"status": "planned", "done_on": None, "result": "", "reason": ""}),),
    Signature: (("signed_at", {"status": "pending", **UNANSWERED}),),
    Advisory: (("answered_at", {"state": "open", "answer": "", "note": "", "answered_by_id": None, "answered_at": None}),),
}  # fmt: skip


def rewind(rows: Iterable[Any], asked: Asked) -> list[Any]:
    """Those that had begun, each as it was before what came later."""
    found = [row for row in rows if not _begins_after(row, asked)]
    for row in found:
        for column, held in BEFORE.get(type(row), ()):
            if _is_after(getattr(row, column), asked):
                for name, value in held.items():
                    setattr(row, name, value)
    return found


def _begins_after(row: Any, asked: Asked) -> bool:
    return any(_is_after(getattr(row, name, None), asked) for name in BEGAN)


def _is_after(value: Any, asked: Asked) -> bool:
    if value is None:
        return False
    is_moment = hasattr(value, "hour")
    return bool(value > (asked.as_of if is_moment else asked.day))
