from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Prefetch, Q, Subquery

from careplans.models.apart import ApartQuerySet
from careplans.models.changes import Change, changed_at
from careplans.models.deciding_facts import DecidingFacts
from careplans.models.last_looks import looks_at_plan
from careplans.models.outcomes import Outcome, outcome_constraints
from careplans.models.plan_parts import complete_plans
from careplans.models.plan_schedules import PlanSchedule
from careplans.models.step_values import Reason, reason_label

if TYPE_CHECKING:
    from careplans.models.signatures import Signature


class PlanQuerySet(ApartQuerySet):
    def for_work_list(self) -> Self:
        from careplans.models.cases import Case

        return self.prefetch_related(Prefetch("case", Case.objects.for_naming()))

    def for_list(self) -> Self:
        from careplans.models.steps import Step

        return self.select_related("case__patient", "created_by").prefetch_related(
            Prefetch("steps", Step.objects.for_plan())
        )

    def for_state(self) -> Self:
        """Of the plans of a case in a list: which they are and how they stand."""
        return self.only("case", "number", "status", "content_differs_since")

    def for_editing(self) -> Self:
        """The plan with what its editor shows: case, facts, steps with their revision and owner."""
        from careplans.models.steps import Step

        steps, chosen = Step.objects.in_plan(), PlanSchedule.objects.in_plan()
        rows = self.select_related("case__patient", "case__proforma", "template_version__template").with_watched()
        rows = rows.defer("template_version__content")
        return rows.prefetch_related(Prefetch("steps", steps), Prefetch("schedules", chosen)).completed()

    def for_detail(self) -> Self:
        """The plan with everything that its page shows: what the editor shows, and the signatures."""
        from careplans.models.signatures import Signature

        return self.for_editing().prefetch_related(Prefetch("signatures", Signature.objects.order_by("id")))

    def complete(self, plans: list["Plan"]) -> None:
        complete_plans(plans)

    def for_content(self) -> Self:
        """The plan with all that its signatures cover, and with them."""
        from careplans.models.signatures import Signature
        from careplans.models.steps import Step

        steps, signed = Step.objects.for_plan(), Signature.objects.all()
        return self.prefetch_related(Prefetch("steps", steps), Prefetch("signatures", signed), _schedules())

    def with_watched(self) -> Self:
        """With the facts that the plan's board has marked, so that nobody asks for them apart."""
        marked = DecidingFacts.objects.filter(board=OuterRef("board")).values("names")
        return self.annotate(marked_facts=Subquery(marked))

    def with_looks_of(self, person: int) -> Self:
        """With what `readers.told.since` asks of it."""
        return self.annotate(**looks_at_plan(person))

    def with_schedules(self) -> Self:
        return self.prefetch_related(_schedules())

    def for_rules(self) -> Self:
        """The plan with what the sequencing rules look at: the facts of its case, and its steps."""
        from careplans.models.steps import Step

        return self.select_related("case__proforma").prefetch_related(Prefetch("steps", Step.objects.for_rules()))

    def for_api(self) -> Self:
        """The plan with the facts of its case, and those that an amended one was signed on; `readers/served/plans.py` reads the
        rest."""
        kept = ("id", "status", "facts_snapshot")
        amended = [f"amends__{column.name}" for column in Plan._meta.concrete_fields if column.name not in kept]
        rows = self.select_related("case__proforma", "amends").defer(*amended)
        return rows.with_watched().annotate(changed_at=changed_at(Change.Noun.PLANS))

    def working(self) -> Self:
        return self.filter(status__in=Plan.WORKING)

    def in_force(self) -> Self:
        return self.filter(status__in=Plan.IN_FORCE)

    def open(self) -> Self:
        return self.filter(status__in=Plan.OPEN)

    def amendments_of(self, plans: Iterable["Plan"]) -> dict[int, "Plan"]:
        """The amendment in work of each of these plans, by the key of the plan that it amends. One query."""
        found = self.working().filter(amends__in=[plan.pk for plan in plans])
        return {plan.amends_id: plan for plan in found if plan.amends_id}

    def on_changed_facts(self) -> Self:
        """Signed or in force, with a deciding fact that has changed and that nobody has answered for."""
        return self.filter(facts_changed_at__isnull=False)


def _schedules() -> "Prefetch[str]":
    return Prefetch("schedules", PlanSchedule.objects.live())


