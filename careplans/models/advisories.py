from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.access import BoardQuerySet


class AdvisoryQuerySet(BoardQuerySet):
    def standing(self) -> Self:
        """Those that still fire, or fired when their plan ended."""
        return self.filter(ended_at=None)

    def to_compare(self) -> Self:
        """With what tells whether a firing says the same: a run looks at ten thousands."""
        return self.order_by().defer("details", "facts", "answered_facts", "note", "citation")

    def for_plan(self) -> Self:
        return self.select_related("answered_by").order_by("id")


class Advisory(models.Model):
    """One rule that fired on one plan or step, what the board knew then, and what the board answered (domain note B.1).

    A firing is known by its plan, rule and step. The row stays while the same firing persists, and its answer with it;
    when the firing stops, or its rule is worded or graded anew, the row ends and is kept.
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        FOLLOWED = "followed", "Followed"
        KEPT = "kept", "Kept open with a reason"
        OBSOLETE = "obsolete", "No longer fires"

    # Domain note D.3; an answer may be changed for another while the advisory still fires.
    TRANSITIONS: dict[str, tuple[str, ...]] = {
        State.OPEN: (State.FOLLOWED, State.KEPT, State.OBSOLETE),
        State.FOLLOWED: (State.FOLLOWED, State.KEPT, State.OBSOLETE),
        State.KEPT: (State.FOLLOWED, State.KEPT, State.OBSOLETE),
        State.OBSOLETE: (),
    }

    class Severity(models.TextChoices):
        INFO = "info", "Note"
        CAUTION = "caution", "Caution"
        WARNING = "warning", "Warning"

    class Answer(models.TextChoices):
        """Domain note B.6."""

        FOLLOWED = "followed", "Followed"
        CLINICAL_JUDGEMENT = "clinical_judgement", "Kept: clinical judgement"
        PATIENT_CHOICE = "patient_choice", "Kept: the patient's choice"
        NEWER_GUIDANCE = "newer_guidance", "Kept: newer guidance"
        NOT_AVAILABLE = "not_available", "Kept: not available here"
        DATA_TO_BE_CORRECTED = "data_to_be_corrected", "Data to be corrected"
        NOT_APPLICABLE = "not_applicable", "Not applicable"

    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey("careplans.Case", on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey("careplans.Plan", on_delete=models.PROTECT, related_name="advisories")
    # Empty for the plan as a whole.
    step = models.ForeignKey("careplans.Step", on_delete=models.PROTECT, null=True, related_name="+")
    rule = models.CharField(max_length=16)
    rule_set = models.CharField(max_length=60)
    severity = models.CharField(max_length=8, choices=Severity)
    basis = models.CharField(max_length=10)
    advice = models.TextField()
    statements = models.JSONField(default=list)
    details = models.JSONField(default=list)
    # Where it fires in some arms of the plan only: in which, in words.
    in_arms = models.CharField(max_length=400, blank=True, default="", db_default="")
    # As they stood when the rule fired, and again when it was answered.
    content_version = models.PositiveIntegerField()
    facts = models.JSONField(default=dict)
    fired_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    answer = models.CharField(max_length=24, choices=Answer, blank=True)
    note = models.TextField(blank=True)
    citation = models.CharField(max_length=300, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    answered_content_version = models.PositiveIntegerField(null=True)
    answered_facts = models.JSONField(null=True)
    # The answer was given to the same advisory of the plan that this one amends.
    carried_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = AdvisoryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "advisories"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "rule", "step"], condition=Q(ended_at=None, step__isnull=False),
                name="advisory_stands_once_per_step",
            ),
            models.UniqueConstraint(
                fields=["plan", "rule"], condition=Q(ended_at=None, step=None), name="advisory_stands_once_per_plan"
            ),
            models.CheckConstraint(
                condition=Q(answer="") | Q(answered_by__isnull=False, answered_at__isnull=False),
                name="advisory_answer_has_author",
            ),
            models.CheckConstraint(
                condition=~Q(answer="clinical_judgement") | ~Q(note=""), name="advisory_judgement_in_words"
            ),
            models.CheckConstraint(
                condition=~Q(answer="newer_guidance") | ~Q(citation=""), name="advisory_newer_guidance_is_cited"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) ^ Q(state="obsolete"), name="advisory_obsolete_has_ended"
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["plan", "ended_at"], name="advisory_by_plan"),
            models.Index(fields=["rule", "answered_at"], name="advisory_by_answer"),
            models.Index(fields=["board", "fired_at"], name="advisory_by_board"),
            # Holds every row and column that the override report counts, so that it reads the index alone.
            models.Index(
                fields=["rule", "fired_at", "answer", "board", "ended_at"],
                condition=Q(carried_from=None),
                name="advisory_for_report",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} on plan {self.plan_id}"

    @property
    def key(self) -> tuple[str, int | None]:
        return self.rule, self.step_id

    @property
    def is_answered(self) -> bool:
        return bool(self.answer)
