"""Reports worked out beforehand say what the histories say, to the byte; whoever reads sees their age, and never half of one."""

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as tried
from hypothesis import strategies as st

from careplans.demo.clock import history_at
from careplans.models import Plan, ReportSummary, Step
from careplans.models.report_summaries import table_of
from careplans.outbox import health
from careplans.readers.known import summaries
from careplans.reports import counting
from careplans.reports.answering import answer, rows_behind
from careplans.reports.asked import read_asked
from careplans.reports.contents import ALL, BY_NAME
from careplans.reports.scorecard import told as scorecard_told
from careplans.reports.scorecard.figures import read_scorecard
from careplans.reports.told import told
from careplans.summaries import making, tables
from common.errors import Conflict
from tests.careplans.api import Api
from tests.careplans.doors import browser
from tests.careplans.reports.delivering import CYCLES, Delivery
from tests.careplans.reports.test_concordance_any import ACTS, STEPS, act, carried_out

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
PERIOD = {"since": "2026-01-01", "until": "2026-12-31"}


@pytest.fixture(autouse=True)
def wanted(settings):
    settings.SUMMARIES_FROM_PLANS = 1
    settings.SUMMARY_MONTHS = 0


@pytest.fixture
def do(pages, board, ana, chloe):
    """A plan of two steps that was released on 1 March; the first was to begin on the 21st, and began on the 8th."""
    do = Delivery(board, ana, chloe)
    [first, _] = do.plan_of([({}, 20, False), (CYCLES, 30, True)])
    do.start(first, 3, 8)
    return do


@contextmanager
def at(moment):
    """The clock of the program and that of the history."""
    with time_machine.travel(moment, tick=False), history_at(moment):
        yield


def made():
    while making.refresh_summaries(1000):
        pass
    return ReportSummary.objects.order_by("-moment").first()


def said(person, report, **params):
    """The figures and the rows behind them, as bytes."""
    names = {one.name for one in report.dimensions}
    by = {"by": ",".join(names & {"board", "month", "modality"})}
    found = []
    for wanted in ({}, by, {"by": ""}):
        asked = read_asked(report, person, (PERIOD if report.period else {}) | wanted | params)
        found += [told(answer(asked, by=person)), rows_behind(asked, None, by=person, most=1000)]
    return json.dumps(found, cls=DjangoJSONEncoder)


def all_said(person, **params):
    found = {one.name: said(person, one, **params) for one in ALL}
    card = read_scorecard(person, PERIOD | {"by": "month"} | params)
    return found | {"scorecard": json.dumps(scorecard_told.told(card), cls=DjangoJSONEncoder)}


def is_answered_from_it(person, **params):
    return read_asked(BY_NAME["concordance"], person, params).summary is not None


def test_what_another_release_worked_out_by_another_definition_answers_nothing(do, chloe):
    """The report is worked out as it is asked; a summary that was begun before has it made again, by the definition of now."""
    with at(NOON):
        summary = made()
        wanted = all_said(chloe)
        broken = summary.made | {"concordance": summary.made["concordance"] | {"of": "another"}}
        ReportSummary.objects.filter(pk=summary.pk).update(made=broken)
        table = table_of(summary.pk, "concordance")
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} DROP COLUMN days_off")
        assert all_said(chloe) == wanted
        asked = read_asked(BY_NAME["concordance"], chloe, {})
        assert asked.summary is not None and table not in asked.report.unit
        ReportSummary.objects.filter(pk=summary.pk).update(state="making", ready_at=None)
        assert made().made["concordance"]["of"] == BY_NAME["concordance"].mark
        assert table in read_asked(BY_NAME["concordance"], chloe, {}).report.unit
        assert all_said(chloe) == wanted


