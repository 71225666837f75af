"""What the API served of a row, or anything in it, has changed: when, and in which order the changes could be seen.

The database itself writes these rows (careplans/models/change_triggers.py), in the transaction of the change: no way of writing,
be it `update()`, `bulk_create()` or somebody at a prompt, gets round it.
"""

import uuid

from django.db import models
from django.db.models import OuterRef, Q, Subquery


class Change(models.Model):
    """The last change of one row. Keys and a moment alone: never a name, never a value.

    `batch` is empty until somebody reads (careplans/services/changes.py): what is numbered then has been committed. A number
    that a writer drew would not do, since who draws the smaller one may commit later.
    """

    class Noun(models.TextChoices):
        """As in the addresses of the API."""

        BOARDS = "boards"
        PATIENTS = "patients"
        CASES = "cases"
        PRIOR_TREATMENTS = "prior-treatments"
        SPECIMENS = "specimens"
        PLANS = "plans"
        STEPS = "steps"
        ARMS = "arms"
        OCCURRENCES = "occurrences"
        FOLLOW_UPS = "follow-ups"
        ADVISORIES = "advisories"
        SIGNATURES = "signatures"
        EVENTS = "events"
        FACT_CHANGES = "fact-changes"
        STEP_BREAKS = "step-breaks"
        NOTHING_AHEAD = "nothing-ahead"
        RECORD_MOVES = "record-moves"

    noun = models.CharField(max_length=16, choices=Noun)
    # Plain numbers: what is kept here is written by triggers, and must never refuse or hold up the change that it tells of.
    row_id = models.BigIntegerField()
    board_id = models.BigIntegerField(null=True)
    case_id = models.BigIntegerField(null=True)
    plan_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    batch = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["batch", "id"]
        constraints = [models.UniqueConstraint(fields=["noun", "row_id"], name="change_once_per_row")]
        indexes = [
            models.Index(fields=["board_id", "batch", "id"], name="change_of_board"),
            models.Index(fields=["noun", "batch", "id"], name="change_of_noun"),
            models.Index(fields=["noun", "board_id", "at"], name="change_since"),
            models.Index(fields=["case_id", "noun"], name="change_in_case"),
            models.Index(fields=["plan_id", "noun"], name="change_in_plan"),
            models.Index(fields=["id"], condition=Q(batch=None), name="change_not_numbered"),
        ]

    def __str__(self) -> str:
        return f"{self.noun} {self.row_id}"


class ChangeCount(models.Model):
    """The number of the last batch: one row, which whoever numbers takes. `era` says of which database a cursor is."""

    last = models.BigIntegerField(default=0)
    era = models.UUIDField(default=uuid.uuid4)

    def __str__(self) -> str:
        return f"batch {self.last}"


class ChangeBatch(models.Model):
    """When a batch was numbered, by the clock of the database; never earlier than the one before it, also where that clock was
    set back. What was committed at a moment or later is in no batch that was numbered before it."""

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"batch {self.number}, {self.at:%Y-%m-%d %H:%M}"


def changed_at(noun: Change.Noun) -> Subquery:
    """For `annotate(changed_at=…)`: when the row, or anything that is served in it, was last changed."""
    # Of the one row there is, so there is nothing to sort: a sort for each row of a list takes as long as to find it.
    return Subquery(Change.objects.filter(noun=noun, row_id=OuterRef("pk")).order_by().values("at")[:1])
