"""How many calls a person may make in a minute: told with each answer, shared by processes and tokens, nothing to pages."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import CallCount
from accounts.services import call_counts
from tests.careplans import makers
from tests.careplans.api import Api, problem

pytestmark = pytest.mark.django_db
START = "2026-03-04T08:00:00Z"


@pytest.fixture(autouse=True)
def _three_a_minute(settings, monkeypatch):
    settings.API_CALLS_PER_MINUTE = 3
    monkeypatch.setattr(call_counts, "_blocks", call_counts.Blocks())


def test_each_answer_says_how_many_calls_are_left(board, omar):
    with time_machine.travel(START, tick=False) as clock:
        api = Api(omar)
        told = [api.get("/boards/")["RateLimit"] for _ in range(3)]
        assert told == ['"person";r=2;t=60', '"person";r=1;t=60', '"person";r=0;t=60']
        clock.shift(12)
        refused = api.get("/boards/")
    assert (refused.status_code, refused["Retry-After"]) == (429, "48")
    assert refused["RateLimit-Policy"] == '"person";q=3;w=60'
    assert "Retry-After" in problem(refused)


def test_a_refused_call_does_nothing(board, ana):
    case, api = makers.make_case(board, by=ana), Api(ana)
    for _ in range(3):
        api.get("/boards/")
    assert api.patch(f"/cases/{case.pk}/", {"title": "Jejunal NET"}, version=case.version).status_code == 429
    case.refresh_from_db()
    assert case.title != "Jejunal NET"


def test_the_next_minute_begins_anew(board, omar):
    with time_machine.travel(START, tick=False) as clock:
        api = Api(omar)
        assert [api.get("/boards/").status_code for _ in range(4)] == [200, 200, 200, 429]
        clock.shift(60)
        assert api.get("/boards/").status_code == 200


def test_it_counts_the_person_and_not_the_token(board, omar, ravi):
    with time_machine.travel(START, tick=False):
        assert [Api(omar).get("/boards/").status_code for _ in range(4)] == [200, 200, 200, 429]
        assert Api(ravi).get("/boards/").status_code == 200


def test_pages_are_never_limited(board, omar, client):
    with time_machine.travel(START, tick=False):
        assert [Api(omar).get("/boards/").status_code for _ in range(4)][-1] == 429
        client.force_login(omar)
        for _ in range(5):
            assert client.get(reverse("careplans:my_work")).status_code == 200


def test_whoever_is_not_signed_in_is_told_that(db, client):
    for _ in range(5):
        assert client.get("/api/v1/boards/").status_code == 401
    assert not CallCount.objects.exists()


def test_nothing_is_limited_where_the_centre_wants_none(board, omar, settings):
    settings.API_CALLS_PER_MINUTE = 0
    answers = [Api(omar).get("/boards/") for _ in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    assert "RateLimit" not in answers[0]


def test_another_process_counts_on(omar):
    """Another process has taken nothing itself yet."""
    with time_machine.travel(START, tick=False):
        assert call_counts.count_call(omar, most=3).calls == 1
        call_counts._blocks.taken.clear()
        assert call_counts.count_call(omar, most=3).calls == 2


def test_most_calls_send_no_statement_for_it(omar):
    with time_machine.travel(START, tick=False), CaptureQueriesContext(connection) as captured:
        calls = [call_counts.count_call(omar, most=1200).calls for _ in range(30)]
    assert calls == list(range(1, 31))
    # Of 24 calls each, a fiftieth of 1,200.
    assert len(captured) == 2


def test_a_clock_a_little_ahead_makes_nobody_wait_and_one_far_ahead_locks_nobody_out(omar):
    at = timezone.now().replace(second=50, microsecond=0)
    for ahead, calls in ((timedelta(seconds=20), 2), (timedelta(hours=1), 1)):
        CallCount.objects.all().delete()
        with time_machine.travel(at + ahead, tick=False):
            call_counts._blocks.taken.clear()
            call_counts.count_call(omar, most=3)
        with time_machine.travel(at, tick=False):
            call_counts._blocks.taken.clear()
            assert call_counts.count_call(omar, most=3).calls == calls


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_as_many_as_one_after_the_other(omar):
    def call(_):
        try:
            return call_counts.count_call(omar, most=10).calls
        finally:
            connection.close()

    with time_machine.travel(START, tick=False), ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(call, range(40))) == list(range(1, 41))
