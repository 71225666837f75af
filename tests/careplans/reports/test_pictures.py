"""What a picture is told: the figures of the table, the words of a screen reader, and nothing where there is nothing."""

from datetime import date
from types import SimpleNamespace

import pytest

from careplans.reports.answering import Row
from careplans.reports.contents import ALL, BY_NAME
from careplans.reports.figures import HIDDEN, Share, Span
from careplans.reports.pictures import COLOURS, MOST_ROWS, pictures_of, why_none
from careplans.reports.scorecard.contents import INDICATOR_BY_NAME
from careplans.reports.scorecard.pictures import picture_of
from careplans.reports.scorecard.time import whole_time


def answered(report, *rows):
    return SimpleNamespace(asked=SimpleNamespace(report=report), rows=[Row({}, figures) for figures in rows])


@pytest.mark.parametrize("report", ALL, ids=[one.name for one in ALL])
def test_each_report_draws_measures_that_it_has(report):
    drawn = (*report.drawing.measures, *report.drawing.beside) if report.drawing else ()
    assert set(drawn) <= {one.name for one in report.measures}
    assert len(drawn) <= len(set(COLOURS))


def test_bars_are_the_counts_of_the_rows():
    found = answered(BY_NAME["answers"], {"followed": Share(3, 5), "kept": Share(2, 5), "unanswered": 1, "gone": 0})
    [picture] = pictures_of(found, ["SEQ-01"])
    option = picture.option
    assert option["yAxis"]["data"] == ["SEQ-01"]
    assert [(one["name"], one["data"]) for one in option["series"]] == [
        ("Followed", [3]), ("Kept open", [2]), ("Unanswered", [1]), ("Gone", [0]),
    ]  # fmt: skip
    assert "SEQ-01: followed 3, kept open 2, unanswered 1, gone 0" in option["aria"]["label"]["description"]


def test_a_box_goes_from_quartile_to_quartile():
    found = answered(BY_NAME["signing"], {"hours": Span.of([(1, 1), (2, 1), (3, 1), (4, 1)])}, {"hours": Span(0)})
    [picture] = pictures_of(found, ["Surgery", "Radiology"])
    [series] = picture.option["series"]
    assert series["data"] == [[1, 1.75, 2.5, 3.25, 4], "-"]


def test_nothing_measured_is_no_picture():
    assert pictures_of(answered(BY_NAME["signing"], {"hours": Span(0)}), ["Surgery"]) == []
    assert pictures_of(answered(BY_NAME["overdue"]), []) == []


def test_more_rows_than_a_picture_shows_are_left_to_the_table():
    rows = [{"overdue": 1}] * (MOST_ROWS + 1)
    assert pictures_of(answered(BY_NAME["overdue"], *rows), ["x"] * len(rows)) == []


def test_what_counts_something_else_stands_beside():
    states = dict.fromkeys(("in_time", "late", "failed", "unsent", "passed_on", "waiting"), 1)
    [picture] = pictures_of(answered(BY_NAME["reminders"], states | {"escalated": 2}), ["2026-03"])
    beside = [(one["name"], one["data"]) for one in picture.option["series"] if "stack" not in one]
    assert beside == [("Escalated", [2])]


def test_planned_flows_beside_what_was_delivered():
    """Each leads from the first to what followed; a modality has one colour in both."""
    found = answered(BY_NAME["flow"], {"planned": 3, "delivered": 2}, {"planned": 1, "delivered": 0})
    planned, delivered = pictures_of(found, ["PRRT, Surgery", "PRRT, PRRT"])
    assert (planned.title, delivered.title) == ("Planned", "Delivered")
    assert [link["value"] for link in planned.option["series"][0]["links"]] == [3, 1]
    [series] = delivered.option["series"]
    assert series["links"] == [{"source": "PRRT ", "target": "then Surgery", "value": 2}]
    assert [node["name"] for node in series["nodes"]] == ["PRRT ", "then Surgery"]
    of_planned = {node["name"]: node["itemStyle"] for node in planned.option["series"][0]["nodes"]}
    assert all(of_planned[node["name"]] == node["itemStyle"] for node in series["nodes"])
    assert of_planned["PRRT "] == of_planned["then PRRT"]


def test_where_nothing_was_delivered_the_plans_alone_are_drawn():
    assert [one.title for one in pictures_of(answered(BY_NAME["flow"], {"planned": 1, "delivered": 0}), ["A, B"])] == [
        "Planned"
    ]


def test_a_share_over_time_stands_in_its_interval_and_leaves_gaps():
    """Of 1 of 4 the interval is 4.56 to 69.94 %. A month without cases, and one that is not shown, are gaps."""
    one = INDICATOR_BY_NAME["treated-before"]
    told = [("2026-01", Share(1, 4)), ("2026-02", Share(0, 0)), ("2026-03", HIDDEN), ("2026-04", Share(4, 4))]
    [picture] = picture_of(one, told)
    shares, low, wide = (series["data"] for series in picture.option["series"])
    assert shares == [25.0, "-", "-", 100.0]
    assert (low[0], wide[0], low[1], wide[2]) == (4.6, 65.4, "-", "-")
    words = picture.option["aria"]["label"]["description"]
    assert "2026-01: 25 %; 2026-02: nothing to count; 2026-03: too few to show; 2026-04: 100 %" in words


def test_days_over_time_are_boxes_and_counts_are_bars():
    [boxes] = picture_of(
        INDICATOR_BY_NAME["days-from-referral"],
        [("2026-01", Span.of([(1, 1), (3, 1)])), ("2026-02", Span.of([(2, 1)]))],
    )
    assert boxes.option["series"][0]["data"] == [[1, 1.5, 2.0, 2.5, 3], [2, 2.0, 2.0, 2.0, 2]]
    [bars] = picture_of(INDICATOR_BY_NAME["new-patients"], [("2026-01", 0), ("2026-02", 7)])
    assert bars.option["series"][0]["data"] == [0, 7]


def test_one_figure_alone_is_no_course_of_time():
    assert picture_of(INDICATOR_BY_NAME["treated-before"], [("2026-01", Share(1, 4)), ("2026-02", Share(0, 0))]) == []


def test_a_period_has_all_its_months_and_quarters():
    since, until = date(2025, 11, 20), date(2026, 2, 1)
    assert whole_time("month", since, until) == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert whole_time("quarter", since, until) == ["2025-Q4", "2026-Q1"]


def why(report, rows, withheld=""):
    found = answered(report, *rows)
    found.why_withheld = withheld
    return why_none(found, pictures_of(found, ["x"] * len(rows)))


def test_where_there_is_no_picture_it_says_why():
    report = BY_NAME["signing"]
    assert why(report, [{"hours": Span.of([(1, 1), (2, 1)])}]) == ""
    assert "tells of too few" in why(report, [{"hours": HIDDEN}], withheld="1 figure is not shown.")
    assert "nothing of what it would show is counted" in why(report, [{"hours": Span(0)}])
    assert f"more than {MOST_ROWS} rows" in why(report, [{"hours": Span(0)}] * (MOST_ROWS + 1))
    assert why(report, []) == ""
