"""The same upload twice at once, and beside whoever types the same patient."""

import pytest

from careplans.importing.carrying_out import apply, read_upload
from careplans.models import Case, Import, Patient
from careplans.services.new_patients import register_patient
from common.partial_dates import PartialDate
from tests.careplans.importing.sent import bring, bundle, condition, look, observation, patient, quantity

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
