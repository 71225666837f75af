"""Of the ends of months reports are kept: they say what the histories say, to the byte, whatever is written later."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from careplans.models import ReportSummary
from careplans.models.past_triggers import BY_TABLE
from careplans.models.report_summaries import forget_kept
from careplans.readers.known import _model, nouns_in, summaries
from careplans.readers.known.months import known_month_ends, month_ends
from careplans.reports.asked import read_asked
from careplans.reports.contents import ALL, BY_NAME
from careplans.summaries import making, tables
from tests.careplans.api import Api
from tests.careplans.doors import browser
from tests.careplans.reports.delivering import CYCLES, Delivery
from tests.careplans.reports.test_summaries import all_said, at, is_answered_from_it
from tests.factories import make_project

pytestmark = pytest.mark.django_db
APRIL = datetime(2026, 4, 2, 12, tzinfo=UTC)
MARCH = {"as_of": "2026-03-31"}
# Which keep no past: publications say themselves when they were approved and withdrawn, the others are names and pages.
NOT_KEPT = {"publication", "revision", "user"}


@pytest.fixture(autouse=True)
def wanted(settings):
    settings.SUMMARIES_FROM_PLANS = 1
    settings.SUMMARY_MONTHS = 2


@pytest.fixture
def do(pages, board, ana, chloe):
    """A plan of two steps that was released on 1 March; the first was to begin on the 21st, and began on the 8th."""
    do = Delivery(board, ana, chloe)
    [first, _] = do.plan_of([({}, 20, False), (CYCLES, 30, True)])
    do.start(first, 3, 8)
    do.first = first
    return do


def made():
    """All that there is to make: the database rests before each."""
    while making.refresh_summaries(1000) or _rested():
        pass


def _rested():
    ReportSummary.objects.update(begun_at=timezone.now() - timedelta(minutes=14))
    return making._missing_month()


def kept():
    return set(ReportSummary.objects.filter(state="ready", moment__in=month_ends()).values_list("moment", flat=True))


def test_what_is_kept_says_what_the_histories_say_whatever_is_written_later(do, chloe, settings):
    with at(APRIL):
        assert not is_answered_from_it(chloe, **MARCH)
        before = all_said(chloe, **MARCH)
        made()
        assert is_answered_from_it(chloe, **MARCH)
        assert "FROM summary_" in read_asked(BY_NAME["order"], chloe, MARCH).report.unit
        assert all_said(chloe, **MARCH) == before
    with at(APRIL + timedelta(days=9)):
        do.complete(do.first, 3, 25, recorded=(4, 10))
        do.release(do.draft({})[0])
    with at(APRIL + timedelta(days=10)):
        made()
        assert is_answered_from_it(chloe, **MARCH)
        assert all_said(chloe, **MARCH) == before
        assert all_said(chloe, **MARCH, known_by="now") != before
        settings.SUMMARIES_FROM_PLANS = 0
        assert all_said(chloe, **MARCH) == before


@pytest.mark.parametrize("params", [{"as_of": "2026-03-30"}, MARCH | {"known_by": "now"}, {"as_of": "now"}, {}])
def test_another_moment_is_not_answered_from_a_month(do, chloe, params):
    with at(APRIL):
        made()
        ReportSummary.objects.exclude(moment__in=month_ends()).update(state="gone")
        assert not is_answered_from_it(chloe, **params)


def test_a_month_is_kept_when_its_end_is_a_day_ago(do):
    """As far as the clock of the database may be set back, and write into it."""
    with at(datetime(2026, 4, 1, 23, 59, tzinfo=UTC)):
        made()
        assert max(kept()) == datetime(2026, 2, 28, 23, 59, 59, 999999, tzinfo=UTC)
    with at(datetime(2026, 4, 2, 0, 1, tzinfo=UTC)):
        made()
        assert max(kept()) == datetime(2026, 3, 31, 23, 59, 59, 999999, tzinfo=UTC)


def test_the_last_months_alone_are_kept(do, chloe, settings):
    with at(APRIL):
        made()
        assert len(kept()) == 2
    with at(APRIL + timedelta(days=62)):
        made()
        # The clock of the database is not moved.
        ReportSummary.objects.update(ready_at=APRIL)
        made()
        assert {one.month for one in kept()} == {4, 5}
        assert not is_answered_from_it(chloe, **MARCH)
        settings.SUMMARY_MONTHS = 0
        made()
        assert not kept()
        assert {name.split("_")[1] for name in tables.standing()} == {str(ReportSummary.objects.get().pk)}


def test_that_of_now_comes_first_and_the_database_rests_before_a_month(do):
    with at(APRIL):
        making.refresh_summaries(1000)
        first = ReportSummary.objects.get()
        assert first.moment > max(month_ends())
        ReportSummary.objects.update(made={name: one | {"seconds": 6} for name, one in first.made.items()})
    spent = 6 * len(ALL)
    with at(APRIL + timedelta(seconds=10 * spent - 60)):
        ReportSummary.objects.update(begun_at=timezone.now())
        assert making._missing_month() is None
    with at(APRIL + timedelta(seconds=20 * spent)):
        assert making._missing_month() == max(month_ends())


def test_where_one_takes_minutes_those_of_months_are_made_in_turns_with_that_of_now(do):
    """Of 400 seconds: when the database has rested, that of now is due again."""
    moment, begun = APRIL, []
    for _ in range(2 * len(known_month_ends_at(APRIL)) + 1):
        with at(moment):
            making.refresh_summaries(1000)
            last = ReportSummary.objects.order_by("-begun_at").first()
            begun.append("month" if last.moment in month_ends() else "now")
            made = {name: one | {"seconds": 400 / len(ALL)} for name, one in last.made.items()}
            ReportSummary.objects.filter(pk=last.pk).update(made=made, begun_at=timezone.now())
        moment += timedelta(seconds=4100)
    assert begun == ["now", "month"] * (len(begun) // 2) + ["now"] and len(begun) > 1


def known_month_ends_at(moment):
    with at(moment):
        return known_month_ends()


def test_what_was_worked_out_by_a_definition_of_before_is_made_anew(do, chloe):
    with at(APRIL):
        made()
        old = ReportSummary.objects.get(moment=max(month_ends()))
        told = old.made | {"order": old.made["order"] | {"of": "of a release before"}}
        ReportSummary.objects.filter(pk=old.pk).update(made=told)
        assert "FROM summary_" not in read_asked(BY_NAME["order"], chloe, MARCH).report.unit
        made()
        assert "FROM summary_" in read_asked(BY_NAME["order"], chloe, MARCH).report.unit
        assert not [one for one in tables.standing() if one.startswith(f"summary_{old.pk}_")]


def test_after_a_migration_months_are_worked_out_anew(do, chloe):
    """On SQLite one may change what rows held before, too."""
    with at(APRIL):
        made()
        call_command("migrate", verbosity=0)
        assert is_answered_from_it(chloe, **MARCH)
        forget_kept(connection)
        assert not is_answered_from_it(chloe, **MARCH)
        assert is_answered_from_it(chloe)
        made()
        assert is_answered_from_it(chloe, **MARCH)


def test_a_month_before_anything_was_kept_is_not_made(do, monkeypatch):
    monkeypatch.setattr("careplans.readers.known.months.kept_since", lambda: datetime(2026, 3, 9, tzinfo=UTC))
    with at(APRIL):
        made()
        assert {one.month for one in kept()} == {3}


def test_a_reporting_project_is_answered_from_there(do, board, chloe, anselm):
    make_project(board, by=chloe, analysts=[anselm])
    with at(APRIL):
        before = [Api(anselm).get(f"/reports/{one.name}/", as_of="now") for one in ALL]
        made()
        after = [Api(anselm).get(f"/reports/{one.name}/", as_of="now") for one in ALL]
    assert {one.status_code for one in before} == {200}
    assert [one.content for one in after] == [one.content for one in before]
    assert {one.headers.get("Age") for one in before} == {None}
    assert None not in {one.headers.get("Age") for one in after}


def test_the_page_says_that_it_is_kept(do, chloe):
    with at(APRIL):
        made()
        for name, args in (("report", ["order"]), ("scorecard", []), ("report_pack", [])):
            html = browser(chloe).get(reverse(f"careplans:{name}", args=args), MARCH).content.decode()
            assert "Worked out when the month had ended, and kept" in html, name
            assert "minutes ago" not in html, name
        assert summaries.newest().is_kept is False


@pytest.mark.parametrize("report", ALL, ids=lambda one: one.name)
def test_whatever_a_report_reads_keeps_its_past(report):
    """Else what was written later could change an answer of a month, and nobody would notice."""
    read = {noun for noun in nouns_in(report.unit) if _model(noun)._meta.db_table not in BY_TABLE}
    assert read <= NOT_KEPT
