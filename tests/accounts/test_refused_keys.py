"""What was refused is on the trail whatever key was sent, also one that no column holds."""

import pytest

from accounts.models import AuditEvent
from tests.careplans import makers
from tests.careplans.api import Api

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("key", [2**63, 10**300, -(2**63) - 1])
def test_a_board_that_no_column_holds_is_refused_like_any_other(key, board, ana):
    patient = makers.make_patient(board, by=ana)
    answer = Api(ana).post(f"/patients/{patient.pk}/let-go/", {"board": key, "reason": "wrong_number"}, version=1)
    assert answer.status_code == 403
    event = AuditEvent.objects.filter(action="refused", actor=ana).latest("pk")
    assert (event.data["action"], event.board_id) == ("patients.edit", None)
