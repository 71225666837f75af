"""Look at every plan that was ever in force, in turn, whether its rows still say what was signed. Nothing of the app changes
them and the database refuses it; whoever gets round both is found within a day, and the board is told once."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from careplans import history
from careplans.locks import take_plan
from careplans.models import Plan, Reminder
from careplans.readers.signed_content import differs
from careplans.reminders.news import tell_of_plan
from careplans.reminders.schedule import cancel
from common.going_on import each
from common.writing import transactional

# A tick every five minutes looks at 57,600 plans a day.
BATCH = 200
AGAIN_AFTER = timedelta(hours=20)
# What a row says that holds no JSON, or no day, where it should: SQLite keeps whatever it is given.
UNREADABLE = (TypeError, ValueError)


def check_signed_content(batch: int = BATCH) -> int:
    """Those that have waited longest. Returns how many were looked at; a fixed number of queries where nothing differs."""
    now = timezone.now()
    # Each in the order of the index, which has them in one but not under one condition.
    turn = (
        Plan.objects.filter(released_at__isnull=False).order_by("content_checked_at", "pk").values_list("pk", flat=True)
    )
    ids = list(turn.filter(content_checked_at=None)[:batch])
    if len(ids) < batch:
        ids += turn.filter(content_checked_at__lt=now - AGAIN_AFTER)[: batch - len(ids)]
    each(_mark, _otherwise(ids), "signed content not marked")
    Plan.objects.filter(pk__in=ids).update(content_checked_at=now)
    return len(ids)


def _otherwise(ids: Sequence[int]) -> list[int]:
    """Of which the mark does not say what is seen now. Read together; where one of them cannot be loaded, each for itself."""
    try:
        plans = list(Plan.objects.filter(pk__in=ids).for_content())
    except UNREADABLE:
        if len(ids) == 1:
            return list(ids)
        return [pk for one in ids for pk in _otherwise([one])]
    return [plan.pk for plan in plans if differs(plan) != bool(plan.content_differs_since)]


def _differs(pk: int) -> bool:
    try:
        return differs(Plan.objects.for_content().get(pk=pk))
    except UNREADABLE:
        return True


@transactional
def _mark(pk: int) -> bool:
    """Judged again under the lock: two that look at once mark it once."""
    plan = Plan.objects.select_related("case__patient", "board").get(pk=pk)
    take_plan(plan)
    found = _differs(pk)
    since = timezone.now() if found else None
    rows = Plan.objects.filter(pk=pk, version=plan.version, content_differs_since__isnull=found)
    if not rows.update(content_differs_since=since, version=F("version") + 1, updated_at=timezone.now()):
        return False
    plan.refresh_from_db(fields=["version", "content_differs_since", "updated_at"])
    if found:
        history.record(plan, "content_differs", by=None)
        tell_of_plan(Reminder.Kind.DIFFERS, plan, by=None)
    else:
        history.record(plan, "content_matches", by=None)
        cancel(Reminder.objects.filter(plan=plan, kind=Reminder.Kind.DIFFERS), "it says again what was signed")
    return True
