"""Makes the summaries: one after the other, each report by itself.

The row is the queue. Any number of workers may call `refresh_summaries` at once, and each may be killed: there is one
summary that is being made, it has one maker, and what a maker left is taken up after its lease, behind the last report that was
recorded. A report's table and the word that it is there are one transaction; and readers see a summary from the moment in which
all of its reports are there.
"""

import logging
import uuid
from datetime import timedelta
from time import monotonic

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from careplans.models import ReportSummary
from careplans.models.report_summaries import table_of
from careplans.outbox.shutdown import is_stopping
from careplans.readers.known import settled_now
from careplans.readers.known.summaries import are_wanted, oldest
from careplans.reports.contents import ALL
from careplans.reports.declared import Report
from careplans.summaries import tables

log = logging.getLogger(__name__)

# Longer than the slowest report takes.
LEASE = timedelta(minutes=10)
# How long one call works before it lets others have the worker; one report more may take as long as it takes.
BUDGET_SECONDS = 8.0
# The database is not to work for summaries longer than a tenth of its time.
REST = 9
# Whoever has found a summary may still be reading it when the next is there.
READING = timedelta(minutes=10)

State = ReportSummary.State


class LostError(Exception):
    """The lease was over, and another has taken it up."""


def refresh_summaries(seconds: float = BUDGET_SECONDS) -> bool:
    """Work for a while; False when there is nothing to do. Safe to call many times at once."""
    remove_old()
    summary = (_claim() or _begin()) if are_wanted() else None
    if summary is None:
        return False
    until = monotonic() + seconds
    try:
        while (report := next((one for one in ALL if one.name not in summary.made), None)) is not None:
            if monotonic() > until or is_stopping():
                _held(summary).update(token=None, lease_until=None)
                return True
            _make(summary, report)
        _settle(summary)
    except LostError:
        log.info("summary %s was taken up elsewhere", summary.pk)
    return False


def _begin() -> ReportSummary | None:
    """The next one, where it is time."""
    if not _is_due():
        return None
    token = uuid.uuid4()
    try:
        with transaction.atomic():
            return ReportSummary.objects.create(
                moment=settled_now(), token=token, lease_until=timezone.now() + LEASE, begun_at=timezone.now()
            )
    except IntegrityError:
        return None  # another has begun


def _is_due() -> bool:
    """A while after the last one began; longer where it took long."""
    last = ReportSummary.objects.order_by("-moment").first()
    if last is None:
        return True
    wait = max(timedelta(minutes=settings.SUMMARY_MINUTES), timedelta(seconds=last.seconds * (1 + REST)))
    return timezone.now() >= last.begun_at + wait


def _claim() -> ReportSummary | None:
    """The one that is being made, where nobody is at it."""
    token = uuid.uuid4()
    free = ReportSummary.objects.filter(
        Q(token=None) | Q(lease_until__lt=Now()), state=State.MAKING, moment__gte=oldest()
    )
    if not free.update(token=token, lease_until=Now() + LEASE):
        return None
    return ReportSummary.objects.filter(token=token).first()


def _make(summary: ReportSummary, report: Report) -> None:
    """A report's table with the word that it is there."""
    begun = monotonic()
    with tables.made(table_of(summary.pk, report.name), report, summary.moment) as rows:
        made = summary.made | {
            report.name: {"rows": rows, "seconds": round(monotonic() - begun, 2), "definition": report.definition}
        }
        if not _held(summary).update(made=made, lease_until=Now() + LEASE):
            raise LostError
    summary.made = made


def _settle(summary: ReportSummary) -> None:
    """From here on it answers."""
    if not _held(summary).update(state=State.READY, ready_at=Now(), token=None, lease_until=None):
        raise LostError
    log.info("reports are worked out as of %s in %s seconds", summary.moment, round(summary.seconds))


def remove_old() -> int:
    """Those that nobody reads any more: a later one has been there for a while, or none is wanted. And what was begun so long ago
    that it would be of no use."""
    over = ReportSummary.objects.filter(state=State.MAKING, moment__lt=oldest()).filter(
        Q(token=None) | Q(lease_until__lt=Now())
    )
    over.update(state=State.GONE, token=None)
    ready = ReportSummary.objects.filter(state=State.READY)
    later = ready.filter(ready_at__lt=timezone.now() - READING).order_by("-moment").first()
    unread = ready.filter(moment__lt=later.moment) if later else ready.none()
    (unread if are_wanted() else ready).update(state=State.GONE)
    gone = list(ReportSummary.objects.filter(state=State.GONE).values_list("pk", flat=True))
    for pk in gone:
        tables.take_away(pk)
        ReportSummary.objects.filter(pk=pk).delete()
    return len(gone)


def _held(summary: ReportSummary) -> QuerySet[ReportSummary]:
    return ReportSummary.objects.filter(pk=summary.pk, token=summary.token, state=State.MAKING)
