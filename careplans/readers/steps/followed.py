"""What followed from a move of a step, in the words of the message that says that it is recorded."""

from careplans.models import FollowUp, PlanSchedule, Step

# With these moves a schedule may begin that counts from the step.
EVENTS = {
    "start": PlanSchedule.FromEvent.BEGUN,
    "complete": PlanSchedule.FromEvent.ENDED,
    "choose": PlanSchedule.FromEvent.ENDED,
}


def what_followed(step: Step, verb: str) -> str:
    """Sentences, each with a space before it. A decision: one query; a schedule: two more for each that began."""
    found = _of_decision(step) if verb in ("choose", "correct") else []
    if verb in EVENTS:
        found += _of_schedules(step, EVENTS[verb])
    return "".join(f" {sentence}" for sentence in found)


def _of_decision(step: Step) -> list[str]:
    arm = f"The arm “{step.chosen_arm.name}” is chosen." if step.chosen_arm else "None of the arms is chosen."
    rows = list(Step.objects.filter(arm__decision=step, removed_at=None).order_by("position", "pk"))
    planned = [
        f"step {row.number} ({row.title}) for {row.due_on:%-d %b %Y}"
        for row in rows
        if row.status == Step.Status.PLANNED and row.due_on
    ]
    aside = [f"step {row.number} ({row.title})" for row in rows if row.status == Step.Status.SET_ASIDE]
    found = [arm]
    if planned:
        found.append(f"Now planned: {', '.join(planned)}.")
    if aside:
        found.append(f"Set aside: {', '.join(aside)}.")
    return found


def _of_schedules(step: Step, event: str) -> list[str]:
    rows = PlanSchedule.objects.filter(
        plan=step.plan_id, from_step=step, from_event=event, removed_at=None, written_until__isnull=False
    )
    return [_begun(row) for row in rows.select_related("schedule")]


def _begun(row: PlanSchedule) -> str:
    days = list(
        FollowUp.objects.filter(plan=row.plan_id, schedule=row.schedule_id).open().values_list("due_on", flat=True)
    )
    many = f"{len(days)} follow-up{'' if len(days) == 1 else 's'}"
    first = f", with {many}, the first on {min(days):%-d %b %Y}" if days else ""
    return f"The schedule “{row.schedule.name}” begins{first}."
