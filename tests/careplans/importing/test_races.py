"""The same upload twice at once, and beside whoever types the same patient."""

import pytest

from accounts.models import Role, User
from accounts.services.people import deactivate_person
from careplans.importing.carrying_out import apply, read_upload
from careplans.models import Case, Import, Patient
from careplans.services.new_patients import register_patient
from common.partial_dates import PartialDate
from tests.careplans.importing.sent import bring, bundle, condition, look, observation, patient, quantity
from tests.factories import join, make_board

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]


def bringing(board, by, content):
    shown = look(board, by, content)
    keys = [one.key for one in shown.questions]

    def run():
        upload = read_upload(board, format="fhir_bundle", content=content)
        return apply(board, by=by, upload=upload, digest=shown.digest, confirmed=keys)

    return run


CONTENT = bundle(patient(), condition(), observation("ki67_percent", **quantity(4, "%")))


def test_the_same_upload_twice_at_once_is_carried_out_once(track, board, ana, chloe):
    for met in track.rounds(bringing(board, ana, CONTENT), bringing(board, chloe, CONTENT), count=20):
        assert met.is_clean, met
        assert (Patient.objects.count(), Case.objects.count(), Import.objects.count()) == (1, 1, 1), met


def test_an_upload_that_changes_nothing_is_kept_once_however_it_comes(track, board, ana, chloe):
    """Seen to fail without the lock of the board: the second was told of a constraint of the database."""
    bring(board, ana, CONTENT)
    again = CONTENT.replace("B-1", "B-2")
    for met in track.rounds(bringing(board, ana, again), bringing(board, chloe, again), count=20):
        assert met.is_clean and all(met.won), met
        assert Import.objects.filter(number="B-2").count() == 1, met


def test_an_upload_beside_whoever_types_the_same_patient_makes_one(track, board, ana, chloe):
    def types():
        return register_patient(
            board, by=chloe, record_number="N-4711", birth_date=PartialDate(1960, 5, 17), family_name="Ashdown", given_name="Ida",
            sex="female",
        )  # fmt: skip

    for met in track.rounds(bringing(board, ana, CONTENT), types, count=20):
        assert met.is_clean and Patient.objects.count() == 1, met


def test_two_boards_that_change_the_same_patients_in_opposite_order_do_not_wait_in_a_circle(track, board, ana):
    """Seen to fail while each was taken as it came in the upload: the database broke a deadlock, and one of the two did it
    again."""
    second = make_board("Eastgate", institution=board.institution)
    join(ana, second, Role.COORDINATOR)
    people = [patient(key, record) for key, record in (("p1", "N-1"), ("p2", "N-2"))]
    people[1]["name"] = [{"use": "official", "family": "Berg", "given": ["Olaf"]}]
    for number, where in enumerate((board, second)):
        bring(where, ana, bundle(*people, number=f"B-{number}"))
    renamed = [one | {"gender": "other"} for one in people]
    there = bringing(board, ana, bundle(*renamed, number="B-3"))
    back = [one | {"gender": "male"} for one in reversed(people)]
    here = bringing(second, ana, bundle(*back, number="B-4"))
    for met in track.rounds(there, here, count=30):
        assert met.is_clean, met


def test_two_boards_that_add_the_same_new_people_in_opposite_order_do_not_wait_in_a_circle(track, board, ana, chloe):
    """Seen to fail while each was added as it came in the upload: they met at the constraint of the record numbers."""
    second = make_board("Eastgate", institution=board.institution)
    join(ana, second, Role.COORDINATOR)
    join(chloe, second, Role.COORDINATOR)
    people = [patient("p1", "N-1"), patient("p2", "N-2", birthDate="1971-01-02")]
    people[1]["name"] = [{"use": "official", "family": "Berg", "given": ["Olaf"]}]
    there = bringing(board, ana, bundle(*people))
    here = bringing(second, chloe, bundle(*reversed(people)))
    for met in track.rounds(there, here, count=30):
        assert met.is_clean and Patient.objects.count() == 2, met


def test_a_death_in_an_upload_beside_the_end_of_an_account_does_not_wait_in_a_circle(track, board, ana, admin):
    """Seen to fail while the board was taken before the person: an account that ends takes them the other way round."""
    bring(board, ana, bundle(patient(), condition()))
    died = bringing(board, ana, bundle(patient(deceasedDateTime="2026-05-01"), number="B-2"))
    for met in track.rounds(died, lambda: deactivate_person(User.objects.get(pk=ana.pk), by=admin), count=30):
        assert met.is_clean, met
        User.objects.filter(pk=ana.pk).update(is_active=True)
