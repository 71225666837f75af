from collections.abc import Sequence
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q

from accounts.access import BoardQuerySet
from accounts.models import Board, IdentifierSystem
from careplans.models.partial_dates import PartialDateColumn
from careplans.models.patient_keys import PatientKey
from careplans.models.patient_names import NAMED_BY, PatientName
from common.direction import isolated
from common.folding import number_key, query_words
from common.local_time import partly
from common.partial_dates import PartialDate


class PatientQuerySet(BoardQuerySet):
    """A board sees a patient that it added or has a case of: `PatientBoard` says which."""

    def of_boards(self, boards: Sequence[int]) -> Self:
        return self.filter(Exists(PatientBoard.objects.filter(patient=OuterRef("pk"), board__in=boards)))

    def boards_of(self, row: Any) -> list[int]:
        return list(PatientBoard.objects.filter(patient=row).values_list("board_id", flat=True))

    def standing(self) -> Self:
        """Without the records that were merged into another: lists show each person once."""
        return self.filter(merged_into=None)

    def search(self, text: str, *, few: bool = False) -> Self:
        """Each word begins any word of the name, a former name or alias, the record number or another number of the patient.
        The boundary for whoever asks: what is typed goes in as it is, however the question came. `few`: for the first rows alone
        of who is found by several letters; else PostgreSQL may look through everybody in the order of names until it has them."""
        words = query_words(text)
        if not words:
            return self.none() if text.strip() else self
        # Each word by its own ranges of the index, then who is in all of them. As one condition for each word, PostgreSQL takes
        # two common words for rare ones and reads half of the patients: 550 ms of 100,000 instead of 100.
        named = [PatientKey.objects.begin_with(word).values("patient") for word in words]
        alone = named[0].distinct() if few else named[0]
        return self.filter(pk__in=named[0].intersection(*named[1:]) if named[1:] else alone)

    def numbered(self, systems: Sequence[IdentifierSystem], value: str) -> Self:
        """Whose number this is, exactly, in one of these systems: the number of a record that was merged leads to the one that
        stands. Compared as the constraints compare it."""
        ids = [system.pk for system in systems]
        known = PatientIdentifier.objects.filter(system__in=ids, key=number_key(value), removed_at=None)
        mains = [system.institution_id for system in systems if system.is_main]
        own = Q(institution__in=mains, record_key=number_key(value, longest=32))
        found = Patient.objects.filter(own | Q(pk__in=known.values("patient"))).values_list("pk", "merged_into")
        return self.filter(pk__in={merged or pk for pk, merged in found})

    def for_list(self, boards: Sequence[int]) -> Self:
        """With their other names, and their cases on these boards: those of others are neither shown nor counted."""
        return self.prefetch_related(Prefetch("cases", _cases_of(boards)), _other_names())

    def for_table(self, boards: Sequence[int]) -> Self:
        """The columns of the list of patients, and no others: with cases and their plans, that is a fifth of what is there."""
        from careplans.models.plans import Plan

        names = PatientName.objects.filter(removed_at=None).only("patient", "kind", "family_name", "given_name")
        cases = _cases_of(boards).only("patient", "title", "status")
        return self.only(*NAMED_BY, "family_key", "record_number", "birth_date", "sex", "is_synthetic").prefetch_related(
            Prefetch("cases", cases), Prefetch("cases__plans", Plan.objects.for_state()), Prefetch("names", names)
        )  # fmt: skip

    def for_detail(self, boards: Sequence[int]) -> Self:
        cases = _cases_of(boards).select_related("board", "proforma", "responsible").prefetch_related("plans")
        merged = Patient.objects.with_names().prefetch_related("care_ends")
        return self.select_related("institution").prefetch_related(
            Prefetch("cases", cases), "care_ends", Prefetch("absorbed", merged)
        ).with_names()  # fmt: skip

    def with_names(self) -> Self:
        """With the other names and numbers that stand."""
        return self.prefetch_related(_numbers(), _other_names())

    def for_api(self) -> Self:
        """The patient with the institution: `readers/served/patients.py` reads the rest."""
        return self.select_related("institution")


