"""Nobody ends with nothing ahead: a case in care has a dated next thing, or a reason for none that is looked at again."""

from collections.abc import Mapping
from datetime import date
from typing import Any, TypedDict, cast

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from accounts.permissions import require
from careplans import history
from careplans.guards import check_days, check_open
from careplans.locks import take_case
from careplans.models import Case, NothingAhead
from careplans.readers.nothing_ahead import has_date_ahead, is_cared_for
from common.local_time import add_months
from common.writing import lock, transactional

ASKED = (
    "Nothing dated would lie ahead of this case. Give the next date with the person who sees to it, or say why nothing is "
    "planned."
)


class ComesNext(TypedDict, total=False):
    """What somebody answers to “What comes next?”: a date, or a reason for none. Both stay empty where something is ahead."""

    next_kind: str
    next_on: date | None
    next_assignee: User | None
    nothing_ahead_reason: str
    look_again_on: date | None


def person_of(ahead: ComesNext | None) -> User | None:
    """Who is about to be given work: taken before the case."""
    return (ahead or {}).get("next_assignee")


def packed(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a form or a body gives, with the answer to “What comes next?” as one value."""
    ahead = {name: value for name, value in values.items() if name in ComesNext.__annotations__}
    rest = {name: value for name, value in values.items() if name not in ahead}
    return rest | ({"ahead": cast(ComesNext, ahead)} if ahead else {})


@transactional
def record_nothing_ahead(
    case: Case, *, by: User, nothing_ahead_reason: str, look_again_on: date | None = None
) -> NothingAhead:
    """Say why a case in care has no dated next thing. It is looked at again on that day, or when the board's time is over."""
    require(by, "followups.edit", case.board_id)
    take_case(case)
    check_open(case)
    reason = nothing_ahead_reason.strip()
    if not reason:
        raise ValidationError({"nothing_ahead_reason": "Say why nothing is planned for this case."})
    if has_date_ahead(case):
        raise ValidationError("Something dated lies ahead of this case, so no reason for nothing ahead is kept.")
    if not is_cared_for(case):
        raise ValidationError("This case is not in care yet. List it for a meeting, or draft its plan.")
    return keep_reason(case, reason, by=by, look_again_on=look_again_on)


def keep_reason(case: Case, reason: str, *, by: User, look_again_on: date | None) -> NothingAhead:
    """Inside the caller's transaction, which holds the case. Sent twice, it is one reason."""
    board = case.board
    latest = add_months(board.today, board.nothing_ahead_months)
    day = look_again_on or latest
    check_days(look_again_on=look_again_on)
    if not board.today < day <= latest:
        raise ValidationError(
            {"look_again_on": f"Choose a day after today and at the latest {latest:%-d %B %Y}, as the board has set."}
        )
    standing = lock(NothingAhead.objects.standing().filter(case=case))
    same: NothingAhead | None = next(
        (row for row in standing if (row.reason, row.look_again_on) == (reason, day)), None
    )
    if same is not None:
        return same
    overtake(case)
    row: NothingAhead = NothingAhead.objects.create(
        board_id=case.board_id, case=case, reason=reason, look_again_on=day, recorded_by=by
    )
    history.record(case, "nothing_ahead_recorded", by=by, reason=reason, until=day.isoformat())
    return row


def overtake(case: Case) -> None:
    """What was said about nothing ahead holds no more: something is ahead again, or the case has moved on. Holds the case."""
    NothingAhead.objects.standing().filter(case=case).update(ended_at=timezone.now())


def check_ahead(case: Case) -> None:
    """Last in what may have taken the last dated thing away. Asked under the lock of the case."""
    if not case.is_open or not is_cared_for(case) or has_date_ahead(case):
        return
    if not NothingAhead.objects.standing().filter(case=case).exists():
        raise ValidationError({"nothing_ahead_reason": ASKED})
