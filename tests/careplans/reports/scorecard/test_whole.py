"""The scorecard as a whole: its definitions, its queries, who sees what, and its pages."""

from html import unescape
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent
from careplans.reports.contents import ALL
from careplans.reports.declared import Kind
from careplans.reports.figures import Share, Span, percent
from careplans.reports.scorecard.contents import INDICATORS, NOT_COUNTED, SCORECARD_REPORTS, by_group
from careplans.reports.scorecard.document import written
from careplans.reports.scorecard.told import beside, change, words
from tests.careplans.api import Api
from tests.careplans.exports.makers import make_export
from tests.careplans.reports.scorecard.asking import MARCH, asked, figures, in_force, make_case, on

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("report", ALL, ids=lambda one: one.name)
def test_each_report_answers_by_each_of_its_dimensions(board, chloe, report):
    for name in ("", *(one.name for one in report.dimensions)):
        answer = Api(chloe).get(f"/reports/{report.name}/", by=name)
        assert answer.status_code == 200, answer.content
    for measure in report.measures:
        assert Api(chloe).get(f"/reports/{report.name}/rows/", measure=measure.name).status_code == 200


@pytest.mark.parametrize("one", INDICATORS, ids=lambda one: one.name)
def test_each_indicator_says_what_it_counts_of_what_and_where_it_comes_from(one):
    assert one.title and one.says and one.exclusions and one.source
    assert bool(one.numerator) == (one.kind is not Kind.SPAN)
    assert bool(one.denominator) == (one.kind is not Kind.COUNT)
    assert (one.kind is Kind.SPAN) == bool(one.measure.unit)


def test_no_two_indicators_have_one_name_or_title_and_each_stands_in_a_group():
    assert len({one.name for one in INDICATORS}) == len({one.title for one in INDICATORS}) == len(INDICATORS)
    assert sum(len(rows) for _, rows in by_group()) == len(INDICATORS)


@pytest.fixture
def made_few(pages, board, ana, chloe):
    """Two plans of March and one of April."""
    for number, day in enumerate([(3, 2), (3, 9), (4, 1)]):
        with on(*day):
            in_force(make_case(board, number, by=ana), by=ana, chair=chloe)
    return board


@pytest.fixture
def few(made_few):
    with on(4, 20):
        yield made_few


def statements(person, **params):
    with CaptureQueriesContext(connection) as heard:
        asked(person, **params)
    return len([one for one in heard if one["sql"].startswith("WITH known_")])


def test_it_asks_one_query_of_each_report(few, chloe):
    assert statements(chloe, **MARCH) == len(SCORECARD_REPORTS) <= len(INDICATORS)


def test_more_cases_ask_no_more_queries(few, board, ana, chloe):
    before = statements(chloe, by="month")
    for number in range(10, 14):
        in_force(make_case(board, number, by=ana), by=ana, chair=chloe)
    assert statements(chloe, by="month") == before


def test_it_is_told_by_month_quarter_and_board(few, board, chloe):
    period = {"since": "2026-03-01", "until": "2026-04-20"}
    found = {by: asked(chloe, by=by, **period)["results"] for by in ("month", "quarter", "board")}
    one = {by: next(row for row in rows if row["name"] == "new-patients")["apart"] for by, rows in found.items()}
    told = {by: [(row["at"], row["figure"]["count"]) for row in rows] for by, rows in one.items()}
    assert told == {
        "month": [(["2026-03"], 2), (["2026-04"], 1)],
        "quarter": [(["2026-Q1"], 2), (["2026-Q2"], 1)],
        "board": [([str(board.pk)], 3)],
    }


def test_the_period_before_is_as_long(few, chloe):
    found = asked(chloe, since="2026-04-01", until="2026-04-20")
    assert found["before"] == {"since": "2026-03-12", "until": "2026-03-31"}
    march = asked(chloe, since="2026-03-08", until="2026-03-14")["results"]
    one = next(row for row in march if row["name"] == "new-patients")
    assert (one["figure"]["count"], one["before"]["count"]) == (1, 1)


def test_an_analyst_is_told_of_nobody_few_enough_to_know(few, anselm, chloe):
    assert figures(chloe)["new-patients"]["count"] == 3
    hidden = figures(anselm)["new-patients"]
    assert hidden["suppressed"] is True and hidden["count"] is None


