"""Who is not shown small numbers is told that there are some, and nothing that gives them away; and an answer says what it was
asked."""

import csv
import io
from dataclasses import replace

import pytest

from accounts.models import Role
from careplans.reports.figures import HIDDEN
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.reports.test_pages import LATER, page
from tests.factories import join

pytestmark = pytest.mark.django_db
BY_PHASE = {"by": "phase", "until": LATER}


@pytest.fixture
def some(pages, board, ana, chloe):
    """Six plans in force with a step of symptom control; in two of them one of tumour control, too."""
    for number in range(6):
        case = makers.make_case(board, by=ana, record_number=f"SYN-W{number}")
        makers.make_active_plan(case, by=ana, chair=chloe, steps=2 if number < 2 else 1)
    return board


def answered(person, **params):
    answer = Api(person).get("/reports/concordance/", **params)
    assert answer.status_code == 200, answer.content
    return answer.json()


def nulls(told):
    return sum(value is None for row in (*told["results"], told["total"]) for name, value in row.items())


def test_the_board_is_told_that_it_is_shown_everything(some, chloe):
    told = answered(chloe, **BY_PHASE)
    assert [(row["phase"], row["steps"]) for row in told["results"]] == [("symptom_control", 6), ("tumour_control", 2)]
    assert told["withheld"] == {"smallest": 1, "figures": 0, "rows": False}


def test_who_is_not_of_the_board_is_told_that_figures_are_withheld_and_below_which_number(some, anselm):
    told = answered(anselm, **BY_PHASE)
    assert "tumour_control" not in [row["phase"] for row in told["results"]]
    assert told["withheld"] == {"smallest": 5, "figures": nulls(told), "rows": True}


def test_that_rows_are_left_out_is_told_and_not_how_many(some, anselm):
    """Beside a total of eight of which six are shown, two rows would be of one each."""
    assert answered(anselm, **BY_PHASE)["withheld"]["rows"] is True
    whole = answered(anselm, by="", until=LATER)
    assert whole["withheld"]["rows"] is False and whole["total"]["steps"] == 8


def test_a_file_says_at_its_total_that_rows_are_left_out_and_has_no_line_that_counts_as_one(some, anselm, chloe):
    told = answered(anselm, **BY_PHASE)
    text = page(anselm, "report_csv", "concordance", **BY_PHASE).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["total"] for row in rows] == ["false"] * len(told["results"]) + ["true"]
    assert [row["rows_left_out"] for row in rows] == [""] * len(told["results"]) + ["true"]
    assert {len(line) for line in csv.reader(io.StringIO(text))} == {len(rows[0])}
    of_board = page(chloe, "report_csv", "concordance", **BY_PHASE).content.decode("utf-8-sig")
    assert list(csv.DictReader(io.StringIO(of_board)))[-1]["rows_left_out"] == "false"


def test_the_page_says_it_in_words(some, anselm):
    words = page(anselm, "report", "concordance", **BY_PHASE).content.decode()
    assert answered(anselm, **BY_PHASE)["results"] == []
    assert "each row is of none or of so few that it is not shown from outside of the board" in words


@pytest.mark.parametrize("who", ["anselm", "chloe"])
def test_an_answer_asked_again_from_itself_is_the_same(some, who, request):
    person = request.getfixturevalue(who)
    first = answered(person, **BY_PHASE, phase="symptom_control", board=some.pk)
    assert (first["board"], first["filters"]) == (some.pk, {"phase": "symptom_control"})
    names = ("as_of", "known_by", "since", "until", "board")
    params = {name: first[name] for name in names} | first["filters"] | {"by": ",".join(first["by"])}
    makers.make_case(some, by=request.getfixturevalue("ana"), record_number="SYN-LATER")
    assert answered(person, **params) == first


def test_of_several_boards_the_answer_names_none(some, other_board, chloe):
    join(chloe, other_board, Role.CHAIR)
    assert answered(chloe, **BY_PHASE)["board"] is None
    for address in ("/report-pack/", "/scorecard/"):
        assert Api(chloe).get(address, board=some.pk).json()["board"] == some.pk
    assert Api(chloe).get("/scorecard/", board=some.pk).json()["smallest"] == 1


def test_a_page_of_one_row_counts_what_is_seen(some, anselm):
    """The only row is the total, which the page shows once: 8 steps, of 6 plans, which would tell that two have two."""
    told = page(anselm, "report", "releases", board=some.pk, until=LATER).context["answer"]
    whole = replace(told, asked=replace(told.asked, by=()), rows=[told.total])
    assert sum(figure is HIDDEN for figure in told.total.figures.values()) == 3
    assert whole.withheld == 6 and "3 figures are not shown." in whole.why_withheld
