"""The clock of the database was set back, or one that went fast was put right: what was recorded before is shown all the same."""

from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from unittest import mock

import pytest
import time_machine
from django.utils import timezone

from accounts.models import ReportingProject
from careplans.deidentified.reader import Reader
from careplans.models import Case, FollowUp, HistoryClock, ReportSummary
from careplans.readers.known import Known, moments, rows_known, settled_now
from careplans.readers.known.summaries import lateness, newest
from careplans.summaries import making
from common.centre_day import centre_today, centre_zone
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


# Past midnight


@pytest.fixture
def tomorrow():
    """By how much a clock is fast that shows the first second of the next day of the centre."""
    midnight = datetime.combine(centre_today() + timedelta(days=1), time.min, centre_zone())
    return midnight + timedelta(seconds=1) - timezone.now()


def test_reports_of_now_are_of_today_and_not_of_the_day_that_was_recorded(board, ana, chloe, tomorrow):
    """A follow-up that is due today is overdue tomorrow."""
    case = makers.make_case(board, by=ana)
    row = makers.make_follow_up(case, by=ana, due_on=centre_today())
    FollowUp.objects.filter(pk=row.pk).update(due_until=centre_today())
    with fast(tomorrow):
        recorded(board, ana, record_number="SYN-2")
    told = Api(chloe).get("/reports/overdue/", by="").json()
    assert datetime.fromisoformat(told["as_of"]).astimezone(centre_zone()).date() == centre_today()
    assert told["total"]["overdue"] == 0
    # And by what was recorded last: the other case is known.
    assert len(titles()) == 2


def test_today_is_asked_for_as_now_and_the_answer_is_asked_again_with_its_moments(board, ana, chloe, tomorrow):
    with fast(tomorrow):
        case = recorded(board, ana)
    api, path = Api(chloe), f"/cases/{case.pk}/course/"
    now = api.get(path).json()
    assert now["case"]["title"] == "Before"
    today = api.get(path, as_of=centre_today().isoformat()).json()
    again = api.get(path, as_of=now["as_of"], known_by=now["known_by"]).json()
    assert today == now == again
    refused = api.get(path, as_of=(centre_today() + timedelta(days=1)).isoformat())
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "as_of")


def test_a_month_is_not_over_before_its_last_day_is(board, ana):
    """Within a project whole months are told: by the day that it is, not by the one that was recorded."""
    zone = centre_zone()
    recorded_at = datetime(2026, 12, 1, 0, 0, 1, tzinfo=zone)
    with (
        time_machine.travel(datetime(2026, 11, 30, 22, tzinfo=zone)),
        mock.patch.object(moments, "_clock", return_value=datetime(2026, 11, 30, 22, tzinfo=zone)),
    ):
        told = moments.world_now(recorded_at, zone)
    assert told.date() == date(2026, 11, 30)
    reader = Reader(ReportingProject(pk=1))
    assert reader.as_of(told, zone).astimezone(zone).date() == date(2026, 10, 31)
