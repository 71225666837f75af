from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Left, Length

from accounts.access import BoardQuerySet
from careplans.models.case_keys import CaseKey
from careplans.models.changes import Change, changed_at
from careplans.models.last_looks import looks_at_case
from careplans.models.outcomes import Response
from careplans.models.partial_dates import PartialDateColumn
from careplans.models.patient_keys import PatientKey
from careplans.models.patient_names import NAMED_BY
from careplans.models.specimens import Specimen

TITLE_NOT_KEYED = models.Q(keyed_title=None) | ~models.Q(keyed_title=models.F("title"))


class CaseQuerySet(BoardQuerySet):
    def for_work_list(self) -> Self:
        return self.select_related("patient")

    def for_naming(self) -> Self:
        """What a row of another table says of its case: title, state, and who it is, without the rest."""
        names = [f"patient__{name}" for name in NAMED_BY]
        return self.select_related("patient").only("board", "title", "status", *names)

    def for_list(self) -> Self:
        """The columns that the list shows, and no others: a proforma has a hundred. Without the plans."""
        patient = [f"patient__{name}" for name in (*NAMED_BY, "record_number")]
        facts = {name: models.F(f"proforma__{name}") for name in ("primary_site", "grade")}
        return self.select_related("patient").only("board", "title", "status", *patient).annotate(**facts)

    def for_header(self) -> Self:
        return self.select_related("patient", "proforma", "responsible")

    def for_detail(self) -> Self:
        return self.for_header().prefetch_related("prior_treatments", _standing_specimens())

    def with_looks_of(self, person: int) -> Self:
        """With what `readers.told.since` asks of it."""
        return self.annotate(**looks_at_case(person))

    def for_api(self) -> Self:
        """The case with its facts; `readers/served/cases.py` reads the rest."""
        return self.select_related("proforma").annotate(changed_at=changed_at(Change.Noun.CASES))

    def open(self) -> Self:
        return self.exclude(status__in=Case.ENDED)

    def search(self, words: Sequence[Sequence[str]]) -> Self:
        """Each word, in one of its spellings, begins a word of the title, or finds the patient. By ranges of the indexes alone,
        as `PatientQuerySet.search`."""
        if not words:
            return self.none()
        each = [_of_word(word) for word in words]
        return self.filter(pk__in=each[0].intersection(*each[1:]) if each[1:] else each[0])

    def title_not_keyed(self) -> Self:
        return self.filter(TITLE_NOT_KEYED)


def _of_word(word: Sequence[str]) -> models.QuerySet[Any, Any]:
    named = PatientKey.objects.begin_with(word).values("patient")
    titled = CaseKey.objects.begin_with(word).values("case")
    return titled.union(Case.objects.filter(patient__in=named).order_by().values("pk"))


def _standing_specimens() -> "models.Prefetch[Any]":
    return models.Prefetch("specimens", Specimen.objects.standing().select_related("created_by"))


class Case(models.Model):
    """One tumour of one patient, under one board's care."""

    class Status(models.TextChoices):
        REFERRED = "referred", "Referred"
        ACCEPTED = "accepted", "Accepted"
        RETURNED = "returned", "Returned to referrer"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"
        LISTED = "listed", "Listed"
        DISCUSSED = "discussed", "Discussed"
        IN_CARE = "in_care", "In care"
        CLOSED = "closed", "Closed"

    # Domain note D.3. `accepted -> in_care` is for a plan released without a recorded meeting.
    TRANSITIONS: dict[str, tuple[str, ...]] = {
        Status.REFERRED: (Status.ACCEPTED, Status.RETURNED, Status.DECLINED),
        Status.RETURNED: (Status.REFERRED, Status.WITHDRAWN),
        Status.ACCEPTED: (Status.LISTED, Status.IN_CARE, Status.CLOSED),
        Status.LISTED: (Status.DISCUSSED, Status.ACCEPTED, Status.IN_CARE, Status.CLOSED),
        Status.DISCUSSED: (Status.IN_CARE, Status.CLOSED),
        Status.IN_CARE: (Status.LISTED, Status.CLOSED),
        Status.CLOSED: (Status.ACCEPTED,),
        # Ended, and still with a way on: a new referral.
        Status.DECLINED: (Status.REFERRED,),
        Status.WITHDRAWN: (Status.REFERRED,),
    }
    ENDED = (Status.CLOSED, Status.DECLINED, Status.WITHDRAWN)

    class CloseReason(models.TextChoices):
        TRANSFERRED = "transferred", "Transferred to another team"
        DIED = "died", "Died"
        DISCHARGED = "discharged", "Discharged"
        LOST = "lost_to_follow_up", "Lost to follow-up"
        WITHDREW = "withdrew", "Patient withdrew"

    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="cases")
    patient = models.ForeignKey("careplans.Patient", on_delete=models.PROTECT, related_name="cases")
    title = models.CharField(
        "tumour in a few words", max_length=160, help_text="For example: ileal NET with liver metastases."
    )
    question = models.TextField("question to the board", blank=True)
    status = models.CharField(max_length=12, choices=Status)
    close_reason = models.CharField(max_length=20, choices=CloseReason, blank=True)
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="responsible on the board"
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    # Set by `with_looks_of()`: the newest event, and up to which one a person has seen.
    newest_event: int | None
    seen_event: int | None
    seen_at: datetime | None
    # When it last came from, or went back to, another patient: so that pages of the others need not look for it.
    moved_at = models.DateTimeField(null=True, editable=False)
    # The title whose words are in `CaseKey`; another one, or none, was written by a program that knew no such keys.
    keyed_title = models.CharField(max_length=160, null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="closed") ^ models.Q(close_reason=""), name="case_closed_has_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["board", "status", "-id"], name="case_by_status"),
            models.Index(fields=["board", "-id"], name="case_newest"),
            models.Index(fields=["board", "updated_at"], name="case_by_change"),
            models.Index(fields=["id"], condition=TITLE_NOT_KEYED, name="case_title_not_keyed"),
        ]

    def __str__(self) -> str:
        return f"Case {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.status not in self.ENDED


