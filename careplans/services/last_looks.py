"""What a person marks as seen: never more than was on their screen, and never less than they had marked before."""

from django.utils import timezone

from accounts.models import User
from accounts.permissions import require
from careplans.models import Case, Event, LastLook, Plan
from common.writing import transactional


@transactional
def mark_case_seen(case: Case, *, by: User, up_to: int) -> None:
    """`up_to`: the newest event that was shown."""
    require(by, "patients.view", case.board_id)
    note_look(by, up_to, case=case)


@transactional
def mark_plan_seen(plan: Plan, *, by: User, up_to: int) -> None:
    require(by, "patients.view", plan.board_id)
    note_look(by, up_to, plan=plan)


def note_look(person: User, up_to: int, *, case: Case | None = None, plan: Plan | None = None) -> None:
    """Inside the caller's transaction. Of two tabs the one that showed more counts; what is not there yet was not shown."""
    of = plan.case_id if plan is not None else case.pk if case is not None else 0
    shown = Event.objects.filter(case=of, pk__lte=up_to).order_by("-pk").values_list("pk", flat=True)[:1]
    newest = next(iter(shown), None)
    if newest is None:
        return
    values = {"event_id": newest, "seen_at": timezone.now()}
    earlier = LastLook.objects.filter(person=person, case=case, plan=plan, event_id__lt=newest)
    if earlier.update(**values):
        return
    # It is there already and says as much or more; or another tab writes the first one at this moment, and says less.
    LastLook.objects.bulk_create([LastLook(person=person, case=case, plan=plan, **values)], ignore_conflicts=True)
    earlier.update(**values)