def carried_on(do, case, days, acts):
    for verb, index, wait in acts:
        days += wait
        standing = list(Step.objects.filter(case=case, carried_over_at=None, plan__status__in=Plan.IN_FORCE))
        if not standing:
            return
        try:
            act(do, verb, sorted(standing, key=lambda step: step.position)[index % len(standing)], days)
        except (ValidationError, Conflict, Step.DoesNotExist, type(do).NOTHING_THERE):
            continue


# Without shrinking: each example is a whole story, and takes a second.
@tried(
    max_examples=5,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS, acts=ACTS, later=ACTS, wait=st.integers(1, 40))
def test_it_says_what_the_histories_say_whatever_was_done_since(
    pages, board, ana, chloe, settings, steps, acts, later, wait
):
    do = Delivery(board, ana, chloe)
    do.cases = Step.objects.count() * 1000
    days, case = carried_out(do, steps, acts)
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(days=days + wait)
    settings.SUMMARIES_FROM_PLANS = 1
    # Those of the examples before, which may be of later moments.
    ReportSummary.objects.update(state="gone")
    with at(moment):
        summary = made()
        assert summary.state == "ready"
        now = all_said(chloe)
    carried_on(do, case, days + wait + 1, later)
    with at(moment + timedelta(minutes=30)):
        assert is_answered_from_it(chloe)
        assert all_said(chloe) == now
    with at(moment + timedelta(days=200)):
        exactly = {"as_of": summary.moment.isoformat()}
        assert is_answered_from_it(chloe, **exactly)
        assert all_said(chloe, **exactly) == now
        settings.SUMMARIES_FROM_PLANS = 0
        assert not is_answered_from_it(chloe, **exactly)
        assert all_said(chloe, **exactly) == now


def test_what_was_done_since_is_told_where_it_is_asked_for(do, chloe):
    with at(NOON):
        made()
    with at(NOON + timedelta(minutes=10)):
        do.release(do.draft({})[0])
    with at(NOON + timedelta(minutes=40)):
        unsaid, now = (Api(chloe).get("/reports/releases/", by="", **params) for params in ({}, {"as_of": "now"}))
        assert [one.json()["total"]["plans"] for one in (unsaid, now)] == [1, 2]
        assert [one.headers.get("Age") for one in (unsaid, now)] == ["2400", None]


def test_one_board_reads_its_own_alone(do, chloe, otto):
    with at(NOON):
        made()
        assert is_answered_from_it(otto)
        assert answer(read_asked(BY_NAME["releases"], otto, {"by": ""}), by=otto).total.figures["plans"] == 0


def test_its_age_is_on_the_page_with_the_way_to_what_is_so_now(do, chloe):
    with at(NOON):
        made()
    with at(NOON + timedelta(minutes=12)):
        for name, args in (("report", ["concordance"]), ("scorecard", []), ("report_pack", [])):
            html = browser(chloe).get(reverse(f"careplans:{name}", args=args)).content.decode()
            assert "12 minutes ago" in html, name
            live = browser(chloe).get(reverse(f"careplans:{name}", args=args), {"as_of": "2026-03-20"}).content.decode()
            assert "minutes ago" not in live, name


@pytest.mark.parametrize("plans", [0, 2])
def test_a_small_record_is_always_told_as_it_is(do, chloe, settings, plans):
    """1 plan, where summaries are for 2 and more; 0 is never."""
    settings.SUMMARIES_FROM_PLANS = plans
    with at(NOON):
        assert made() is None
        assert not is_answered_from_it(chloe)


def test_what_a_larger_record_left_is_taken_away(do, chloe, settings):
    with at(NOON):
        made()
        settings.SUMMARIES_FROM_PLANS = 0
        assert made() is None
    assert tables.standing() == []


def test_an_old_one_answers_no_more_and_operations_say_so(do, chloe, settings):
    with at(NOON):
        made()
        assert not [one for one in health.read().problems if "worked out" in one]
    with at(NOON + timedelta(minutes=61)):
        assert not is_answered_from_it(chloe)
        assert [
            one
            for one in health.read().problems
            if one.startswith("Reports were last worked out beforehand 61 minutes")
        ]
        settings.SUMMARIES_FROM_PLANS = 2
        assert not [one for one in health.read().problems if "worked out" in one]