class PriorTreatmentQuerySet(BoardQuerySet):
    """Of the board of their case."""

    def of_boards(self, boards: Sequence[int]) -> Self:
        return self.filter(case__board__in=boards)

    def boards_of(self, row: Any) -> list[int]:
        return [row.case.board_id]

    def standing(self) -> Self:
        return self.filter(removed_at=None)

    def for_api(self) -> Self:
        rows = self.select_related("case", "created_by")
        return rows.annotate(changed_at=changed_at(Change.Noun.PRIOR_TREATMENTS))


class PriorTreatment(models.Model):
    """A treatment given before the plan, as the proforma lists it (domain note C.1)."""

    class Ended(models.TextChoices):
        RUNNING = "running", "Still running"
        ENDED = "ended", "Ended"
        NOT_KNOWN = "not_known", "Not known"

    # What a letter does not say is not recorded: here, and only here, that can be chosen.
    Response = Response

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="prior_treatments")
    modality_code = models.CharField("modality", max_length=6)
    description = models.CharField("what was given", max_length=160, blank=True)
    started_on = PartialDateColumn("started", null=True, blank=True)
    # A day says that it has ended; without one this does, whichever program wrote the row.
    ended = models.CharField(
        "whether it has ended", max_length=12, choices=Ended, default=Ended.NOT_KNOWN, db_default=Ended.NOT_KNOWN
    )
    ended_on = PartialDateColumn("ended", null=True, blank=True)
    response = models.CharField("response", max_length=16, choices=Response.choices, default=Response.NOT_RECORDED)
    toxicity = models.CharField("toxicity", max_length=160, blank=True)
    stop_reason = models.CharField("reason it was stopped", max_length=160, blank=True)
    removed_at = models.DateTimeField(null=True, editable=False)
    removed_reason = models.CharField(max_length=160, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = PriorTreatmentQuerySet.as_manager()

    class Meta:
        ordering = ["started_on", "id"]
        constraints = [
            # As far as both are known: in 2019 may be after May 2019.
            models.CheckConstraint(
                condition=models.Q(ended_on=None) | models.Q(started_on=None)
                | models.Q(ended_on__gte=Left("started_on", Length("ended_on"))),
                name="prior_treatment_ends_after_it_starts",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.modality_code} {self.description}".strip()

    @property
    def has_ended(self) -> str:
        """One of `Ended`."""
        return self.Ended.ENDED if self.ended_on else self.ended

    @property
    def until(self) -> str:
        """“still running”, “Feb 2020”, “ended, the day is not known”; empty where nobody knows."""
        if self.ended_on:
            return str(self.ended_on)
        words = {self.Ended.RUNNING: "still running", self.Ended.ENDED: "ended, the day is not known"}
        return words.get(self.Ended(self.ended), "")

    @property
    def board_id(self) -> int:
        """Of its case, which must be loaded."""
        return self.case.board_id


ASKED_ENDED = "Say whether it is still running or has ended; “not known” where nobody knows."
# What is told of a treatment, in the order of its form.
PRIOR_TREATMENT_FIELDS: tuple[str, ...] = (
    "modality_code", "description", "started_on", "ended", "ended_on", "response", "toxicity", "stop_reason",
)  # fmt: skip
