"""On PostgreSQL the large relations of a question are written out first; what it answers is the same."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from careplans.models import Step
from careplans.readers.known import Known, ask, laid_out, settled_now
from careplans.readers.known.laid_out import columns_named
from careplans.reports.answering import answer, rows_behind
from careplans.reports.asked import read_asked
from careplans.reports.contents import ALL
from careplans.reports.told import told
from tests.careplans.reports.delivering import CYCLES, Delivery
from tests.careplans.reports.worked_out import on

pytestmark = pytest.mark.django_db
TWICE = (
    "SELECT a.id, b.status FROM {step} a JOIN {step} b ON b.id = a.id JOIN {then_step} c ON c.id = a.id ORDER BY a.id"
)


@pytest.fixture
def plan(pages, board, ana, chloe):
    do = Delivery(board, ana, chloe)
    [first, _] = do.plan_of([({}, 20, False), (CYCLES, 30, True)])
    do.start(first, 3, 8)
    do.release_on(do.amend(first, 3, 12), 3, 14)


@pytest.fixture
def all_are_large(monkeypatch):
    """However few rows: a table that was never analysed is said to have -1."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite works its questions out as they are")
    monkeypatch.setattr(laid_out, "SMALL", -2)


def said(person, **params):
    found = {}
    for report in ALL:
        asked = read_asked(report, person, params | ({"since": "2026-01-01"} if report.period else {}))
        found[report.name] = told(answer(asked, by=person)), rows_behind(asked, None, by=person)
    return found


@pytest.mark.parametrize("params", [{}, {"as_of": "2026-03-10"}, {"as_of": "2026-03-10", "known_by": "now"}], ids=str)
def test_every_report_says_the_same(plan, chloe, params, monkeypatch, all_are_large):
    with on(6, 1):
        written_out = said(chloe, **params)
        monkeypatch.setattr(laid_out, "SMALL", 10**9)
        assert said(chloe, **params) == written_out


def test_what_is_known_by_two_moments_is_written_out_twice_and_nothing_stays(plan, all_are_large):
    moment = settled_now()
    with CaptureQueriesContext(connection) as heard, transaction.atomic():
        for known, then in ((Known(moment), Known(moment)), (Known(moment), Known())):
            assert len(ask(TWICE, known, {}, then=then)) == Step.objects.count()
    made = [one["sql"].split()[3] for one in heard if one["sql"].startswith("CREATE TEMPORARY")]
    assert made == ["known_step", "known_step"], "then_step is named once in the second, and is read as it stands"


def laid_out_for(sql, *, large, monkeypatch):
    """The relations that are written out for a question, and those of them that have an index."""
    monkeypatch.setattr("careplans.readers.known.prepare", lambda cursor, tables: large & set(tables))
    with CaptureQueriesContext(connection) as heard, transaction.atomic():
        ask(sql, Known(settled_now()), {})
    said = [one["sql"].split() for one in heard]
    made = [words[3] for words in said if words[:2] == ["CREATE", "TEMPORARY"]]
    return made, [words[3] for words in said if words[:2] == ["CREATE", "INDEX"]]


BOARDS = "SELECT s.id FROM {step} s JOIN {board} b ON b.id = s.board_id"


def test_small_relations_are_written_out_beside_a_large_one(plan, all_are_large, monkeypatch):
    """Of those the planner would know nothing, and take three boards for any number."""
    assert laid_out_for(BOARDS, large={"careplans_step"}, monkeypatch=monkeypatch) == (["known_board"], [])


def test_of_a_small_record_nothing_is_written_out(plan, all_are_large, monkeypatch):
    assert laid_out_for(BOARDS, large=set(), monkeypatch=monkeypatch) == ([], [])


@pytest.mark.parametrize(("times", "found"), [(3, []), (4, ["known_step"])])
def test_a_large_relation_that_is_named_often_has_an_index(plan, all_are_large, monkeypatch, times, found):
    sql = "SELECT a.id FROM {step} a" + "".join(
        f" JOIN {{step}} b{turn} ON b{turn}.id = a.id" for turn in range(1, times)
    )
    assert laid_out_for(sql, large={"careplans_step"}, monkeypatch=monkeypatch) == (["known_step"], found)


@pytest.mark.parametrize(("how", "found"), [("", []), ("NOT MATERIALIZED ", ["known_then_step"])])
def test_what_is_known_then_is_written_out_for_a_query_that_is_put_in_where_it_is_named(
    plan, all_are_large, how, found
):
    # As reports have it: what is known stands in a WITH of its own in front.
    told = f"WITH t AS {how}(SELECT id FROM {{then_step}}) SELECT a.id FROM t a JOIN t b ON b.id = a.id"
    sql = f"SELECT u.id FROM ({told}) u"
    with CaptureQueriesContext(connection) as heard, transaction.atomic():
        ask(sql, Known(settled_now()), {}, then=Known())
    assert [one["sql"].split()[3] for one in heard if one["sql"].startswith("CREATE TEMPORARY")] == found


def test_only_the_columns_that_a_question_names_are_written_out():
    assert columns_named(Step, "SELECT s.status FROM {step} s") == ["id", "status"]