def test_a_month_of_which_nothing_is_shown_is_neither_listed_nor_drawn_as_none(board, ana, chloe, anselm, client):
    """New patients: five in January, three in February, five in March, three in April, none in May. Small ones are not shown, and
    two of three come to six, so that neither tells the other."""
    number = 0
    for month, many in ((1, 5), (2, 3), (3, 5), (4, 3)):
        with on(month, 10):
            for _ in range(many):
                number += 1
                make_case(board, number, by=ana)
    with on(5, 30):
        period = {"since": "2026-01-01", "until": "2026-05-30"}
        told, drawn = {}, {}
        for person in (chloe, anselm):
            found = asked(person, by="month", **period)
            assert found["rows_left_out"] == (person == anselm)
            one = next(row for row in found["results"] if row["name"] == "new-patients")
            told[person] = [(row["at"][0], row["figure"]["count"]) for row in one["apart"]]
            shown = page(client, person, "new-patients", by="month", **period)
            assert ("Each month of which nothing may be shown is left out" in shown.content.decode()) == (
                person == anselm
            )
            (picture,) = shown.context["pictures"]
            drawn[person] = picture.option["series"][0]["data"]
            table = Api(person).get("/scorecard/", by="month", format="csv", **period)["Withheld"]
            made = make_export(person, "scorecard", "csv", by="month", **period)
            assert f"rows=?{int(person == anselm)}" in table
            assert Api(person).get(f"/exports/{made.pk}/file/")["Withheld"] == table
    assert told[chloe] == [("2026-01", 5), ("2026-02", 3), ("2026-03", 5), ("2026-04", 3)]
    assert told[anselm] == [("2026-01", 5), ("2026-03", 5)]
    assert (drawn[chloe], drawn[anselm]) == ([5, 3, 5, 3, 0], [5, "-", 5, "-", "-"])


def test_that_it_was_read_is_on_the_audit_trail(few, chloe):
    asked(chloe, **MARCH)
    event = AuditEvent.objects.filter(action="reports.read").latest("pk")
    assert (event.subject_id, event.data["since"], event.data["until"]) == ("scorecard", "2026-03-01", "2026-03-31")


@pytest.mark.parametrize(
    ("params", "name"),
    [({"since": "2026-04-01", "until": "2026-03-01"}, "since"), ({"as_of": "0001-01-01"}, "as_of"), ({"by": "phase"}, "by"),
     ({"board": "\0"}, "board"), ({"month": "2026-03"}, "month"), ({"as_of": "9999-12-31"}, "as_of")],
)  # fmt: skip
def test_what_cannot_be_asked_is_told_by_its_name(board, chloe, params, name):
    answer = Api(chloe).get("/scorecard/", **params)
    assert answer.status_code == 400
    assert [error["attr"] for error in answer.json()["errors"]] == [name]


def test_a_figure_in_words():
    assert (words(Share(3, 4)), words(Share(0, 0)), words(7), words(Span.of([(3, 2)]), "days")) == (
        "75 %",
        "",
        "7",
        "3 days",
    )
    assert beside(Share(3, 4)) == ["3 of 4", "95 % interval 30.1 % to 95.4 %"]
    assert (change(Share(9, 12), Share(5, 10)), change(2, 5), change(4, 4), change(Share(0, 0), Share(1, 2))) == (
        "up 25 points", "down 3", "as before", "",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("now", "before"),
    [(Share(3, 4), Share(2, 2)), (Share(9, 12), Share(9, 9)), (Share(9, 9), Share(9, 12)),
     (Span.of([(3, 9)]), Span.of([(5, 20)]))],
)  # fmt: skip
def test_few_are_not_held_against_few(now, before):
    """Two of two, and then three of four, are no 25 points less."""
    assert change(now, before) == "too few to compare: fewer than 10"


@pytest.mark.parametrize(
    ("share", "written"), [(Share(5, 8), "63 %"), (Share(1, 8), "13 %"), (Share(1, 200), "1 %"), (Share(1, 3), "33 %"),
     (Share(2, 2), "100 %")],
)  # fmt: skip
def test_a_half_is_rounded_up(share, written):
    """As by hand: 5 of 8 are 62.5 %."""
    assert percent(share.exact) == written


def test_a_half_of_a_tenth_is_rounded_up_and_nothing_twice():
    """1 of 32 is 3.125 %; 4,445 of 10,001 is 44.4456 %, and no 44.5 by way of 44.45."""
    assert (words(Share(1, 32)), words(Share(1, 16)), words(Share(4445, 10001))) == ("3.1 %", "6.3 %", "44.4 %")
    assert Share(1, 32).share == 0.0313


