"""What rows of the record held before each change: so that a question can be asked as things were known at any moment.

The database itself writes these rows (careplans/models/past_triggers.py), in the transaction of the change: no way of writing, be
it `update()`, `bulk_create()` or somebody at a prompt, gets round it. careplans/readers/known/ reads them.
"""

from django.db import models
from django.db.models import Q


class PastRow(models.Model):
    """One row of the table `noun` as it stood from `since` until `at`; `row` is null where there was none until then.

    So a row as it was known at a moment is the `row` of its PastRow around that moment, and today's where there is none after it.
    Of one row they follow each other without a gap: where a clock was set back, `at` is that of the one before.
    """

    noun = models.CharField(max_length=24)
    # Plain numbers: what is kept here is written by triggers, and must never refuse or hold up the change that it tells of.
    row_id = models.BigIntegerField()
    # The case, plan, step, patient or board that the row belonged to (past_triggers.Kept.parent), by which it is found.
    parent_id = models.BigIntegerField(null=True)
    since = models.DateTimeField(null=True)
    at = models.DateTimeField()
    row = models.JSONField(null=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            models.Index(fields=["noun", "row_id", "id", "at"], name="past_of_row"),
            models.Index(fields=["noun", "at", "since", "row_id"], name="past_around"),
            models.Index(fields=["noun", "parent_id"], name="past_inside", condition=Q(parent_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.noun} {self.row_id} until {self.at}"


class HistoryClock(models.Model):
    """Another moment than now for the rows above: the demo tells a story of months, and its history shall say when it happened.

    No such row is ever committed. `nowhere` has to be 0 and points at a row that cannot be, which both databases ask about when
    a transaction ends: whoever sets the clock takes the row away before that, or everything is undone.
    """

    ONLY = 1

    at = models.DateTimeField()
    nowhere = models.ForeignKey("self", on_delete=models.DO_NOTHING, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1, nowhere=0), name="history_clock_never_stays"),
        ]

    def __str__(self) -> str:
        return str(self.at)
