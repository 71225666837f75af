from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError, ProgrammingError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from careplans.models import OutboxMessage, Reminder
from careplans.outbox import health
from common import migrated
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
        raise OperationalError("no")

    monkeypatch.setattr(health, "oldest_unsent_seconds", gone)
    response = client.get("/health/")
    assert (response.status_code, response.json()["database"]) == (503, "failed")


def test_a_probe_costs_ten_queries_and_leaves_no_session(client, follow_up, django_assert_max_num_queries):
    with django_assert_max_num_queries(10):
        response = client.get("/health/")
    assert not response.cookies
    assert response["Cache-Control"] == "no-store"


@pytest.fixture
def unmigrated():
    """As if the last migration of this code had not been applied; nothing is remembered from before, nor afterwards."""
    recorder = MigrationRecorder(connection)
    [last] = MigrationLoader(connection).graph.leaf_nodes("careplans")
    recorder.record_unapplied(*last)
    migrated.forget()
    yield last
    migrated.forget()


@pytest.mark.parametrize("path", ["/health/", "/health/ready/"])
def test_it_says_that_the_database_is_not_migrated(client, unmigrated, path):
    response = client.get(path)
    assert (response.status_code, response.json()["database"]) == (503, "not migrated")
    assert response.json()["problems"] == [
        "1 migration is not applied to the database: run `python manage.py migrate`."
    ]


def test_it_is_seen_within_seconds_that_the_database_was_migrated(client, unmigrated):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert client.get("/health/ready/").status_code == 503
        MigrationRecorder(connection).record_applied(*unmigrated)
        clock.shift(timedelta(seconds=migrated.REMEMBERED_SECONDS + 1))
        assert client.get("/health/ready/").status_code == 200


def test_whether_it_is_migrated_is_not_asked_at_each_request(client, django_assert_num_queries):
    client.get("/health/ready/")
    with django_assert_num_queries(1):
        client.get("/health/ready/")


def test_an_error_of_the_code_is_not_told_as_a_database_that_is_away(client, monkeypatch):
    def wrong():
        raise ProgrammingError("column mrs_secret does not exist")

    monkeypatch.setattr(health, "oldest_unsent_seconds", wrong)
    response = client.get("/health/")
    assert response.status_code == 503
    assert response.json()["problems"] == ["The database refuses what is asked of it: the log names the place."]