def test_one_that_never_came_is_a_problem_once_it_should_have(do, chloe, monkeypatch):
    with at(NOON):
        reading = health.read()
        monkeypatch.setattr(health, "STARTED", health.time.monotonic() - 3599)
        assert not [one for one in reading.problems if "worked out" in one]
        monkeypatch.setattr(health, "STARTED", health.time.monotonic() - 3601)
        assert [one for one in reading.problems if one.startswith("Reports have never been worked out")]


def test_the_next_one_is_made_when_it_is_time(do, chloe):
    with at(NOON):
        first = made()
        assert made() == first
    with at(NOON + timedelta(minutes=14)):
        assert made() == first
    with at(NOON + timedelta(minutes=15)):
        assert made() != first


def test_whoever_reads_the_one_before_has_time_to_end(do, chloe):
    with at(NOON):
        first = made()
    with at(NOON + timedelta(minutes=15)):
        second = made()
        assert summaries.newest().moment == second.moment
        assert is_answered_from_it(chloe, as_of=first.moment.isoformat())
    ReportSummary.objects.filter(pk=second.pk).update(ready_at=NOON + timedelta(minutes=15))
    with at(NOON + timedelta(minutes=26)):
        making.remove_old()
        assert not is_answered_from_it(chloe, as_of=first.moment.isoformat())
        assert {name.split("_")[1] for name in tables.standing()} == {str(second.pk)}


def test_nobody_reads_half_of_one(do, chloe):
    """A maker that is stopped after some reports leaves them to the next, and until then they answer nothing."""
    with at(NOON):
        while ReportSummary.objects.first() is None or len(ReportSummary.objects.get().made) < 3:
            assert making.refresh_summaries(-1 if ReportSummary.objects.exists() else 0.0001)
            half = ReportSummary.objects.get()
            making._make(_taken(half), ALL[len(half.made)])
            _let_go(half)
        assert not is_answered_from_it(chloe)
        assert made().state == "ready"
        assert is_answered_from_it(chloe)


def _taken(summary):
    return making._claim()


def _let_go(summary):
    ReportSummary.objects.filter(pk=summary.pk).update(token=None, lease_until=None)


def test_a_maker_that_was_killed_is_followed_after_its_lease(do, chloe):
    with at(NOON):
        killed = making._begin()
        making._make(killed, ALL[0])
        assert making._claim() is None
        assert making._begin() is None
        ReportSummary.objects.update(lease_until=NOON - timedelta(days=3650))
        assert made().pk == killed.pk
        assert ReportSummary.objects.get().made.keys() == {one.name for one in ALL}
        with pytest.raises(making.LostError):
            making._make(killed, ALL[1])


def test_what_was_begun_too_long_ago_is_begun_anew(do, chloe):
    with at(NOON):
        old = making._begin()
        making._make(old, ALL[0])
    ReportSummary.objects.update(lease_until=NOON - timedelta(days=3650))
    with at(NOON + timedelta(hours=2)):
        new = made()
    assert new.moment > old.moment
    assert table_of(old.pk, ALL[0].name) not in tables.standing()


@pytest.mark.parametrize("lost", ["DELETE FROM {0}", "DROP TABLE {0}"])
def test_what_a_crash_or_a_restore_lost_is_never_read_as_nothing(do, chloe, lost):
    with at(NOON):
        summary = made()
        assert is_answered_from_it(chloe)
        with connection.cursor() as cursor:
            cursor.execute(lost.format(table_of(summary.pk, "releases")))
        assert not is_answered_from_it(chloe)
        assert answer(read_asked(BY_NAME["releases"], chloe, {"by": ""}), by=chloe).total.figures["plans"] == 1


