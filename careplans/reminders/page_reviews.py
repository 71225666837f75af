"""Reminders about reviews of the reference pages: the same rows, and so the same delivery, as the clinical ones.

The pages know nothing of reminders. What their editors planned is looked at by a tick, which writes what is missing and
withdraws what no longer holds; running it twice, or in two places, changes nothing.
"""

from datetime import date, timedelta

from django.utils import timezone

from careplans.models import Reminder
from careplans.reminders.escalation import approvers, editors
from careplans.reminders.schedule import Kind, ReminderSpec, cancel, write
from careplans.reminders.working_days import Hour
from common.going_on import each
from common.writing import transactional
from modalities.models import Modality

# Days from the day on which a review is due; who approves pages is told last.
DAYS: dict[str, int] = {Kind.LEAD: -14, Kind.DUE: 0, Kind.OVERDUE: 7, Kind.ESCALATION: 21}


def remind_of_reviews() -> int:
    """Bring the reminders of every page up to its plan. Returns how many were written."""
    planned = set(Modality.objects.for_reviews().filter(review_due_on__isnull=False).values_list("pk", flat=True))
    open_ones = Reminder.objects.filter(reference_page__isnull=False).scheduled()
    pages = planned | set(open_ones.values_list("reference_page", flat=True))
    return each(_bring_up, sorted(pages), "review not reminded of")


@transactional
def _bring_up(pk: int) -> int:
    reference_page = Modality.objects.select_for_update(of=("self",)).get(pk=pk)
    wanted = {(w.recipient_id, w.kind, w.day): w for w in wanted_for(reference_page, Hour.of_centre().today)}
    standing = Reminder.objects.filter(reference_page=reference_page).exclude(status=Reminder.Status.CANCELLED)
    known = {(r.recipient_id, r.kind, r.local_day): r for r in standing}
    # What is due already is judged when it is sent; what was delivered stays on record.
    now = timezone.now()
    stale = [r.pk for key, r in known.items() if key not in wanted and r.due_at > now and r.status != "delivered"]
    if stale:
        cancel(Reminder.objects.filter(pk__in=stale), "the review was planned anew")
    missing = [one for key, one in wanted.items() if key not in known]
    write(missing, Hour.of_centre())
    return len(missing)


def still_wanted(reminder: Reminder) -> bool:
    """Whether the review is still planned so that this reminder belongs to it. Looked at when it is sent."""
    reference_page = reminder.reference_page
    if reference_page is None or reference_page.review_due_on is None:
        return False
    return reminder.local_day >= reference_page.review_due_on + timedelta(days=DAYS[Kind.LEAD])


def wanted_for(reference_page: Modality, today: date) -> list[ReminderSpec]:
    """Of what lies in the past only the latest is wanted, so that a late plan does not send four mails at once. A page that is
    nobody's is every editor's: a day on which nobody is told is not planned."""
    if reference_page.review_due_on is None:
        return []
    days = [
        (kind, reference_page.review_due_on + timedelta(days=days))
        for kind, days in DAYS.items()
        if kind != Kind.ESCALATION
    ]
    past = [pair for pair in days if pair[1] <= today]
    own = [*past[-1:], *(pair for pair in days if pair[1] > today)]
    asked = [reference_page.responsible_id] if reference_page.responsible_id else editors()
    escalated = reference_page.review_due_on + timedelta(days=DAYS[Kind.ESCALATION])
    return [
        *(ReminderSpec(reference_page, user, kind, day) for user in asked for kind, day in own),
        *(ReminderSpec(reference_page, user, Kind.ESCALATION, escalated) for user in approvers()),
    ]
