"""The rows of cycles, sessions and administrations: written, moved, carried into an amendment, ended. All of it inside the
transaction of the verb that calls it, which holds the step; what becomes of one row is in occurrence_progress.py.
"""

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError

from accounts.models import User
from careplans import history
from careplans.models import Occurrence, Step
from careplans.services.breaks import end_break
from careplans.services.monitoring import end_monitoring
from common.local_time import is_month_end
from common.writing import compare_and_set, lock, note_with


def write_occurrences(step: Step) -> None:
    """The rows that an open step still lacks: all where their number is fixed, else the next one. In the rhythm, and none of
    them overdue when it is written."""
    if not step.is_repeated or not step.is_open or step.due_on is None:
        return
    rows = list(Occurrence.objects.filter(step=step).order_by("number"))
    last = rows[-1] if rows else None
    if not step.is_counted and last is not None and last.is_open:
        return
    number, day = (last.number, last.day) if last else (1, step.due_on)
    first = number + 1 if last else number
    until = (step.occurrences_planned or 0) if step.is_counted else first
    kept, today = day_of_month(step, day), step.board.today
    if last is not None and first <= until and step.day_after(day, kept=kept) < today:
        number, day, kept = first, today, today.day
    for one in range(first, until + 1):
        write_one(step, one, step.day_after(day, one - number, kept=kept))


def write_one(step: Step, number: int, day: date) -> Occurrence:
    return Occurrence.objects.create(
        board_id=step.board_id, case_id=step.case_id, step=step, number=number, planned_on=day
    )


def day_of_month(step: Step, day: date) -> int:
    """The day of the month that a rhythm in months keeps: after 30 January and 28 February comes 30 March. One query, and only
    at the end of a month."""
    kept = day.day
    if step.interval_unit != Step.IntervalUnit.MONTHS or not is_month_end(day):
        return kept
    rows = Occurrence.objects.filter(step=step, planned_on__lt=day).order_by("-planned_on")
    for earlier in rows.values_list("planned_on", flat=True):
        kept = max(kept, earlier.day)
        if not is_month_end(earlier):
            break
    return kept


def follow_in_rhythm(occurrence: Occurrence) -> list[Occurrence]:
    """Where the number is open: the one after it, written in the rhythm of its step, from the day for which it was planned. Those
    that were written before this one was taken back keep their days: somebody may have agreed on them with the patient."""
    step, day = occurrence.step, occurrence.planned_on
    if later := later_ones(occurrence):
        return later
    return [write_one(step, occurrence.number + 1, step.day_after(day, kept=day_of_month(step, day)))]


def standing(step: Step) -> dict[str, Any]:
    """The columns of a step that follow from its rows: how many were given and left out, and when the next one is.

    Where all are settled, somebody has to record what came of it: today, or when the plan expects the end.
    """
    rows = list(Occurrence.objects.filter(step=step).order_by("number"))
    columns: dict[str, Any] = {
        "occurrences_given": sum(row.is_given for row in rows),
        "occurrences_omitted": sum(row.status == Occurrence.Status.OMITTED for row in rows),
    }
    if step.is_repeated and rows and step.status != Step.Status.ON_HOLD:
        upcoming = next((row for row in rows if row.is_open), None)
        today = step.board.today
        columns["due_on"] = upcoming.planned_on if upcoming else max(today, step.planned_end or today)
    return columns


def next_open(step: Step) -> Occurrence | None:
    found: Occurrence | None = Occurrence.objects.filter(step=step).open().order_by("number").first()
    return found


def last_given_on(step: Step) -> date | None:
    days = Occurrence.objects.filter(step=step, given_on__isnull=False).values_list("given_on", flat=True)
    return max((day for day in days if day is not None), default=None)


def later_ones(occurrence: Occurrence) -> list[Occurrence]:
    """Those after this one that are still to be given, taken."""
    return lock(Occurrence.objects.filter(step=occurrence.step_id, number__gt=occurrence.number).open())


def move_by(step: Step, rows: list[Occurrence], days: timedelta) -> None:
    for row in rows:
        _change(step, row, **_moved(row, row.planned_on + days))


def _moved(row: Occurrence, to: date) -> dict[str, Any]:
    """Another day, and the one that was agreed first: back on that, it has kept its day."""
    agreed = row.agreed_on or row.planned_on
    return {"planned_on": to, "agreed_on": agreed if agreed != to else None}


def _change(told: Step, row: Occurrence, /, **values: Any) -> None:
    """One of many, which the events of the step `told` tell."""
    compare_and_set(row, expected=row.version, **values)
    note_with(told, row, f"occurrence {row.number}")


def reschedule(row: Occurrence, to: date, *, move_later: bool | None, field: str, **changes: Any) -> None:
    """Another day for one that is still to be given. Those after it move by as much or keep their days, as it is said."""
    later, delay = later_ones(row), to - row.planned_on
    settle_later(row, later, delay, to, move_later=move_later, field=field)
    compare_and_set(row, expected=row.version, **_moved(row, to), **changes)


