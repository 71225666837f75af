"""What a picture is told: the figures of the table, the words of a screen reader, and nothing where there is nothing."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from careplans.reports.answering import Row
from careplans.reports.contents import ALL, BY_NAME
from careplans.reports.declared import Drawing, Shape
from careplans.reports.figures import Share, Span
from careplans.reports.pictures import COLOURS, MOST_ROWS, picture_of


def answered(report, *rows):
    return SimpleNamespace(asked=SimpleNamespace(report=report), rows=[Row({}, figures) for figures in rows])


@pytest.mark.parametrize("report", ALL, ids=[one.name for one in ALL])
def test_each_report_draws_measures_that_it_has(report):
    drawn = report.drawing.measures if report.drawing else ()
    assert set(drawn) <= {one.name for one in report.measures}
    assert len(drawn) <= len(set(COLOURS))


def test_bars_are_the_counts_of_the_rows():
    found = answered(BY_NAME["answers"], {"followed": Share(3, 5), "kept": Share(2, 5), "unanswered": 1, "gone": 0})
    option = picture_of(found, ["SEQ-01"])
    assert option["yAxis"]["data"] == ["SEQ-01"]
    assert [(one["name"], one["data"]) for one in option["series"]] == [
        ("Followed", [3]), ("Kept open", [2]), ("Unanswered", [1]), ("Gone", [0]),
    ]  # fmt: skip
    assert "SEQ-01: followed 3, kept open 2, unanswered 1, gone 0" in option["aria"]["label"]["description"]


def test_a_box_goes_from_quartile_to_quartile():
    found = answered(BY_NAME["signing"], {"hours": Span.of([(1, 1), (2, 1), (3, 1), (4, 1)])}, {"hours": Span(0)})
    [series] = picture_of(found, ["Surgery", "Radiology"])["series"]
    assert series["data"] == [[1, 1.75, 2.5, 3.25, 4], "-"]


def test_nothing_measured_is_no_picture():
    assert picture_of(answered(BY_NAME["signing"], {"hours": Span(0)}), ["Surgery"]) is None
    assert picture_of(answered(BY_NAME["overdue"]), []) is None


def test_more_rows_than_a_picture_shows_are_left_to_the_table():
    rows = [{"overdue": 1}] * (MOST_ROWS + 1)
    assert picture_of(answered(BY_NAME["overdue"], *rows), ["x"] * len(rows)) is None


def test_a_flow_leads_from_the_first_to_what_followed():
    report = replace(BY_NAME["overdue"], drawing=Drawing(Shape.FLOW, ("overdue",)))
    [series] = picture_of(answered(report, {"overdue": 2}, {"overdue": 0}), ["PRRT, Surgery", "PRRT, PRRT"])["series"]
    assert series["links"] == [{"source": "PRRT ", "target": "then Surgery", "value": 2}]
    assert [node["name"] for node in series["nodes"]] == ["PRRT ", "then Surgery"]
