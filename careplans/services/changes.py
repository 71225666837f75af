"""Puts what has changed into an order that everybody can follow.

What a reader was told up to a number must never be joined by something with a smaller one. A number that is drawn while a row is
written does not promise that: whoever draws 7 may commit after whoever draws 8. So nobody who writes draws one; whoever reads
numbers what is there by then, one reader after the other.
"""

from django.utils import timezone

from careplans.models import Change, ChangeBatch, ChangeCount
from common.writing import lock, transactional

# So many are numbered at once, so that a first reader of a large database does not wait for all of them.
MOST_AT_ONCE = 5000


@transactional
def number_changes() -> tuple[ChangeCount, bool]:
    """Number what was committed and has no number yet: the count, whose `last` is safe to read up to, and whether more waits.

    A row that somebody is changing at this moment is left to the next reader, so that nobody waits for a long transaction.
    """
    count = _take_count()
    waiting = Change.objects.filter(batch=None).order_by("pk").select_for_update(skip_locked=True)
    found = list(waiting.values_list("pk", flat=True)[:MOST_AT_ONCE])
    if found:
        count.last += 1
        _note(count.last)
        Change.objects.filter(pk__in=found).update(batch=count.last)
        ChangeCount.objects.filter(pk=count.pk).update(last=count.last)
    return count, len(found) == MOST_AT_ONCE


def number_all_changes() -> None:
    """Whoever asks what was changed since a moment is told by the batches since: so there is one each minute."""
    while number_changes()[1]:
        pass


def _note(number: int) -> None:
    """When this batch was numbered; not before the last one, whatever the clock says."""
    last = ChangeBatch.objects.order_by("-number").values_list("at", flat=True).first()
    batch = ChangeBatch(number=number, at=max(filter(None, [last, timezone.now()])))
    ChangeBatch.objects.bulk_create([batch], update_conflicts=True, unique_fields=["number"], update_fields=["at"])


def _take_count() -> ChangeCount:
    """Of two readers, the second numbers after the first has committed: what it numbers comes later."""
    if not (taken := lock(ChangeCount.objects.filter(pk=1))):
        ChangeCount.objects.get_or_create(pk=1)
        taken = lock(ChangeCount.objects.filter(pk=1))
    return taken[0]
