"""A search sends as many statements for twelve rows as for two, and never more than ten."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from careplans.api.fhir.kinds import KINDS
from tests.careplans import makers
from tests.careplans.fhir.fhir import Fhir
from tests.factories import make_cast

pytestmark = pytest.mark.django_db
MOST = 10


def test_a_search_sends_as_many_statements_for_twelve_rows_as_for_two():
    cast = make_cast()
    api = Fhir(cast.chloe)
    for number in range(2):
        one_more(cast, number)
    few = {kind: statements(api, kind) for kind in KINDS}
    for number in range(2, 12):
        one_more(cast, number)
    many = {kind: statements(api, kind) for kind in KINDS}
    assert {kind: (few[kind], many[kind]) for kind in KINDS if many[kind] > few[kind]} == {}
    assert {kind: count for kind, count in many.items() if count > MOST} == {}


def statements(api, kind):
    path = f"{kind}?_count=200"
    api.get(path)
    with CaptureQueriesContext(connection) as heard:
        answer = api.get(path)
    assert answer.status_code == 200
    return len(heard)


def one_more(cast, number):
    """A plan in force and one that amends it, with cycles, a decision and a follow-up."""
    step = makers.make_course(cast.board, by=cast.omar, chair=cast.chloe, record_number=f"SYN-{number}", steps=2)
    makers.make_follow_up(step.case, by=cast.ana)
