import pytest

from accounts.models import Membership
from tests.careplans.reports.delivering import Delivery, on


@pytest.fixture
def delivery(pages, board, ana, chloe):
    with on(1, 1):
        Membership.objects.filter(board=board).update(started_at="2026-01-01T00:00:00Z")
    return Delivery(board, ana, chloe)
