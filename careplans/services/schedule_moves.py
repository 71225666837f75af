"""What a schedule has written follows its dates: when the day from which it counts is corrected, and when a schedule above it
begins to ask for the same. What somebody did, or gave a day of its own or to another person, stays as it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from accounts.models import User
from careplans import history
from careplans.models import FollowUp, FollowUpSchedule, Plan, PlanSchedule
from careplans.models.followups import latest_day
from careplans.readers.schedules.schedule_dates import Due, Key, What, days_asked, plan_dates
from careplans.reminders.schedule import schedule_follow_ups
from careplans.services.followups import withdraw_follow_up
from careplans.services.scheduled_follow_ups import handled_in, write
from common.writing import compare_and_set, lock

LEFT = "Another schedule of the plan asks for the same on nearly the same day, and one follow-up is enough."
NOW_PASSED = (
    "Its day has passed, now that the day from which the schedule counts was corrected: the coordinator is asked."
)


@dataclass(frozen=True)
class Moved:
    """The day of a step was corrected: which of its days, and what stood there."""

    step: int
    event: str
    was: date

    def is_start_of(self, row: PlanSchedule) -> bool:
        return row.from_step_id == self.step and row.from_event == self.event and row.starts_on != self.was


def move_days(
    plan: Plan, rows: Sequence[PlanSchedule], place: int, was: date, *, by: User, why: str, asked: bool
) -> list[Due]:  # fmt: skip
    """Each follow-up of the schedule goes to the day that its own has become, and what is missing now is written. Gives the
    dates that lie in the past now; with `asked` also those that lay there before. Inside a transaction that holds the plan."""
    row, today = rows[place], plan.board.today
    start, until = row.starts_on, row.written_until
    if start is None or until is None:
        return []
    lock(FollowUpSchedule.objects.filter(pk=row.schedule_id))
    far = until + abs(start - was) + timedelta(days=31)
    became = _pairs(row, was, start, far)
    dues = plan_dates(rows, far)[place]
    passed = _move_written(plan, row, became, {due.key for due in dues}, by=by, why=why)
    before = {due.key: old[2] for old, due in became.items()}
    missing = _missing(plan, row, [due for due in dues if due.day <= until])
    write(plan, row, [(due, due.day) for due in missing if due.day >= today], by=by)
    told = {due.key for due in passed}
    late = [due for due in missing if due.day < today and due.key not in told]
    return sorted(
        [*passed, *(due for due in late if asked or before.get(due.key, today) >= today)], key=lambda one: one.day
    )


def _pairs(row: PlanSchedule, was: date, start: date, far: date) -> dict[Key, Due]:
    """What each date has become: of each thing the first is the first, and so on."""
    old, new = _by_what(days_asked(row.schedule, was, far)), _by_what(days_asked(row.schedule, start, far))
    return {
        one.key: due for what, dues in old.items() for one, due in zip(dues, new.get(what, []), strict=False)
    }  # fmt: skip


def _by_what(dues: Iterable[Due]) -> dict[What, list[Due]]:
    found: dict[What, list[Due]] = {}
    for due in dues:
        found.setdefault(due.what, []).append(due)
    return found


def _move_written(
    plan: Plan, row: PlanSchedule, became: dict[Key, Due], wanted: set[Key], *, by: User, why: str
) -> list[Due]:  # fmt: skip
    """The dates of those whose day has passed now, which are taken back."""
    own = _own(plan, row)
    untouched = _untouched(plan, own)
    paired = [one for one in own if _key(one) in became]
    taken = {_key(one) for one in own if one not in paired}
    moved, passed = [], []
    # None stands in the way of another while they move.
    FollowUp.objects.filter(pk__in=[one.pk for one in paired]).update(scheduled_for=None)
    for one in paired:
        due = became[_key(one)]
        if one.pk not in untouched:
            if due.key not in taken:
                # Somebody moved it: it stays where they put it, and is held against the day for which it is asked now.
                agreed = {} if one.agreed_on is None else {"agreed_on": None if due.day == one.due_on else due.day}
                FollowUp.objects.filter(pk=one.pk).update(scheduled_for=due.day, **agreed)
        elif due.key not in wanted or due.key in taken:
            withdraw_follow_up(one, by=by, expected_version=one.version, reason=LEFT)
        elif due.day < plan.board.today:
            withdraw_follow_up(one, by=by, expected_version=one.version, reason=NOW_PASSED)
            passed.append(due)
        else:
            _move(one, due, by=by, why=why)
            moved.append(one)
    schedule_follow_ups(moved, plan.board)
    return passed


def _move(one: FollowUp, due: Due, *, by: User, why: str) -> None:
    old, moved = one.due_on, one.told_of_move(along=True)
    until = latest_day(due.day, due.window_days)
    compare_and_set(one, expected=one.version, due_on=due.day, due_until=until, scheduled_for=due.day)
    history.record(one, "follow_up_changed", by=by, reason=why, fields=["due_on"], old_due_on=old.isoformat(), **moved)


def leave_to_those_above(plan: Plan, rows: Sequence[PlanSchedule], *, by: User) -> None:
    """The dates of a schedule above have changed: where one follow-up is enough, what that one asks for now is taken back here,
    and what it asks for no longer is written."""
    for place, row in enumerate(rows):
        start, until = row.starts_on, row.written_until
        if row.overlap != PlanSchedule.Overlap.ONE or start is None or until is None:
            continue
        dues = plan_dates(rows, until)[place]
        left = {due.key for due in days_asked(row.schedule, start, until)} - {due.key for due in dues}
        own = _own(plan, row)
        untouched = _untouched(plan, own)
        for one in own:
            if one.pk in untouched and _key(one) in left:
                withdraw_follow_up(one, by=by, expected_version=one.version, reason=LEFT)
        ahead = [due for due in _missing(plan, row, dues) if plan.board.today <= due.day <= until]
        write(plan, row, [(due, due.day) for due in ahead], by=by)


def _missing(plan: Plan, row: PlanSchedule, dues: Sequence[Due]) -> list[Due]:
    """Those that nothing was written for, and that nobody has seen to."""
    there = {_key(one) for one in _own(plan, row)}
    handled = handled_in(plan, [row])[row.pk]
    return [due for due in dues if due.key not in there and not handled.covers(due)]


def _own(plan: Plan, row: PlanSchedule) -> list[FollowUp]:
    """All that the schedule wrote for the case, also under a plan before; taken."""
    return lock(
        FollowUp.objects.filter(case=plan.case_id, schedule=row.schedule_id, scheduled_for__isnull=False)
    )  # fmt: skip


def _untouched(plan: Plan, own: Sequence[FollowUp]) -> set[int]:
    rows = FollowUp.objects.filter(pk__in=[one.pk for one in own], plan=plan).untouched()
    return set(rows.values_list("pk", flat=True))


def _key(one: FollowUp) -> Key:
    return one.kind, one.title, one.scheduled_for or one.due_on
