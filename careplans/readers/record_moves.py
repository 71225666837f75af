"""What a merge or a move of a case would do, why it cannot be, and under whom a case stood before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from accounts.models import User
from careplans.models import CareEnd, Case, MovedCase, Patient, PatientBoard, RecordMove
from careplans.readers.care_ends import done_after, recorded_before
from common.partial_dates import PartialDate


def stands_for(patient: Patient) -> Patient:
    """The record that stands for this one now: itself, unless it was merged. At most one query."""
    return patient.merged_into or patient


def absorbed_before(patient: Patient) -> list[int]:
    """Whatever led to this record before it was merged itself."""
    merges, found, ahead = RecordMove.objects.merges().standing(), list[int](), [patient.pk]
    while ahead:
        ahead = list(
            merges.filter(to_patient__in=ahead).exclude(from_patient__in=found).values_list("from_patient", flat=True)
        )
        found += ahead
    return found


def why_not(move: RecordMove) -> str:
    """Why it is not asked for or confirmed now; empty where it can be. Both patients are taken or only looked at."""
    old, new = move.from_patient, move.to_patient
    if old.pk == new.pk:
        return "That is the same record. Choose the other one."
    for one in (old, new):
        if one.merged_into is not None:
            return f"Record {one.record_number} was merged into {one.merged_into.record_number} meanwhile. Choose that one."
    if (old.institution_id, old.is_synthetic) != (new.institution_id, new.is_synthetic):
        return "The two are of different institutions, or one of them is invented. They stay two records."
    if words := _asked_already(move):
        return words
    return _why_not_merge(old, new) if move.case is None else _why_not_case(move.case, old, new)


def _asked_already(move: RecordMove) -> str:
    rows = RecordMove.objects.asked().exclude(pk=move.pk).order_by("pk").select_related("asked_by")
    if move.case is not None:
        other = rows.filter(case=move.case_id).first()
    else:
        other = rows.merges().touching(move.from_patient_id, move.to_patient_id).first()
    if other is None:
        return ""
    return (
        f"{other.asked_by.name} has asked for a {other.get_kind_display().lower()} already, on {other.asked_at:%-d %b %Y}, which "
        "waits for a second person. Decide that first: it stands under “Merged and moved”."
    )


def _why_not_merge(old: Patient, new: Patient) -> str:
    """A merge never ends care, and never takes back its end: what differs is set right first, where it is seen."""
    if old.is_dead != new.is_dead:
        dead, alive = (old, new) if old.is_dead else (new, old)
        return (
            f"Record {dead.record_number} says that the patient {dead.ended}, record {alive.record_number} does not. If it is "
            f"one person who died, record the death on {alive.record_number} first: that ends all care there. If not, correct it."
        )
    if old.died_on and new.died_on and not old.died_on.may_be(new.died_on):
        return (
            f"The records give two dates of death: {old.ended}, and {new.ended}. Correct the one that is wrong first."
        )
    if (old.transferred_to, old.transferred_on) != (new.transferred_to, new.transferred_on):
        return (
            "One of the records says that another centre took the patient over, and the other does not say the same. Record the "
            "transfer on both, or take it back, first."
        )
    return ""


def _why_not_case(case: Case, old: Patient, new: Patient) -> str:
    if case.patient_id != old.pk:
        return "The case has gone to another patient meanwhile. Look at the case as it stands."
    if not PatientBoard.objects.filter(patient=new, board=case.board_id).exists():
        return f"The board of this case does not know {new.record_number}. Take the patient on there first, by record number."
    if case.is_open and new.ended:
        return f"{new.name} {new.ended}: no open case goes there. Close the case first, or correct what is recorded."
    return ""


def why_not_back(move: RecordMove) -> str:
    """Why it cannot be undone now; empty where it can."""
    old, new = move.from_patient, move.to_patient
    if move.case is not None:
        if move.case.patient_id != (new.merged_into_id or new.pk):
            return "The case was moved on since. Undo that first, or move the case from where it stands now."
        if move.case.is_open and stands_for(old).ended:
            return (
                f"{stands_for(old)}: no open case goes back there. Close the case first, or correct what is recorded."
            )
        return ""
    if new.merged_into is not None:
        return f"Record {new.record_number} was itself merged into {new.merged_into.record_number} since. Undo that merge first."
    since = CareEnd.objects.standing().filter(patient=new, recorded_at__gt=move.decided_at).first()
    if since is not None:
        return (
            f"Since the merge it was recorded that the patient {new.ended}, which ended care for both. Somebody else takes that "
            "back first; then undo the merge, and record it again for the person whom it is about."
        )
    return ""


@dataclass(frozen=True)
class Compared:
    """One line of the two records beside each other."""

    label: str
    old: str
    new: str
    differs: bool


def compare(old: Patient, new: Patient) -> list[Compared]:
    """What both records say, as far as any board of the institution may read it. Three queries."""
    lines = [
        ("Record number", old.record_number, new.record_number),
        ("Further numbers", _numbers(old), _numbers(new)),
        ("Name", old.name, new.name),
        ("Born", old.birth_date.told, new.birth_date.told),
        ("Sex", old.get_sex_display(), new.get_sex_display()),
        ("Died or transferred", old.ended, new.ended),
    ]
    return [Compared(label, one, other, one != other) for label, one, other in lines if one or other]


def _numbers(patient: Patient) -> str:
    rows = patient.identifiers.filter(removed_at=None).select_related("system")
    return ", ".join(f"{row.system.name} {row.value}" for row in rows)


def moves_of(case: Case) -> list[MovedCase]:
    """Under whom the case stood before, oldest first: a merge or a move that stands, and whether plans were signed before it.
    One query."""
    rows = MovedCase.objects.filter(case=case, went_back_at=None, move__status=RecordMove.Status.CONFIRMED)
    return list(rows.select_related("move__from_patient", "move__to_patient").order_by("pk"))


def since_then(move: RecordMove, boards: Sequence[int]) -> list[Case]:
    """Cases on these boards that were opened for the other patient since, and so stay there when it is undone."""
    rows = Case.objects.filter(patient=move.to_patient, created_at__gt=move.decided_at, board__in=boards)
    return list(rows.exclude(moved__move=move).order_by("pk"))


@dataclass(frozen=True)
class Amiss:
    """What goes to this patient and is recorded, on boards that the person sees, of before the birth, or of after the death."""

    patient: Patient
    died: PartialDate | None
    unborn: list[str]
    dead: list[str]


def amiss(goes: Patient | Case, to: Patient, by: User) -> list[Amiss]:
    """One, or none where all goes together. `goes`: a case, or the record that would end. A constant number of queries."""
    died = kept_death(goes, to) if isinstance(goes, Patient) else to.died_on
    found = Amiss(
        to, died, recorded_before(goes, to.birth_date, by), done_after(goes, died, by) if died is not None else []
    )
    return [found] if found.unborn or found.dead else []


def amiss_of(move: RecordMove, by: User) -> list[Amiss]:
    """While it is asked for, and as long as it stands where it led."""
    if move.is_asked:
        return amiss(move.case or move.from_patient, move.to_patient, by)
    now = stands_for(move.to_patient)
    if not move.stands or (move.case is not None and move.case.patient_id != now.pk):
        return []
    return amiss(move.case or now, now, by)


def kept_death(one: Patient, other: Patient) -> PartialDate | None:
    """Of two records of one person who died: the day that is known more exactly."""
    return most_exact([one.died_on, other.died_on])


def most_exact(days: Iterable[PartialDate | None]) -> PartialDate | None:
    return max((day for day in days if day is not None), key=lambda day: len(day.isoformat()), default=None)


def death_words(old: Patient, new: Patient) -> str:
    """Which of two dates of death is kept; empty where there are not two."""
    kept = kept_death(old, new)
    if kept is None or old.ended == new.ended or _why_not_merge(old, new):
        return ""
    return f"Both records say that the patient died. The date that is known more exactly is kept: {kept}."
