"""The one lock order: User, then Board, then Membership, then Patient (two by their keys), then RecordMove, then Case, then Plan,
then Step, then Occurrence or Signature, then FollowUp, then Reminder, then OutboxMessage. The proforma goes with its case. An
Institution, to name a system in it, comes last: after it only new rows are written.

Every verb takes the row of the case first, so that two verbs about one case come one after the other and none waits for
another in a circle; what it decides on, it reads after that. `tests/careplans/test_races_*.py` lets verbs meet.
"""

from collections.abc import Collection

from django.core.exceptions import PermissionDenied

from accounts.models import Board, Membership, User
from accounts.permissions import forget_memberships, require
from careplans.models import Case, FollowUp, Occurrence, Plan, PriorTreatment, Signature, Specimen, Step
from common.writing import lock, take, taken


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
    take(plan, "case", expected=expected)


def taken_for_rules(plan: Plan) -> Plan:
    """The plan afresh, taken with its case and the proforma: all that the rules look at besides its steps."""
    fresh: Plan = taken(Plan.objects.filter(pk=plan.pk, case__proforma__isnull=False), "case", "case__proforma")
    _keep_board(fresh, plan)
    return fresh


def taken_with_plan(step: Step) -> Step:
    """The same of a step, which is taken last."""
    rows = Step.objects.filter(pk=step.pk, case__proforma__isnull=False)
    fresh: Step = taken(rows, "case", "case__proforma", "plan")
    fresh.plan.case = fresh.case
    _keep_board(fresh.plan, step.plan)
    return fresh


def _keep_board(fresh: Plan, plan: Plan) -> None:
    """As it is loaded at hand: nothing that is taken decides on it."""
    if "board" in plan._state.fields_cache:
        fresh.board = plan.board


def take_step(step: Step, *, expected: int | None = None) -> None:
    """With its plan and case."""
    take(step, "case", "plan", expected=expected)
    step.plan.case = step.case


def take_occurrence(occurrence: Occurrence, *, expected: int | None = None) -> None:
    """With its step, plan and case."""
    take(occurrence, "step__case", "step__plan", "step", expected=expected)
    occurrence.step.plan.case = occurrence.step.case


def take_signature(signature: Signature) -> None:
    """With its plan and case."""
    take(signature, "plan__case", "plan")


def take_specimen(specimen: Specimen, *, expected: int | None = None) -> None:
    """With its case, before any plan of it."""
    take(specimen, "case", expected=expected)


def take_prior_treatment(therapy: PriorTreatment, *, expected: int | None = None) -> None:
    """With its case, as a specimen."""
    take(therapy, "case", expected=expected)


def take_follow_up(follow_up: FollowUp, *, expected: int | None = None) -> None:
    """With its case. It outlives its plan, which therefore is not asked."""
    take(follow_up, "case", expected=expected)
