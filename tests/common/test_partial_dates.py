"""A day as far as it is known: read, said, compared."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.partial_dates import NotADate, PartialDate

DAY, MONTH, YEAR = PartialDate(2019, 5, 3), PartialDate(2019, 5), PartialDate(2019)
days = st.dates(date(1900, 1, 1), date(2199, 12, 31))
known = st.builds(
    lambda day, parts: PartialDate(*(day.year, day.month, day.day)[:parts]), days, st.integers(min_value=1, max_value=3)
)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2019", "2019"), ("5/2019", "2019-05"), ("05.2019", "2019-05"), ("2019-05", "2019-05"), ("2019/5", "2019-05"),
        ("May 2019", "2019-05"), ("sept 2019", "2019-09"), ("3/5/2019", "2019-05-03"), ("3.5.2019", "2019-05-03"),
        (" 3. 5. 2019 ", "2019-05-03"), ("2019-05-03", "2019-05-03"), ("3 May 2019", "2019-05-03"),
        ("3. Dec 2019", "2019-12-03"), ("29 2 2020", "2020-02-29"),
    ],
)  # fmt: skip
def test_it_is_read_as_people_write_it(typed, kept):
    assert PartialDate.typed(typed).isoformat() == kept


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("13/2019", "no such day"), ("29/2/2019", "no such day"), ("0/2019", "no such day"), ("2019-00", "no such day"),
        ("3/5/19", "four digits"), ("5/19", "four digits"), ("soon", "Write what is known"), ("5", "Write what is known"),
        ("Mai 2019", "Write what is known"), ("ju 2019", "Write what is known"), ("19", "Write what is known"),
        ("May", "Write what is known"), ("３/5/2019", "Write what is known"), ("0000", "no such day"),
    ],
)  # fmt: skip
def test_what_is_none_is_refused_with_a_sentence(typed, sentence):
    with pytest.raises(NotADate, match=sentence):
        PartialDate.typed(typed)


@pytest.mark.parametrize("text", ["2019-5", "5/2019", "2019-05-03T10:00", "", "2019-13", "2019-02-30", "20190503"])
def test_a_program_writes_it_as_fhir_does(text):
    with pytest.raises(NotADate):
        PartialDate.read(text)


@given(known)
def test_what_is_shown_and_what_is_kept_is_read_as_the_same_again(day):
    assert PartialDate.typed(str(day)) == PartialDate.read(day.isoformat()) == day


def test_it_is_said_as_far_as_it_is_known():
    assert [str(one) for one in (DAY, MONTH, YEAR)] == ["3 May 2019", "May 2019", "2019"]
    assert [f"{one:%-d %B %Y}" for one in (DAY, MONTH, YEAR)] == ["3 May 2019", "May 2019", "2019"]
    assert [one.when for one in (DAY, MONTH, YEAR)] == ["on 3 May 2019", "in May 2019", "in 2019"]


def test_a_year_is_not_its_first_day():
    assert PartialDate(2019) != date(2019, 1, 1) and PartialDate(2019, 1, 1) == date(2019, 1, 1)
    assert len({PartialDate(2019), PartialDate(2019, 1), date(2019, 1, 1), PartialDate(2019, 1, 1)}) == 3


@given(known, known)
def test_before_and_after_are_said_only_where_they_are_certain(one, other):
    pairs = [(a, b) for a in (one.earliest, one.latest) for b in (other.earliest, other.latest)]
    assert one.is_before(other) == all(a < b for a, b in pairs)
    assert one.is_after(other) == other.is_before(one)
    assert one.may_be(other) == (one.earliest <= other.latest and other.earliest <= one.latest)


@given(known, known)
def test_lists_are_in_the_order_of_the_earliest_days_in_python_as_in_the_database(one, other):
    if one.earliest != other.earliest:
        assert (one < other) == (one.isoformat() < other.isoformat()) == (one.earliest < other.earliest)


@given(known, days)
def test_an_age_is_from_the_least_to_the_most_that_it_can_be(day, today):
    def age(born):
        return today.year - born.year - ((today.month, today.day) < (born.month, born.day))

    if day.latest <= today:
        assert day.ages(today) == (age(day.latest), age(day.earliest))


@pytest.mark.parametrize(
    ("born", "words"),
    [("1960-05-03", "66 years"), ("1960-05", "66 years"), ("1960-11", "65 or 66 years"), ("1960", "65 or 66 years"),
     ("1960-12", "65 years"), ("2026", "0 years")],
)  # fmt: skip
def test_an_age_is_said_as_far_as_it_is_certain(born, words):
    assert PartialDate.read(born).age_words(date(2026, 11, 26)) == words
