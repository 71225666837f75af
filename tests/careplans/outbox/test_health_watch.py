"""What watches the part that reminds people: heartbeats, the canary, metrics, and log lines without a patient's data."""

import json
import logging
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from careplans import tasks
from careplans.models import Heartbeat, OutboxMessage
from careplans.outbox import health, heartbeats
from config.logs import formatter
from tests.careplans import makers


@pytest.mark.django_db
def test_the_tick_leaves_a_pulse(monkeypatch):
    monkeypatch.setattr(tasks.canary, "apply_async", lambda **_: None)
    tasks.send_due()
    assert health.read().tick_age_seconds == 0


@pytest.mark.django_db
def test_a_silent_beat_is_a_problem(client):
    Heartbeat.objects.create(name="beat", at=timezone.now() - timedelta(seconds=health.SILENT_SECONDS + 1))
    answer = client.get("/health/")
    assert answer.status_code == 503
    assert "Nothing has asked for due reminders" in answer.json()["problems"][0]


@pytest.mark.django_db
def test_a_loop_beside_a_silent_beat_is_well():
    Heartbeat.objects.create(name="beat", at=timezone.now() - timedelta(hours=1))
    heartbeats.beat(Heartbeat.Name.LOOP)
    assert health.read().problems == []


@pytest.mark.django_db
def test_one_canary_a_minute():
    assert heartbeats.canary_is_due()
    assert not heartbeats.canary_is_due()
    Heartbeat.objects.filter(name="canary_sent").update(at=timezone.now() - timedelta(seconds=61))
    assert heartbeats.canary_is_due()
    assert not heartbeats.canary_is_due()


@pytest.mark.django_db
def test_a_canary_that_came_back_tells_how_long_it_took():
    heartbeats.canary_is_due()
    Heartbeat.objects.filter(name="canary_sent").update(at=timezone.now() - timedelta(seconds=2))
    tasks.canary()
    reading = health.read()
    assert 2 <= reading.queue_round_trip_seconds < 10
    assert reading.canary_waiting_seconds is None


@pytest.mark.django_db
def test_a_canary_that_stays_away_is_a_problem():
    heartbeats.canary_is_due()
    Heartbeat.objects.filter(name="canary_sent").update(at=timezone.now() - timedelta(seconds=400))
    assert any("A task has been in the queue" in words for words in health.read().problems)


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "queries"), [("/health/live/", 0), ("/health/ready/", 1)])
def test_liveness_asks_nothing_and_readiness_the_database(client, path, queries, django_assert_num_queries):
    with django_assert_num_queries(queries):
        assert client.get(path).json()["status"] == "ok"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("token", "given", "status"),
    [
        ("", "Bearer ", 404),
        ("", "", 404),
        ("secret", "", 404),
        ("secret", "Bearer wrong", 404),
        ("secret", "Bearer secret", 200),
    ],
)
def test_metrics_are_for_who_has_the_token(client, settings, token, given, status):
    settings.METRICS_TOKEN = token
    assert client.get("/metrics/", headers={"Authorization": given}).status_code == status


@pytest.mark.django_db
def test_the_metrics_count_deliveries(client, settings, board, ana):
    settings.METRICS_TOKEN = "secret"
    makers.make_follow_up(makers.make_case(board, by=ana), by=ana)
    waiting = OutboxMessage.objects.filter(channel="email", status="pending").count()
    text = client.get("/metrics/", headers={"Authorization": "Bearer secret"}).content.decode()
    assert f'consilium_outbox_messages{{channel="email",state="pending"}} {float(waiting)}' in text
    assert "consilium_sending_held 0.0" in text
    assert "Ashdown" not in text


def line(kind, **record):
    made = logging.LogRecord("careplans.outbox.sending", logging.WARNING, "x.py", 1, "message not sent", (), None)
    for name, value in record.items():
        setattr(made, name, value)
    return formatter(kind).format(made)


def test_a_line_for_machines_holds_what_is_listed_and_nothing_else():
    found = json.loads(line("json", outbox_message=7, attempt=2, why="busy", patient="Ashdown", family_name="Ashdown"))
    assert [found[key] for key in ("event", "level", "logger")] == [
        "message not sent",
        "warning",
        "careplans.outbox.sending",
    ]
    assert (found["outbox_message"], found["attempt"], found["why"]) == (7, 2, "busy")
    assert "Ashdown" not in str(found)


def test_a_line_for_people_holds_the_same():
    assert "outbox_message=7" in line("line", outbox_message=7, patient="Ashdown")
    assert "Ashdown" not in line("line", outbox_message=7, patient="Ashdown")


@pytest.mark.parametrize("kind", ["json", "line"])
def test_an_exception_is_logged_without_its_words(kind):
    try:
        raise ValueError("Key (family_name)=(Ashdown) already exists")
    except ValueError as error:
        found = line(kind, exc_info=(type(error), error, error.__traceback__))
    assert "ValueError" in found
    assert "test_health_watch.py" in found
    assert "Ashdown" not in found


def test_another_format_is_refused():
    with pytest.raises(ValueError, match="must be line or json"):
        formatter("xml")


def has_run_for(monkeypatch, seconds):
    monkeypatch.setattr(health, "STARTED", time.monotonic() - seconds)


@pytest.mark.django_db
@pytest.mark.parametrize(("broker", "said"), [("redis://localhost", "beat and a worker"), ("", "run_reminders")])
def test_a_part_that_should_run_and_was_never_seen_is_a_problem(client, monkeypatch, settings, broker, said):
    settings.CELERY_BROKER_URL = broker
    has_run_for(monkeypatch, health.SILENT_SECONDS + 1)
    answer = client.get("/health/")
    assert answer.status_code == 503
    (problem,) = answer.json()["problems"]
    assert problem.startswith(f"Nothing has ever asked for due reminders: start {said}")


@pytest.mark.django_db
def test_it_is_given_two_minutes(client, monkeypatch):
    has_run_for(monkeypatch, health.SILENT_SECONDS - 10)
    assert client.get("/health/").status_code == 200
