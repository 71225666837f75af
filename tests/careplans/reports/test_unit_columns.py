"""Each column that is told of a row behind a figure is declared, as what it is."""

from datetime import date, datetime

import pytest
from django.db import connection

from accounts.models import User
from careplans.reports.answering import rows_behind
from careplans.reports.asked import read_asked
from careplans.reports.contents import ALL
from careplans.reports.declared import Kind
from careplans.reports.unit_columns import COLUMNS, Holds

NUMBERS = (Holds.ID, Holds.NUMBER, Holds.YES_NO, Holds.TODAY, Holds.EVENT)


def is_day(value):
    # SQLite has days as texts.
    return isinstance(value, date) or (isinstance(value, str) and bool(datetime.fromisoformat(value[:10])))


def fits(holds, value):
    if holds is Holds.YES_NO:
        return value in (0, 1)
    if holds in NUMBERS:
        return isinstance(value, int)
    return is_day(value) if holds is Holds.DAY else isinstance(value, str)


@pytest.mark.parametrize("report", ALL, ids=lambda one: one.name)
def test_each_is_declared(report):
    dimensions = {one.column for one in report.dimensions}
    assert {*report.shown} - dimensions <= set(COLUMNS)


@pytest.mark.django_db
def test_each_holds_what_is_declared(demo_board):
    """On the demo board, where almost every column has a value somewhere."""
    person, seen = User.objects.get(email="chair@consilium.example"), set()
    for report in ALL:
        asked = read_asked(report, person, {"since": "2020-01-01"} if report.period else {})
        for row in rows_behind(asked, None, by=person, after="", most=1000):
            for name in report.shown:
                value = row[name]
                if value is not None and name in COLUMNS:
                    seen.add(name)
                    assert fits(COLUMNS[name].holds, value), (report.name, name, value, connection.vendor)
    assert {"ended", "step_id", "started_on", "days_off", "missing"} <= seen


@pytest.mark.parametrize("report", ALL, ids=lambda one: one.name)
def test_what_is_measured_stands_in_the_rows_behind_it(report):
    """So that whoever has the rows can work the figure out again."""
    spans = {one.span.removeprefix("u.") for one in report.measures if one.kind is Kind.SPAN}
    assert sorted(spans - set(report.shown)) == []
