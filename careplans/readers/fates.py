"""What has become of the steps of a plan in force, and what the release of its amendment makes of each.

The words follow `careplans/services/plan_handover.py`, which does it.
"""

from datetime import date

from careplans.models import Event, Plan, Step
from careplans.models.step_values import reason_label
from careplans.readers.plan_changes import Fate, PlanChanges, StepChange

Status = Step.Status


def add_fates(changes: PlanChanges, old: Plan, new: Plan) -> PlanChanges:
    """Of each step that stands in the older plan. Both plans come from `for_detail()`; one query for what was left out."""
    why = why_left_out(new) if any(change.kind == "removed" for change in changes.steps) else {}
    is_ahead = new.is_editable and old.is_in_force and new.amends_id == old.pk
    for change in changes.steps:
        if change.before is not None:
            change.fate = _ahead(change, change.before, new) if is_ahead else Fate(state_of(change.before))
            change.why_left_out = why.get(change.before.pk, "")
    return changes


def why_left_out(new: Plan) -> dict[int | None, str]:
    """By the key of the step of the older plan; the last word counts."""
    told = Event.objects.filter(plan=new, kind="step_removed").order_by("id")
    return dict(told.values_list("step__carried_from", "reason"))


def _ahead(change: StepChange, before: Step, new: Plan) -> Fate:
    now, after, is_left_out = state_of(before), change.step, change.kind == "removed"
    if not before.is_open:
        where = f"plan {new.number} does not repeat it" if is_left_out else f"it stays so in plan {new.number}"
        return Fate(now, where)
    if not is_left_out:
        return _going_on(now, before, after, new)
    if before.status == Status.IN_PROGRESS:
        return Fate(now, f"record what became of it before plan {new.number} is released, or add it there", True)
    reason = Step.Reason.LEFT_OUT.label.lower()
    return Fate(now, f"it becomes “not done: {reason}”, because it is not part of plan {new.number}")


def _going_on(now: str, before: Step, after: Step, new: Plan) -> Fate:
    where = f"it goes on as step {after.number} of plan {new.number}{_with_whom(before, after)}"
    asked, planned = after.occurrences_planned or 0, before.occurrences_planned or 0
    if not (before.is_counted and after.is_counted) or asked >= planned:
        return Fate(now, where)
    if asked < before.occurrences_given:
        words = f"it asks for {asked} {after.occurrence_word}s, fewer than were given"
        return Fate(now, f"{words}: plan {new.number} cannot be released so", True)
    many = planned - asked
    fall = f"{many} of its {planned} {before.occurrence_word}s {'falls' if many == 1 else 'fall'} away"
    return Fate(now, f"{where}, and {fall}")


def _with_whom(before: Step, after: Step) -> str:
    return f", then with {after.owner.name}" if after.owner and after.owner_id != before.owner_id else ""


def state_of(step: Step) -> str:
    """“in progress since 3 Mar 2026, 2 of 4 cycles given, next date 5 Apr 2026, with Omar Oncologist”. The step comes with its
    people, breaks, arm and chosen arm."""
    parts = [f"{step.get_status_display().lower()}{_when(step)}{_why(step)}", *_course(step), *_branch(step)]
    # What a later plan took over is ahead there.
    if step.is_open and step.carried_over_at is None:
        parts += [f"next date {_day(step.due_on)}"] if step.due_on else []
        parts += [f"with {step.assignee.name}"] if step.assignee else []
    return ", ".join(parts)


def _course(step: Step) -> list[str]:
    """What was given of a course, and since when it is held."""
    given = [step.delivered_words] if step.delivered_words and (step.occurrences_given or step.is_open) else []
    return given + [held.words for held in step.breaks.all() if held.is_open]


def _branch(step: Step) -> list[str]:
    """Of a decision what was decided; of a step in an arm that nobody has chosen yet, what it waits for."""
    if step.is_decision and step.status == Status.COMPLETED:
        return [f"decided: {step.chosen_arm.name if step.chosen_arm else 'none of the arms'}"]
    if step.arm is not None and step.is_open and step.awaits_decision:
        return [f"waits for the decision at step {step.arm.decision.number}"]
    return []


def _when(step: Step) -> str:
    if step.ended_on:
        return f" on {_day(step.ended_on)}"
    return f" since {_day(step.started_on)}" if step.status == Status.IN_PROGRESS and step.started_on else ""


def _why(step: Step) -> str:
    if step.status == Status.COMPLETED and step.fulfilment != Step.Fulfilment.FULL:
        return f" ({step.get_fulfilment_display().lower()})"
    return f" ({reason_label(step.reason, step.reason_note).lower()})" if step.reason else ""


def _day(day: date) -> str:
    return f"{day:%-d %b %Y}"
