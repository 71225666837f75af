"""A look at every open plan under a set of rules. The row is the queue, and says how far the run is."""

from datetime import timedelta
from typing import NamedTuple, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Max, Min, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from common.leases import CountsLost


class RuleRunsStanding(NamedTuple):
    """How looks at every open plan stand, for whoever watches them."""

    queued: int = 0
    running: int = 0
    failed: int = 0
    """Within the last day."""
    still_seconds: int = 0
    """How long nothing has happened to the one whose turn it is: nobody begins it, its worker has gone, or it gets no further;
    0 where none is open. One that waits behind another is not standing still."""
    is_behind: bool = False
    """The last run that should have brought rules to every open plan failed, and nobody has taken it up again."""


class RuleRunQuerySet(models.QuerySet["RuleRun"]):
    def open(self) -> Self:
        return self.filter(state__in=RuleRun.OPEN)

    def standing(self) -> RuleRunsStanding:
        """Two queries."""
        now, state = timezone.now(), RuleRun.State
        queued, running = Q(state=state.QUEUED), Q(state=state.RUNNING)
        failed = Q(state=state.FAILED, finished_at__gt=now - timedelta(days=1))
        found = self.order_by().aggregate(
            queued=Count("pk", filter=queued), running=Count("pk", filter=running), failed=Count("pk", filter=failed),
            asked=Min("requested_at", filter=queued), ended=Max("finished_at"),
            moved=Min(Coalesce("moved_at", "started_at"), filter=running),
        )  # fmt: skip
        since = found["moved"] if found["running"] else found["asked"]
        if since is not None and not found["running"]:
            # Until then it waited for the one before.
            since = max(since, found["ended"] or since)
        still = 0 if since is None else max(0, int((now - since).total_seconds()))
        applied = self.filter(purpose=RuleRun.Purpose.APPLY).order_by("-pk").values_list("state", flat=True).first()
        return RuleRunsStanding(
            found["queued"], found["running"], found["failed"], still, is_behind=applied == state.FAILED
        )


class RuleRun(CountsLost):
    """`result` holds counts by rule and by board, never a patient, a case or what a plan says; and under `unjudged` the ids of
    plans that could not be read."""

    class Purpose(models.TextChoices):
        # Compares what two sets would say, and writes no clinical row.
        TRIAL = "trial", "Trial"
        # Brings the advisories of every open plan up to the set in force.
        APPLY = "apply", "Putting into force"

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        STOPPED = "stopped", "Stopped"

    OPEN = (State.QUEUED, State.RUNNING)

    # Empty: the rules that come with the program.
    rule_set = models.ForeignKey("careplans.RuleSetVersion", on_delete=models.PROTECT, null=True, related_name="runs")
    # Of the rules that this run looks with: a trial counts only for exactly these.
    content_hash = models.CharField(max_length=64)
    # The content flags that were open when an apply run was queued.
    flags = models.JSONField(default=list)
    purpose = models.CharField(max_length=5, choices=Purpose)
    state = models.CharField(max_length=7, choices=State, default=State.QUEUED)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    # The id of the last plan that was looked at; the next chunk begins behind it.
    cursor = models.BigIntegerField(default=0)
    result = models.JSONField(default=dict)
    # Why it was stopped or failed.
    reason = models.CharField(max_length=300, blank=True)
    # Empty: a note beside a statement opened or closed a content flag, and a tick saw it.
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    # When its last chunk was written: whoever watches sees that it gets no further, whoever holds it.
    moved_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = RuleRunQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            # Two runs never work at once.
            models.UniqueConstraint(fields=["state"], condition=Q(state="running"), name="rule_run_one_at_work"),
            models.CheckConstraint(
                condition=~Q(state__in=["failed", "stopped"]) | ~Q(reason=""), name="rule_run_ended_with_reason"
            ),
        ]
        indexes = [models.Index(fields=["state", "id"], name="rule_run_by_state")]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.pk}"

    @property
    def label(self) -> str:
        return self.rule_set.label if self.rule_set else "the rules of the program"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def shown_total(self) -> int:
        """Plans may be added while it runs: never show more done than there are."""
        return max(self.total, self.done)
