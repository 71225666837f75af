"""Events of a case as sentences, and runs of small edits as one entry. Pure: the events come with their rows loaded."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.models import Discipline
from careplans.models import Advisory, Event, FollowUp, Plan, Step
from careplans.readers.confirmed_days import beside, standing, told
from careplans.readers.facts.proforma import label_of
from careplans.readers.timeline_groups import (
    EDITS,
    PLAN_BEGUN,
    case_moved,
    follow_up_changed,
    follow_up_corrected,
    follow_up_settled,
    gate_moved,
    modality_of,
    occurrence_of,
    occurrence_recorded,
    plan_begun,
)  # fmt: skip
from careplans.readers.timeline_values import Changed, changed, day_of, day_words, named
from common import asked


@dataclass
class TimelineEntry:
    """One line of the timeline."""

    event: Event
    """The newest of its run."""
    count: int = 1
    fields: list[str] = field(default_factory=list)
    was: dict[str, Any] = field(default_factory=dict)
    """What stood before the oldest of its run."""
    now: dict[str, Any] = field(default_factory=dict)
    people: Mapping[int, str] = field(default_factory=dict)
    confirmed: list[str] = field(default_factory=list)
    """What was unlikely about a day, and confirmed (`common.asked`)."""

    @property
    def title(self) -> str:
        return sentence(self.event, self.count)

    @property
    def at(self) -> datetime:
        return self.event.at

    @property
    def text(self) -> str:
        shown = {one.name for one in self.changes}
        text = self.event.reason or ("" if shown else named(self.event.kind, self.fields))
        apart = standing(self.confirmed, shown)
        return "; ".join(filter(None, [text[:1].upper() + text[1:], told(self.event, apart)]))

    @property
    def changes(self) -> list[Changed]:
        """Field by field, the old value and the new one, with what was confirmed of it."""
        return changed(self.event.kind, self.was, self.now, self.people, beside(self.confirmed))

    @property
    def url(self) -> str:
        return url_of(self.event)


def entries(events: Iterable[Event], people: Mapping[int, str] | None = None) -> list[TimelineEntry]:
    """Events, newest first, as entries; a run of one kind by one person on one day becomes one. `people`: those whom values
    mean (`people_in`)."""
    found: list[TimelineEntry] = []
    for event in events:
        names, confirmed = list(event.data.get("fields", [])), list(event.data.get(asked.NAME, []))
        was, now = event.data.get("was", {}), event.data.get("now", {})
        last = found[-1] if found else None
        if last is not None and _is_told_by(last.event, event):
            continue
        if last is not None and _is_run(event) and _key(last.event) == _key(event):
            last.count += 1
            last.confirmed += standing(confirmed, {*last.fields, *last.now})
            last.fields += [name for name in names if name not in last.fields]
            # Of several follow-ups at once no value is anybody's.
            is_one = event.follow_up_id == last.event.follow_up_id
            last.was, last.now = (last.was | was, now | last.now) if is_one else ({}, {})
        else:
            found.append(TimelineEntry(event, fields=names, confirmed=confirmed, was=was, now=now, people=people or {}))
    return found


def _is_run(event: Event) -> bool:
    """Autosave, and the dozen follow-ups that a new schedule replaces or that somebody who leaves hands over."""
    if event.kind == "follow_up_changed":
        return _is_hand_over(event)
    return event.kind in EDITS or (event.kind == "follow_up_settled" and event.new == FollowUp.Status.CANCELLED)


def _is_hand_over(event: Event) -> bool:
    return bool(event.data.get("fields") == ["assignee"])


def _is_told_by(later: Event, event: Event) -> bool:
    """An amendment is drafted in the same breath; its own line says more."""
    drafted = event.kind == "plan_drafted" and later.plan_id == event.plan_id
    return drafted and later.kind in PLAN_BEGUN


def _key(event: Event) -> tuple[object, ...]:
    return event.kind, event.by_id, event.plan_id, event.step_id, event.new, event.reason, event.at.date()


def sentence(event: Event, count: int = 1) -> str:
    """What happened, by whom, in one sentence without a full stop."""
    who = event.by.name if event.by else "Consilium"
    if count > 1 and event.kind == "follow_up_settled":
        return f"{who} cancelled {count} follow-ups"
    if count > 1 and event.kind == "follow_up_changed":
        return f"{who} handed over {count} follow-ups"
    verb = VERBS.get(event.kind)
    return f"{who} {verb(event) if verb else event.kind.replace('_', ' ')}"


def url_of(event: Event) -> str:
    """Where to read on."""
    if event.follow_up_id:
        return reverse("careplans:followup", args=[event.follow_up_id])
    if event.plan_id:
        anchor = f"#step-{event.step_id}" if event.step_id else ""
        return reverse("careplans:plan", args=[event.plan_id]) + anchor
    if "record_move" in event.data:
        return reverse("careplans:record_move", args=[event.data["record_move"]])
    if event.kind == "facts_changed":
        return reverse("careplans:proforma_history", args=[event.case_id])
    return ""


def _facts(event: Event) -> str:
    """Facts by their labels."""
    return ", ".join(label_of(name) for name in event.data.get("fields", [])) or "deciding facts"


def _plan(event: Event) -> str:
    return f"plan {event.plan.number}" if event.plan else "a plan"


def _step(event: Event) -> str:
    return f"step {event.step.number} ({event.step.title_with_agent}) of {_plan(event)}" if event.step else "a step"


def _follow_up(event: Event) -> str:
    return f"the follow-up “{event.follow_up}”" if event.follow_up else "a follow-up"


def _discipline(event: Event) -> str:
    code = event.data.get("discipline", "")
    return Discipline(code).label.lower() if code in Discipline.values else str(code)


def _plan_moved(event: Event) -> str:
    plan = _plan(event)
    if event.old == Plan.Status.IN_SIGNOFF:
        return f"released {plan}" if event.new == Plan.Status.ACTIVE else f"took {plan} back to draft"
    words = {
        "in_signoff": f"sent {plan} to sign-off", "active": f"resumed {plan}", "on_hold": f"put {plan} on hold",
        "completed": f"completed {plan}", "superseded": f"replaced {plan} by a later one", "revoked": f"revoked {plan}",
        "entered_in_error": f"marked {plan} as entered in error",
    }  # fmt: skip
    return words.get(event.new, f"moved {plan} to {event.new.replace('_', ' ')}")


def _plan_answered(event: Event) -> str:
    words = {"dissented": "dissented from", "declined": "sent back"}.get(event.new, "signed")
    return f"{words} {_plan(event)} for {_discipline(event)}"


def _advisory_answer(event: Event) -> str:
    return Advisory.Answer(event.new).label.lower() if event.new in Advisory.Answer.values else event.new


def _step_moved(event: Event) -> str:
    words = {
        "planned": "planned", "in_progress": "started", "on_hold": "put on hold", "completed": "completed",
        "stopped": "stopped", "not_done": "recorded as not done:", "set_aside": "set aside",
    }  # fmt: skip
    if event.old == "proposed" and event.new in (*Step.ENDED, "in_progress", "on_hold"):
        return f"carried over {_step(event)}: {event.new.replace('_', ' ')}"
    if (event.old, event.new) == ("in_progress", "planned"):
        return f"took back the start of {_step(event)}"
    if (event.old, event.new) == ("on_hold", "in_progress"):
        return f"went on with {_step(event)}{day_of(event)}"
    on = day_of(event, "started_on" if event.new == "in_progress" else "ended_on")
    return f"{words.get(event.new, event.new)} {_step(event)}{on}"


def _put_off(event: Event) -> str:
    what = _follow_up(event) if event.follow_up_id else _step(event)
    return f"put off the reminder of {what} until {day_words(str(event.data.get('until', '')))}"


def _count(event: Event, one: str, many: str) -> str:
    count = event.data.get("count", 0)
    return f"{count} {one if count == 1 else many}"


VERBS: dict[str, Callable[[Event], str]] = {
    "case_opened": lambda e: f"opened the case as {e.new}",
    "patient_merged": lambda e: "confirmed that two records are of one person; the case goes to the one that stands",
    "patient_merge_undone": lambda e: "undid the merge of two records; the case goes back",
    "case_to_patient": lambda e: "confirmed that the case is of another patient, to whom it goes",
    "case_to_patient_undone": lambda e: "undid the move; the case goes back to the patient before",
    "case_changed": lambda e: "changed the case",
    "case_moved": case_moved,
    "facts_changed": lambda e: "changed the proforma",
    "contradiction_answered": lambda e: f"answered that facts which do not go together are so ({_facts(e)})",
    "prior_treatment_added": lambda e: f"added a previous therapy ({modality_of(e)})",
    "prior_treatment_changed": lambda e: f"corrected a previous therapy ({modality_of(e)})",
    "prior_treatment_withdrawn": lambda e: (
        f"took a previous therapy{modality_of(e) and f' ({modality_of(e)})'} off the list"
    ),
    "specimen_added": lambda e: "added a specimen",
    "specimen_changed": lambda e: "corrected a specimen",
    "specimen_decides": lambda e: "said which specimen decides",
    "specimen_withdrawn": lambda e: "took a specimen off the list",
    "plan_drafted": lambda e: f"began {_plan(e)}",
    "care_end_taken_back": lambda e: f"took back “{e.new}”; what it ended is offered back",
    **dict.fromkeys(PLAN_BEGUN, lambda e: plan_begun(e, _plan(e))),
    "plan_edited": lambda e: f"edited {_plan(e)}",
    "plan_moved": _plan_moved,
    "content_differs": lambda e: f"found that {_plan(e)} does not say what was signed any more",
    "content_matches": lambda e: f"found that {_plan(e)} says again what was signed",
    "plan_handed_over": lambda e: f"handed over {_plan(e)}",
    "signature_asked_again": lambda e: f"asked {_discipline(e)} again to sign {_plan(e)}",
    "plan_answered": _plan_answered,
    "advisory_answered": lambda e: f"answered an advisory on {_plan(e)}: {_advisory_answer(e)}",
    "advisories_fired": lambda e: (
        f"changed what is advised by moving {_step(e)}: advised besides: {len(e.data.get('rules', []))}"
    ),
    "guidance_pinned": lambda e: (
        f"put {_step(e)} on revision {e.data.get('new_number', '')} of “{e.data.get('reference_page', '')}”"
    ),
    "guidance_kept": lambda e: (
        f"kept {_plan(e)} though its guidance has changed ({', '.join(e.data.get('pages', []))})"
    ),
    "facts_changed_under_plan": lambda e: f"changed facts that {_plan(e)} was signed on ({_facts(e)})",
    "facts_acknowledged": lambda e: f"acknowledged for {_plan(e)} that facts have changed ({_facts(e)})",
    "facts_marked_under_plan": lambda e: f"said that facts decide which have changed under {_plan(e)} ({_facts(e)})",
    "facts_unmarked_under_plan": lambda e: f"said that facts do not decide which have changed under {_plan(e)}",
    "signature_asked": lambda e: f"changed facts that call for the signature of {_discipline(e)}, which is asked",
    "signature_delegated": lambda e: f"delegated the signature for {_discipline(e)} to {e.data.get('to_name', '')}",
    "signatures_voided": lambda e: f"voided {_count(e, 'signature', 'signatures')} of {_plan(e)} by a change",
    "steps_reordered": lambda e: f"changed the order of steps in {_plan(e)}",
    "step_added": lambda e: f"added {_step(e)}",
    "step_edited": lambda e: f"edited {_step(e)}",
    "step_removed": lambda e: f"took {_step(e)} out",
    "step_restored": lambda e: f"put {_step(e)} back",
    "arm_added": lambda e: f"added an arm to {_step(e)}",
    "arm_edited": lambda e: f"changed an arm of {_step(e)}",
    "arm_removed": lambda e: f"took an arm of {_step(e)} out",
    "arms_reordered": lambda e: f"changed the order of the arms of {_step(e)}",
    "arm_chosen": lambda e: f"decided at {_step(e)}{day_of(e, 'ended_on')}",
    "step_outcome_added": lambda e: f"added to the outcome of {_step(e)}{day_of(e)}",
    "step_outcome_corrected": lambda e: f"corrected the outcome of {_step(e)}",
    "plan_outcome_added": lambda e: f"added to the outcome of {_plan(e)}{day_of(e)}",
    "plan_outcome_corrected": lambda e: f"corrected the outcome of {_plan(e)}",
    "decision_corrected": lambda e: f"corrected the decision at {_step(e)}",
    "plan_schedule_added": lambda e: f"put the schedule “{e.data.get('schedule', '')}” on {_plan(e)}",
    "plan_schedule_changed": lambda e: f"changed the schedule “{e.data.get('schedule', '')}” on {_plan(e)}",
    "plan_schedule_removed": lambda e: f"took the schedule “{e.data.get('schedule', '')}” out of {_plan(e)}",
    "step_moved": _step_moved,
    "gate_moved": lambda e: gate_moved(e, _step(e)),
    "occurrence_recorded": lambda e: occurrence_recorded(e, _step(e)),
    "occurrence_corrected": lambda e: f"corrected what was recorded of {occurrence_of(e)}, {_step(e)}",
    "occurrence_taken_back": lambda e: f"took back {occurrence_of(e)} of {_step(e)}, which was entered in error",
    "step_undone": lambda e: f"undid within a minute what was recorded of {_step(e)}",
    "step_handed_on": lambda e: f"let {_step(e)} go on under the care of somebody else",
    "occurrences_ended": lambda e: f"left out {_count(e, 'further one', 'further ones')} of {_step(e)}",
    "monitoring_added": lambda e: f"hung a follow-up on {_step(e)}",
    "monitoring_removed": lambda e: f"took a follow-up off {_step(e)}",
    "step_handed_over": lambda e: f"handed over or re-dated {_step(e)}",
    "follow_up_undone": lambda e: f"undid within a minute what was recorded of {_follow_up(e)}",
    "follow_ups_scheduled": lambda e: f"scheduled {_count(e, 'follow-up', 'follow-ups')} with {_plan(e)}",
    "follow_ups_regenerated": lambda e: f"brought {_plan(e)} up to its changed schedule",
    "follow_ups_extended": lambda e: f"wrote {_count(e, 'further follow-up', 'further follow-ups')} of {_plan(e)}",
    "follow_ups_kept": lambda e: f"kept {_count(e, 'follow-up', 'follow-ups')} for {_plan(e)}",
    "follow_up_late": lambda e: f"recorded late what {_follow_up(e)} follows, so that it is due on that day",
    "follow_up_passed": lambda e: f"asked about dates that had passed, with {_follow_up(e)}",
    "follow_up_added": lambda e: f"added {_follow_up(e)}",
    "follow_up_changed": lambda e: follow_up_changed(e, _follow_up(e), is_hand_over=_is_hand_over(e)),
    "follow_up_settled": lambda e: follow_up_settled(e, _follow_up(e), day_of(e, "done_on")),
    "follow_up_corrected": lambda e: follow_up_corrected(e, _follow_up(e)),
    "reminder_put_off": _put_off,
    "nothing_ahead_recorded": lambda e: (
        f"recorded why nothing lies ahead, to be looked at again on {day_words(str(e.data.get('until', '')))}"
    ),
}
