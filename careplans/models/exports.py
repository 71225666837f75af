"""Files that people asked for: lists as rows, for programs and spreadsheets. The row is the queue, and says how far it is."""

import uuid
from datetime import timedelta
from typing import NamedTuple, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Min, Q
from django.utils import timezone

from accounts.models import ReportingProject, User
from accounts.reach import Reach, reach_of
from common.leases import CountsLost


class ExportsStanding(NamedTuple):
    """How the queue of exports stands, for whoever watches it."""

    queued: int = 0
    running: int = 0
    failed: int = 0
    """Within the last day."""
    oldest_waiting_seconds: int = 0
    """How long one waits that nobody has taken up, or whose worker has gone; 0 where there is none."""


class ExportQuerySet(models.QuerySet["Export"]):
    def open(self) -> Self:
        return self.filter(state__in=Export.OPEN)

    def of_reader(self, person: User, project: ReportingProject | None) -> Self:
        """Their own, of the project in which they read now: of no project, where they read in none. With a limited token only
        those that reach no further than it does, for which it asks which reaches there are: one query."""
        rows = self.filter(person=person, project=project)
        reach = reach_of(person)
        if reach is None or not reach.limits:
            return rows
        there = rows.order_by().values_list("reach", flat=True).distinct()
        return rows.filter(reach__in=[text for text in there if reach.covers(Reach.read(text))])

    def standing(self) -> ExportsStanding:
        """One query."""
        now = timezone.now()
        queued, running = Q(state=Export.State.QUEUED), Q(state=Export.State.RUNNING)
        failed = Q(state=Export.State.FAILED, finished_at__gt=now - timedelta(days=1))
        rows = self.filter(queued | running | failed).order_by()
        found = rows.aggregate(
            queued=Count("pk", filter=queued), running=Count("pk", filter=running), failed=Count("pk", filter=failed),
            asked=Min("requested_at", filter=queued), left=Min("lease_until", filter=running),
        )  # fmt: skip
        since = min((at for at in (found["asked"], found["left"]) if at is not None), default=now)
        waiting = max(0, int((now - since).total_seconds()))
        return ExportsStanding(found["queued"], found["running"], found["failed"], waiting)

    def kept(self) -> Self:
        """Those whose file lies there."""
        return self.filter(state=Export.State.DONE)


class Export(CountsLost):
    """One file of one person, and nobody else's. The filters hold ids, codes and days, as the address of a list does; what is in
    the rows stands in the file alone. Rows are never deleted: who took what out of the record is told for good."""

    class Form(models.TextChoices):
        CSV = "csv", "CSV, for a spreadsheet"
        NDJSON = "ndjson", "NDJSON, a row of JSON in each line"
        PARQUET = "parquet", "Parquet, with typed columns"
        DATASET = "dataset", "Dataset: everything in one zip, with the data dictionary"

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "In progress"
        DONE = "done", "Ready"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        EXPIRED = "expired", "Expired"
        REMOVED = "removed", "Removed"

    class Mail(models.TextChoices):
        NONE = "none", "not wanted"
        WANTED = "wanted", "when it has ended"
        SENT = "sent", "sent"
        FAILED = "failed", "could not be sent"

    OPEN = (State.QUEUED, State.RUNNING)

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="exports")
    # Within which it was asked for: it stays of that project, and is fetched within it alone.
    project = models.ForeignKey(
        "accounts.ReportingProject", on_delete=models.PROTECT, null=True, related_name="+"
    )  # fmt: skip
    # How far the token reached that asked for it (accounts/reach.py); empty: as far as its person. It is made and found by that.
    reach = models.TextField(blank=True, default="", db_default="")
    # The noun of a list, a report ("report.waiting"), the rows behind one ("rows.waiting"), or "everything".
    what = models.CharField(max_length=40)
    # Name of a filter: its values, as the address of the list would hold them.
    filters = models.JSONField(default=dict)
    form = models.CharField(max_length=8, choices=Form)
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    # The folder of its file has this name, which nobody guesses.
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    # How many rows there were when it was asked for.
    estimate = models.PositiveBigIntegerField(default=0)
    # Written so far; at the end, all.
    rows = models.PositiveBigIntegerField(default=0)
    counts = models.JSONField(default=dict)
    # Where the next chunk begins: in which of the lists, behind which row, and at which byte of its part.
    place = models.PositiveSmallIntegerField(default=0)
    cursor = models.BigIntegerField(null=True)
    # Of the rows behind a report: behind which row the next chunk begins, as the report names it.
    after = models.TextField(blank=True, default="", db_default="")
    position = models.PositiveBigIntegerField(default=0)
    # All rows are read, and the file is being made of them.
    is_making = models.BooleanField(default=False)
    # By list, ids of the boards of its rows, and by report of those that it is asked of; and of which boards it
    # holds free text: asked again whenever it is fetched.
    boards = models.JSONField(default=dict)
    text_boards = models.JSONField(default=list)
    # Of the figures of a report: the smallest number that they show (careplans/reports/shown.py); null: it holds no figures.
    smallest = models.PositiveIntegerField(null=True)
    # How many of them are not shown, and whether rows are left out; null: it holds no figures, or was made before this was kept.
    hidden_figures = models.PositiveIntegerField(null=True)
    leaves_rows_out = models.BooleanField(null=True)
    # Of several lists: before which key each begins, so that what was added since the first row was read is in none of them.
    below = models.JSONField(default=dict, db_default=models.Value({}, output_field=models.JSONField()))
    # When its rows were read, from the first to the last.
    read_from = models.DateTimeField(null=True)
    read_until = models.DateTimeField(null=True)
    bytes = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    # Why it failed, as a sentence to act on.
    reason = models.CharField(max_length=300, blank=True)
    mail = models.CharField(max_length=6, choices=Mail, default=Mail.NONE)
    mail_due_at = models.DateTimeField(null=True)
    mail_tries = models.PositiveSmallIntegerField(default=0)
    requested_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # Its file is removed then.
    expires_at = models.DateTimeField(null=True)
    downloads = models.PositiveIntegerField(default=0)
    downloaded_at = models.DateTimeField(null=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(reason=""), name="export_failed_with_reason"),
            models.CheckConstraint(
                condition=~Q(state="done") | (Q(expires_at__isnull=False) & ~Q(sha256="")), name="export_done_is_whole"
            ),
            models.CheckConstraint(
                condition=Q(token__isnull=True) | Q(state="running"), name="export_held_while_running"
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-id"], name="export_by_person"),
            models.Index(fields=["state", "id"], name="export_by_state"),
        ]

    def __str__(self) -> str:
        return f"Export {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def reached(self) -> Reach:
        return Reach.read(self.reach)

    @property
    def has_file(self) -> bool:
        """Until its last moment, whether or not it has been cleared away since."""
        return self.state == self.State.DONE and (self.expires_at is None or timezone.now() < self.expires_at)

    @property
    def shown_total(self) -> int:
        """Rows may be added while it runs: never show more written than there are."""
        return max(self.estimate, self.rows)

    @property
    def file_name(self) -> str:
        """Says what and when, and nothing of whom."""
        ending = "zip" if self.form == self.Form.DATASET else self.form
        of = "" if self.project_id is None else f"-project-{self.project_id}"
        return f"consilium-{self.what}{of}-{self.requested_at:%Y%m%d-%H%M}.{ending}"
