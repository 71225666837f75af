"""Makes the summaries: one after the other, each report by itself. Of now, as often as the site says; and, where there is time,
of the last ends of months, which are kept.

The row is the queue. Any number of workers may call `refresh_summaries` at once, and each may be killed: there is one
summary that is being made, it has one maker, and what a maker left is taken up after its lease, behind the last report that was
recorded. A report's table and the word that it is there are one transaction; and readers see a summary from the moment in which
all of its reports are there.
"""

import logging
from datetime import datetime, timedelta
from time import monotonic

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from careplans.models import ReportSummary
from careplans.models.report_summaries import table_of
from careplans.outbox.shutdown import is_stopping
from careplans.readers.known import settled_now
from careplans.readers.known.moments import AHEAD, LEAST
from careplans.readers.known.months import known_month_ends, month_ends
from careplans.readers.known.summaries import are_wanted, by_this_clock, oldest
from careplans.reports.contents import ALL
from careplans.reports.declared import Report
from careplans.summaries import tables
from common.leases import LET_GO, Lease, LostError, nobody_holds

log = logging.getLogger(__name__)

# How long one call works before it lets others have the worker; one report more may take as long as it takes.
BUDGET_SECONDS = 8.0
# The database is not to work for summaries longer than a tenth of its time.
REST = 9
# Whoever has found a summary may still be reading it when the next is there.
READING = timedelta(minutes=10)
# Several times as long as the reports of a month take.
MONTH_WITHIN = timedelta(hours=1)

State = ReportSummary.State
# Longer than the slowest report takes.
LEASE = Lease(timedelta(minutes=10), state=State.MAKING)


def refresh_summaries(seconds: float = BUDGET_SECONDS) -> bool:
    """Work for a while; False when there is nothing to do. Safe to call many times at once."""
    remove_old()
    summary = (_claim() or _begin()) if are_wanted() else None
    if summary is None:
        return False
    until = monotonic() + seconds
    try:
        while (report := next((one for one in ALL if not _is_made(summary, one)), None)) is not None:
            if monotonic() > until or is_stopping():
                LEASE.give_back(summary)
                return True
            _make(summary, report)
        _settle(summary)
    except LostError:
        log.info("summary %s was taken up elsewhere", summary.pk)
    return False


def _begin() -> ReportSummary | None:
    """The next one, where it is time."""
    moment = _next_moment()
    if moment is None:
        return None
    try:
        with transaction.atomic():
            begun = ReportSummary.objects.create(moment=moment, begun_at=timezone.now())
    except IntegrityError:
        return None  # another has begun
    return LEASE.take_one(ReportSummary.objects.filter(pk=begun.pk).filter(nobody_holds()))


def _next_moment() -> datetime | None:
    """Of now and of a month in turns: where one takes minutes, that of now is due again as soon as the database has rested, and
    a month would never be made. Meanwhile that of now is a little older, and still answers."""
    month, is_due = _missing_month(), _is_due()
    if month is not None and is_due and (_last_begun_is_of_a_month() or _is_overdue()):
        return _moment()
    return month or (_moment() if is_due else None)


def _last_begun_is_of_a_month() -> bool:
    last = _last_begun()
    return last is not None and last.moment in month_ends()


def _is_overdue() -> bool:
    """That of now, for longer than a month may take: whichever month cannot be made, reports of now are."""
    last = _last_of_now()
    return last is not None and timezone.now() >= last.begun_at + _rest_after(last) + MONTH_WITHIN


def _moment() -> datetime:
    """Later than that of any other, also where the clock was set back: the last is what is read."""
    last = ReportSummary.objects.order_by("-moment").values_list("moment", flat=True).first()
    now = settled_now()
    return now if last is None or last < now or last > now + AHEAD else last + LEAST


def _is_due() -> bool:
    """A while after the last one of now began; longer where it took long. Those of months come on top of that, once a month."""
    last = _last_of_now()
    wait = timedelta(minutes=settings.SUMMARY_MINUTES)
    return last is None or timezone.now() >= last.begun_at + max(wait, _rest_after(last))


def _last_begun() -> ReportSummary | None:
    return ReportSummary.objects.filter(by_this_clock()).order_by("-begun_at").first()


def _last_of_now() -> ReportSummary | None:
    return ReportSummary.objects.filter(by_this_clock()).exclude(moment__in=month_ends()).order_by("-moment").first()


def _rest_after(last: ReportSummary) -> timedelta:
    return timedelta(seconds=last.seconds * (1 + REST))


def _missing_month() -> datetime | None:
    """The latest that is not there, or not by the definitions of now, where the database has rested since the last summary. What
    is there is made anew from its beginning: it is of one release of the program."""
    if not settings.SUMMARY_MONTHS:
        return None
    last = _last_begun()
    if last is None or timezone.now() < last.begun_at + _rest_after(last):
        return None
    there = set(ReportSummary.objects.values_list("moment", flat=True))
    return next((end for end in known_month_ends() if end not in there), None)


def _still_wanted() -> Q:
    """What is made may still answer: it is young, or of a month. Of a month it is given up after a while, and begun again later:
    one that cannot be made, or of which every worker dies, would keep all others from being made."""
    return Q(moment__gte=oldest()) | Q(moment__in=month_ends(), begun_at__gte=timezone.now() - MONTH_WITHIN)


def _claim() -> ReportSummary | None:
    """The one that is being made, where nobody is at it."""
    return LEASE.take_one(ReportSummary.objects.filter(_still_wanted(), nobody_holds(), state=State.MAKING))


def _is_made(summary: ReportSummary, report: Report) -> bool:
    """By its definition of now: a worker of an earlier release may have begun the summary."""
    made: str = summary.made.get(report.name, {}).get("of", "")
    return made == report.mark


def _make(summary: ReportSummary, report: Report) -> None:
    """A report's table with the word that it is there."""
    begun = monotonic()
    with tables.made(table_of(summary.pk, report.name), report, summary.moment) as found:
        done = found | {"seconds": round(monotonic() - begun, 2), "of": report.mark}
        made = summary.made | {report.name: done}
        LEASE.renew(summary, made=made)
    summary.made = made


def _settle(summary: ReportSummary) -> None:
    """From here on it answers."""
    LEASE.give_back(summary, state=State.READY, ready_at=Now())
    log.info("reports are worked out as of %s in %s seconds", summary.moment, round(summary.seconds))


def remove_old() -> int:
    """Those that nobody reads any more: a later one has been there for a while, or none is wanted; the month is too long ago, or
    was worked out by definitions of before. And what was begun so long ago that it would be of no use, or by a clock that was set
    back."""
    making = ReportSummary.objects.filter(nobody_holds(), state=State.MAKING)
    making.filter(~_still_wanted() | ~by_this_clock()).update(state=State.GONE, **LET_GO)
    ready = ReportSummary.objects.filter(state=State.READY)
    ready.exclude(by_this_clock()).update(state=State.GONE)
    later = ready.filter(ready_at__lt=timezone.now() - READING).order_by("-moment").first()
    unread = ready.filter(moment__lt=later.moment).exclude(moment__in=month_ends()) if later else ready.none()
    (unread if are_wanted() else ready).update(state=State.GONE)
    kept = [one for one in ready.filter(moment__in=month_ends()) if not all(_is_made(one, report) for report in ALL)]
    ReportSummary.objects.filter(pk__in=[one.pk for one in kept]).update(state=State.GONE)
    gone = list(ReportSummary.objects.filter(state=State.GONE).values_list("pk", flat=True))
    for pk in gone:
        tables.take_away(pk)
        ReportSummary.objects.filter(pk=pk).delete()
    return len(gone)
