from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q

from accounts.access import BoardQuerySet
from careplans.models.changes import Change, changed_at
from careplans.models.plan_schedules import PlanSchedule
from careplans.models.schedules import FollowUpSchedule, Kind

if TYPE_CHECKING:
    from careplans.models.plans import Plan


class FollowUpQuerySet(BoardQuerySet):
    def for_work_list(self) -> Self:
        from careplans.models.cases import Case

        return self.prefetch_related(Prefetch("case", Case.objects.for_naming()), "assignee")

    def for_api(self) -> Self:
        """The row itself: `readers/served/followups.py` reads what is served with it."""
        return self.annotate(changed_at=changed_at(Change.Noun.FOLLOW_UPS))

    def of_sequence(self, plan: "Plan") -> Self:
        """What the picture of a released plan shows: of one in force all of its case, else what was written for it."""
        rows = self.filter(case=plan.case_id) if plan.is_in_force else self.filter(plan=plan.pk)
        return rows.exclude(status=FollowUp.Status.CANCELLED).only(*FollowUp.DRAWN)

    def open(self) -> Self:
        return self.filter(status=FollowUp.Status.PLANNED)

    def overdue(self, today: date) -> Self:
        """Past its date and its grace: the last day it may be done is stored, so that an index answers."""
        return self.open().filter(due_until__lt=today)

    def untouched(self) -> Self:
        """Written by a schedule, still to be done, and never moved or handed over since, but with all others of its plan."""
        does = Q(done_with=OuterRef("assignee")) | Q(done_with=None, assignee=OuterRef("assignee"))
        rows = PlanSchedule.objects.filter(does, plan=OuterRef("plan"), schedule=OuterRef("schedule"), removed_at=None)
        return self.open().filter(Q(version=1) | Q(Exists(rows)), scheduled_for=models.F("due_on"), replaces=None)

    def due(self, today: date) -> Self:
        return self.open().filter(due_on__lte=today, due_until__gte=today)


