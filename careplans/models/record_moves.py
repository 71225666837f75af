"""Two records are of one person, or a case stands under the wrong patient: asked by one, confirmed by another, and undone.

What was written is never rewritten. A merge moves the cases of one patient, and lets its record lead to the other
(`Patient.merged_into`); names, numbers, ends of care and audit of the record that ends stay with it and are read through it.
"""

from collections.abc import Sequence
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from accounts.access import BoardQuerySet
from careplans.models.patients import PatientBoard


def _known(patient: str, boards: Sequence[int]) -> Exists:
    return Exists(PatientBoard.objects.filter(patient=OuterRef(patient), board__in=boards))


class RecordMoveQuerySet(BoardQuerySet):
    """Seen by whoever sees both patients, each from one of their boards: until it is confirmed they may be two people."""

    def of_boards(self, boards: Sequence[int]) -> Self:
        return self.filter(_known("from_patient", boards), _known("to_patient", boards))

    def boards_of(self, row: Any) -> list[int]:
        known = PatientBoard.objects.filter(patient__in=[row.from_patient_id, row.to_patient_id])
        return list(known.values_list("board_id", flat=True))

    def asked(self) -> Self:
        return self.filter(status=RecordMove.Status.ASKED)

    def standing(self) -> Self:
        return self.filter(status=RecordMove.Status.CONFIRMED)

    def merges(self) -> Self:
        return self.filter(kind=RecordMove.Kind.MERGE)

    def touching(self, *patients: int) -> Self:
        return self.filter(Q(from_patient__in=patients) | Q(to_patient__in=patients))

    def for_work_list(self) -> Self:
        return self.for_page()

    def for_page(self) -> Self:
        return self.select_related(
            "from_patient__institution", "to_patient__institution", "case__board", "asked_by", "decided_by", "undone_by"
        )


class RecordMove(models.Model):
    """One merge of two records, or one case that goes to the patient whose it is. Two people decide."""

    class Kind(models.TextChoices):
        MERGE = "merge", "Merge of two records"
        CASE = "case", "Move of a case"

    class Status(models.TextChoices):
        ASKED = "asked", "Waits for a second person"
        CONFIRMED = "confirmed", "Done"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"
        UNDONE = "undone", "Undone"

    TRANSITIONS: dict[str, tuple[str, ...]] = {
        Status.ASKED: (Status.CONFIRMED, Status.DECLINED, Status.WITHDRAWN),
        Status.CONFIRMED: (Status.UNDONE,),
        Status.DECLINED: (),
        Status.WITHDRAWN: (),
        Status.UNDONE: (),
    }

    kind = models.CharField(max_length=8, choices=Kind)
    status = models.CharField(max_length=12, choices=Status, default=Status.ASKED)
    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="+")
    from_patient = models.ForeignKey("careplans.Patient", on_delete=models.PROTECT, related_name="moves_from")
    to_patient = models.ForeignKey("careplans.Patient", on_delete=models.PROTECT, related_name="moves_to")
    case = models.ForeignKey("careplans.Case", on_delete=models.PROTECT, null=True, related_name="record_moves")
    reason = models.TextField("why")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_reason = models.TextField("what was checked", blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_reason = models.TextField("why it was undone", blank=True)
    # The rows of `PatientBoard` that the merge added; what a board took on by itself since is not among them.
    links = models.JSONField(default=list, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = RecordMoveQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="merge", case=None) | Q(kind="case", case__isnull=False), name="record_move_case_of_kind"
            ),
            models.CheckConstraint(condition=~Q(from_patient=F("to_patient")), name="record_move_two_patients"),
            models.CheckConstraint(
                condition=~Q(status__in=("confirmed", "declined", "undone"))
                | (Q(decided_at__isnull=False) & ~Q(decided_by=F("asked_by"))),
                name="record_move_decided_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(status="undone") | (Q(undone_at__isnull=False) & ~Q(undone_reason="")),
                name="record_move_undone_has_reason",
            ),
            models.UniqueConstraint(
                fields=["from_patient"], condition=Q(kind="merge", status__in=("asked", "confirmed")),
                name="record_move_merged_once",
            ),
            models.UniqueConstraint(fields=["case"], condition=Q(status="asked"), name="record_move_case_asked_once"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def is_merge(self) -> bool:
        return self.kind == self.Kind.MERGE

    @property
    def is_asked(self) -> bool:
        return self.status == self.Status.ASKED

    @property
    def stands(self) -> bool:
        return self.status == self.Status.CONFIRMED


class MovedCase(models.Model):
    """One case that came to another patient, and perhaps went back: under whom it stood, and until when."""

    move = models.ForeignKey(RecordMove, on_delete=models.PROTECT, related_name="moved")
    case = models.ForeignKey("careplans.Case", on_delete=models.PROTECT, related_name="moved")
    went_back_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["move", "case"], name="moved_case_once")]

    def __str__(self) -> str:
        return f"case {self.case_id} by {self.move_id}"
