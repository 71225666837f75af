"""The one lock order: User, then Board, then Membership, then Patient (two by their keys), then RecordMove, then Case, then Plan,
then Step, then Occurrence or Signature, then FollowUp, then Reminder, then OutboxMessage. An Institution, to name a system in it,
comes last: after it only new rows are written.

Every verb takes the row of the case first, so that two verbs about one case come one after the other and none waits for
another in a circle; what it decides on, it reads after that. `tests/careplans/test_races_*.py` lets verbs meet.
"""

from collections.abc import Collection

from django.core.exceptions import PermissionDenied

from accounts.models import Board, Membership, User
from accounts.permissions import forget_memberships, require
from careplans.models import Case, FollowUp, Occurrence, Plan, PriorTreatment, Signature, Specimen, Step
from common.writing import lock, take


def take_right(by: User, action: str, board: Board | int, *, naming: Collection[int] = ()) -> None:
    """Take the membership by which somebody decides, and ask again whether they may: whoever has left or been demoted
    meanwhile decides nothing any more. Before the case, since nobody takes a membership after one. With `naming`, those of the
    people who are about to be given work, too: all in one order."""
    active = lock(User.objects.filter(pk=by.pk, is_active=True))
    lock(Membership.objects.filter(user__in={by.pk, *naming}, board=board, ended_at=None))
    forget_memberships(by)
    if not active:
        raise PermissionDenied("Your account may not be used any more. Ask an administrator.")
    require(by, action, board)


def take_people(board: Board | int, *people: User | int | None) -> None:
    """Take the memberships of those who are about to be given work, before the case: whoever leaves does so before, and
    `check_person` says so, or afterwards, and hands this over with the rest."""
    ids = {one.pk if isinstance(one, User) else one for one in people if one is not None}
    if ids:
        lock(Membership.objects.filter(user__in=ids, board=board, ended_at=None))


def take_case(case: Case, *, expected: int | None = None) -> None:
    take(case, expected=expected)


def take_plan(plan: Plan, *, expected: int | None = None) -> None:
    """With its case; both are as they stand now."""
    take(plan.case)
    take(plan, expected=expected)


def take_step(step: Step, *, expected: int | None = None) -> None:
    """With its plan and case."""
    step.plan.case = step.case
    take_plan(step.plan)
    take(step, expected=expected)


def take_occurrence(occurrence: Occurrence, *, expected: int | None = None) -> None:
    """With its step, plan and case."""
    take_step(occurrence.step)
    take(occurrence, expected=expected)


def take_signature(signature: Signature) -> None:
    """With its plan and case."""
    take_plan(signature.plan)
    take(signature)


def take_specimen(specimen: Specimen, *, expected: int | None = None) -> None:
    """With its case, before any plan of it."""
    take(specimen.case)
    take(specimen, expected=expected)


def take_prior_treatment(therapy: PriorTreatment, *, expected: int | None = None) -> None:
    """With its case, as a specimen."""
    take(therapy.case)
    take(therapy, expected=expected)


def take_follow_up(follow_up: FollowUp, *, expected: int | None = None) -> None:
    """With its case. It outlives its plan, which therefore is not asked."""
    take(follow_up.case)
    take(follow_up, expected=expected)
