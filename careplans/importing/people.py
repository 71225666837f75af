"""A person of an upload: a new patient, one whom the institution knows, or changes of one whom the board knows.

Through the services that pages and API use. Nothing that stands is emptied, and what is known less exactly replaces nothing.
"""

from typing import Any

from django.conf import settings

from careplans.importing.numbers import Numbers
from careplans.importing.outcomes import Change, Does, Part, Work
from careplans.importing.uploads import OtherName, Person
from careplans.models import Patient, PatientIdentifier, PatientName
from careplans.readers.care_ends import what_ends
from careplans.readers.likeness import may_be_same_day
from careplans.services.care_ends import record_death
from careplans.services.imports import later_than, may_be_older
from careplans.services.new_patients import AskedFirst, register_patient
from careplans.services.patient_names import add_name
from careplans.services.patients import change_patient
from common.folding import name_parts, number_key, wholes

LABELS = {"family_name": "Family name", "given_name": "Given name", "birth_date": "Date of birth", "sex": "Sex"}


def take_person(work: Work, person: Person) -> None:
    about = ", ".join(filter(None, (person.family_name, person.given_name))) or "Patient without a name"
    part = Part(person.place, "Patient", about, key=person.key)
    work.parts.append(part)
    work.people[person.key] = part
    numbers = Numbers(work.board, person.numbers, work.systems)
    places: dict[str, str] = {
        "birth_date": person.places.get("born", ""), "record_number": person.places.get("numbers", ""),
        "identifiers": person.places.get("numbers", ""), "family_name": person.places.get("family_name", ""),
        **dict.fromkeys(("year", "month", "day", "why"), person.places.get("died", "")),
    }  # fmt: skip
    for words in numbers.unclear:
        part.refuse(places["record_number"], words)
    if person.place in work.guessed:
        part.refuse(places["record_number"], work.guessed[person.place])
    if part.problems:
        return
    with work.refusing(part, {name: place for name, place in places.items() if place}):
        found = numbers.found
        if found is not None and numbers.is_seen(found):
            _change(work, part, person, numbers, found)
        elif not numbers.record:
            part.refuse(places["record_number"], numbers.missing())
        else:
            _register(work, part, person, numbers, places)
    if not {one.name for one in work.systems}.issuperset(numbers.further):
        work.forget_systems()


def _register(work: Work, part: Part, person: Person, numbers: Numbers, places: dict[str, str]) -> None:
    """Whoever is alike, or known to the institution, is asked about; here the answer is taken for given."""
    if person.born is None:
        part.refuse(places["birth_date"], "A new patient needs a date of birth, as far as it is known.")
        return
    given: dict[str, Any] = {
        "record_number": numbers.record, "birth_date": person.born, "family_name": person.family_name,
        "given_name": person.given_name, "sex": person.sex or Patient.Sex.UNKNOWN, "is_synthetic": settings.DEMO,
    }  # fmt: skip
    if too_long := _too_long(given):
        part.refuse(
            places.get(too_long, part.place), f"{LABELS.get(too_long, 'The number')} is too long for the record."
        )
        return
    answers: dict[str, Any] = {}
    try:
        patient = register_patient(work.board, by=work.by, **given, named=numbers.further, is_counted=True)
    except AskedFirst as asked:
        work.refusals.append(asked)
        if asked.known is not None:
            part.ask(
                "known",
                f"{work.board.institution} knows this record number with this date of birth: take that patient on.",
            )
            answers["take_known"] = asked.known.pk
        else:
            alike = "; ".join(
                f"record {twin.patient.record_number}, {twin.patient.name}: {twin.why}" for twin in asked.twins
            )
            part.ask("alike", f"Patients of the board look like this one ({alike}). Confirm that it is another person.")
            answers["another_than"] = [twin.patient.pk for twin in asked.twins]
        named = {} if asked.known else numbers.further
        patient = register_patient(work.board, by=work.by, **given, named=named, **answers, is_counted=True)
    part.patient = patient
    if "take_known" in answers:
        part.does = Does.TAKEN_ON
        _change(work, part, person, numbers, patient)
        return
    part.does, part.is_new_patient = Does.ADDED, True
    part.changes += [Change("Record number", "", numbers.record)]
    shown = {"birth_date": str(person.born), "sex": Patient.Sex(given["sex"]).label}
    part.changes += [Change(LABELS[name], "", str(shown.get(name, given[name]))) for name in LABELS if given[name]]
    part.changes += [Change(name, "", value) for name, value in numbers.further.items()]
    _names(work, part, person, patient)
    _death(work, part, person, patient)


