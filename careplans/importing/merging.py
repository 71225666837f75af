"""Two records that the sender holds for one person: a merge is asked for, and another person confirms it, as on the pages."""

from careplans.importing.numbers import Numbers
from careplans.importing.outcomes import Change, Does, Part, Work
from careplans.importing.people import is_other_sex, joined
from careplans.importing.uploads import Merge
from careplans.models import Patient, RecordMove
from careplans.readers.likeness import likenesses, may_be_same_day
from careplans.services.record_moves import ask_merge


def take_merge(work: Work, merge: Merge) -> None:
    part = Part(merge.place, "Merge", "Two records of one person")
    work.parts.append(part)
    old = _whom(work, part, merge, Numbers(work.board, merge.old, work.systems), f"{merge.place}-1")
    new = _whom(work, part, merge, Numbers(work.board, merge.new, work.systems), "PID-3")
    if old is None or new is None:
        return
    part.patient, part.about = old, f"{old.name}, record {old.record_number}, into record {new.record_number}"
    if old.merged_into_id == new.pk or (new.merged_into_id and old.merged_into_id == new.merged_into_id):
        part.notes.append("The two records were merged already.")
        return
    asked = (
        RecordMove.objects.asked().merges().filter(from_patient=old, to_patient=new).select_related("asked_by").first()
    )
    if asked is not None:
        part.notes.append(f"{asked.asked_by.name} asked for this merge already; it waits for a second person.")
        return
    if differs := _differences(old, new):
        part.notes.append(f"The two records differ in {differs}: are they of one person?")
    with work.refusing(part, {"into": "PID-3"}):
        old.board = work.board
        ask_merge(old, by=work.by, into=new.pk, reason=merge.why)
        part.does = Does.ASKED
        part.changes.append(Change("Merge", "", f"record {old.record_number} into record {new.record_number}"))
        part.notes.append("Nothing is merged until another person has looked at both records and confirms it.")


def _differences(old: Patient, new: Patient) -> str:
    """What speaks against their being one person, for whoever asks. Names that have a part in common may be of one."""
    one, other = (likenesses([old, new])[key.pk] for key in (old, new))
    names = f"name ({old.name}; {new.name})" if set(one.parts).isdisjoint(other.parts) else ""
    born = "" if may_be_same_day(one.born, other.born) else f"date of birth ({old.birth_date}; {new.birth_date})"
    sex = f"sex ({old.get_sex_display()}; {new.get_sex_display()})" if is_other_sex(old.sex, new.sex) else ""
    return joined(names, born, sex)


def _whom(work: Work, part: Part, merge: Merge, numbers: Numbers, place: str) -> Patient | None:
    for words in numbers.unclear:
        part.refuse(place, words)
    if not numbers.record and not numbers.systems:
        part.refuse(place, numbers.missing())
        return None
    found = numbers.exactly
    if found is None:
        number = numbers.record or next(iter(numbers.further.values()))
        part.refuse(
            place, f"{work.board.name} knows no patient of the number {number}. Add or take on the patient first."
        )
    return found
