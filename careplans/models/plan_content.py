"""What exactly is signed: the content of a plan in one canonical form, and its SHA-256."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from careplans.models import Plan, PlanSchedule, Step
from careplans.models.monitoring import monitoring_of
from careplans.models.step_fields import Use, fields_that_are

# The others have a form of their own below.
OWN_FORM = (
    "goals", "target_mm_unknown", "after_step", "modality_revision", "after_event", "after_occurrence", "course",
    "occurrences_planned", "interval", "interval_unit", "agent", "session_names", "is_decision", "arm",
)  # fmt: skip
# Only where they are said: plans that were signed before a step could say so keep their fingerprint.
WHERE_SAID: dict[str, object] = {
    "target_mm_unknown": False, "after_event": Step.AfterEvent.ENDED, "after_occurrence": None, "course": Step.Course.ONCE,
    "occurrences_planned": None, "interval": None, "interval_unit": "", "agent": "", "session_names": "",
}  # fmt: skip
SIGNED_FIELDS = tuple(name for name in fields_that_are(Use.SIGNED) if name not in OWN_FORM)
# People by their ids: their names may change.
COLUMNS = tuple("owner_id" if name == "owner" else name for name in SIGNED_FIELDS)
PLAN_FIELDS = ("aim", "no_treatment", "no_treatment_reason", "amendment_reason")


def canonical_content(plan: Plan, steps: Sequence[Step], schedules: Sequence[PlanSchedule]) -> dict[str, Any]:
    """Everything a signature covers, in the order of the steps. No query: steps come with their revision
    arms and what hangs on them; the schedules are those that stand on the plan, in their order."""
    ordered = sorted(steps, key=lambda step: (step.position, step.pk))
    places = {step.pk: place for place, step in enumerate(ordered, start=1)}
    return {
        "case": plan.case_id,
        "number": plan.number,
        "content_version": plan.content_version,
        **{name: _plain(getattr(plan, name)) for name in PLAN_FIELDS},
        **_schedules(plan, schedules, places),
        "steps": [_step(step, places) for step in ordered],
    }


def _schedules(plan: Plan, rows: Sequence[PlanSchedule], places: Mapping[int, int]) -> dict[str, Any]:
    """One schedule alone has the form that plans had when they had one at most, so that they keep their fingerprint; and so has
    a day or a person that stood on a plan without one."""
    first = rows[0] if rows else None
    content: dict[str, Any] = {
        "follow_up_schedule_id": first.schedule_id if first else None,
        "follow_up_from": _plain(first.counts_from if first else plan.follow_up_from),
        "follow_up_assignee_id": first.assignee_id if first else plan.follow_up_assignee_id,
    }
    if len(rows) > 1 or (first and (first.overlap or first.past or first.from_step_id)):
        content["schedules"] = [_schedule(row, places) for row in rows]
    return content


def _schedule(row: PlanSchedule, places: Mapping[int, int]) -> dict[str, Any]:
    content = {
        "schedule": row.schedule_id, "from": _plain(row.counts_from), "assignee": row.assignee_id, "overlap": row.overlap,
        "past": row.past,
    }  # fmt: skip
    # Only where it is said, as above.
    if row.from_step_id:
        content |= {"from_place": places.get(row.from_step_id), "from_event": row.from_event}
    return content


def _step(step: Step, places: dict[int, int]) -> dict[str, Any]:
    content = {name: _plain(getattr(step, name)) for name in COLUMNS}
    content["goals"] = sorted(step.goals)
    content |= {name: value for name, empty in WHERE_SAID.items() if (value := getattr(step, name)) != empty}
    if monitoring := monitoring_of(step):
        content["monitoring"] = [one.content for one in monitoring]
    if step.is_decision:
        content["arms"] = [
            {"position": arm.position, "name": arm.name, "condition": arm.condition, "no_step": arm.no_step}
            for arm in step.arms.all()
        ]
    if step.arm is not None:
        content["arm"] = {"decision_place": places.get(step.arm.decision_id), "position": step.arm.position}
    content["after_place"] = places.get(step.after_step_id) if step.after_step_id else None
    revision = step.modality_revision
    content["revision"] = f"{revision.modality_id}/{revision.number}/{revision.sha256}" if revision else None
    return content


def content_hash(plan: Plan, steps: Sequence[Step], schedules: Sequence[PlanSchedule]) -> str:
    """SHA-256 in hex over the canonical content as compact JSON with sorted keys, in UTF-8."""
    text = json.dumps(
        canonical_content(plan, steps, schedules), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
