"""A schedule in lines: on which days it asks for what, how it reads, and what is refused."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from careplans.models import FollowUpSchedule, ScheduleLine
from careplans.readers.schedules.schedule_dates import days_asked
from careplans.services.schedules import save_schedule
from tests.careplans import makers
from tests.careplans.doors import browser, queries_of

LINE = {"kinds": ["visit"], "interval": 3, "unit": "months", "ends_after": 1, "ends_unit": "years"}
NARROWING = (
    LINE,
    LINE | {"interval": 6, "starts_after": 1, "starts_unit": "years", "ends_after": 5},
    LINE | {"interval": 1, "unit": "years", "starts_after": 5, "starts_unit": "years", "ends_after": 10},
)


def schedule_with(*lines, **fields):
    """Never saved: the dates are worked out without a database."""
    schedule = FollowUpSchedule(pk=1, name="Any", **fields)
    schedule._prefetched_objects_cache = {"lines": [ScheduleLine(**line) for line in lines]}
    return schedule


def days(schedule, start, until=date(2199, 1, 1)):
    return [due.day for due in days_asked(schedule, start, until)]


def test_months_are_counted_from_the_start_and_never_drift():
    monthly = schedule_with(LINE | {"interval": 1})
    assert days(monthly, date(2026, 8, 31))[:7] == [
        date(2026, 9, 30), date(2026, 10, 31), date(2026, 11, 30), date(2026, 12, 31), date(2027, 1, 31), date(2027, 2, 28),
        date(2027, 3, 31),
    ]  # fmt: skip


def test_a_leap_day_is_the_last_of_february_in_other_years_and_comes_back():
    yearly = schedule_with(LINE | {"interval": 1, "unit": "years", "ends_after": 4})
    assert days(yearly, date(2028, 2, 29)) == [
        date(2029, 2, 28), date(2030, 2, 28), date(2031, 2, 28), date(2032, 2, 29),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("interval", "unit", "second"),
    [(10, "days", date(2026, 1, 21)), (2, "weeks", date(2026, 1, 29)), (1, "months", date(2026, 3, 1)),
     (1, "years", date(2028, 1, 1))],
)  # fmt: skip
def test_an_interval_is_in_days_weeks_months_or_years(interval, unit, second):
    line = LINE | {"interval": interval, "unit": unit, "ends_after": 3}
    assert days(schedule_with(line), date(2026, 1, 1))[1] == second


def test_an_interval_changes_over_time_without_a_gap_and_without_a_double():
    start = date(2026, 1, 31)
    found = days(schedule_with(*NARROWING), start)
    months = [(day.year - 2026) * 12 + day.month - 1 for day in found]
    assert months == [3, 6, 9, 12, 18, 24, 30, 36, 42, 48, 54, 60, 72, 84, 96, 108, 120]


def test_it_reads_as_one_sentence():
    assert schedule_with(*NARROWING).sentences == [
        "Visit: every 3 months until 1 year, then every 6 months until 5 years, then every year until 10 years."
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"interval": None, "starts_after": 3, "ends_after": None}, "Visit: once after 3 months."),
        ({"interval": 1, "unit": "years", "ends_after": None}, "Visit: every year, lifelong."),
        ({"starts_after": 0, "ends_after": 2}, "Visit: every 3 months from the start until 2 years."),
        ({"starts_after": 1, "ends_after": 1}, "Visit: every 3 months from 1 month until 1 year."),
        ({"kinds": ["visit", "markers"]}, "Visit, Markers: every 3 months until 1 year."),
        ({"kinds": ["markers"], "title": "NT-proBNP"}, "NT-proBNP: every 3 months until 1 year."),
    ],
)
def test_a_line_reads_as_it_was_meant(line, words):
    assert schedule_with(LINE | line).sentences == [words]


def test_something_is_done_once():
    once = LINE | {"kinds": ["cross_sectional"], "interval": None, "starts_after": 3, "ends_after": None}
    assert days(schedule_with(once), date(2026, 11, 30)) == [date(2027, 2, 28)]


def test_a_lifelong_line_goes_as_far_as_one_looks():
    lifelong = schedule_with(LINE | {"interval": 1, "unit": "years", "ends_after": None})
    assert len(days(lifelong, date(2026, 1, 1), date(2036, 1, 1))) == 10


def test_on_its_last_day_the_board_is_asked_what_comes_then():
    schedule = schedule_with(LINE, then="discharge to the GP")
    last = days_asked(schedule, date(2026, 1, 1), date(2030, 1, 1))[-1]
    assert (last.day, last.kind, last.title) == (
        date(2027, 1, 1),
        "rediscussion",
        "The schedule ends: discharge to the GP",
    )


def test_a_lifelong_schedule_asks_for_no_end():
    schedule = schedule_with(LINE, LINE | {"kinds": ["echo"], "ends_after": None}, then="discharge to the GP")
    assert not [due for due in days_asked(schedule, date(2026, 1, 1), date(2030, 1, 1)) if due.is_end]


def test_a_far_first_day_is_asked_for_all_the_same():
    late = schedule_with(LINE | {"interval": 3, "unit": "years", "ends_after": 9})
    assert days(late, date(2026, 1, 1), date(2027, 1, 1)) == [date(2029, 1, 1)]


def test_days_never_leave_the_calendar():
    assert days(schedule_with(LINE | {"interval": 600, "unit": "years", "ends_after": None}), date(2026, 1, 1)) == []


VALUES = {"name": "Small bowel", "then": "discharge to the GP"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("lines", "values", "sentence"),
    [
        ([], {}, "at least one line"),
        ([LINE | {"kinds": []}], {}, "Line 1: choose"),
        ([LINE, LINE | {"kinds": ["other"]}], {}, "Line 2: say in words"),
        ([LINE | {"kinds": ["visit", "echo"], "title": "Both"}], {}, "for one thing"),
        ([LINE | {"interval": None}], {}, "say how often"),
        ([LINE | {"interval": None, "starts_after": 3}], {}, "no “until”"),
        ([LINE | {"starts_after": 2, "starts_unit": "years"}], {}, "before its first date"),
        ([LINE | {"unit": "moons"}], {}, "days, weeks, months or years"),
        ([LINE], {"then": ""}, "nobody ends with nothing ahead"),
        ([LINE], {"is_none": True, "source": "ESMO 2020"}, "Remove one or the other"),
        ([], {"is_none": True}, "rests on"),
    ],
)
def test_what_a_schedule_may_not_say_is_refused(board, ana, lines, values, sentence):
    with pytest.raises(ValidationError, match=sentence):
        save_schedule(board, VALUES | values, lines=lines, by=ana)
    assert not FollowUpSchedule.objects.exists()


@pytest.mark.django_db
def test_what_it_may_say_is_kept(board, ana):
    schedule = save_schedule(board, VALUES, lines=NARROWING, by=ana)
    assert schedule.lines.count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["omar", "nina", "otto"])
def test_only_who_configures_the_board_writes_one(request, board, who):
    with pytest.raises(PermissionDenied):
        save_schedule(board, VALUES, lines=[LINE], by=request.getfixturevalue(who))


def typed(*lines, **values):
    data = VALUES | {"is_active": "on", "line-TOTAL_FORMS": len(lines), "line-INITIAL_FORMS": 0} | values
    for place, line in enumerate(lines):
        whole = {"unit": "months", "starts_unit": "months", "ends_unit": "years", "window_days": 14} | line
        data |= {f"line-{place}-{name}": value for name, value in whole.items() if value is not None}
    return data


@pytest.mark.django_db
def test_lines_are_typed_and_empty_ones_are_none(board, ana):
    answer = browser(ana).post(reverse("careplans:schedule_new", args=[board.pk]), typed(*NARROWING, {}))
    assert answer.status_code == 302
    assert FollowUpSchedule.objects.get().sentences[0].endswith("then every year until 10 years.")


@pytest.mark.django_db
def test_a_line_that_cannot_be_read_loses_nothing_that_was_typed(board, ana):
    answer = browser(ana).post(
        reverse("careplans:schedule_new", args=[board.pk]), typed(LINE, LINE | {"interval": "soon", "title": "Clinic"})
    )
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Line 2, Every: " in page
    assert 'value="Clinic"' in page
    assert not FollowUpSchedule.objects.exists()


@pytest.mark.django_db
def test_the_dates_are_looked_at_before_anything_is_saved(board, ana):
    answer = browser(ana).post(reverse("careplans:schedule_new", args=[board.pk]), typed(LINE, show="1"))
    assert answer.status_code == 200
    assert "The schedule ends: discharge to the GP" in answer.content.decode()
    assert not FollowUpSchedule.objects.exists()


@pytest.mark.django_db
def test_a_line_is_taken_out(board, ana):
    row = save_schedule(board, VALUES, lines=NARROWING, by=ana)
    data = typed(*NARROWING, version=1, **{"line-INITIAL_FORMS": 3, "line-1-DELETE": "on"})
    assert browser(ana).post(reverse("careplans:schedule", args=[board.pk, row.pk]), data).status_code == 302
    assert [line.interval for line in row.lines.all()] == [3, 1]


@pytest.mark.django_db
def test_the_list_asks_as_many_queries_for_many_schedules(board, ana):
    path = reverse("careplans:schedules", args=[board.pk])
    for number in range(2):
        makers.make_template(board, name=f"Schedule {number}")
    few = queries_of(browser(ana), path)
    for number in range(2, 12):
        makers.make_template(board, name=f"Schedule {number}")
    assert queries_of(browser(ana), path) == few
