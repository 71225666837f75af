"""What the end of a patient's care had ended, offered back one by one once the record was taken back. Nothing comes by itself."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.permissions import require
from careplans import history
from careplans.guards import able_on, check_open
from careplans.locks import take_case, take_people, take_right
from careplans.models import CareEnded, Case, FollowUp, Plan, Step
from careplans.readers.steps.courses import Had, with_had
from careplans.rules import advisories
from careplans.services.cases import reopen_case
from careplans.services.followups import add_follow_up
from careplans.services.plan_handover import COPIED, write_copies
from careplans.services.plan_schedules import copy_schedules
from careplans.services.plans import draft_plan
from common.writing import compare_seen_and_set, lock, take, transactional

# What lay ahead lies ahead no longer: both are asked for again, before the plan is sent to sign-off.
ASKED_AGAIN = ("planned_start", "planned_end", "not_before")


@transactional
def bring_back_case(item: CareEnded, *, by: User) -> Case:
    take_right(by, "cases.manage", item.board_id)
    take(item.case.patient)
    _take_offered(item)
    # What the board had not accepted yet still waits for that.
    waits = item.was in (Case.Status.REFERRED, Case.Status.RETURNED)
    reason = f"What had closed it was taken back: {item.end.withdrawn_reason}"
    case = reopen_case(item.case, by=by, reason=reason, to=item.was if waits else Case.Status.ACCEPTED)
    _mark(item, by)
    return case


@transactional
def bring_back_plan(item: CareEnded, *, by: User) -> Plan:
    """As a new draft with the steps that were still ahead, without their dates, and its schedules of follow-ups, whose days in
    the past are asked about: the board plans and signs it anew. What of a course was given stays given: the draft holds the
    rest of it, and says so."""
    require(by, "plans.draft", item.board_id)
    _take_offered(item)
    old = item.plan
    if old is None:
        raise ValidationError("This is no plan.")
    plan = draft_plan(item.case, by=by, aim=old.aim)
    copy_schedules(old, plan, _copy(_still_ahead(item, old), plan))
    advisories.refresh_plan(plan.pk)
    history.record(plan, "plan_brought_back", by=by, reason=f"from plan {old.number}")
    _mark(item, by)
    CareEnded.objects.filter(
        pk__in=[row.pk for row in lock(CareEnded.objects.filter(end=item.end_id, step__plan=old))]
    ).update(brought_back_at=timezone.now(), brought_back_by=by)
    return plan


@transactional
def bring_back_follow_up(item: CareEnded, *, by: User, due_on: date, assignee: User) -> FollowUp:
    """As a new follow-up: its day and its person are asked for again."""
    require(by, "followups.edit", item.board_id)
    take_people(item.board_id, assignee)
    _take_offered(item)
    old = item.follow_up
    if old is None:
        raise ValidationError("This is no follow-up.")
    if due_on < item.board.today:
        raise ValidationError({"due_on": "That day lies in the past. Choose the day on which it can be done."})
    window = (old.due_until - old.due_on).days
    new = add_follow_up(
        item.case, by=by, kind=old.kind, due_on=due_on, assignee=assignee, title=old.title, window_days=window
    )
    _mark(item, by)
    return new


def _take_offered(item: CareEnded) -> None:
    take_case(item.case)
    take(item)
    if item.end.withdrawn_at is None:
        raise ValidationError(
            "What ended it stands on record. Another person than who recorded it takes it back first."
        )
    if item.brought_back_at is not None:
        raise ValidationError("Somebody has brought this back already.")
    if item.plan_id or item.follow_up_id:
        check_open(item.case)


def _mark(item: CareEnded, by: User) -> None:
    values = {"brought_back_at": timezone.now(), "brought_back_by": by}
    compare_seen_and_set(item, {"brought_back_at": None}, values, message="Somebody brought this back just now.")


def _still_ahead(item: CareEnded, old: Plan) -> list[tuple[Step, Had]]:
    """The steps of a plan that had not ended, each with what was had of it. Those of an amendment go on from the plan before."""
    ended = CareEnded.objects.filter(end=item.end_id, case=item.case_id, step__isnull=False).values("step")
    rows = Step.objects.filter(plan=old).for_plan()
    if item.was in Plan.IN_FORCE:
        return with_had(list(rows.filter(pk__in=ended)))
    return with_had(list(rows.filter(Q(carried_from=None) | Q(carried_from__in=ended))))


def _copy(found: list[tuple[Step, Had]], plan: Plan) -> dict[int, Step]:
    """Into the draft. What was chosen at a decision before it all ended is decided; one that is still to be taken comes with its
    arms."""
    steps, had = [step for step, _ in found], {step.pk: one for step, one in found}
    able = able_on(plan.board_id, {step.owner_id for step in steps if step.owner_id})
    copied = []
    for step in steps:
        kept = [name for name in COPIED if name not in ASKED_AGAIN]
        awaited = had.get(step.after_step_id or 0)
        if awaited is None or awaited.is_met_for(step):
            # What it waited for is past: it waits for nothing any more.
            kept = [name for name in kept if name not in ("after_event", "after_occurrence")]
        values = {name: getattr(step, name) for name in kept} | had[step.pk].rest_of(step)
        if awaited and values.get("after_occurrence"):
            values["after_occurrence"] -= awaited.given
        if step.owner_id not in able:
            values["owner"] = None
        copied.append((step, values))
    met = {step.pk for step in steps if step.after_step_id in had and had[step.after_step_id].is_met_for(step)}
    return write_copies(copied, plan, met)
