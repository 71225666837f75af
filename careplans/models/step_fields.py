"""Every field of a step, and what it is good for: the one list that editing, signing, amending and comparing go by.

A field that is missing here fails tests/careplans/test_steps_fields.py; CONTRIBUTING.md says what else a new one needs.
"""

from enum import Flag, auto


class Use(Flag):
    """What a field of a step takes part in."""

    EDITED = auto()
    """Typed by who drafts, and merged where two draft at once."""
    SIGNED = auto()
    """Part of what a signature covers."""
    COPIED = auto()
    """Copied into an amendment when it is drafted."""
    HANDED_OVER = auto()
    """What became of the step; taken over when an amendment is released."""
    COMPARED = auto()
    """Shown word by word where two versions of a plan are compared."""
    SHOWN = auto()
    """On the plan's page and in print."""
    SERVED = auto()
    """In the API's answer."""
    FATE = auto()
    """What became of the step: of a past day it is told as it was then (careplans/readers/known/rewound.py)."""
    NOTHING = 0


CONTENT = Use.EDITED | Use.SIGNED | Use.COPIED | Use.COMPARED | Use.SHOWN | Use.SERVED
OUTCOME = Use.HANDED_OVER | Use.SHOWN | Use.SERVED | Use.FATE

STEP_FIELDS: dict[str, Use] = {
    # What is drafted and signed.
    "position": Use.SIGNED | Use.COPIED | Use.SHOWN | Use.SERVED,
    # Follows from the order; shown with the position, as one number.
    "letter": Use.COPIED,
    "phase": CONTENT,
    "modality_code": CONTENT,
    # Signed with its hash; compared and shown as a reference page and its number.
    "modality_revision": Use.SIGNED | Use.COPIED | Use.SHOWN | Use.SERVED,
    "reference_page_title": Use.COPIED,
    "description": CONTENT,
    "goals": CONTENT,
    "target": CONTENT,
    "target_mm": CONTENT,
    "target_mm_unknown": CONTENT,
    "owner": CONTENT,
    "planned_start": CONTENT,
    "planned_end": CONTENT,
    # Copied by place: it points at the other plan's step.
    "after_step": Use.EDITED | Use.SIGNED | Use.COMPARED | Use.SHOWN | Use.SERVED,
    # Said when it is added; signed with its arms.
    "is_decision": Use.SIGNED | Use.COPIED | Use.SHOWN | Use.SERVED,
    # Copied by place, like what it waits for.
    "arm": Use.EDITED | Use.SIGNED | Use.COMPARED | Use.SHOWN | Use.SERVED,
    "not_before": CONTENT,
    "only_if": CONTENT,
    "stop_when": CONTENT,
    "after_event": CONTENT,
    "after_occurrence": CONTENT,
    "course": CONTENT,
    "occurrences_planned": CONTENT,
    "interval": CONTENT,
    "interval_unit": CONTENT,
    "agent": CONTENT,
    "session_names": CONTENT,
    "rationale": CONTENT,
    "alternatives": CONTENT,
    # What became of it.
    "status": OUTCOME,
    "assignee": OUTCOME,
    "due_on": OUTCOME,
    "started_on": OUTCOME,
    "ended_on": OUTCOME,
    "fulfilment": OUTCOME,
    "reason": OUTCOME,
    "reason_note": OUTCOME,
    "reason_given": OUTCOME,
    "outcome": OUTCOME,
    "response": OUTCOME,
    "response_on": OUTCOME,
    "progression": OUTCOME,
    "progressed_on": OUTCOME,
    "toxicity": OUTCOME,
    "toxicity_term": OUTCOME,
    "toxicity_on": OUTCOME,
    "symptom_control": OUTCOME,
    "symptom_control_on": OUTCOME,
    # Handed over by place.
    "chosen_arm": Use.SHOWN | Use.SERVED | Use.FATE,
    "choice_reason": OUTCOME,
    "decided_by": OUTCOME,
    "occurrences_given": OUTCOME,
    "occurrences_omitted": OUTCOME,
    # Said when its plan is completed; no amendment follows.
    "goes_on_with": Use.SHOWN | Use.SERVED | Use.FATE,
    # Where it belongs, and what the app itself keeps.
    "id": Use.SERVED,
    "board": Use.SERVED,
    "case": Use.SERVED,
    "plan": Use.SERVED,
    "carried_from": Use.SERVED,
    "removed_at": Use.SERVED | Use.FATE,
    "version": Use.SERVED,
    "created_at": Use.SERVED,
    "carried_over_at": Use.FATE,
    "due_when_left_out": Use.FATE,
    "timing_version": Use.NOTHING,
}


def fields_that_are(use: Use) -> tuple[str, ...]:
    return tuple(name for name, uses in STEP_FIELDS.items() if use in uses)
