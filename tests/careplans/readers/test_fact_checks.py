"""Questions about facts that do not go together. No database."""

from decimal import Decimal

import pytest

from careplans.models import Proforma
from careplans.readers.fact_checks import questions


def asked(**facts):
    return questions(Proforma(**facts))


def graded(grade, ki67, edition="who_2019", **facts):
    return asked(grade=grade, grade_edition=edition, ki67_percent=Decimal(ki67), **facts)


def test_an_empty_proforma_asks_nothing():
    assert asked() == []


@pytest.mark.parametrize(("grade", "ki67"), [("G1", "2.9"), ("G2", "3"), ("G2", "20"), ("G3", "21"), ("NEC", "80")])
def test_a_value_within_its_band_asks_nothing(grade, ki67):
    assert graded(grade, ki67) == []


@pytest.mark.parametrize(("grade", "ki67"), [("G1", "3"), ("G1", "25"), ("G2", "20.5"), ("NEC", "20")])
def test_a_value_outside_its_band_is_asked_about(grade, ki67):
    assert len(graded(grade, ki67)) == 1


def test_the_sentence_names_value_band_and_edition():
    assert graded("G1", "25.00") == ["Ki-67 of 25 % is outside G1 in WHO 2019 (under 3 %): check."]


@pytest.mark.parametrize("grade", ["G2", "G3"])
def test_a_low_value_asks_nothing_because_mitoses_may_decide(grade):
    assert graded(grade, "1") == []


def test_a_value_between_the_bands_of_an_early_edition_is_asked_about():
    assert "falls between the bands of WHO 2010" in graded("G1", "2.5", "who_2010")[0]


def test_lung_is_not_graded_by_ki67():
    assert graded("G1", "25", primary_site="lung") == []


def test_paraganglioma_takes_no_grade():
    assert "take no NET grade" in graded("G1", "1", primary_site="paraganglia")[0]


@pytest.mark.parametrize(
    "facts",
    [
        {"grade": "G1"},
        {"grade": "NEC", "grade_edition": "who_2019", "differentiation": "well"},
        {"grade": "G3", "grade_edition": "who_2019", "differentiation": "poor"},
        {"extent": "localized", "liver_metastases": "yes"},
        {"extent": "regional", "other_metastatic_sites": ["bone"]},
        {"liver_metastases": "no", "largest_liver_lesion_mm": 20},
        {"functional_status": "non_functional", "syndrome": "insulinoma"},
    ],
)
def test_what_does_not_go_together_is_one_question(facts):
    assert len(asked(**facts)) == 1
