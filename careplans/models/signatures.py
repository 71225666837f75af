from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.access import BoardQuerySet
from accounts.models import Discipline
from careplans.models.changes import Change, changed_at


class SignatureQuerySet(BoardQuerySet):
    def for_plan(self) -> Self:
        return self.select_related("signer", "delegated_to").order_by("id")

    def for_api(self) -> Self:
        """`readers/served/signatures.py` reads the rest."""
        rows = self.select_related("signer", "delegated_to", "plan").defer("plan__facts_snapshot")
        return rows.annotate(changed_at=changed_at(Change.Noun.SIGNATURES))

    def current(self) -> Self:
        return self.exclude(status=Signature.Status.VOID)

    def awaited(self) -> Self:
        """Not answered yet. The second condition follows from the first; it is the one by which the index knows them."""
        return self.filter(status__in=Signature.AWAITED, signed_at=None)


class Signature(models.Model):
    """One discipline's answer to one content of a plan: asked for, given, sent back or void.

    Bound to (plan, content version, SHA-256 of the canonical content, signer taken from the session).
    """

    class Status(models.TextChoices):
        PENDING = "pending", "Awaited"
        DELEGATED = "delegated", "Delegated"
        APPROVED = "approved", "Signed"
        APPROVED_WITH_COMMENT = "approved_with_comment", "Signed with a comment"
        DISSENTED = "dissented", "Dissent"
        DECLINED = "declined", "Sent back"
        VOID = "void", "Void"

    AWAITED = (Status.PENDING, Status.DELEGATED)
    GIVEN = (Status.APPROVED, Status.APPROVED_WITH_COMMENT, Status.DISSENTED)
    # Domain note D.3. `dissented` is an answer that is on record and does not stop the chair;
    # `declined` sends the plan back to draft. Every answer becomes void when the content changes.
    TRANSITIONS: dict[str, tuple[str, ...]] = {
        Status.PENDING: (
            Status.APPROVED, Status.APPROVED_WITH_COMMENT, Status.DISSENTED, Status.DECLINED, Status.DELEGATED, Status.VOID,
        ),
        Status.DELEGATED: (
            Status.APPROVED, Status.APPROVED_WITH_COMMENT, Status.DISSENTED, Status.DECLINED, Status.VOID,
            # Who was asked cannot answer any more, so it is asked of the discipline again.
            Status.PENDING,
        ),
        Status.APPROVED: (Status.VOID,),
        Status.APPROVED_WITH_COMMENT: (Status.VOID,),
        Status.DISSENTED: (Status.VOID,),
        Status.DECLINED: (),
        Status.VOID: (),
    }  # fmt: skip

    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey("careplans.Plan", on_delete=models.PROTECT, related_name="signatures")
    discipline = models.CharField(max_length=32, choices=Discipline)
    alternative = models.CharField(max_length=32, choices=Discipline, blank=True)
    is_required = models.BooleanField(default=True)
    status = models.CharField(max_length=24, choices=Status, default=Status.PENDING)
    voided_status = models.CharField(max_length=24, choices=Status, blank=True)
    content_version = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64)
    delegated_to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    signed_discipline = models.CharField(max_length=32, choices=Discipline, blank=True)
    comment = models.TextField(blank=True)
    signed_at = models.DateTimeField(null=True)
    requested_at = models.DateTimeField(auto_now_add=True)

    objects = SignatureQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "content_version", "discipline"], condition=~Q(status="void"),
                name="signature_once_per_discipline_and_content",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "delegated", "void"]) | Q(signer__isnull=False, signed_at__isnull=False),
                name="signature_given_has_signer",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["declined", "dissented", "approved_with_comment"]) | ~Q(comment=""),
                name="signature_dissent_has_reason",
            ),
        ]  # fmt: skip
        # SQLite cannot match a list of states, which Django passes as parameters, with the condition of an index.
        indexes = [
            models.Index(fields=["board", "discipline"], condition=Q(signed_at=None), name="signature_awaited"),
            models.Index(fields=["board", "-id"], name="signature_newest"),
            models.Index(fields=["delegated_to"], condition=Q(signed_at=None), name="signature_delegated"),
        ]

    def __str__(self) -> str:
        return f"{self.discipline} on {self.plan_id}: {self.status}"

    @property
    def disciplines(self) -> tuple[str, ...]:
        """The disciplines that may answer here: one, or one of two."""
        return (self.discipline, self.alternative) if self.alternative else (self.discipline,)

    @property
    def discipline_label(self) -> str:
        if self.signed_discipline:
            return Discipline(self.signed_discipline).label
        return " or ".join(Discipline(code).label for code in self.disciplines)

    @property
    def is_awaited(self) -> bool:
        return self.status in self.AWAITED

    @property
    def is_given(self) -> bool:
        return self.status in self.GIVEN


@dataclass(frozen=True)
class Tally:
    """The signatures of one content of a plan: how many were asked for, and what came of them."""

    asked: int
    given: int
    """With or without a comment; a dissent is an answer, and no signature."""
    dissents: list[Signature]
    awaited: list[Signature]


def tally(signatures: Iterable[Signature]) -> Tally:
    """Of those that count: what is void is left out. No query."""
    rows = [row for row in signatures if row.status != Signature.Status.VOID]
    dissents = [row for row in rows if row.status == Signature.Status.DISSENTED]
    given = sum(row.is_given for row in rows) - len(dissents)
    return Tally(len(rows), given, dissents, [row for row in rows if row.is_awaited])
