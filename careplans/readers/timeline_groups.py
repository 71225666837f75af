"""Every kind of event, by the filter of the timeline that shows it; and the sentences about cases, cycles, gates and
what became of follow-ups. Pure."""

from datetime import date

from careplans.models import Case, Event, Step

# Which kinds belong to which filter of the timeline.
GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "decisions": ("Decisions", (
        "plan_drafted", "plan_brought_back", "plan_copied", "plan_from_template", "plan_amends", "plan_edited", "plan_moved",
        "plan_handed_over",
        "signature_asked_again", "steps_reordered", "step_added", "step_edited",
        "step_removed", "step_restored",
        "arm_added", "arm_edited", "arm_removed", "arms_reordered", "arm_chosen", "decision_corrected",
        "monitoring_added", "monitoring_removed", "plan_schedule_added", "plan_schedule_changed", "plan_schedule_removed",
        "plan_answered", "advisory_answered", "guidance_pinned",
        "patient_merged", "patient_merge_undone", "case_to_patient", "case_to_patient_undone",
        "content_differs", "content_matches",
        "guidance_kept", "signature_delegated", "signature_asked", "signatures_voided", "facts_changed_under_plan",
        "facts_marked_under_plan", "facts_unmarked_under_plan", "facts_acknowledged",
    )),
    "delivery": ("Delivery", (
        "step_moved", "step_handed_over", "gate_moved", "step_handed_on", "advisories_fired", "occurrence_recorded",
        "occurrences_ended", "occurrence_corrected", "occurrence_taken_back", "step_undone",
        "step_outcome_added", "step_outcome_corrected", "plan_outcome_added", "plan_outcome_corrected",
    )),
    "followups": ("Follow-ups", (
        "follow_ups_scheduled", "follow_ups_kept", "follow_ups_regenerated", "follow_ups_extended", "follow_up_added",
        "follow_up_late", "follow_up_passed", "follow_up_changed", "follow_up_settled",
        "follow_up_corrected", "follow_up_undone",
        "reminder_put_off", "nothing_ahead_recorded",
    )),
    "facts": ("Case and facts", (
        "case_opened", "case_changed", "case_moved", "facts_changed", "prior_treatment_added",
        "contradiction_answered", "prior_treatment_changed", "prior_treatment_withdrawn", "care_end_taken_back",
        "specimen_added", "specimen_changed", "specimen_decides",
        "specimen_withdrawn",
    )),
}  # fmt: skip

# What autosave writes every few seconds.
EDITS = ("facts_changed", "plan_edited", "step_edited", "steps_reordered", "arm_edited")


# How a plan began, where it was not from nothing: told instead of its draft.
PLAN_BEGUN = ("plan_amends", "plan_brought_back", "plan_copied", "plan_from_template")


def plan_begun(event: Event, plan: str) -> str:
    """`plan`: the plan of the event in words."""
    told = event.data
    return {
        "plan_brought_back": f"began {plan} anew, {event.reason}",
        "plan_amends": f"began {plan} as an amendment of plan {told.get('amends', '')}",
        "plan_copied": f"began {plan} with what plan {told.get('source', '')} had",
        "plan_from_template": f"filled {plan} from the template “{told.get('template', '')}”, version {told.get('number', '')}",
    }[event.kind]  # fmt: skip


def occurrence_of(event: Event) -> str:
    """“cycle 2 of 4”."""
    what = event.step.occurrence_heading(event.data.get("number", 0)) if event.step else "a cycle"
    return what[:1].lower() + what[1:]


def occurrence_recorded(event: Event, step: str) -> str:
    """`step`: the step of the event in words."""
    what, told = occurrence_of(event), event.data.get("day", "")
    day = f"{date.fromisoformat(told):%-d %b %Y}" if told else "a day"
    words = {
        "given": f"recorded {what} as given on {day},", "given_otherwise": f"recorded {what} as given otherwise on {day},",
        "postponed": f"postponed {what} to {day},", "planned": f"brought {what} forward to {day},",
        "omitted": f"left out {what}",
    }  # fmt: skip
    return f"{words.get(event.new, f'recorded {what}')} of {step}"


def gate_moved(event: Event, step: str) -> str:
    words = {
        "failed": "ended what {} waited for", "open": "met the condition of {}", "waiting": "met one condition of {}",
    }  # fmt: skip
    back = {"open": "took back what met the condition of {}", "failed": "took back what ended the condition of {}"}
    said = back.get(event.old) if event.new == "waiting" else None
    return (said or words.get(event.new, "moved the gate of {}")).format(step)


def follow_up_changed(event: Event, follow_up: str, *, is_hand_over: bool) -> str:
    """`follow_up`: that of the event in words."""
    return f"handed over {follow_up}" if is_hand_over else f"moved {follow_up}{moved_words(event)}"


def moved_words(event: Event) -> str:
    """Of a move, behind what was moved: “ along with what it hangs on, first agreed for 3 Mar 2026”. Nothing of one that was
    written before the program told it."""
    along = " along with what it hangs on" if event.data.get("along") else ""
    told = event.data.get("agreed_on", "")
    first = f", first agreed for {date.fromisoformat(told):%-d %b %Y}" if told else ""
    return along + first


def follow_up_settled(event: Event, follow_up: str, on: str) -> str:
    """`follow_up`: that of the event in words; `on`: the day, behind it."""
    words = {
        "done": f"did {{}}{on}", "did_not_attend": "recorded that the patient missed {}", "cancelled": "cancelled {}",
    }  # fmt: skip
    return words.get(event.new, "settled {}").replace("{}", follow_up)


def follow_up_corrected(event: Event, follow_up: str) -> str:
    return f"corrected the day of {follow_up}" if event.new == "done" else f"took back that {follow_up} was done"


def modality_of(event: Event) -> str:
    code = event.data.get("modality", "")
    return Step.ModalityCode(code).label if code in Step.ModalityCode.values else str(code)


def case_moved(event: Event) -> str:
    state = Case.Status(event.new).label.lower() if event.new in Case.Status.values else event.new
    if event.old == Case.Status.CLOSED:
        return "reopened the case"
    return f"moved the case from {event.old.replace('_', ' ')} to {state}"
