"""Files that people asked for: lists as rows, for programs and spreadsheets. The row is the queue, and says how far it is."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import ReportingProject, User
from common.leases import Leased


class ExportQuerySet(models.QuerySet["Export"]):
    def open(self) -> Self:
        return self.filter(state__in=Export.OPEN)

    def of_reader(self, person: User, project: ReportingProject | None) -> Self:
        """Their own, of the project in which they read now: of no project, where they read in none."""
        return self.filter(person=person, project=project)

    def kept(self) -> Self:
        """Those whose file lies there."""
        return self.filter(state=Export.State.DONE)


class Export(Leased):
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
    # The noun of a list, the name of a report, or "everything".
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
    position = models.PositiveBigIntegerField(default=0)
    # All rows are read, and the file is being made of them.
    is_making = models.BooleanField(default=False)
    # By list, ids of the boards of its rows; and of which boards it holds free text: asked again whenever it is fetched.
    boards = models.JSONField(default=dict)
    text_boards = models.JSONField(default=list)
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
