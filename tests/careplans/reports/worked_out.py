"""A world small enough to count by hand, made through the services on days of 2026; and the door to its figures."""

from contextlib import contextmanager
from datetime import UTC, datetime

import time_machine

from careplans.demo.clock import history_at
from tests.careplans.api import Api


@contextmanager
def on(month, day, hour=10):
    """The clock of the program and that of the history stand at this hour."""
    moment = datetime(2026, month, day, hour, tzinfo=UTC)
    with time_machine.travel(moment, tick=False), history_at(moment):
        yield


def asked(person, report, **params):
    answer = Api(person).get(f"/reports/{report}/", **params)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def rows_of(person, report, **params):
    answer = Api(person).get(f"/reports/{report}/rows/", **params)
    assert answer.status_code == 200, answer.json()
    return answer.json()["results"]


def share(figure):
    return figure["count"], figure["among"]


def span(figure):
    return figure["count"], figure["least"], figure["median"], figure["most"]
