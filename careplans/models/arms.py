"""Decisions and arms: a step at which the board chooses, and the named ways on from it (domain note D.3b)."""

from datetime import date
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce

from accounts.access import BoardQuerySet

# After every day that anybody can enter.
NO_DAY_YET = date.max


class ArmQuerySet(BoardQuerySet):
    def live(self) -> Self:
        """In the order in which the board named them."""
        return self.filter(removed_at=None).order_by("position", "id")

    def for_page(self) -> Self:
        """With the decision and the plan that a verb about an arm takes."""
        return self.select_related("board", "decision__plan__case", "decision__case", "decision__board")


class Arm(models.Model):
    """One way on from a decision. Its steps wait until it is chosen; it has steps, or says in words that none follows."""

    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="+")
    decision = models.ForeignKey("careplans.Step", on_delete=models.PROTECT, related_name="arms")
    position = models.PositiveSmallIntegerField("order")
    name = models.CharField("name", max_length=80, help_text="For example: responds.")
    condition = models.CharField(
        "when", max_length=200, blank=True, help_text="For example: partial response or better on CT."
    )
    no_step = models.CharField(
        "no further step", max_length=200, blank=True,
        help_text="What happens then, where no step follows. For example: follow-up by the schedule.",
    )  # fmt: skip
    carried_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    removed_at = models.DateTimeField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ArmQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(position__gte=1), name="arm_position_from_one"),
            models.CheckConstraint(condition=~Q(name=""), name="arm_has_name"),
        ]

    def __str__(self) -> str:
        return f"“{self.name}”"

    @property
    def words(self) -> str:
        """Name and condition, as one line."""
        return f"{self.name} ({self.condition})" if self.condition else self.name


def undated_last(steps: BoardQuerySet) -> BoardQuerySet:
    """By day; those in an arm that nobody has chosen, which have none, stand last. For lists that hold them: no index has this
    order, and one of `waiting()` has a day in each row. By a column that is never null, as databases disagree where null
    stands, and as paging goes on after a value."""
    dated: BoardQuerySet = steps.alias(sorting_day=Coalesce("due_on", Value(NO_DAY_YET)))
    return dated.order_by("sorting_day", "pk")


class InArms(models.Model):
    """What a step has beside the rest where a plan branches: as a decision, or as a step of an arm.

    `self` is always a Step, which this module cannot import.
    """

    is_decision = models.BooleanField("decision", default=False, db_default=False)
    arm = models.ForeignKey(
        Arm, on_delete=models.PROTECT, null=True, blank=True, related_name="steps", verbose_name="in the arm",
        help_text="It waits until this arm is chosen, and is set aside when another one is.",
    )  # fmt: skip
    # What was chosen at a decision that is completed; empty there where none of the arms was.
    chosen_arm = models.ForeignKey(
        Arm, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="chosen arm"
    )
    choice_reason = models.TextField("why this arm", blank=True, default="", db_default="")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        abstract = True

    @property
    def sorting_day(self: Any) -> date:
        """As `undated_last()` orders it, of a row that was read without it."""
        return self.due_on or NO_DAY_YET

    @property
    def awaits_decision(self: Any) -> bool:
        """Planned in an arm that nobody has chosen yet: without a date, so that no list and no reminder asks for it."""
        return self.arm_id is not None and self.due_on is None and self.status == self.Status.PLANNED

    @property
    def as_decided(self: Any) -> Any:
        """A decision as it stands: while an amendment is drafted, in the plan in force. From `for_plan()` or `for_rules()`."""
        before = self.carried_from if self.status == self.Status.PROPOSED else None
        return before if before is not None and before.is_decision else self

    @property
    def status_ahead(self: Any) -> str:
        """Its state; of a copy in an amendment that is still in work, the one that it takes over when that is released.

        What is set aside, or on hold before it began in an arm, follows its arm then. From `for_plan()` or `for_rules()`.
        """
        before = self.carried_from if self.status == self.Status.PROPOSED else None
        if before is None or before.status == self.Status.SET_ASIDE:
            return str(self.status)
        follows_arm = before.status in self.BEFORE_START and before.started_on is None and self.arm_id is not None
        return str(self.status if follows_arm else before.status)

    @property
    def asks_for_rediscussion(self: Any) -> bool:
        """A decision from which no arm leads on: none was chosen, or it was not made."""
        none_chosen = self.status == self.Status.COMPLETED and self.chosen_arm_id is None
        return bool(self.is_decision) and (none_chosen or self.status == self.Status.NOT_DONE)

    @property
    def is_decided(self: Any) -> bool:
        return bool(self.is_decision) and self.as_decided.status == self.Status.COMPLETED

    def has_chosen(self: Any, arm: Arm) -> bool:
        """Whether this decision, which is decided, chose this arm of its own."""
        now = self.as_decided
        return bool(now.chosen_arm_id) and bool(now.chosen_arm_id == (arm.pk if now is self else arm.carried_from_id))


def arm_constraints() -> list[models.CheckConstraint]:
    return [
        models.CheckConstraint(
            condition=Q(is_decision=False) | Q(modality_code="OTHER", arm=None), name="step_decision_stands_alone"
        ),
        models.CheckConstraint(condition=Q(chosen_arm=None) | Q(is_decision=True), name="step_arm_chosen_at_decision"),
        models.CheckConstraint(
            condition=Q(is_decision=False) | ~Q(status="completed") | ~Q(choice_reason=""),
            name="step_decided_has_reason",
        ),
    ]
