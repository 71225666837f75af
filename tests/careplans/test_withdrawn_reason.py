"""Why a row was taken off a list is kept whole, or refused: never cut."""

import pytest
from django.core.exceptions import ValidationError

from careplans.models import PriorTreatment, Specimen
from careplans.services.cases import add_prior_treatment, withdraw_prior_treatment
from careplans.services.specimens import add_specimen, withdraw_specimen
from tests.careplans import makers
from tests.careplans.api import Api, attrs, problem
from tests.careplans.test_specimens import LIVER

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["therapy", "specimen"])
def row(request, board, ana):
    case = makers.make_case(board, by=ana)
    if request.param == "therapy":
        return add_prior_treatment(case, by=ana, modality_code="OSA", response="not_assessed")
    return add_specimen(case, by=ana, decides=False, **LIVER)


def withdraw(row, by, reason):
    do = withdraw_specimen if isinstance(row, Specimen) else withdraw_prior_treatment
    return do(row, by=by, expected_version=row.version, reason=reason)


def test_the_longest_reason_is_kept_whole(row, ana):
    withdraw(row, ana, "x" * 159 + "y")
    row.refresh_from_db()
    assert row.removed_reason == "x" * 159 + "y"


def test_a_longer_one_is_refused(row, ana):
    """Seen to fail: it was cut at 160 in silence."""
    with pytest.raises(ValidationError, match="at most 160 characters"):
        withdraw(row, ana, "x" * 161)
    row.refresh_from_db()
    assert row.removed_at is None


def test_the_api_says_so_at_the_reason(row, ana):
    noun = "prior-treatments" if isinstance(row, PriorTreatment) else "specimens"
    answer = Api(ana).post(f"/{noun}/{row.pk}/withdraw/", {"reason": "x" * 200}, version=row.version)
    assert (answer.status_code, attrs(answer)) == (400, ["reason"]) and "160" in problem(answer)