def settle_later(
    row: Occurrence, later: list[Occurrence], delay: timedelta, to: date, *, move_later: bool | None, field: str,
    than: str = "planned",
) -> None:  # fmt: skip
    """Nothing moves silently, and nothing comes before what it follows."""
    if later and delay and move_later is None:
        days = abs(delay.days)
        how = f"{days} day{'' if days == 1 else 's'} {'later' if delay.days > 0 else 'earlier'}"
        words = f"{row.heading} is {how} than {than}. Say whether those after it move by as much or keep their days."
        raise ValidationError({"move_later": words})
    if delay and move_later:
        move_by(row.step, later, delay)
    how = "Let those after it move as well." if delay and not move_later else "Give that one another day first."
    check_in_order(later, to, field=field, how=how)


def check_in_order(later: list[Occurrence], day: date, *, field: str, how: str) -> None:
    """After every move: no planned day comes on or before the one ahead of it."""
    for row in later:
        if row.planned_on <= day:
            words = (
                f"{row.heading} is planned for {row.planned_on:%-d %b %Y}, which is not after {day:%-d %b %Y}. {how}"
            )
            raise ValidationError({field: words})
        day = row.planned_on


def replan_all(step: Step, day: date, *, agreed: bool = False) -> None:
    """A step that has not begun moves to another day, and everything that is still to be given with it. `agreed`: the board has
    said the new day, so that nothing departs from it."""
    rows = lock(Occurrence.objects.filter(step=step).open())
    if not rows or rows[0].planned_on == day:
        return
    if all(row.planned_on == step.day_after(rows[0].planned_on, place) for place, row in enumerate(rows)):
        for place, row in enumerate(rows):
            _change(step, row, **_moved(row, step.day_after(day, place)))
    else:
        # Somebody gave one of them a day of its own.
        move_by(step, rows, day - rows[0].planned_on)
    if agreed:
        for row in rows:
            _change(step, row, agreed_on=None)


def end_occurrences(step: Step, *, by: User, on: date, reason: str, reason_note: str = "") -> int:
    """Nothing more of a step is given, from the day `on`: what was still to come is left out, with the reason, its break is
    over, and nothing hangs on its course any more. Returns how many were left out.

    The counts of the step are set as well; its version is counted up by whoever ends the step.
    """
    end_break(step, on)
    words = ": ".join(filter(None, [Step.Reason(reason).label, reason_note]))
    end_monitoring(step, by=by, reason=f"The step has ended ({words}).")
    return leave_out(step, by=by, reason=reason, reason_note=reason_note)


def leave_out(step: Step, *, by: User, reason: str, reason_note: str = "") -> int:
    """What was still to come of a step is left out, with the reason."""
    rows = lock(Occurrence.objects.filter(step=step).open())
    return _leave_out(step, rows, by=by, reason=reason, reason_note=reason_note)


def _leave_out(step: Step, rows: list[Occurrence], *, by: User, reason: str, reason_note: str) -> int:
    for row in rows:
        _change(step, row, status=Occurrence.Status.OMITTED, reason=reason, reason_note=reason_note)
    if rows:
        step.occurrences_omitted += len(rows)
        Step.objects.filter(pk=step.pk).update(occurrences_omitted=step.occurrences_omitted)
        history.record(step, "occurrences_ended", by=by, count=len(rows), reason=reason_note)
    return len(rows)


def carry_occurrences(before: Step, step: Step, *, by: User) -> None:
    """An amendment takes over what was given, as a copy and whatever its course is now, and what is still to come, the rows
    themselves; what does not fit its course any more is left out.

    The next one keeps its day; those after it follow the interval as it is signed now. These days are signed anew.
    """
    if not (step.is_repeated or before.is_repeated or before.occurrences_given or before.occurrences_omitted):
        return
    for row in Occurrence.objects.filter(step=before).exclude(status__in=Occurrence.OPEN):
        Occurrence.objects.create(
            board_id=row.board_id, case_id=row.case_id, step=step, number=row.number, planned_on=row.planned_on,
            status=row.status, given_on=row.given_on, reason=row.reason, reason_note=row.reason_note,
            agreed_on=row.agreed_on, postponed_for=row.postponed_for,
        )  # fmt: skip
    still_open = lock(Occurrence.objects.filter(step=before).open())
    coming = [row for row in still_open if step.has_number(row.number)]
    rest = [row for row in still_open if row not in coming]
    why = {"reason": Step.Reason.LEFT_OUT, "reason_note": f"Not part of plan {step.plan.number}."}
    _leave_out(before, rest, by=by, **why)
    respaced = (before.interval, before.interval_unit) != (step.interval, step.interval_unit)
    kept = day_of_month(step, coming[0].planned_on) if respaced and coming else 0
    for place, row in enumerate(coming):
        day = step.day_after(coming[0].planned_on, place, kept=kept) if respaced else row.planned_on
        _change(step, row, step=step, planned_on=day, agreed_on=None, postponed_for="")