class Patient(models.Model):
    """A person, known to an institution under one record number; its boards see those whom they added or have a case of."""

    class Sex(models.TextChoices):
        FEMALE = "female", "Female"
        MALE = "male", "Male"
        OTHER = "other", "Other"
        UNKNOWN = "unknown", "Unknown"

    # Empty only on a row that a program from before institutions wrote; `give_institutions` gives it one.
    institution = models.ForeignKey(
        "accounts.Institution", on_delete=models.PROTECT, null=True, related_name="patients", editable=False
    )
    added_on = models.ForeignKey(
        "accounts.Board", on_delete=models.PROTECT, related_name="patients_added", db_column="board_id", editable=False
    )
    record_number = models.CharField("record number", max_length=32, help_text="As your hospital writes it.")
    family_name = models.CharField("family name", max_length=80)
    # Empty of a person who has one name only.
    given_name = models.CharField("given name", max_length=80, blank=True)
    birth_date = PartialDateColumn("date of birth")
    sex = models.CharField("sex", max_length=8, choices=Sex, default=Sex.UNKNOWN)
    is_synthetic = models.BooleanField(default=False, editable=False)
    record_key = models.CharField(max_length=32, editable=False)
    family_key = models.CharField(max_length=100, editable=False)
    # By which programs from before `PatientKey` search; written for their sake.
    given_key = models.CharField(max_length=100, editable=False)
    # By which folding its keys are written: 0 by a program that knew none.
    folding = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    # What `CareEnd` says now, beside the name wherever that is read. A day may be known only in part.
    is_dead = models.BooleanField(default=False, db_default=False, editable=False)
    died_year = models.PositiveSmallIntegerField(null=True, editable=False)
    died_month = models.PositiveSmallIntegerField(null=True, editable=False)
    died_day = models.PositiveSmallIntegerField(null=True, editable=False)
    transferred_to = models.CharField(max_length=160, default="", db_default="", blank=True, editable=False)
    transferred_on = models.DateField(null=True, editable=False)
    # Found to be one person with another record: that one stands, whichever came between (`models.record_moves`).
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="absorbed", editable=False
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = PatientQuerySet.as_manager()

    class Meta:
        ordering = ["family_key", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "record_key"], name="patient_record_number_once_per_institution"
            ),
            models.UniqueConstraint(fields=["added_on", "record_key"], name="patient_record_number_once_per_board"),
            models.CheckConstraint(
                condition=Q(is_dead=True) | Q(died_year=None, died_month=None, died_day=None),
                name="patient_died_is_dead",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("id")), name="patient_not_merged_into_itself"
            ),
        ]
        indexes = [
            models.Index(fields=["family_key", "id"], name="patient_by_family_name"),
            models.Index(fields=["birth_date"], name="patient_born_on"),
            models.Index(fields=["id"], condition=Q(institution=None), name="patient_of_no_institution"),
            models.Index(fields=["folding", "id"], name="patient_by_folding"),
        ]

    def __str__(self) -> str:
        """The name as every page says it: who has died or been transferred is named so."""
        name = isolated(self.name)
        return f"{name} ({self.ended})" if self.ended else name

    @property
    def name(self) -> str:
        return f"{self.family_name}, {self.given_name}" if self.given_name else self.family_name

    @property
    def ended(self) -> str:
        """“died 3 Mar 2026”, or to where and when transferred; empty for who is in care."""
        if self.is_dead:
            return f"died {self.died_words}" if self.died_year else "died, date unknown"
        if self.transferred_to:
            return f"transferred to {self.transferred_to}, {self.transferred_on:%-d %b %Y}"
        return ""

    @property
    def died_on(self) -> PartialDate | None:
        """As far as it is known; None while alive, and where nothing is known."""
        if not self.is_dead or not self.died_year:
            return None
        return PartialDate(self.died_year, self.died_month, self.died_day)

    @property
    def died_words(self) -> str:
        return partly(self.died_year, self.died_month, self.died_day)

    @property
    def board(self) -> Board:
        """The board from which it is looked at (`accounts.access` sets it); by itself the one that added it."""
        seen_from: Board = self.__dict__.get("seen_from") or self.added_on
        return seen_from

    @board.setter
    def board(self, board: Board) -> None:
        self.__dict__["seen_from"] = board

    @property
    def board_id(self) -> int:
        return self.board.pk if "seen_from" in self.__dict__ else self.added_on_id


class PatientBoard(models.Model):
    """A board knows a patient: it added them, took them on under their number, or has a case of theirs. It stays, unless the
    board lets go of somebody of whom it has no case (`services.letting_go`); the audit trail keeps that."""

    class LetGo(models.TextChoices):
        WRONG_NUMBER = "wrong_number", "The record number was mistyped: somebody else was meant"
        NOT_OURS = "not_ours", "The right person, but not for this board"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="on_boards")
    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="knows", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = BoardQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["board", "patient"], name="patient_once_per_board")]

    def __str__(self) -> str:
        return f"patient {self.patient_id} on {self.board_id}"


class PatientIdentifier(models.Model):
    """A further number of a patient, in a system of the institution: a national number, that of another hospital."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="identifiers")
    system = models.ForeignKey("accounts.IdentifierSystem", on_delete=models.PROTECT, related_name="+")
    value = models.CharField(max_length=64)
    key = models.CharField(max_length=64, editable=False)
    removed_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["system__name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["system", "key"], condition=Q(removed_at=None), name="patient_identifier_once_per_system"
            ),
            models.UniqueConstraint(
                fields=["patient", "system"], condition=Q(removed_at=None), name="patient_identifier_one_per_system"
            ),
        ]

    def __str__(self) -> str:
        return self.value


def _cases_of(boards: Sequence[int]) -> BoardQuerySet:
    from careplans.models.cases import Case

    return Case.objects.of_boards(boards)


def _numbers() -> Prefetch:
    return Prefetch("identifiers", PatientIdentifier.objects.filter(removed_at=None).select_related("system"))


def _other_names() -> Prefetch:
    return Prefetch("names", PatientName.objects.filter(removed_at=None))
