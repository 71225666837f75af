"""What would tell a true day or a rare fact is closed within a reporting project, and open outside of it."""

import pytest

from tests.careplans import makers
from tests.careplans.api import Api
from tests.factories import make_project

pytestmark = pytest.mark.django_db
PATHS = {
    "/cases/?nothing_ahead=true": 400, "/fact-changes/?field=pregnancy": 400, "/fact-changes/?at_after=2026-03-01": 400,
}  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_it_is_closed_within_and_open_outside(board, ana, chloe, anselm, path):
    makers.make_case(board, by=ana)
    assert Api(anselm).get(path).status_code == 200
    make_project(board, by=chloe, analysts=[anselm])
    assert Api(anselm).get(path).status_code == PATHS[path]
    assert Api(chloe).get(path).status_code == 200