def test_what_the_record_cannot_count_stands_on_the_page_and_in_the_answer(few, client, chloe):
    told = asked(chloe)["not_counted"]
    answer = unescape(page(client, chloe).content.decode())
    assert len(told) == len(NOT_COUNTED) > 2
    assert all(f"{one['words']}: {one['why']}" in answer for one in told)
    assert any("survival" in one["words"] for one in told) and any("Attendance" in one["words"] for one in told)


def test_before_stands_with_its_numbers_and_its_interval(few, client, chloe):
    """Of each of the two weeks one plan, without facts: 0 of 1, of which the interval by Wilson is 0 to 79.3 %."""
    asked_for = {"since": "2026-03-08", "until": "2026-03-14"}
    for args in ((), ("differentiation",)):
        answer = page(client, chloe, *args, **asked_for).content.decode()
        assert answer.count("0 of 1") > 1 and answer.count("95 % interval 0 % to 79.3 %") > 1
        assert "too few to compare" in answer and "points" not in answer


def test_where_all_were_left_out_it_says_how_many_and_why(few, client, chloe):
    for args in ((), ("days-from-diagnosis",)):
        answer = unescape(page(client, chloe, *args, **MARCH).content.decode())
        assert "None that can be counted" in answer and "2: no day of diagnosis" in answer


def page(client, person, *args, **params):
    client.force_login(person)
    name = "careplans:scorecard_indicator" if args else "careplans:scorecard"
    return client.get(reverse(name, args=args), params)


def test_the_page_shows_every_indicator_with_its_definition(few, client, chloe):
    answer = page(client, chloe, **MARCH).content.decode()
    assert all(one.title in answer for one in INDICATORS)
    assert "2 of 2" in answer


def test_an_indicator_leads_to_its_cases(few, client, chloe, anselm):
    answer = page(client, chloe, "days-from-referral", **MARCH).content.decode()
    assert answer.count("Ashdown, Synthetic") == 2
    assert "Ashdown" not in page(client, anselm, "days-from-referral", **MARCH).content.decode()


@pytest.mark.parametrize("params", [{"since": "x"}, {"until": "0001-01-01"}, {"board": "x"}, {"as_of": "2027-01-01"}])
def test_a_page_that_cannot_be_asked_says_so(board, client, chloe, params):
    for args in ((), ("new-patients",)):
        answer = page(client, chloe, *args, **params)
        assert answer.status_code == 400
        assert "There is a problem" in answer.content.decode()


def test_no_page_is_no_row_of_the_list(board, client, chloe):
    assert page(client, chloe, "new-patients", after="x").status_code == 400
    assert page(client, chloe, "nothing-of-the-kind").status_code == 404


def test_the_document_says_what_the_declarations_say():
    """Else: manage.py scorecard_document > docs/scorecard.md"""
    assert Path("docs/scorecard.md").read_text() == written()


@pytest.mark.parametrize(("by", "since", "words"), [
    ("month", "2016-03-31", "ten years"), ("quarter", "1996-03-31", "thirty years"), ("board,month", "2016-03-31", "ten years"),
])  # fmt: skip
def test_more_months_than_are_told_at_once_are_refused_for_every_indicator_alike(few, client, chloe, by, since, words):
    """From 31 March 2016 to 20 April 2026 there are 122 months, from 31 March 1996 there are 122 quarters; 120 are told."""
    ask = {"by": by, "since": since, "until": "2026-04-20"}
    refused = Api(chloe).get("/scorecard/", **ask)
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "since")
    assert words in refused.json()["errors"][0]["detail"]
    file = Api(chloe).post("/exports/", {"what": "scorecard", "form": "csv", "filters": ask})
    assert (file.status_code, words in file.content.decode()) == (400, True)
    if "," not in by:
        client.force_login(chloe)
        page = client.get(reverse("careplans:scorecard_indicator", args=["changes-answered"]), ask)
        assert (page.status_code, words in page.content.decode()) == (400, True)
    assert Api(chloe).get("/scorecard/", since=since, until="2026-04-20").status_code == 200


@pytest.mark.parametrize(("by", "since"), [("month", "2016-05-01"), ("quarter", "1996-07-01")])
def test_as_many_as_are_told_at_once_are_told_of_every_indicator(few, chloe, by, since):
    """120 of each, the last one April 2026 or its quarter."""
    found = asked(chloe, by=by, since=since, until="2026-04-20")["results"]
    told = {row["name"]: row for row in found}
    assert sum(row["figure"]["count"] for row in told["new-patients"]["apart"]) == 3