class FollowUp(models.Model):
    """A dated thing to be done for a case. Due and overdue are computed from its dates, never stored."""

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        DONE = "done", "Done"
        DID_NOT_ATTEND = "did_not_attend", "Did not attend"
        CANCELLED = "cancelled", "Cancelled"

    # Domain note D.3, where due and overdue are states of the calendar and not of the row.
    TRANSITIONS: dict[str, tuple[str, ...]] = {
        Status.PLANNED: (Status.DONE, Status.DID_NOT_ATTEND, Status.CANCELLED),
        # Only where that was recorded by mistake (careplans/services/done_follow_ups.py).
        Status.DONE: (Status.PLANNED,),
        Status.DID_NOT_ATTEND: (),
        Status.CANCELLED: (),
    }

    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey("careplans.Case", on_delete=models.PROTECT, related_name="follow_ups")
    plan = models.ForeignKey("careplans.Plan", on_delete=models.PROTECT, null=True, related_name="follow_ups")
    schedule = models.ForeignKey(FollowUpSchedule, on_delete=models.PROTECT, null=True, related_name="+")
    # Of one that hangs on a step: on which of its lines, and the how manieth of it, so that none is written twice.
    monitoring = models.ForeignKey(
        "careplans.Monitoring", on_delete=models.PROTECT, null=True, related_name="follow_ups", editable=False
    )
    monitoring_number = models.PositiveSmallIntegerField(null=True, editable=False)
    kind = models.CharField("what", max_length=20, choices=Kind)
    title = models.CharField("in words", max_length=160, blank=True)
    due_on = models.DateField("due on")
    due_until = models.DateField("at the latest on", editable=False)
    # For which day it was planned before somebody moved it the first time; empty where it has kept that day.
    agreed_on = models.DateField("first agreed for", null=True, editable=False)
    times_moved = models.PositiveSmallIntegerField("times moved", default=0, db_default=0, editable=False)
    # The day of the schedule that it was written for, which stays when it is moved. Empty when the schedule took it back.
    scheduled_for = models.DateField(null=True, editable=False)
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=16, choices=Status, default=Status.PLANNED)
    done_on = models.DateField("done on", null=True)
    result = models.TextField("result", blank=True)
    reason = models.TextField("reason", blank=True)
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    version = models.PositiveIntegerField(default=1)
    # The board's count of timing changes that its reminders follow.
    timing_version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    # What the picture of a plan reads.
    DRAWN = ("kind", "title", "due_on", "due_until", "status", "done_on")

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        verbose_name = "follow-up"
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="done") | Q(done_on__isnull=False), name="follow_up_done_has_date"
            ),
            models.CheckConstraint(condition=~Q(status="cancelled") | ~Q(reason=""), name="follow_up_cancelled_has_reason"),
            models.CheckConstraint(condition=Q(due_until__gte=models.F("due_on")), name="follow_up_until_after_due"),
            models.UniqueConstraint(
                fields=["plan", "schedule", "kind", "title", "scheduled_for"], condition=Q(scheduled_for__isnull=False),
                name="follow_up_scheduled_once_each",
            ),
            models.UniqueConstraint(
                fields=["monitoring", "monitoring_number"], condition=Q(monitoring__isnull=False, replaces=None),
                name="follow_up_of_a_step_once",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["board", "due_on", "id"], condition=Q(status="planned"), name="follow_up_open_by_board"
            ),
            models.Index(
                fields=["assignee", "due_on", "id"], condition=Q(status="planned"), name="follow_up_open_by_person"
            ),
            models.Index(fields=["board", "status", "due_on", "id"], name="follow_up_by_status"),
            models.Index(fields=["case", "due_on"], name="follow_up_by_case"),
            # Whether any is open, for every case of a board.
            models.Index(fields=["case", "status"], name="follow_up_by_case_and_status"),
            models.Index(fields=["board", "-id"], name="follow_up_newest"),
            models.Index(fields=["board", "due_on", "id"], name="follow_up_by_day"),
            models.Index(fields=["board", "timing_version"], name="follow_up_by_timing"),
        ]

    def __str__(self) -> str:
        return f"{self.heading}, due {self.due_on:%-d %b %Y}"

    @property
    def heading(self) -> str:
        return self.title or self.get_kind_display()

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.PLANNED

    @property
    def outlasts_its_plan(self) -> bool:
        """Its plan is withdrawn, and it stays on the case: what a cycle that was given asks for, and a re-discussion that no
        schedule planned."""
        if self.monitoring is not None:
            return self.monitoring.when == self.monitoring.When.OCCURRENCE
        return self.kind == Kind.REDISCUSSION and self.scheduled_for is None

    def moved_to(self, to: date, *, along: bool) -> dict[str, Any]:
        """Its new day with the same grace, and the day first agreed, which goes along with what the follow-up hangs on."""
        by, first = to - self.due_on, self.agreed_on or self.due_on
        agreed = first + by if along else first
        return {
            "due_on": to, "due_until": self.due_until + by, "agreed_on": agreed if agreed != to else None,
            "times_moved": self.times_moved + (0 if along else 1),
        }  # fmt: skip

    def told_of_move(self, *, along: bool) -> dict[str, Any]:
        """For the event of a move, before it: the day first agreed, and whether it goes along with what it hangs on."""
        return {"agreed_on": (self.agreed_on or self.due_on).isoformat(), "along": along}

    def state_on(self, today: date) -> str:
        """`planned`, `due`, `overdue`, or how it ended."""
        if not self.is_open:
            return self.status
        return state_between(self.due_on, self.due_until, today)


def state_between(due_on: date, due_until: date, today: date) -> str:
    """Of what is open, a step too: `planned`, `due` or `overdue`."""
    if today > due_until:
        return "overdue"
    return "due" if today >= due_on else "planned"


def latest_day(due_on: date, days: int) -> date:
    return due_on + timedelta(days=days)
