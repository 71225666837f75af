"""What taking back a cycle would change, told before it is done; and why it may have to stay."""

from collections.abc import Sequence
from copy import copy

from django.db.models import Q

from careplans.models import FollowUp, Monitoring, Occurrence, PlanSchedule, Step
from careplans.readers.steps.gates import capital, in_vain, is_before_gate, is_met, name_of


def why_it_stays(occurrence: Occurrence) -> str:
    """Why it is neither taken back nor changed between given and left out, and what to do; empty where it can be. One query."""
    step = occurrence.step
    if not step.is_open:
        return (
            f"The step is {step.get_status_display().lower()} with this recorded, so only its day and its reason are corrected. "
            "Amend the plan for what is still to be given, and say there what was recorded wrongly."
        )
    if not step.is_repeated:
        return "An amendment has changed the course of the step since, so only its day and its reason are corrected."
    later = Occurrence.objects.filter(step=step, number__gt=occurrence.number).exclude(status__in=Occurrence.OPEN)
    last = later.order_by("-number").first()
    if last is None:
        return ""
    last.step = step
    return (
        f"{last.heading} was recorded after it and rests on it. Take that one back first, then this one, and record both anew. "
        "A wrong day or reason is corrected without that."
    )


def effects_of_taking_back(occurrence: Occurrence, *, left_out: bool = False) -> list[str]:
    """As sentences; `left_out` of saying that one that was given was not. A few queries, and two for each schedule that counts
    from the start of the step."""
    if left_out and not occurrence.is_given:
        return []
    step = occurrence.step
    without = _without(occurrence, left_out)
    passed = ", which has passed: give it another day then" if occurrence.planned_on < step.board.today else ""
    again = f"{occurrence.heading} is planned again for {occurrence.planned_on:%-d %b %Y}{passed}."
    found = [] if left_out else [again, *_later(occurrence)]
    if without.delivered_words != step.delivered_words:
        found.append(f"“{step.delivered_words}” becomes “{without.delivered_words}”.")
    if without.started_on != step.started_on:
        found.append("The step is planned again: it had begun with this one.")
        found += _of_schedules(step)
    found += _hanging(occurrence, begins=without.started_on != step.started_on)
    waiters = Step.objects.filter(after_step=step, removed_at=None).select_related("after_step").order_by("position")
    return found + [words for other in waiters if (words := _of_gate(other, step, without))]


def _later(occurrence: Occurrence) -> list[str]:
    """What becomes of those after it, which may have moved along with it."""
    step, to = occurrence.step, occurrence.planned_on
    rows = Occurrence.objects.filter(step=step, number__gt=occurrence.number).open().order_by("number")
    after, back = rows.first(), to - occurrence.day
    if after is None:
        return []
    name, day = step.occurrence_heading(after.number), after.planned_on
    if back:
        moved = f"{name}, now planned for {day:%-d %b %Y}, would be on {day + back:%-d %b %Y}"
        kept = " It cannot keep its day, which would come before this one." if day <= to else ""
        return [f"Say below whether those after it move by as much: {moved}.{kept}"]
    return [f"{name} is planned for {day:%-d %b %Y}, before this one. Give it another day first."] if day <= to else []


def _of_schedules(step: Step) -> list[str]:
    """What becomes of the dates that count from the start of the step."""
    found = []
    rows = PlanSchedule.objects.filter(from_step=step, from_event=PlanSchedule.FromEvent.BEGUN, removed_at=None)
    for row in rows.select_related("schedule"):
        name = row.schedule.name
        found.append(f"The schedule “{name}” begins anew when it does.")
        mine = FollowUp.objects.filter(plan=step.plan_id, schedule=row.schedule_id, scheduled_for__isnull=False).open()
        gone = list(mine.untouched().order_by("due_on", "pk"))
        stay = list(mine.exclude(pk__in=[one.pk for one in gone]).order_by("due_on", "pk"))
        if gone:
            found.append(
                f"{len(gone)} of its follow-ups {'is' if len(gone) == 1 else 'are'} cancelled: {_listed(gone)}."
            )
        if stay:
            found.append(f"What somebody moved or handed over stays: {_listed(stay)}.")
    return found


def _listed(rows: Sequence[FollowUp]) -> str:
    return "; ".join(str(row) for row in rows)


def _without(occurrence: Occurrence, left_out: bool) -> Step:
    """The step as it would stand."""
    step: Step = copy(occurrence.step)
    if left_out:
        step.occurrences_omitted += 1
    elif not occurrence.is_given:
        step.occurrences_omitted -= 1
        return step
    step.occurrences_given -= 1
    if step.occurrences_given == 0 and step.started_on == occurrence.given_on:
        step.started_on = None
        step.status = Step.Status.PLANNED if step.status == Step.Status.IN_PROGRESS else step.status
    return step


def _hanging(occurrence: Occurrence, *, begins: bool) -> list[str]:
    when = Q(monitoring__when=Monitoring.When.OCCURRENCE, monitoring_number=occurrence.number)
    if begins:
        when |= Q(monitoring__when=Monitoring.When.COURSE, monitoring_number__isnull=False)
    rows = FollowUp.objects.filter(when, monitoring__step=occurrence.step).order_by("due_on")
    open_ones = [row for row in rows if row.is_open]
    done = [row.heading for row in rows if row.status == FollowUp.Status.DONE]
    found = []
    if open_ones:
        found.append(f"What hangs on it is cancelled: {_listed(open_ones)}.")
    if done:
        found.append(f"What was done for it stays on record, and is asked for again: {', '.join(done)}.")
    return found


def _of_gate(other: Step, step: Step, without: Step) -> str:
    if is_met(other, step) and not is_met(other, without):
        if is_before_gate(other):
            return f"{capital(name_of(other))} waits again: its condition is met no longer."
        return f"{capital(name_of(other))} has begun or ended on it, and stays as it is. Look at that step too."
    if in_vain(other, step) and not in_vain(other, without):
        return f"The condition of {name_of(other)} can be met again."
    return ""
