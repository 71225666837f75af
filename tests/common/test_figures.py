"""Numbers as people write them: bounds of what a report gives, and the question where two readings are possible."""

from decimal import Decimal

import pytest

from common.figures import Figure, NotAFigure, question_about, read_figure


def percent(text):
    return read_figure(text, low=0, high=100)


@pytest.mark.parametrize(
    ("text", "low", "high", "with_low", "with_high"),
    [
        ("6", "6", "6", True, True),
        ("58.4", "58.4", "58.4", True, True),
        ("2,5", "2.5", "2.5", True, True),
        ("<1", "0", "1", True, False),
        ("< 1", "0", "1", True, False),
        ("≤ 2", "0", "2", True, True),
        ("up to 2", "0", "2", True, True),
        (">95", "95", "100", False, True),
        ("> 10", "10", "100", False, True),
        ("More than 10", "10", "100", False, True),
        ("≥ 20", "20", "100", True, True),
        ("10+", "10", "100", True, True),
        ("3-5", "3", "5", True, True),
        ("3–5", "3", "5", True, True),
        ("3 - 5", "3", "5", True, True),
        ("3 to 5", "3", "5", True, True),
        ("2,5-3,5", "2.5", "3.5", True, True),
    ],
)
def test_a_figure_is_kept_as_written_with_its_bounds(text, low, high, with_low, with_high):
    assert percent(text) == Figure(text, Decimal(low), Decimal(high), with_low, with_high)


@pytest.mark.parametrize(
    ("text", "written"), [("5%", "5"), ("5 %", "5"), ("3-5%", "3-5"), ("<1 %", "<1"), ("ca. 5%", "ca. 5")]
)
def test_a_per_cent_sign_is_taken_where_it_is_the_unit(text, written):
    assert read_figure(text, low=0, high=100, unit="%") == percent(written)


@pytest.mark.parametrize("text", ["5%", "%", "5%%", "1.000%"])
def test_elsewhere_a_per_cent_sign_is_no_figure(text):
    with pytest.raises(NotAFigure):
        read_figure(text, low=0, high=10_000, unit="" if text == "5%" else "%")


@pytest.mark.parametrize("text", ["ca. 5", "ca 5", "~5", "≈ 5", "about 5", "approx. 5"])
def test_about_five_is_five_and_says_so(text):
    figure = percent(text)
    assert (figure.low, figure.high, figure.is_about) == (5, 5, True)


@pytest.mark.parametrize("text", ["six", "5 %", "-3", "3-", "<", "<3-5", "5 or 6", "3..5", "1e3", "½", "٣", "5" * 30])
def test_what_is_no_figure_is_refused_with_what_to_write(text):
    with pytest.raises(NotAFigure, match="Write a number|must be from"):
        percent(text)


def test_a_range_that_runs_backwards_is_refused_with_the_range_that_was_meant():
    with pytest.raises(NotAFigure, match="3-5"):
        percent("5-3")


@pytest.mark.parametrize("text", ["101", ">101", "90-110", ">100", "<0"])
def test_what_cannot_be_is_refused(text):
    with pytest.raises(NotAFigure, match="from 0 to 100"):
        percent(text)


@pytest.mark.parametrize("text", ["3.5", "2,5", ">3.5", "3-4.5"])
def test_a_count_is_whole(text):
    with pytest.raises(NotAFigure, match="whole"):
        read_figure(text, low=0, high=500, whole=True)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("1.000", "1.000 can mean 1 or 1000: write 1 or 1000."),
        ("12.000", "12.000 can mean 12 or 12000: write 12 or 12000."),
        ("1,000", "1,000 can mean 1 or 1000: write 1 or 1000."),
        ("100.500", "100.500 can mean 100.5 or 100500: write 100.5 or 100500."),
        ("12.345", "12.345 can mean about 12.35 or 12345: write 12.35 or 12345."),
        ("12.345,6", "12.345,6 can be read in two ways: write 12345.6 if you mean 12345.6"),
        ("12,345.6", "12,345.6 can be read in two ways: write 12345.6"),
        ("1.234.567", "1.234.567 can be read in two ways: write 1234567"),
        ("10 000", "10 000 can be read in two ways: write 10000"),
        ("1'000", "1'000 can be read in two ways: write 1000"),
        (">1.000", "1.000 can mean 1 or 1000"),
        ("500-1.000", "1.000 can mean 1 or 1000"),
        ("-1.000", "1.000 can mean 1 or 1000"),
    ],
)
def test_a_number_with_two_readings_is_asked_about(text, asked):
    assert asked in question_about(text)


def test_of_a_whole_number_the_readings_are_whole():
    assert question_about("12.345", whole=True) == "12.345 can mean about 12 or 12345: write 12 or 12345."


@pytest.mark.parametrize(
    "text", ["", "1", "1000", "12345.6", "2.5", "2,5", "58.40", "0.125", "0,500", "1.0000", "3-5", "<1"]
)
def test_a_number_with_one_reading_is_not(text):
    assert question_about(text) == ""


def test_a_figure_is_over_or_under_a_limit_only_if_all_that_it_stands_for_is():
    between = percent("2-4")
    assert (
        not between.is_over(3) and not between.is_at_least(3) and not between.is_under(3) and not between.is_at_most(3)
    )
    assert percent("3-5").is_at_least(3) and not percent("3-5").is_over(3)
    assert percent(">3").is_over(3) and not percent("≥3").is_over(3)
    assert percent("<3").is_under(3) and not percent("≤3").is_under(3) and percent("≤3").is_at_most(3)


@pytest.mark.parametrize(
    ("one", "other", "same"), [("6", "6.00", True), ("2,5", "2.5", True), ("3-5", "3–5", True), ("<1", "1", False)]
)
def test_two_ways_to_write_one_figure_are_the_same(one, other, same):
    assert percent(one).is_same(percent(other)) is same
