"""A number with another's date of birth counts as a guess, as it does on the form of a new patient."""

from django.core.exceptions import ValidationError

from accounts.models import Board, User
from careplans.importing.numbers import Numbers, systems_of
from careplans.importing.uploads import Person, Upload
from careplans.models import PatientBoard
from careplans.services.known_patients import counting_guesses, look_up
from careplans.services.patient_keys import record_key
from careplans.services.patient_numbers import all_known_under, known_under, no_fit


def count_guesses(board: Board, upload: Upload, *, by: User) -> dict[str, str]:
    """Before the transaction, which may be taken back. By the place of the person, why they are refused. Only a patient whom the
    institution knows and the board does not see can be guessed at: whoever else there is takes two queries together."""
    systems = systems_of(board)
    numbers = {one.place: Numbers(board, one.numbers, systems).record for one in upload.people if one.born}
    known = all_known_under(board, [record for record in numbers.values() if record])
    seen = set(PatientBoard.objects.filter(board=board, patient__in=known.values()).values_list("patient", flat=True))
    unseen = {key for key, patient in known.items() if patient.pk not in seen}
    guessed = {}
    for person in upload.people:
        record = numbers.get(person.place)
        if record and record_key(record) in unseen and (words := _guess(board, person, record, by=by)):
            guessed[person.place] = words
    return guessed


def _guess(board: Board, person: Person, record: str, *, by: User) -> str:
    if person.born is None:
        return ""
    try:
        with counting_guesses(board, by=by, record_number=record):
            look = look_up(board, by=by, record_number=record, birth_date=person.born)
            if look.refusal and (other := known_under(board, record)):
                raise no_fit(board, other, by=by)
    except ValidationError as error:
        # The look-up has told the trail already.
        return " ".join(error.messages)
    return ""
