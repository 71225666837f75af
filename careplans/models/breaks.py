from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.access import BoardQuerySet
from careplans.models.changes import Change, changed_at
from careplans.models.step_values import REASONS_GIVEN


class BreakQuerySet(BoardQuerySet):
    def for_api(self) -> Self:
        return self.select_related("step").annotate(changed_at=changed_at(Change.Noun.STEP_BREAKS))


class StandingBreaks(models.Manager.from_queryset(BreakQuerySet)):  # type: ignore[misc]  # django-stubs: no base class
    """Without those whose recording was undone within its minute: they never were."""

    def get_queryset(self) -> BreakQuerySet:
        found: BreakQuerySet = super().get_queryset().filter(undone_at=None)
        return found


class StepBreak(models.Model):
    """A step that is held: from when, until when as far as that is known, and why (domain note D.3b)."""

    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey("careplans.Case", on_delete=models.PROTECT, related_name="+")
    step = models.ForeignKey("careplans.Step", on_delete=models.PROTECT, related_name="breaks")
    held_from = models.DateField("held from")
    held_until = models.DateField("held until", null=True)
    reason = models.CharField("reason", max_length=28, choices=REASONS_GIVEN)
    reason_note = models.TextField("reason in words", blank=True)
    ended_on = models.DateField("ended on", null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, editable=False)

    objects = StandingBreaks()
    # With those that were undone.
    every = BreakQuerySet.as_manager()

    class Meta:
        ordering = ["step_id", "held_from", "id"]
        indexes = [models.Index(fields=["board", "-id"], name="step_break_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["step"], condition=Q(ended_on=None, undone_at=None), name="step_break_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(held_until=None) | Q(held_until__gte=F("held_from")), name="step_break_until_after_from"
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("held_from")), name="step_break_ends_after_from"
            ),
            models.CheckConstraint(
                condition=~Q(reason="other") | ~Q(reason_note=""), name="step_break_other_reason_in_words"
            ),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def is_open(self) -> bool:
        return self.ended_on is None

    def is_over(self, today: date) -> bool:
        """Its end has passed, and nobody has said whether the step goes on."""
        return self.is_open and self.held_until is not None and self.held_until < today

    @property
    def words(self) -> str:
        """“held for 6 weeks from 3 Mar 2026”, “held from 3 Mar 2026, without an end date yet”."""
        last = self.ended_on or self.held_until
        if last is None:
            return f"held from {_day(self.held_from)}, without an end date yet"
        tense = "was held" if self.ended_on else "held"
        return f"{tense} for {_long((last - self.held_from).days)} from {_day(self.held_from)}, until {_day(last)}"

    @property
    def reason_words(self) -> str:
        return ": ".join(filter(None, [self.get_reason_display(), self.reason_note]))


def _day(day: date) -> str:
    return f"{day:%-d %b %Y}"


def _long(days: int) -> str:
    number, unit = (days // 7, "week") if days and days % 7 == 0 else (days, "day")
    return f"{number} {unit}{'' if number == 1 else 's'}"