class Plan(Outcome):
    """A numbered version of a case's care plan.

    `version` counts every change of the row and is what a writer must have seen; `content_version` counts changes
    of what is signed: aim, steps, order, goals, follow-up. A signature binds content version and content hash.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_SIGNOFF = "in_signoff", "In sign-off"
        ACTIVE = "active", "Active"
        ON_HOLD = "on_hold", "On hold"
        COMPLETED = "completed", "Completed"
        SUPERSEDED = "superseded", "Superseded"
        REVOKED = "revoked", "Revoked"
        ENTERED_IN_ERROR = "entered_in_error", "Entered in error"

    # Domain note D.3.
    TRANSITIONS: dict[str, tuple[str, ...]] = {
        Status.DRAFT: (Status.IN_SIGNOFF, Status.ENTERED_IN_ERROR),
        Status.IN_SIGNOFF: (Status.ACTIVE, Status.DRAFT),
        Status.ACTIVE: (
            Status.ON_HOLD, Status.COMPLETED, Status.SUPERSEDED, Status.REVOKED, Status.ENTERED_IN_ERROR,
        ),
        Status.ON_HOLD: (Status.ACTIVE, Status.REVOKED, Status.SUPERSEDED),
        Status.COMPLETED: (),
        Status.SUPERSEDED: (),
        Status.REVOKED: (),
        Status.ENTERED_IN_ERROR: (),
    }  # fmt: skip
    WORKING = (Status.DRAFT, Status.IN_SIGNOFF)
    IN_FORCE = (Status.ACTIVE, Status.ON_HOLD)
    OPEN = WORKING + IN_FORCE

    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="plans")
    case = models.ForeignKey("careplans.Case", on_delete=models.PROTECT, related_name="plans")
    number = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=16, choices=Status, default=Status.DRAFT)
    aim = models.TextField("what the board wants to achieve", blank=True)
    no_treatment = models.BooleanField("no treatment now", default=False)
    no_treatment_reason = models.TextField("why no treatment now", blank=True)

    version = models.PositiveIntegerField(default=1)
    content_version = models.PositiveIntegerField(default=1)
    content_hash = models.CharField(max_length=64, blank=True)
    facts_snapshot = models.JSONField(null=True)
    # Since when a deciding fact differs from the snapshot and nobody has answered for it: the list of plans to look at.
    facts_changed_at = models.DateTimeField(null=True, editable=False)
    # Since when its rows do not say any more what was signed (`readers/signed_content.py`): what lists and other pages say of it.
    content_differs_since = models.DateTimeField(null=True, editable=False)
    # When that was last looked at (`services/signed_content.py`).
    content_checked_at = models.DateTimeField(null=True, editable=False)
    # Set by who serves it: the first plan of the chain of amendments that it stands in.
    lineage: int
    # Set by `with_watched()`: what its board watches, None where it has not chosen.
    marked_facts: list[str] | None
    # Set by `with_looks_of()`: the newest event, and up to which one a person has seen, or answered.
    newest_event: int | None
    seen_event: int | None
    seen_at: datetime | None
    answered_event: int | None
    amends = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="amendments")
    amendment_reason = models.TextField("why the plan is amended", blank=True)
    # What it was begun from. Not signed: the steps are, whatever proposed them.
    template_version = models.ForeignKey(
        "careplans.PlanTemplateVersion", on_delete=models.PROTECT, null=True, editable=False, related_name="plans",
        verbose_name="template that it started from",
    )  # fmt: skip

    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # Who goes on with it, where its author cannot any more.
    draft_with = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    updated_at = models.DateTimeField(auto_now=True)
    # A day and a person that were signed on a plan without a schedule, before schedules had rows of their own: nothing but its
    # fingerprint reads them, and they go when it is a draft again.
    follow_up_from = models.DateField(null=True, editable=False)
    follow_up_assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    release_note = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.TextField(blank=True)
    # Of a plan that was revoked, out of the list of a step (domain note D.4); empty where nobody was asked.
    end_reason_code = models.CharField(
        "reason of its end", max_length=28, choices=Reason, blank=True, default="", db_default=models.Value("")
    )

    outcome_note = models.TextField("outcome in words", blank=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="plan_number_once_per_case"),
            models.UniqueConstraint(
                fields=["case"], condition=Q(status__in=["active", "on_hold"]), name="plan_one_in_force_per_case"
            ),
            models.UniqueConstraint(
                fields=["case"], condition=Q(status__in=["draft", "in_signoff"]), name="plan_one_in_work_per_case"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="plan_number_from_one"),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "entered_in_error"]) | ~Q(content_hash=""),
                name="plan_hash_once_submitted",
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(no_treatment=False) | ~Q(no_treatment_reason=""),
                name="plan_no_treatment_has_reason",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["revoked", "entered_in_error"]) | ~Q(end_reason=""), name="plan_end_has_reason"
            ),
            *outcome_constraints("plan", ("completed", "revoked")),
        ]
        indexes = [
            models.Index(
                fields=["board", "facts_changed_at", "id"],
                condition=Q(facts_changed_at__isnull=False),
                name="plan_facts_changed",
            ),
            models.Index(
                fields=["content_checked_at", "id"], condition=Q(released_at__isnull=False), name="plan_content_turn"
            ),
            models.Index(
                fields=["content_differs_since"],
                condition=Q(content_differs_since__isnull=False),
                name="plan_content_differs",
            ),
            models.Index(fields=["board", "status", "-id"], name="plan_by_status"),
            models.Index(fields=["board", "-id"], name="plan_newest"),
            models.Index(
                fields=["board", "released_at"], condition=Q(released_at__isnull=False), name="plan_by_release"
            ),
            models.Index(fields=["board", "updated_at"], name="plan_by_change"),
        ]

    def __str__(self) -> str:
        return f"Plan {self.number} of case {self.case_id}"

    @property
    def can_start_another(self) -> bool:
        """Whether a new draft of the case can begin with what it had: it has ended, and was no mistake."""
        return self.status in (self.Status.COMPLETED, self.Status.SUPERSEDED, self.Status.REVOKED)

    @property
    def end_words(self) -> str:
        """Why it ended, out of the list and in words."""
        label = reason_label(self.end_reason_code, self.end_reason)
        return ": ".join(filter(None, [label, self.end_reason]))

    @property
    def number_text(self) -> str:
        return str(self.number)

    @property
    def standing_signatures(self) -> "list[Signature]":
        """Signatures and requests that count; the plan must come with `signatures` loaded."""
        return [signature for signature in self.signatures.all() if signature.status != "void"]

    @property
    def standing_schedules(self) -> list[PlanSchedule]:
        """What was chosen and not taken out again, in that order; the plan must come with `schedules` loaded."""
        return [row for row in self.schedules.all() if row.removed_at is None]

    @property
    def is_editable(self) -> bool:
        return self.status in self.WORKING

    @property
    def is_in_force(self) -> bool:
        return self.status in self.IN_FORCE
