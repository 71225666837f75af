"""By which numbers an institution knows a patient, and whom to ask where a number is another's."""

from collections.abc import Collection, Mapping
from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import audit
from accounts.models import Board, IdentifierSystem, User
from accounts.services.institutions import system_named
from careplans.models import Patient, PatientBoard, PatientIdentifier
from careplans.models.patient_changes import NUMBER
from careplans.readers.record_moves import stands_for
from careplans.services.patient_keys import record_key
from common.arriving import in_one_line
from common.folding import fold, number_key
from common.partial_dates import PartialDate
from common.writing import note_pair

MOST_NAMED = 3
# Where a refusal about numbers by the name of their system is told.
AT = "identifiers"


def known_under(board: Board, record_number: str) -> Patient | None:
    """The patient whom the board's institution knows under this record number: whether or not the board sees them. The number
    of a record that was merged leads to the one that stands."""
    return all_known_under(board, [record_number]).get(record_key(record_number))


def all_known_under(board: Board, record_numbers: Collection[str]) -> dict[str, Patient]:
    """The same of several, by the keys of their numbers. One query."""
    keys = {record_key(number) for number in record_numbers}
    rows = Patient.objects.filter(record_key__in=keys).select_related("merged_into")
    of = {"added_on": board} if board.institution_id is None else {"institution": board.institution_id}
    return {row.record_key: stands_for(row) for row in rows.filter(**of)} if keys else {}


def is_born(patient: Patient, day: date | PartialDate) -> bool:
    """Whether this is their date of birth, or that of a record that was merged into theirs: they may differ. Only to the day, on
    both sides: a year alone would open a record to whoever guesses."""
    born = PartialDate.of(day)
    same = Q(pk=patient.pk) | Q(merged_into=patient)
    return born.is_exact and Patient.objects.filter(same, birth_date=born).exists()


def whom_to_ask(board: Board, known: Patient, *, of: str = "another date of birth") -> str:
    """A number that is another's, without a word about whose."""
    people = User.objects.filter(is_administrator=True, is_active=True).order_by("name")[:MOST_NAMED]
    # One is enough to ask; which others know the patient is nobody's business here.
    rows = PatientBoard.objects.filter(patient=known, board__is_active=True).select_related("board").order_by("id")
    keepers = [row.board.name for row in rows[:1]]
    who = [f"an administrator{f' ({_listed([one.name for one in people])})' if people else ''}"]
    who += [f"the board that keeps it ({_listed(keepers)})"] if keepers else []
    number = (
        "this record number with another date of birth, or one of the two is not known to the day"
        if of == "another date of birth"
        else f"this number as that of {of}"
    )
    return f"{board.institution or board} knows {number}. Check both; if they are right, ask {' or '.join(who)}."


class NoFit(audit.TellingRefusal):
    """The number is another's, or the date of birth was guessed: `known_patients.counting_guesses` counts it."""


def no_fit(board: Board, known: Patient, *, by: User) -> NoFit:
    refused = telling_refusal(board, known, {"record_number": whom_to_ask(board, known)}, by=by)
    return NoFit(refused.message_dict, **refused.event)


def telling_refusal(board: Board, known: Patient, words: dict[str, str], *, by: User) -> audit.TellingRefusal:
    """That a number is another's was told: the trail has it as it has a look-up that found nobody."""
    return audit.TellingRefusal(
        words, action="patient_looked_up", by=by, subject=known, board_id=board.pk, data={"found": False}
    )


def by_system(board: Board, named: Mapping[str, str], *, by: User) -> dict[int, str]:
    """Numbers whose systems go by their name or address, by the ids of these: what `save_numbers` takes. A system that nobody
    set up, for example another hospital's, is kept from now on. Inside the caller's transaction."""
    found: dict[int, str] = {}
    for name, value in named.items():
        if board.institution is None:
            raise ValidationError(
                {AT: f"{board.name} is of no institution yet, which keeps such numbers. Ask an administrator."}
            )
        if not fold(in_one_line(name)):
            raise ValidationError({AT: "Say whose number it is: the name of the hospital or the system."})
        known = next((one for one in board.institution.systems.all() if one.is_named(name)), None)
        if known is None and not value.strip():
            raise ValidationError({AT: f"There is no number of “{name}” to take off."})
        system = known or system_named(board.institution, name, by=by)
        if system.is_main:
            raise ValidationError({AT: f"{system.name} is the record number: give it there."})
        if system.pk in found:
            raise ValidationError({AT: f"{system.name} is named twice. A patient has one number in each system."})
        found[system.pk] = value
    return found


def save_numbers(patient: Patient, numbers: Mapping[int, str], *, by: User) -> list[str]:
    """Write what was given for further systems of the institution, by their ids; an empty one is taken off and stays
    readable. Returns what changed, as `PatientChange.field` names it. Inside the
    caller's transaction, which holds the patient."""
    systems = IdentifierSystem.objects.filter(institution=patient.institution_id, is_main=False, pk__in=numbers)
    standing = {row.system_id: row for row in PatientIdentifier.objects.filter(patient=patient, removed_at=None)}
    changed = []
    for system in systems.order_by("name"):
        value, row = numbers[system.pk].strip(), standing.get(system.pk)
        if value == (row.value if row else ""):
            continue
        if value and not number_key(value):
            raise ValidationError({f"number_{system.pk}": f"{system.name}: a number holds letters or figures."})
        if row:
            PatientIdentifier.objects.filter(pk=row.pk).update(removed_at=timezone.now())
        if value:
            _insert(patient, system, value, by)
        note_pair(patient, NUMBER + system.name, row.value if row else "", value)
        changed.append(NUMBER + system.name)
    return changed


def save_first_numbers(patient: Patient, numbers: Mapping[int, str], *, by: User) -> list[str]:
    """The same of a patient who is being added. Returns the numbers as they are kept."""
    if not any(value.strip() for value in numbers.values()):
        return []
    save_numbers(patient, numbers, by=by)
    return list(PatientIdentifier.objects.filter(patient=patient, removed_at=None).values_list("value", flat=True))


def check_has(patient: Patient, numbers: Mapping[int, str]) -> None:
    """Whoever takes a patient on takes them as they stand: a number that does not stand with them is not dropped in silence."""
    standing = dict(PatientIdentifier.objects.filter(patient=patient, removed_at=None).values_list("system", "key"))
    given = {pk: key for pk, value in numbers.items() if (key := number_key(value))}
    others = [pk for pk, key in given.items() if standing.get(pk) != key]
    wrong = {
        f"number_{system.pk}": f"{system.name}: this number does not stand with the patient whom you take on. Take them on "
        "without it, then change it on their page."
        for system in IdentifierSystem.objects.filter(pk__in=others).order_by("name")
    }
    if wrong:
        raise ValidationError(wrong)


def _insert(patient: Patient, system: IdentifierSystem, value: str, by: User) -> None:
    try:
        with transaction.atomic():
            PatientIdentifier.objects.create(
                patient=patient, system=system, value=value, key=number_key(value), created_by=by
            )
    except IntegrityError as error:
        row = PatientIdentifier.objects.filter(system=system, key=number_key(value), removed_at=None).first()
        name = f"number_{system.pk}"
        if row is None:
            raise ValidationError({name: f"{system.name}: It was given at this moment."}) from error
        told = {name: f"{system.name}: {whom_to_ask(patient.board, row.patient, of='another patient')}"}
        raise telling_refusal(patient.board, row.patient, told, by=by) from error


def _listed(names: list[str]) -> str:
    return ", ".join(names)
