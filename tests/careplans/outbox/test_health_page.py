from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from careplans.models import OutboxMessage, Reminder
from careplans.outbox import health
from tests.careplans import makers

pytestmark = pytest.mark.django_db


@pytest.fixture
def follow_up(board, ana):
    return makers.make_follow_up(makers.make_case(board, by=ana), by=ana)


def waiting_since(minutes, **fields):
    then = timezone.now() - timedelta(minutes=minutes)
    reminder = Reminder.objects.first()
    Reminder.objects.filter(pk=reminder.pk).update(due_at=then)
    OutboxMessage.objects.filter(reminder=reminder).update(due_at=then, **fields)


def test_it_is_well_with_nothing_to_send(client, follow_up):
    response = client.get("/health/")
    assert response.status_code == 200
    answer = response.json()
    assert (answer["status"], answer["database"], answer["oldest_unsent_seconds"]) == ("ok", "ok", 0)
    assert (answer["sending"], answer["problems"]) == ("on", [])


def test_it_is_still_well_after_four_minutes(client, follow_up):
    waiting_since(4)
    response = client.get("/health/")
    assert (response.status_code, response.json()["oldest_unsent_seconds"]) == (200, 240)


@pytest.mark.parametrize("state", ["pending", "claimed"])
def test_it_is_not_well_after_six(client, follow_up, state):
    held = (
        {"token": "00000000-0000-0000-0000-000000000001", "lease_until": timezone.now()} if state == "claimed" else {}
    )
    waiting_since(6, status=state, **held)
    response = client.get("/health/")
    assert (response.status_code, response.json()["status"]) == (503, "unhealthy")


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_what_will_not_be_sent_is_not_waited_for(client, follow_up, state):
    waiting_since(60, status=state)
    assert client.get("/health/").status_code == 200


def test_it_says_when_the_database_does_not_answer(client, monkeypatch):
    def gone():
        raise DatabaseError("no")

    monkeypatch.setattr(health, "oldest_unsent_seconds", gone)
    response = client.get("/health/")
    assert (response.status_code, response.json()["database"]) == (503, "failed")


def test_a_probe_costs_six_queries_and_leaves_no_session(client, follow_up, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        response = client.get("/health/")
    assert not response.cookies
    assert response["Cache-Control"] == "no-store"
