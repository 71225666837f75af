"""Pseudonyms, shifted days and bands, without a database."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.http import Http404
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import ReportingProject
from careplans.deidentified import days
from careplans.deidentified.pseudonyms import LARGEST, masked, unmasked
from careplans.deidentified.reader import AS_IT_IS, Reader
from common.partial_dates import PartialDate

KEY, OTHER = b"k" * 32, b"o" * 32


def within(dates="months", smallest=5):
    return Reader(ReportingProject(pk=1, dates=dates, smallest_cell=smallest), KEY)


@given(st.integers(0, LARGEST))
def test_a_pseudonym_leads_back_to_its_row(number):
    assert unmasked(KEY, "case", masked(KEY, "case", number)) == number


def test_no_two_rows_have_one_pseudonym_and_no_two_nouns_or_keys_share_them():
    found = [masked(key, noun, number) for key in (KEY, OTHER) for noun in ("case", "plan") for number in range(5000)]
    assert len(set(found)) == len(found)


def test_pseudonyms_do_not_keep_the_order_of_rows():
    told = [masked(KEY, "case", number) for number in range(200)]
    rises = sum(one < other for one, other in zip(told, told[1:], strict=False))
    assert 70 < rises < 130


def test_what_is_no_number_of_a_row_is_nobody():
    with pytest.raises(Http404):
        within().unmask("case", LARGEST + 1)


def test_boards_are_named_as_they_are_and_unknown_nouns_not_at_all():
    assert within().pseudonym("board", 7) == 7
    assert within().pseudonym("case", 7) != 7
    assert within().pseudonym("case", None) is None
    with pytest.raises(KeyError):
        within().pseudonym("something", 7)


def test_a_day_is_its_month():
    reader = within()
    assert reader.day(date(2026, 3, 17), 1) == date(2026, 3, 1)
    assert reader.written(date(2026, 3, 17), 1) == "2026-03"
    assert reader.moment(datetime(2026, 3, 17, 23, 5, tzinfo=UTC), 1) == datetime(2026, 3, 1, tzinfo=UTC)
    assert reader.partial(PartialDate(2019, 5, 17), 1) == PartialDate(2019, 5)
    assert reader.partial(PartialDate(2019), 1) == PartialDate(2019)


@given(
    st.dates(date(1990, 1, 1), date(2050, 1, 1)), st.dates(date(1990, 1, 1), date(2050, 1, 1)), st.integers(1, 10**6)
)
def test_a_shift_keeps_what_lies_between(one, other, patient):
    reader = within("offsets")
    assert reader.day(one, patient) - reader.day(other, patient) == one - other
    assert 0 < abs((reader.day(one, patient) - one).days) <= days.FURTHEST


def test_patients_are_shifted_each_by_another_number_and_anew_in_each_project():
    shifts = {days.shift_of(key, patient) for key in (KEY, OTHER) for patient in range(400)}
    assert len(shifts) > 350
    assert days.shift_of(KEY, 1) != days.shift_of(OTHER, 1)


def test_shifted_of_nobody_is_not_told():
    assert within("offsets").day(date(2026, 3, 17), None) is None


@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_ends_of_the_calendar_hold(day):
    assert within("offsets").day(day, 1) is not None
    assert within().after(day) is not None
    assert within().since(day) is not None


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (date(1966, 11, 26), "60-64"), (date(1966, 11, 27), "55-59"), (date(1936, 11, 26), "90+"), (date(1920, 1, 1), "90+"),
        (date(2026, 1, 1), "0-4"), (date(1961, 12, 1), "60-64"),
    ],
)  # fmt: skip
def test_ages_are_bands_of_five_years(born, band):
    assert within().age(born, date(2026, 11, 26)) == band


@pytest.mark.parametrize(("size", "told"), [(1, 10), (14, 10), (15, 20), (23, 20), (25, 30), (None, None)])
def test_sizes_are_whole_centimetres(size, told):
    assert within().millimetres(size) == told


def test_a_filter_by_day_goes_by_months():
    """Told is the first of the month: earlier than the 15th are then all days of it, later than it only the next month's."""
    reader = within()
    assert (reader.before(date(2026, 3, 1)), reader.before(date(2026, 3, 15))) == (date(2026, 3, 1), date(2026, 4, 1))
    assert (reader.after(date(2026, 3, 1)), reader.after(date(2026, 2, 28))) == (date(2026, 3, 31), date(2026, 2, 28))
    march = datetime(2026, 3, 1, tzinfo=UTC)
    assert reader.since_moment(march) == march
    assert reader.since_moment(march + timedelta(seconds=1)) == datetime(2026, 4, 1, tzinfo=UTC)


@pytest.mark.parametrize("ask", ["before", "after", "since", "until"])
def test_where_days_are_shifted_no_filter_goes_by_them(ask):
    with pytest.raises(ValidationError):
        getattr(within("offsets"), ask)(date(2026, 3, 1))


def test_outside_of_a_project_nothing_changes():
    day, moment = date(2026, 3, 17), datetime(2026, 3, 17, 8, tzinfo=UTC)
    assert (AS_IT_IS.pseudonym("case", 7), AS_IT_IS.unmask("case", 7)) == (7, 7)
    assert (AS_IT_IS.day(day, None), AS_IT_IS.moment(moment, None)) == (day, moment)
    assert AS_IT_IS.period(day, day) == (day, day)
    assert AS_IT_IS.suppress({"all": 3, "a": 1, "b": 2}, [("all", ["a", "b"])]) == {"all": 3, "a": 1, "b": 2}
    assert (AS_IT_IS.sealed("n7"), AS_IT_IS.opened("n7")) == ("n7", "n7")


def test_a_place_in_a_list_is_another_in_each_project():
    one, other = within(), Reader(ReportingProject(pk=2, dates="months"), OTHER)
    assert one.sealed("n7") != other.sealed("n7")
    assert one.opened(one.sealed("n7")) == "n7"
    assert other.opened(one.sealed("n7")) == ""