def _too_long(values: dict[str, Any]) -> str:
    columns = {one.name: getattr(one, "max_length", None) for one in Patient._meta.concrete_fields}
    return next(
        (name for name, value in values.items() if isinstance(value, str) and len(value) > (columns[name] or 0)), ""
    )


def _change(work: Work, part: Part, person: Person, numbers: Numbers, patient: Patient) -> None:
    patient.board = work.board
    part.patient, part.about = patient, f"{patient.name}, record {patient.record_number}"
    # Named twice in one upload: the key of a row that is taken back would be part of what is confirmed.
    part.is_new_patient = any(one.is_new_patient and one.patient == patient for one in work.people.values())
    late = later_than(patient, source=work.upload.source, sent_at=work.upload.sent_at)
    if late is not None:
        when = f"{late.astimezone(work.board.zone):%-d %b %Y, %H:%M}"
        part.refuse(
            part.place,
            f"It is older than what was imported of this patient from the same sender ({when}). Nothing newer is written over.",
        )
        return
    changes = _changed(part, person, patient)
    if word := _too_long(changes):
        part.refuse(person.places.get(word, part.place), f"{LABELS[word]} is too long for the record.")
        return
    _ask_whether_same(part, person, patient)
    further = _further(patient, numbers)
    part.changes += [
        Change(LABELS[name], _said(name, getattr(patient, name)), _said(name, new)) for name, new in changes.items()
    ]
    part.changes += [Change(name, old, new) for name, (old, new) in further.items()]
    if part.changes:
        _ask_whether_newer(work, part, patient)
    renamed = bool({"family_name", "given_name"} & set(changes))
    if renamed:
        part.notes.append("The old name is kept as a former name.")
    if changes or further:
        named = {name: new for name, (_, new) in further.items()}
        work.sure(
            part,
            lambda: change_patient(
                patient, by=work.by, expected_version=patient.version, named=named, keep_old_name=renamed, **changes
            ),
        )
    _names(work, part, person, patient)
    _death(work, part, person, patient)
    if part.changes and part.does == Does.ALREADY:
        part.does = Does.CHANGED


def _ask_whether_newer(work: Work, part: Part, patient: Patient) -> None:
    """Where the order of two uploads cannot be told, a person says which holds."""
    last = may_be_older(patient, source=work.upload.source, sent_at=work.upload.sent_at)
    if last is not None:
        said = "names no sender" if work.upload.sent_at else "does not say when it was written"
        when = f"{last.at.astimezone(work.board.zone):%-d %b %Y, %H:%M}"
        part.ask("newer", f"This upload {said}, and this patient was imported before ({when}). Only if this is newer.")


def _said(name: str, value: Any) -> str:
    return str(Patient.Sex(value).label) if name == "sex" else str(value)


def _changed(part: Part, person: Person, patient: Patient) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if person.family_name and (person.family_name, person.given_name) != (patient.family_name, patient.given_name):
        names = {"family_name": person.family_name, "given_name": person.given_name}
        changes |= {name: new for name, new in names.items() if new != getattr(patient, name)}
    if person.sex and person.sex != patient.sex:
        if person.sex == Patient.Sex.UNKNOWN:
            part.notes.append(f"It does not know the sex: {patient.get_sex_display().lower()} stays.")
        else:
            changes["sex"] = person.sex
    born, stands = person.born, patient.birth_date
    if born and born != stands:
        if len(born.isoformat()) < len(stands.isoformat()) and born.may_be(stands):
            part.notes.append(f"It knows the date of birth less exactly ({born}): {stands} stays.")
        else:
            changes["birth_date"] = born
    return changes


