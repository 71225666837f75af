"""What is counted many times to leave small numbers out is worked out once: the same figures, from one reading of the record."""

from contextlib import nullcontext

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from careplans.reports import shown
from careplans.reports.asked import read_asked
from careplans.reports.beyond.few import TOO_WIDE
from careplans.reports.contents import ALL, BY_NAME
from careplans.reports.scorecard.figures import read_scorecard
from careplans.reports.shown import answer, check_shown
from careplans.reports.told import told
from tests.careplans.reports.test_withheld import BY_PHASE, some  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db


def readings(queries):
    """Statements that put the record together as it was known."""
    return [
        one["sql"] for one in queries if "WITH known_" in one["sql"] or "CREATE TEMPORARY TABLE known_" in one["sql"]
    ]


def test_the_record_is_read_once_for_all_tables_of_a_question(some, anselm):  # noqa: F811
    asked = read_asked(BY_NAME["concordance"], anselm, BY_PHASE | {"by": "phase,modality"})
    with CaptureQueriesContext(connection) as found:
        answer(asked, by=anselm)
    assert len(readings(found.captured_queries)) == 1
    with CaptureQueriesContext(connection) as found:
        check_shown(asked, None, by=anselm)
    assert len(readings(found.captured_queries)) == 1


def test_who_is_shown_every_number_writes_nothing_out(some, chloe):  # noqa: F811
    asked = read_asked(BY_NAME["concordance"], chloe, BY_PHASE)
    with CaptureQueriesContext(connection) as found:
        answer(asked, by=chloe)
    assert "rows_asked_for" not in str(found.captured_queries)


@pytest.mark.parametrize("name", [one.name for one in ALL])
def test_the_figures_are_those_of_each_table_asked_by_itself(some, anselm, monkeypatch, name):  # noqa: F811
    report = BY_NAME[name]
    dimensions = [one.name for one in report.dimensions][:2]
    asked = read_asked(report, anselm, {"by": ",".join(dimensions)})
    once = told(answer(asked, by=anselm))
    monkeypatch.setattr(shown, "worked_out_once", nullcontext)
    assert told(answer(asked, by=anselm)) == once
    assert once["withheld"]["smallest"] == 5


def test_so_are_those_of_the_scorecard(some, anselm, monkeypatch):  # noqa: F811
    params = {"by": "quarter", "as_of": "now"}
    first = read_scorecard(anselm, params)
    same = {"as_of": first.asked.moment.isoformat(), "by": "quarter"}
    once = read_scorecard(anselm, same).figures
    monkeypatch.setattr(shown, "worked_out_once", nullcontext)
    assert read_scorecard(anselm, same).figures == once


def test_a_question_that_is_refused_leaves_nothing_behind(some, anselm):  # noqa: F811
    asked = read_asked(BY_NAME["concordance"], anselm, BY_PHASE | {"by": "phase,modality,month,reason"})
    for _ in range(2):
        with pytest.raises(ValidationError, match=TOO_WIDE[:30]):
            answer(asked, by=anselm)
    assert answer(read_asked(BY_NAME["concordance"], anselm, BY_PHASE), by=anselm).smallest == 5
