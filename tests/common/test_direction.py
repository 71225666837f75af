"""Names that run from right to left keep their place in sentences that do not."""

import pytest
from django.template import engines

from common.direction import isolated
from tests.careplans import makers


def drawn(name):
    return engines["django"].from_string("by {{ name|isolated }} 3").render({"name": name})


def test_a_name_from_right_to_left_is_isolated():
    assert isolated("דוד") == "\u2068דוד\u2069"


@pytest.mark.parametrize("name", ["Ana Coordinator", "Łukasz Żółw", "Ελένη", "王芳", ""])
def test_any_other_name_stays_as_it_is(name):
    assert isolated(name) == name


def test_it_is_escaped_all_the_same():
    assert drawn("<b>דוד") == "by \u2068&lt;b&gt;דוד\u2069 3"


@pytest.mark.django_db
def test_a_patient_is_named_so_on_every_page(board, ana):
    patient = makers.make_patient(board, by=ana, family_name="כהן", given_name="דוד")
    assert str(patient) == f"\u2068{patient.name}\u2069"
