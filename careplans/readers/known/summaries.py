"""Which reports were worked out beforehand, and whether they are to be (careplans/models/report_summaries.py).

Summaries are for large records alone: with fewer plans than `SUMMARIES_FROM_PLANS` every report answers at once, and is always of
now. A summary that is too old is left aside: then a report takes its time, and says what is so.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from careplans.models import Plan, ReportSummary
from careplans.models.report_summaries import COUNTED, table_of
from careplans.readers.known.moments import AHEAD
from careplans.readers.known.months import month_ends

# A summary answers for now until it is as old as so many rounds take: one that was missed shows nobody a slow page.
MISSED = 4
LONGEST = MISSED * timedelta(minutes=settings.SUMMARY_MINUTES)


@dataclass(frozen=True)
class Standing:
    """A summary that is there. By report: `tables`, and `marks` of the definitions that they were worked out by."""

    moment: datetime
    tables: Mapping[str, str]
    marks: Mapping[str, str]
    days: Mapping[str, tuple[date, date]]
    """Of which the rows are kept counted, too: their first and their last day."""
    is_kept: bool = False
    """Of the end of a month: nothing that is recorded since belongs to it."""

    @property
    def seconds(self) -> int:
        """How old it is."""
        return max(0, math.floor((timezone.now() - self.moment).total_seconds()))

    @property
    def age(self) -> str:
        minutes = self.seconds // 60
        return f"{minutes} minute{'' if minutes == 1 else 's'} ago"


def are_wanted() -> bool:
    """Whether the record is large enough for them."""
    least = settings.SUMMARIES_FROM_PLANS
    return bool(least) and Plan.objects.order_by("pk")[least - 1 : least].exists()


def oldest() -> datetime:
    """An older summary does not answer for now."""
    return timezone.now() - LONGEST


def newest() -> Standing | None:
    """What answers for now: the last summary, where it is young enough. None: every report is worked out as it is asked."""
    if not settings.SUMMARIES_FROM_PLANS:
        return None
    rows = ReportSummary.objects.filter(by_this_clock(), state=ReportSummary.State.READY, moment__gte=oldest())
    return _standing(rows.order_by("-moment").first())


def by_this_clock() -> Q:
    """Not begun in what is still to come, by a clock that was set back since: nobody knows how old such a one is, and it would be
    the last until the clock has caught up."""
    now = timezone.now()
    return Q(begun_at__lte=now, moment__lte=now + AHEAD)


def as_of(moment: datetime) -> Standing | None:
    """Exactly of this moment, so that rows behind a figure are as quick as the figure."""
    if not settings.SUMMARIES_FROM_PLANS:
        return None
    return _standing(ReportSummary.objects.filter(state=ReportSummary.State.READY, moment=moment).first())


def _standing(summary: ReportSummary | None) -> Standing | None:
    if summary is None:
        return None
    tables = {name: table_of(summary.pk, name) for name in summary.made}
    rows = {tables[name]: one["rows"] for name, one in summary.made.items()}
    marks = {name: one.get("of", "") for name, one in summary.made.items()}
    counted = {name: one["counted"] for name, one in summary.made.items() if "counted" in one}
    rows |= {tables[name] + COUNTED: one["rows"] for name, one in counted.items()}
    days = {name: (date.fromisoformat(one["first"]), date.fromisoformat(one["last"])) for name, one in counted.items()}
    is_kept = summary.moment in month_ends()
    return Standing(summary.moment, tables, marks, days, is_kept) if _are_whole(rows) else None


def _are_whole(rows: Mapping[str, int]) -> bool:
    """Whether the tables are there, and still hold what they held. PostgreSQL empties them when it begins anew after a crash, and
    a restored backup may lack them: what is lost must never read as nothing to count."""
    if set(rows) - existing(rows):
        return False
    filled = [table for table, number in rows.items() if number]
    if not filled:
        return True
    # A constant is all that is asked of each.
    parts = [f"EXISTS (SELECT 1 FROM {table})" for table in filled]  # noqa: S608  # our own names
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {' AND '.join(parts)}")
        return bool(cursor.fetchone()[0])


def existing(tables: Collection[str]) -> set[str]:
    """Those that are there."""
    catalog = "pg_class WHERE relname" if connection.vendor == "postgresql" else "sqlite_master WHERE name"
    column = "relname" if connection.vendor == "postgresql" else "name"
    marks = ", ".join(["%s"] * len(tables))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {catalog} IN ({marks})", list(tables))  # noqa: S608  # two words of ours
        return {name for (name,) in cursor.fetchall()}


class Lateness(NamedTuple):
    summary_minutes: int | None
    summary_missing: bool


def lateness() -> Lateness:
    """Of the last summary: its age where that is too much, and whether there never was one although there should be. A query; one
    more where the record is large."""
    if not are_wanted():
        return Lateness(None, summary_missing=False)
    made = ReportSummary.objects.filter(by_this_clock()).exclude(ready_at=None)
    last = made.order_by("-moment").values_list("moment", flat=True).first()
    if last is None or last >= oldest():
        return Lateness(None, summary_missing=last is None)
    return Lateness(math.floor((timezone.now() - last).total_seconds() / 60), summary_missing=False)
