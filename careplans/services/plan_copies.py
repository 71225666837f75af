"""A new draft of a case begins with what an earlier plan of it had: its steps with arms, gates and courses, and its schedules.

An amendment is another thing (`careplans/services/plan_handover.py`): it goes on from a plan in force. Here nothing goes on: what
became of the earlier steps stays with them, and everything is planned anew.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.permissions import require
from careplans import history
from careplans.guards import able_on
from careplans.locks import take_case, take_people
from careplans.models import Plan, PlanSchedule, Step
from careplans.readers.fates import state_of
from careplans.rules import advisories
from careplans.services.plan_handover import COPIED, write_copies
from careplans.services.plan_schedules import live
from careplans.services.plans import check_may_begin, create_version
from common.writing import transactional

# Days of the earlier plan; one that has passed is not planned again.
DAYS = {"planned_start": "planned start", "planned_end": "planned end", "not_before": "not before"}


@dataclass
class Copied:
    """The draft, and what of the earlier plan it does not have: named to whoever begins it."""

    plan: Plan
    past: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    schedules: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    not_done: list[str] = field(default_factory=list)

    @property
    def told(self) -> list[str]:
        """As sentences."""
        found = [
            ("Days that have passed were left out: ", self.past),
            ("These people cannot act on this board any more, so their steps need an owner: ", self.people),
            ("These pages are not in use any more; choose another modality: ", self.pages),
            (
                "These were carried out under that plan or its amendments, in full or in part; take out or shorten what is not "
                "to be done again: ",
                self.done,
            ),
            ("These were not done, or were set aside: ", self.not_done),
            (
                "These schedules need a start or a person, or were left out because they are not in use any more: ",
                self.schedules,
            ),
        ]
        return [f"{words}{'; '.join(named)}." for words, named in found if named]


@transactional
def copy_plan(old: Plan, *, by: User) -> Copied:
    """A new draft that begins with what an ended plan of the case had, on the reference pages in force now."""
    require(by, "plans.draft", old.board_id)
    originals = list(Step.objects.filter(plan=old).for_plan())
    rows = live(old)
    named = {pk for step in originals if (pk := step.owner_id)} | {pk for row in rows if (pk := row.assignee_id)}
    take_people(old.board_id, *named)
    take_case(old.case)
    check_may_begin(old.case)
    if not old.can_start_another:
        raise ValidationError(f"Plan {old.number} has not ended, so a new draft cannot start from it. Open that plan.")
    new = create_version(old.case, by=by, aim=old.aim)
    copied = Copied(new)
    _tell_fates(old, copied)
    able, today = able_on(old.board_id, named), new.board.today
    copies = write_copies([(step, _values(step, copied, able, today)) for step in originals], new)
    for row in rows:
        _copy_schedule(row, copied, copies, able, today)
    advisories.refresh_plan(new.pk)
    history.record(new, "plan_copied", by=by, reason=" ".join(copied.told), source=old.number)
    return copied


def _tell_fates(old: Plan, copied: Copied) -> None:
    """What became of each step, where its last amendment has it, and of those that an amendment added."""
    plans, ahead = {old.pk: old}, [old.pk]
    while ahead:
        later = Plan.objects.filter(amends__in=ahead, released_at__isnull=False).order_by("number")
        ahead = [plan.pk for plan in later if plan.pk not in plans]
        plans |= {plan.pk: plan for plan in later}
    steps = list(Step.objects.filter(plan__in=plans).for_plan())
    gone_on = {step.carried_from_id for step in steps}
    for step in sorted(steps, key=lambda step: (plans[step.plan_id].number, step.position, step.pk)):
        if step.pk in gone_on:
            continue
        where = "" if step.plan_id == old.pk else f" of plan {plans[step.plan_id].number}"
        words = f"step {step.number}{where} ({step.title}): {state_of(step)}"
        if step.started_on or step.occurrences_given or step.status in (Step.Status.COMPLETED, Step.Status.STOPPED):
            copied.done.append(words)
        elif step.status in Step.ENDED and step.reason != Step.Reason.PLAN_REVOKED:
            copied.not_done.append(words)


def _values(step: Step, copied: Copied, able: Collection[int], today: date) -> dict[str, Any]:
    """What the copy of a step gets; what it does not get is named."""
    values = {name: getattr(step, name) for name in COPIED}
    name = f"step {step.number} ({step.title})"
    for day, label in DAYS.items():
        if values[day] and values[day] < today:
            copied.past.append(f"{name}, {label} {values[day]:%-d %b %Y}")
            values[day] = None
    if step.owner and step.owner_id not in able:
        copied.people.append(f"{step.owner.name}, {name}")
        values["owner"] = None
    return values | _page_now(step, name, copied)


def _page_now(step: Step, name: str, copied: Copied) -> dict[str, Any]:
    """The revision in force, as if the step were added now."""
    revision = step.modality_revision
    if revision is None:
        return {}
    page = revision.modality
    if page.retired_at or page.current_revision is None:
        copied.pages.append(f"{revision.title}, {name}")
        return {}
    title = page.current_revision.title if step.reference_page_title else ""
    return {"modality_revision": page.current_revision, "reference_page_title": title}


def _copy_schedule(
    row: PlanSchedule, copied: Copied, copies: Mapping[int, Step], able: Collection[int], today: date
) -> None:  # fmt: skip
    if not row.schedule.is_active:
        copied.schedules.append(f"“{row.schedule.name}”, left out")
        return
    step = copies.get(row.from_step_id or 0)
    day = row.counts_from if row.counts_from and row.counts_from >= today else None
    person = row.assignee if row.assignee_id in able else None
    if not row.schedule.is_none and (not (step or day) or person is None):
        copied.schedules.append(f"“{row.schedule.name}”")
    PlanSchedule.objects.create(
        board_id=copied.plan.board_id, case_id=copied.plan.case_id, plan=copied.plan, schedule=row.schedule, assignee=person,
        overlap=row.overlap, from_step=step, from_event=row.from_event if step else "", counts_from=day,
    )  # fmt: skip
