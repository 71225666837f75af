"""What a step that is drafted may be given, where one thing follows from another: its owner from its modality, its days from its
gate and its course. A plan and no fact: shown as proposed, and kept by being saved."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from accounts.models import Discipline, Membership, User
from accounts.models.boards import ACTING
from careplans.models import Step
from careplans.models.step_values import DISCIPLINES_OF
from careplans.readers.steps.gates import name_of

# What somebody has to say before something is proposed for a field that is empty.
FOLLOWS: dict[str, frozenset[str]] = {
    "owner": frozenset({"modality"}),
    "planned_start": frozenset({"after_step", "after_event", "after_occurrence", "not_before", "arm"}),
    "planned_end": frozenset({"planned_start", "course", "occurrences_planned", "interval", "interval_unit"}),
}


@dataclass(frozen=True)
class Proposal:
    value: str
    why: str


def able_by_discipline(board_id: int) -> dict[str, list[User]]:
    """Who of a board may act, by what they sign for. One query."""
    rows = Membership.objects.current().filter(board=board_id, role__in=ACTING, user__is_active=True)
    found: dict[str, list[User]] = {}
    for row in rows.exclude(discipline="").select_related("user").order_by("pk"):
        found.setdefault(row.discipline, []).append(row.user)
    return found


def alone_in(disciplines: Iterable[str], able: Mapping[str, Sequence[User]]) -> User | None:
    """The one person who signs for any of these; nobody where there is none, or a choice between several."""
    found = [user for one in disciplines for user in able.get(one, ())]
    return found[0] if len(found) == 1 else None


def proposed_owner(board_id: int, modality_code: str) -> tuple[int, str] | None:
    """Whoever alone on the board holds a discipline of the modality, and why. One query."""
    wanted, able = DISCIPLINES_OF.get(modality_code, ()), able_by_discipline(board_id)
    person = alone_in(wanted, able)
    if person is None:
        return None
    held = next(Discipline(one).label for one in wanted if able.get(one))
    return person.pk, f"Proposed: alone in {held.lower()} on this board."


def proposed_days(step: Step, today: date) -> dict[str, Proposal]:
    """Of a step with what it waits for: days for whoever has said none, or keeps what was proposed before. Nothing in the past
    is proposed."""
    found = {}
    start, why = _opens_on(step)
    if start and start >= today:
        found["planned_start"] = Proposal(start.isoformat(), f"Proposed: {why}.")
    end = last_of_course(step)
    if end and end >= today:
        found["planned_end"] = Proposal(end.isoformat(), f"Proposed: the last {step.occurrence_word} of its course.")
    return found


def following(said: Iterable[str], found: Mapping[str, Proposal]) -> dict[str, Proposal]:
    """Of proposals those that follow from what was said just now."""
    said = frozenset(said)
    return {name: one for name, one in found.items() if FOLLOWS[name] & said}


def _opens_on(step: Step) -> tuple[date | None, str]:
    """The day that the plan itself has for what is waited for."""
    after, arm, day, why = step.after_step, step.arm, None, ""
    if arm is not None and arm.decision.planned_start:
        day, why = arm.decision.planned_start, f"{name_of(arm.decision)}, the decision, is planned for that day"
    if after is not None and after.planned_start:
        if step.after_event == Step.AfterEvent.BEGUN:
            day, why = after.planned_start, f"{name_of(after)} is planned to begin on that day"
        elif step.after_event == Step.AfterEvent.OCCURRENCE and after.interval and after.interval_unit:
            number = step.after_occurrence or 1
            day = after.day_after(after.planned_start, number - 1)
            why = f"{after.occurrence_word or 'occurrence'} {number} of {name_of(after)} is planned for that day"
        elif step.after_event == Step.AfterEvent.ENDED and (ends := last_day(after)):
            day, why = ends, f"{name_of(after)} is planned to end on that day"
    if step.not_before and (day is None or step.not_before > day):
        return step.not_before, "not before that day"
    return day, why


def last_day(step: Step) -> date | None:
    """When a step is planned to end, as far as its plan says so: as it is written, or by its course."""
    if step.planned_end or step.planned_start is None:
        return step.planned_end
    if step.is_counted:
        return last_of_course(step)
    return None if step.is_repeated or step.is_ongoing else step.planned_start


def last_of_course(step: Step) -> date | None:
    """The day of the last cycle or session, where number and interval are said in full."""
    if not (step.planned_start and step.is_counted and step.interval and step.interval_unit):
        return None
    return step.day_after(step.planned_start, (step.occurrences_planned or 1) - 1)
