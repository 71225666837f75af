"""A search sends as many statements for twelve rows as for two, and never more than ten; with two that come along, eleven."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from careplans.api.fhir.kinds import KINDS
from tests.careplans import makers
from tests.careplans.fhir.fhir import Fhir
from tests.factories import make_cast

pytestmark = pytest.mark.django_db
MOST = 10
# One of them asks what the site has loaded of SNOMED CT.
MOST_WITH_TWO = 11


def test_a_search_sends_as_many_statements_for_twelve_rows_as_for_two():
    cast = make_cast()
    User.objects.filter(pk=cast.chloe.pk).update(is_administrator=True)
    api = Fhir(cast.chloe)
    for number in range(2):
        one_more(cast, number)
    few = {kind: statements(api, kind) for kind in KINDS}
    for number in range(2, 12):
        one_more(cast, number)
    many = {kind: statements(api, kind) for kind in KINDS}
    assert {kind: (few[kind], many[kind]) for kind in KINDS if many[kind] > few[kind]} == {}
    assert {kind: count for kind, count in many.items() if count > MOST} == {}


WITH_TWO = (
    "CarePlan?_include=CarePlan:patient&_include=CarePlan:care-team",
    "CarePlan?_include=CarePlan:patient&_include=CarePlan:condition",
    "Task?_include=Task:focus&_include=Task:patient",
    "Observation?_include=Observation:subject&_include=Observation:focus",
    "ServiceRequest?_include=ServiceRequest:based-on&_include=ServiceRequest:patient",
)


@pytest.mark.parametrize("path", WITH_TWO)
def test_a_search_with_two_that_come_along_sends_no_more(path):
    cast = make_cast()
    api = Fhir(cast.chloe)
    one_more(cast, 1)
    assert statements_of(api, path) <= MOST_WITH_TWO


def statements(api, kind):
    return statements_of(api, f"{kind}?_count=200")


def statements_of(api, path):
    api.get(path)
    with CaptureQueriesContext(connection) as heard:
        answer = api.get(path)
    assert answer.status_code == 200
    return len(heard)


def one_more(cast, number):
    """A plan in force and one that amends it, with cycles, a decision and a follow-up."""
    step = makers.make_course(cast.board, by=cast.omar, chair=cast.chloe, record_number=f"SYN-{number}", steps=2)
    makers.make_follow_up(step.case, by=cast.ana)
