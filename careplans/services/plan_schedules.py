"""Which follow-up schedules a plan has. A change of them is a change of what is signed."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from careplans import history
from careplans.guards import check_days, check_person, check_since_birth
from careplans.locks import take_people
from careplans.models import FollowUpSchedule, Plan, PlanSchedule, Step
from careplans.readers.schedules.plan_schedules import Shown, horizon, shown_schedules
from careplans.readers.schedules.schedule_dates import Key, plan_dates
from careplans.services import plan_content_lock
from careplans.services.plan_content_lock import Edited
from common.writing import note_pair, raise_conflict, transactional

START = ("counts_from", "from_step", "from_event")
VALUES = ("schedule", *START, "assignee", "overlap", "past")
GONE = "Somebody took this schedule out of the plan while you had it open. Add it again if it is still wanted."


@transactional
def add_schedule(plan: Plan, *, by: User, schedule: FollowUpSchedule, **values: Any) -> PlanSchedule:
    """Put one more schedule on a draft. Dates in the past, and what another schedule asks for too, are asked about here."""
    take_people(plan.board_id, values.get("assignee"))
    plan = plan_content_lock.lock_for_editing(plan, by=by)
    rows = live(plan)
    if any(row.schedule_id == schedule.pk for row in rows):
        raise ValidationError({"schedule": f"“{schedule.name}” is on this plan already. Change it there."})
    row = new_row(plan, schedule, values)
    _check_asked(plan, [*rows, row], row)
    row.save(force_insert=True)
    plan_content_lock.content_changed(plan, by=by)
    history.record(plan, "plan_schedule_added", by=by, schedule=schedule.name, **_told(row))
    return row


def new_row(plan: Plan, schedule: FollowUpSchedule, values: Mapping[str, Any]) -> PlanSchedule:
    """Checked and not saved: of whoever holds the plan. What its dates ask is asked where it is chosen by a person, and of the
    rest before sign-off."""
    row = PlanSchedule(board_id=plan.board_id, case_id=plan.case_id, plan=plan, schedule=schedule)
    _set(row, values)
    _check(plan, row, values)
    return row


@transactional
def change_schedule(row: PlanSchedule, *, by: User, expected_version: int, **values: Any) -> Edited:
    """Change from when a schedule counts, who sees to it, or what is done about its dates in the past."""
    take_people(row.plan.board_id, values.get("assignee"))
    plan = plan_content_lock.lock_for_editing(row.plan, by=by)
    rows = live(plan)
    fresh = next((one for one in rows if one.pk == row.pk), None)
    if fresh is None:
        raise ValidationError(GONE)
    if fresh.version != expected_version:
        raise_conflict(fresh)
    was = _told(fresh)
    _set(fresh, values)
    _check(plan, fresh, values)
    _check_asked(plan, rows, fresh)
    return _save(plan, fresh, was, by=by)


@transactional
def remove_schedule(row: PlanSchedule, *, by: User, expected_version: int) -> Edited:
    """Take a schedule out of a draft. The row is kept."""
    plan = plan_content_lock.lock_for_editing(row.plan, by=by)
    fresh = next((one for one in live(plan) if one.pk == row.pk), None)
    if fresh is None:
        raise ValidationError(GONE)
    if fresh.version != expected_version:
        raise_conflict(fresh)
    return _remove(plan, fresh, by=by)


@transactional
def set_schedules(
    plan: Plan, *, by: User, expected_version: int, schedules: Sequence[Mapping[str, Any]]
) -> Edited:  # fmt: skip
    """The whole list at once (the API). What is not named is taken out; what stays the same stays as it is."""
    take_people(plan.board_id, *(told.get("assignee") for told in schedules))
    plan = plan_content_lock.lock_for_editing(plan, by=by, expected_version=expected_version)
    names = [told["schedule"].pk for told in schedules]
    if len(set(names)) != len(names):
        raise ValidationError({"schedules": "Name each schedule once."})
    there = {row.schedule_id: row for row in live(plan)}
    voided = [_remove(plan, row, by=by).voided for row in there.values() if row.schedule_id not in names]
    for told in schedules:
        row = there.get(told["schedule"].pk)
        values = {name: value for name, value in told.items() if name != "schedule"}
        if row is None:
            add_schedule(plan, by=by, schedule=told["schedule"], **values)
        elif any(getattr(row, name) != value for name, value in _plain(values).items()):
            voided.append(change_schedule(row, by=by, expected_version=row.version, **values).voided)
    return Edited(plan=Plan.objects.get(pk=plan.pk), voided=sum(voided))


def copy_schedules(old: Plan, new: Plan, copies: Mapping[int, Step]) -> None:
    """An amendment begins with what the plan before has. Called by the verb that drafts it; `copies`: its steps, by what they
    were copied from. Where the step is not among them, its day counts, as far as it is known."""
    PlanSchedule.objects.bulk_create(
        PlanSchedule(
            board_id=new.board_id, case_id=new.case_id, plan=new, schedule=row.schedule, assignee=row.assignee,
            overlap=row.overlap, past=row.past, **_start_in(row, copies),
        )
        for row in live(old)
    )  # fmt: skip


def _start_in(row: PlanSchedule, copies: Mapping[int, Step]) -> dict[str, Any]:
    step = copies.get(row.from_step_id or 0)
    if (
        step is not None
        and step.carried_from_id is None
        and row.from_event == PlanSchedule.FromEvent.BEGUN
        and row.starts_on
    ):
        # The rest of a step that had begun begins later; what counts from its beginning goes on.
        return {"counts_from": row.starts_on}
    return {"from_step": step, "from_event": row.from_event} if step else {"counts_from": row.starts_on}


def live(plan: Plan) -> list[PlanSchedule]:
    return list(PlanSchedule.objects.filter(plan=plan).live())


def _set(row: PlanSchedule, values: Mapping[str, Any]) -> None:
    if any(name in values and values[name] != getattr(row, name) for name in START):
        # What was said of other days says nothing of these.
        row.past = []
    for name, value in _plain(values).items():
        setattr(row, name, value)
    if row.schedule.is_none:
        row.counts_from, row.from_step, row.from_event = None, None, ""
        row.assignee, row.overlap, row.past = None, "", []


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """`past` as it is kept: texts only, in the order of its days."""
    plain = {name: value for name, value in values.items() if name in VALUES}
    if "past" in plain:
        told = [{**one, "day": _iso(one["day"]), "on": _iso(one.get("on"))} for one in plain["past"]]
        plain["past"] = sorted(told, key=lambda one: (one["day"], one["kind"], one["title"]))
    return plain


def _iso(day: date | str | None) -> str | None:
    return day.isoformat() if isinstance(day, date) else day or None


def _check(plan: Plan, row: PlanSchedule, values: Mapping[str, Any]) -> None:
    if row.schedule.board_id != plan.board_id:
        raise ValidationError({"schedule": "That schedule belongs to another board."})
    if row._state.adding and not row.schedule.is_active:
        raise ValidationError({"schedule": f"“{row.schedule.name}” is not in use any more. Choose another one."})
    check_days(counts_from=row.counts_from)
    check_since_birth(plan.case.patient, counts_from=row.counts_from)
    _check_step(plan, row)
    if "assignee" in values:
        check_person(row.assignee, plan.board_id, field="assignee")
    if row.overlap not in ("", *PlanSchedule.Overlap.values):
        raise ValidationError({"overlap": "Say whether one follow-up is enough, or both are needed."})
    if "past" in values:
        _check_past(plan, row)


def _check_step(plan: Plan, row: PlanSchedule) -> None:
    step = row.from_step
    if step is None:
        if row.from_event:
            raise ValidationError({"from_step": "Choose the step from which it counts."})
        return
    if row.counts_from is not None:
        raise ValidationError({"counts_from": "It counts from a day or from a step: choose one of the two."})
    if step.plan_id != plan.pk or step.removed_at is not None:
        raise ValidationError({"from_step": "Choose a step of this plan."})
    if row.from_event not in PlanSchedule.FromEvent.values:
        raise ValidationError({"from_event": "Say whether it counts from when that step has begun, or has ended."})
    if step.is_decision and row.from_event == PlanSchedule.FromEvent.BEGUN:
        raise ValidationError({"from_event": "A decision is made on one day. Let it count from when it has ended."})


def _check_past(plan: Plan, row: PlanSchedule) -> None:
    today = plan.board.today
    [asked] = plan_dates([PlanSchedule(schedule=row.schedule, counts_from=row.starts_on)], horizon(today))
    keys: set[Key] = {due.key for due in asked}
    for told in row.past:
        day, on = date.fromisoformat(told["day"]), date.fromisoformat(told["on"]) if told["on"] else None
        if (told["kind"], told["title"], day) not in keys or day >= today:
            raise ValidationError(
                {"past": f"{day:%-d %b %Y} is no date of “{row.schedule.name}” that lies in the past."}
            )
        if told["fate"] not in PlanSchedule.Fate.values:
            raise ValidationError({"past": f"Say of {day:%-d %b %Y} what becomes of it."})
        if told["fate"] == PlanSchedule.Fate.PLANNED and (not on or on < today):
            raise ValidationError(
                {"past": f"Say for which day, from today on, what was due on {day:%-d %b %Y} is planned."}
            )
        if told["fate"] != PlanSchedule.Fate.PLANNED and on:
            raise ValidationError(
                {"past": f"A day is only for what is planned; what was due on {day:%-d %b %Y} is not."}
            )
        check_days(past=on)


def _check_asked(plan: Plan, rows: Sequence[PlanSchedule], row: PlanSchedule) -> None:
    """What the row has to say before it is kept. The others say theirs before the plan goes to sign-off."""
    shown: Shown = next(one for one in shown_schedules(plan, rows, plan.board.today) if one.row is row)
    problems = {}
    if shown.past:
        days = ", ".join(f"{due.heading.lower()} on {due.day:%-d %b %Y}" for due in shown.past[:3])
        more = f" and {len(shown.past) - 3} more" if len(shown.past) > 3 else ""
        problems["past"] = (
            f"The schedule has dates in the past ({days}{more}). Say for each whether it is planned for a day, was done "
            "elsewhere, or is left out; or let the schedule count from today."
        )
    if shown.asks_overlap:
        near = shown.near[0]
        problems["overlap"] = (
            f"“{near.above.schedule.name}” asks for the same on nearly the same days ({near.due.heading.lower()} on "
            f"{near.other.day:%-d %b %Y} and {near.due.day:%-d %b %Y}). Say whether one follow-up is enough, or both are needed."
        )
    if problems:
        raise ValidationError(problems)


def _save(plan: Plan, row: PlanSchedule, was: Mapping[str, Any], *, by: User) -> Edited:
    if _told(row) == was:
        return Edited(plan=plan)
    PlanSchedule.objects.filter(pk=row.pk).update(
        counts_from=row.counts_from, from_step=row.from_step, from_event=row.from_event, assignee=row.assignee,
        overlap=row.overlap, past=row.past, version=F("version") + 1,
    )  # fmt: skip
    for name, now in _told(row).items():
        note_pair(row, name, was[name], now)
    edited = plan_content_lock.content_changed(plan, by=by)
    history.record(plan, "plan_schedule_changed", by=by, of=row, schedule=row.schedule.name, **_told(row))
    return edited


def _remove(plan: Plan, row: PlanSchedule, *, by: User) -> Edited:
    PlanSchedule.objects.filter(pk=row.pk).update(removed_at=timezone.now(), version=F("version") + 1)
    edited = plan_content_lock.content_changed(plan, by=by)
    history.record(plan, "plan_schedule_removed", by=by, schedule=row.schedule.name, **_told(row))
    return edited


def _told(row: PlanSchedule) -> dict[str, Any]:
    """What the record keeps of a row."""
    return {
        "counts_from": _iso(row.counts_from), "from_step": row.from_step_id, "from_event": row.from_event,
        "assignee": row.assignee_id, "overlap": row.overlap, "past": list(row.past),
    }  # fmt: skip
