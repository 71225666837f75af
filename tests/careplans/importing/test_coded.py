"""Observations by codes of others: an answer of LOINC's list where our own fact is a number."""

import pytest
from django.core.exceptions import ValidationError

from careplans.importing.codes import ANSWERS_OF_LOINC
from careplans.models import Proforma
from tests.careplans.importing.sent import bring, bundle, condition, does, look, observation, patient, quantity, told

pytestmark = pytest.mark.django_db
ECOG = {"coding": [{"system": "http://loinc.org", "code": "89247-1"}]}


def answered(*codes, system="http://loinc.org"):
    value = {"valueCodeableConcept": {"coding": [{"system": system, "code": code} for code in codes]}}
    return bundle(patient(), condition(), observation("x", **value) | {"code": ECOG})


@pytest.mark.parametrize(
    "code, grade", [("LA9622-7", 0), ("LA9623-5", 1), ("LA9624-3", 2), ("LA9625-0", 3), ("LA9626-8", 4)]
)
def test_ecog_is_read_from_the_answers_of_loinc(board, ana, code, grade):
    bring(board, ana, answered(code))
    assert Proforma.objects.get().ecog == grade


def test_ecog_5_is_death_and_is_left_out_of_the_facts(board, ana):
    outcome = bring(board, ana, answered("LA9627-6"))
    assert does(outcome) == [("Patient", "added"), ("Case", "opened")]
    assert "ECOG 5 is death" in told(outcome) and Proforma.objects.get().ecog is None


@pytest.mark.parametrize(
    "content, words",
    [
        (answered("LA9622-7", "LA9623-5"), "Its codes are of different answers."),
        (answered("LA29175-9"), "None of its codes is an answer of LOINC to this."),
        (answered("LA9622-7", system="http://snomed.info/sct"), "None of its codes is an answer of LOINC to this."),
    ],
    ids=["two answers", "an answer to another question", "of another system"],
)
def test_what_is_no_one_answer_to_it_is_refused_with_those_that_are(board, ana, content, words):
    shown = look(board, ana, content)
    assert [one.place for one in shown.problems] == ["entry[2].resource.valueCodeableConcept"]
    assert words in told(shown) and all(code in told(shown) for code in ANSWERS_OF_LOINC["ecog"])
    with pytest.raises(ValidationError):
        bring(board, ana, content)


def test_another_number_has_no_answers_of_loinc(board, ana):
    value = {"valueCodeableConcept": {"coding": [{"system": "http://loinc.org", "code": "LA9622-7"}]}}
    shown = look(board, ana, bundle(patient(), condition(), observation("krenning_score", **value)))
    assert "give “valueQuantity” or “valueInteger”." in told(shown)


def test_what_was_imported_already_asks_nothing_again(board, ana):
    """Seen to fail: it asked to confirm what is not taken over, although nothing would be done."""
    content = bundle(
        patient(), condition(), observation("ecog", **quantity(1, "{score}")) | {"note": [{"text": "tired"}]}
    )
    assert len(look(board, ana, content).questions) == 1
    bring(board, ana, content)
    again = look(board, ana, content)
    assert again.before is not None and again.questions == []
    assert bring(board, ana, content, confirmed=[]).before is not None
