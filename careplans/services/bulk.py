"""Several steps and follow-ups at once, with one reason: each by its own service, with its own right, guards and history.

One transaction, so that a form sent twice or broken off half-way is done once or not at all; in it each row by itself, so that
what one may not, or cannot, is left out and said with its reason, and the rest is done. Every case is taken before any row, in
the order of the keys: two people who chose the same rows in another order do not wait for each other in a circle.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from accounts.models import User
from careplans.locks import take_people
from careplans.models import Case, FollowUp, Step
from careplans.services.followups import cancel_follow_up, change_follow_up, complete_follow_up
from careplans.services.step_progress import hand_over_step
from common.asked import ODD, Asked
from common.errors import Conflict
from common.writing import lock, transactional

# Nobody looks at more before they press the button.
MOST = 50
Row = Step | FollowUp


class Chosen(NamedTuple):
    """A row of the version that stood in the list."""

    row: Row
    version: int


class Outcome(NamedTuple):
    row: Row
    why_not: str = ""
    """Empty where it is done."""


@transactional
def change_many(chosen: Sequence[Chosen], verb: str, *, by: User, **values: Any) -> list[Outcome]:
    """`verb` with its one day, person or number of days, and its one reason, for each of them; in the order of the list."""
    if not chosen:
        raise ValidationError("Choose at least one step or follow-up.")
    if len(chosen) > MOST:
        raise ValidationError(f"At most {MOST} are changed at once. Choose fewer.")
    _take(chosen, by, values.get("assignee"))
    done = {
        (type(one.row), one.row.pk): _change(one, verb, values, by=by)
        for one in sorted(chosen, key=lambda one: (isinstance(one.row, FollowUp), one.row.pk))
    }
    return [done[type(one.row), one.row.pk] for one in chosen]


def _take(chosen: Sequence[Chosen], by: User, assignee: User | None) -> None:
    """As the lock order asks: the people of each board, then the cases."""
    for board in sorted({one.row.board_id for one in chosen}):
        take_people(board, by, assignee, *(one.row.assignee_id for one in chosen if one.row.board_id == board))
    lock(Case.objects.filter(pk__in={one.row.case_id for one in chosen}))


def _change(one: Chosen, verb: str, values: Mapping[str, Any], *, by: User) -> Outcome:
    """What is unlikely about its day is not confirmed for many patients at once: it is asked where one of them is recorded."""
    row = _fresh(one.row)
    service = OF_STEPS.get(verb) if isinstance(row, Step) else OF_FOLLOW_UPS.get(verb)
    if service is None:
        return Outcome(row, "What became of a step is recorded on its own: it is not settled together with others.")
    try:
        with transaction.atomic():
            service(row, by=by, expected_version=one.version, **values)
    except Asked as error:
        odd = "; ".join(f"{one.said} {ODD[one.odd]}" for one in error.questions)
        return Outcome(row, f"{odd}. Open it to confirm that this is right.")
    except (ValidationError, Conflict) as error:
        return Outcome(row, " ".join([error.message] if isinstance(error, Conflict) else error.messages))
    except PermissionDenied:
        return Outcome(row, "You may not change it on its board.")
    return Outcome(row)


def _fresh(row: Row) -> Row:
    paths = ("case__patient", "plan__case", "board", "assignee")
    found: Row = type(row)._default_manager.select_related(*paths).get(pk=row.pk)
    return found


def _move_step(row: Any, *, by: User, expected_version: int, due_on: date, reason: str) -> Any:
    return hand_over_step(row, by=by, expected_version=expected_version, due_on=due_on, why=reason)


def _shift_step(row: Any, *, by: User, expected_version: int, days: int, reason: str) -> Any:
    if row.due_on is None:
        raise ValidationError("It has no date yet that could be moved.")
    return _move_step(
        row, by=by, expected_version=expected_version, due_on=row.due_on + timedelta(days=days), reason=reason
    )


def _give_step(row: Any, *, by: User, expected_version: int, assignee: User, reason: str) -> Any:
    return hand_over_step(row, by=by, expected_version=expected_version, assignee=assignee, why=reason)


def _shift_follow_up(row: Any, *, by: User, expected_version: int, days: int, reason: str) -> Any:
    due_on = row.due_on + timedelta(days=days)
    return change_follow_up(row, by=by, expected_version=expected_version, due_on=due_on, reason=reason)


Service = Callable[..., Any]
OF_STEPS: Mapping[str, Service] = {"move": _move_step, "shift": _shift_step, "hand_over": _give_step}
OF_FOLLOW_UPS: Mapping[str, Service] = {
    "done": complete_follow_up, "cancel": cancel_follow_up, "move": change_follow_up, "shift": _shift_follow_up,
    "hand_over": change_follow_up,
}  # fmt: skip
