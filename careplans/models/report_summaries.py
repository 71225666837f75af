"""Reports worked out beforehand: where the record is so large that each would take seconds, a job works out the rows of all
of them as of one moment, and questions of now are answered from there until the next is ready.

Each report has a table of its own for that (`table_of`), made by the job and no part of the record: it can be lost at any time,
and is made anew.
"""

from datetime import timedelta

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q
from django.utils import timezone

from common.leases import Leased


class ReportSummary(Leased):
    """All reports as of `moment`, known by `moment`. Asked of the histories, each gives the same rows for ever."""

    class State(models.TextChoices):
        MAKING = "making", "Being made"
        READY = "ready", "Ready"
        # Its tables are gone, or about to go.
        GONE = "gone", "Gone"

    moment = models.DateTimeField(unique=True)
    state = models.CharField(max_length=6, choices=State, default=State.MAKING)
    # Of each report that is there: how many rows it has, how many seconds it took, and by which definition (`Report.mark`).
    made = models.JSONField(default=dict)
    begun_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-moment"]
        constraints = [
            # Never two at once: each takes as long as the database needs, and the second would take the time of the first.
            models.UniqueConstraint(fields=["state"], condition=Q(state="making"), name="one_summary_is_being_made"),
            models.CheckConstraint(condition=~Q(state="ready") | Q(ready_at__isnull=False), name="summary_ready_since"),
        ]

    def __str__(self) -> str:
        return f"reports as of {self.moment}"

    @property
    def seconds(self) -> float:
        """How long the database worked for it."""
        return float(sum(one["seconds"] for one in self.made.values()))


PREFIX = "summary_"
# Behind the name of a report's table: the one of its rows counted.
COUNTED = "_counted"
# Of now none is as old as that.
_DAY = timedelta(days=1)


def table_of(summary: int, report: str) -> str:
    return f"{PREFIX}{summary}_{report.replace('-', '_')}"


def forget_kept(connection: BaseDatabaseWrapper) -> None:
    """Those of the ends of months answer no more: whoever makes summaries makes them anew."""
    table = ReportSummary._meta.db_table
    if table not in connection.introspection.table_names():
        return
    gone, before = ReportSummary.State.GONE, connection.ops.adapt_datetimefield_value(timezone.now() - _DAY)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET state = %s WHERE moment < %s", [gone, before])  # noqa: S608  # a name of ours