def test_a_late_day_is_that_of_the_summary(do, chloe):
    """Asked on the next day, it is as of the day of its moment, and its period ends there."""
    with at(datetime(2026, 3, 20, 23, 50, tzinfo=UTC)):
        made()
    with at(datetime(2026, 3, 21, 0, 10, tzinfo=UTC)):
        asked = read_asked(BY_NAME["releases"], chloe, {})
        assert (asked.day, asked.until) == (date(2026, 3, 20), date(2026, 3, 20))


def test_what_was_worked_out_by_another_definition_is_not_served(do, chloe):
    """As a release before has left it: of that report the histories answer, as of the same moment; of the others the summary."""
    with at(NOON):
        summary = made()
        before = said(chloe, BY_NAME["follow-ups-due"])
        assert "FROM summary_" in read_asked(BY_NAME["follow-ups-due"], chloe, PERIOD).report.unit
        summary.made["follow-ups-due"]["of"] = "of a release before"
        ReportSummary.objects.filter(pk=summary.pk).update(made=summary.made)
        found = read_asked(BY_NAME["follow-ups-due"], chloe, PERIOD)
        assert "FROM summary_" not in found.report.unit and found.moment == summary.moment
        assert "FROM summary_" in read_asked(BY_NAME["concordance"], chloe, PERIOD).report.unit
        assert said(chloe, BY_NAME["follow-ups-due"]) == before


def test_another_way_of_counting_is_another_definition():
    report = BY_NAME["follow-ups-due"]
    others = [
        replace(report, unit=f"{report.unit} "), replace(report, lasting=None), replace(report, shown=()),
        replace(report, measures=report.measures[1:]),
    ]  # fmt: skip
    assert len({one.mark for one in (report, *others)}) == 5
    assert replace(report, title="Another").mark == report.mark


WHOLE = {"since": "2026-01-01", "until": "2026-12-31"}
CUT = {"since": "2026-01-01", "until": "2026-03-23"}


@pytest.fixture
def pairs(do):
    """Plans of two steps that follow each other, and one of three, of which the second begins on the 20th of March."""
    for _ in range(2):
        do.plan_of([({}, 20, False), (CYCLES, 30, True)])
    first, second, _ = do.plan_of([({}, 20, False), ({}, 22, True), (CYCLES, 30, True)])
    do.start(first, 3, 8)
    do.start(second, 3, 20)
    return do


def test_rows_that_say_the_same_are_told_from_how_many_they_are(pairs, chloe, settings):
    with at(datetime(2026, 3, 21, 12, tzinfo=UTC)):
        summary = made()
        one = summary.made["flow"]
        assert (one["rows"], one["counted"]["rows"]) == (6, 5)
        asked = {
            True: [{}, {"by": ""}, {"by": "kind"}, {"kind": "planned"}, {"by": "board,to"}],
            False: [{"by": "month"}, {"month": "2026-03"}, CUT],
        }
        for is_counted, params in [(told, WHOLE | one) for told in asked for one in asked[told]]:
            question = read_asked(BY_NAME["flow"], chloe, params)
            assert counting._counted_already(question)[1] is is_counted, params
            found = answer(question, by=chloe)
            settings.SUMMARIES_FROM_PLANS = 0
            question = read_asked(BY_NAME["flow"], chloe, params | {"as_of": summary.moment.isoformat()})
            settings.SUMMARIES_FROM_PLANS = 1
            assert question.summary is None
            histories = answer(question, by=chloe)
            assert (found.rows, found.total) == (histories.rows, histories.total), params
            assert found.total.figures["cases"] > 0


def test_it_is_noticed_where_the_counted_ones_are_lost(pairs, chloe):
    with at(NOON):
        summary = made()
        assert is_answered_from_it(chloe)
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table_of(summary.pk, 'flow')}_counted")
        assert not is_answered_from_it(chloe)