def _ask_whether_same(part: Part, person: Person, patient: Patient) -> None:
    """A number that was mistyped leads to another person, whose record would be written over. A family or a given name may
    change, and a sex be set right: one of the names and the sex at once are rather somebody else."""
    other_day = person.born is not None and not may_be_same_day(patient.birth_date, person.born)
    names: list[Patient | PatientName] = [patient, *patient.names.filter(removed_at=None)]
    theirs = name_parts(*(part for one in names for part in (one.family_name, one.given_name)))
    other_name = bool(person.family_name) and name_parts(person.family_name, person.given_name).isdisjoint(theirs)
    others = [
        LABELS[name].lower()
        for name in ("family_name", "given_name")
        if (said := getattr(person, name))
        and name_parts(said).isdisjoint(name_parts(*(getattr(one, name) for one in names)))
    ]
    other_sex = bool(others) and is_other_sex(person.sex, patient.sex)
    if other_day or other_name or other_sex:
        name = "name" if other_name or len(others) > 1 else others[0] if other_sex else ""
        told = joined("date of birth" if other_day else "", name, "sex" if other_sex else "")
        part.ask(
            "same",
            f"The number is that of {patient.name}, born {patient.birth_date}, and the {told} in this upload is another: confirm "
            "that it is the same person.",
        )


def is_other_sex(one: str, other: str) -> bool:
    """Not where either is not known."""
    return one != other and not {one, other} & {"", Patient.Sex.UNKNOWN}


def joined(*words: str) -> str:
    """“a, b and c”, of those that say something."""
    said = [word for word in words if word]
    return " and ".join(filter(None, [", ".join(said[:-1]), *said[-1:]]))


def _further(patient: Patient, numbers: Numbers) -> dict[str, tuple[str, str]]:
    """Of each system the number that stands, and another that was given."""
    rows = PatientIdentifier.objects.filter(patient=patient, removed_at=None).select_related("system")
    standing = {row.system.name: row for row in rows}
    found = {}
    for name, value in numbers.further.items():
        row = standing.get(name)
        if row is None or row.key != number_key(value):
            found[name] = (row.value if row else "", value)
    return found


def _names(work: Work, part: Part, person: Person, patient: Patient) -> None:
    if not person.other_names:
        return
    known = set(wholes(patient.family_name, patient.given_name))
    for row in PatientName.objects.filter(patient=patient, removed_at=None):
        known |= wholes(row.family_name, row.given_name or patient.given_name)
    for name in person.other_names:
        if not name.family_name or wholes(name.family_name, name.given_name or patient.given_name) & known:
            continue
        _add_name(work, part, patient, name)
        known |= wholes(name.family_name, name.given_name or patient.given_name)


def _add_name(work: Work, part: Part, patient: Patient, name: OtherName) -> None:
    values = {"family_name": name.family_name, "given_name": name.given_name}
    if too_long := _too_long(values):
        part.refuse(part.place, f"A further name is too long for the record ({LABELS[too_long].lower()}).")
        return
    patient.refresh_from_db()
    patient.board = work.board
    add_name(patient, by=work.by, expected_version=patient.version, kind=name.kind, **values)
    label = PatientName.Kind(name.kind).label
    part.changes.append(Change(label, "", ", ".join(filter(None, values.values()))))


def _death(work: Work, part: Part, person: Person, patient: Patient) -> None:
    """A death ends all care, so it is always asked about; one that is recorded is never changed or taken back by an upload."""
    if person.is_dead is None:
        return
    patient.refresh_from_db()
    patient.board = work.board
    if person.is_dead is False and patient.is_dead:
        part.notes.append(
            "It says that the patient lives. That the death was recorded in error is decided on their page, by a second person."
        )
    if not person.is_dead:
        return
    if patient.is_dead:
        if person.died and person.died != patient.died_on:
            part.notes.append(
                f"It says that the patient died {person.died}. Recorded is: {patient.ended}. Correct it on their page."
            )
        return
    day = person.died
    when = f"died {day.when}" if day else "has died, and does not know when"
    ends = what_ends(patient)
    counts = f"{len(ends.cases)} cases, {len(ends.plans)} plans, {len(ends.steps)} steps and {len(ends.follow_ups)} follow-ups"
    part.ask(
        "death", f"It says that the patient {when}. Recording it ends all care on every board; on this one {counts}."
    )
    source = f"Import: {work.upload.source or 'a FHIR Bundle'}, {work.upload.number}"[:200]
    record_death(
        patient, by=work.by, expected_version=patient.version, source=source, year=day.year if day else None,
        month=day.month if day else None, day=day.day if day else None,
    )  # fmt: skip
    part.changes.append(Change("Death", "", str(day) if day else "died, the day is not known"))
