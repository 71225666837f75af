"""The raw views that pages are measured against say what the API says, so that both do the same work."""

import json

import pytest
from django.db import connection

from accounts.models import AuditEvent, Board, User
from bench.raw import Raw
from bench.rows import Rows
from careplans.demo.large.board import Size, make_large
from careplans.models import Case

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="written for psycopg"),
]


@pytest.fixture(scope="module", autouse=True)
def board(module_db):
    with module_db():
        make_large(Size(80, 1, "Raw"), say=lambda line: None)
        return Board.objects.get(name="Raw")


@pytest.fixture
def person():
    return User.objects.get(email="oncology@consilium.example")


@pytest.fixture
def raw(person):
    return Raw(person.pk, connection.connection)


def test_fifty_plans_are_those_of_the_api_to_the_byte(raw, client, person):
    client.force_login(person)
    answer = client.get("/api/v1/plans/").content
    assert raw.api_plans().partition(b'"results":')[2] == answer.partition(b'"results":')[2]


def test_a_plan_is_that_of_the_api_to_the_byte(raw, client, person, board):
    client.force_login(person)
    pk = Rows(board).in_force.pk
    assert raw.api_plan(pk) == client.get(f"/api/v1/plans/{pk}/").content


def test_a_case_is_that_of_the_api_but_for_the_questions_about_its_facts(raw, client, person, board):
    client.force_login(person)
    pk = Rows(board).case.pk
    answer = client.get(f"/api/v1/cases/{pk}/").json()
    answer["proforma"]["contradictions"] = []
    assert json.loads(raw.api_case(pk)) == answer


def test_a_list_of_cases_names_every_open_case_and_leaves_its_read_event(raw, board, person):
    page = raw.cases(board.pk).decode()
    ids = list(Case.objects.filter(board=board).open().values_list("pk", flat=True)[:50])
    assert all(f'href="/cases/{pk}/"' in page for pk in ids)
    event = AuditEvent.objects.first()
    assert (event.actor_id, event.action, event.data) == (person.pk, "list", {"ids": ids})
