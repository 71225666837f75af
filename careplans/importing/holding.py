"""What is held while an upload is carried out: taken in the one order of `careplans/locks.py`, whatever the order of the upload.

So two uploads of the same people into two boards come one after the other, and neither waits for the other in a circle. The
services take the same rows again, which are held by then.
"""

from collections.abc import Iterator, Sequence

from django.db.models import Q

from accounts.models import Board, IdentifierSystem, Membership, User
from careplans.importing.numbers import Numbers
from careplans.importing.outcomes import Work
from careplans.importing.uploads import Person, Upload
from careplans.models import Case, Patient
from careplans.services.patient_keys import record_key
from careplans.services.patient_numbers import all_known_under
from common.writing import lock


def hold(work: Work) -> None:
    """Inside the transaction: who acts, the board, then the patients who are known, and of those the cases."""
    board, by, upload = work.board, work.by, work.upload
    takes_right = bool(upload.merges) or any(person.is_dead for person in upload.people)
    if takes_right:
        lock(User.objects.filter(pk=by.pk))
    # Two uploads into one board come one after the other: the second is compared with what the first did.
    [work.board] = lock(Board.objects.filter(pk=board.pk))
    memberships = Membership.objects.filter(user=by, ended_at=None)
    # A death may be recorded by another right than that on this board.
    lock(memberships if takes_right else memberships.filter(board=board))
    known = known_people(work.board, upload, work.systems)
    ids = {row.pk for row in (*known.values(), *_of_merges(work))}
    lock(Patient.objects.filter(pk__in=ids))
    lock(Case.objects.filter(Q(board=board, patient__in=ids) | Q(patient__in=_with_every_case(upload, known))))


def known_people(board: Board, upload: Upload, systems: Sequence[IdentifierSystem]) -> dict[str, Patient]:
    """By the place of a person, the record that stands: of the board or of its institution. One query for all record numbers, and
    one for each person who has none."""
    numbers = {person.place: Numbers(board, person.numbers, systems) for person in upload.people}
    under = all_known_under(board, [one.record for one in numbers.values() if one.record])
    found = {place: under.get(record_key(one.record)) if one.record else one.found for place, one in numbers.items()}
    return {place: patient for place, patient in found.items() if patient is not None}


def by_number(work: Work) -> list[Person]:
    """The people in the order of their record numbers: two uploads that add the same ones meet at the first of them."""
    numbers = {one.key: Numbers(work.board, one.numbers, work.systems).record for one in work.upload.people}
    return sorted(work.upload.people, key=lambda one: record_key(numbers[one.key]))


def _of_merges(work: Work) -> Iterator[Patient]:
    """Both records, and those that stand for them."""
    for merge in work.upload.merges:
        for given in (merge.old, merge.new):
            found = Numbers(work.board, given, work.systems).exactly
            if found is not None:
                yield found
                if found.merged_into is not None:
                    yield found.merged_into


def _with_every_case(upload: Upload, known: dict[str, Patient]) -> set[int]:
    """Of whom the cases of every board are taken: a death ends them, and a date of birth is compared with their days."""
    return {
        known[one.place].pk
        for one in upload.people
        if one.place in known and (one.is_dead or (one.born and one.born != known[one.place].birth_date))
    }
