"""The clock of the database was set back, or one that went fast was put right: what was recorded before is shown all the same."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.utils import timezone

from careplans.models import Case, HistoryClock, ReportSummary
from careplans.readers.known import Known, rows_known, settled_now
from careplans.readers.known.summaries import lateness, newest
from careplans.summaries import making
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.reports.test_pages import LATER

pytestmark = pytest.mark.django_db


@contextmanager
def fast(by):
    """Whatever is recorded meanwhile is recorded by a clock that is so far ahead."""
    HistoryClock.objects.create(at=timezone.now() + by, nowhere_id=0, id=HistoryClock.ONLY)
    yield
    HistoryClock.objects.all().delete()


def titles():
    return [row.title for row in sorted(rows_known(Case, Known(settled_now())), key=lambda row: row.pk)]


def recorded(board, ana, title="Before", **case):
    found = makers.make_case(board, by=ana, **case)
    Case.objects.filter(pk=found.pk).update(title=title)
    return found


@pytest.mark.parametrize("by", [timedelta(seconds=2), timedelta(hours=3)])
def test_what_was_recorded_before_is_known(board, ana, by):
    with fast(by):
        recorded(board, ana)
    assert titles() == ["Before"]


def test_what_is_written_since_is_known_too(board, ana):
    with fast(timedelta(hours=3)):
        case = recorded(board, ana)
    Case.objects.filter(pk=case.pk).update(title="After")
    recorded(board, ana, "New", record_number="SYN-2")
    assert titles() == ["After", "New"]


def test_a_report_of_now_counts_it(pages, board, ana, chloe):
    with fast(timedelta(hours=3)):
        makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, steps=2)
    assert Api(chloe).get("/reports/concordance/", until=LATER, by="").json()["total"]["steps"] == 2


def test_summaries_follow_each_other_all_the_same(board, ana):
    with fast(timedelta(hours=3)):
        recorded(board, ana)
        first = making._moment()
    ReportSummary.objects.create(moment=first, begun_at=timezone.now(), state="gone")
    recorded(board, ana, record_number="SYN-2")
    assert making._moment() > first


@pytest.mark.parametrize("by", [timedelta(hours=3), timedelta(days=30)])
@pytest.mark.parametrize("state", ["ready", "making"])
def test_a_summary_of_the_fast_clock_answers_nobody_and_another_is_begun(board, ana, settings, by, state):
    settings.SUMMARIES_FROM_PLANS = 1
    makers.make_plan(makers.make_case(board, by=ana), by=ana)
    ahead = timezone.now() + by
    ready = ahead if state == "ready" else None
    ReportSummary.objects.create(moment=ahead, begun_at=ahead, ready_at=ready, state=state)
    assert newest() is None and lateness().summary_missing
    assert making._is_due()
    making.remove_old()
    assert not ReportSummary.objects.exists()


def test_no_day_is_asked_about_that_has_not_come(board, ana):
    """A clock that was a year ahead makes nothing overdue: what was recorded by it is known when its day comes."""
    with fast(timedelta(days=365)):
        recorded(board, ana)
    assert settled_now() < timezone.now() + timedelta(minutes=1)
