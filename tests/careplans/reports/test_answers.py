"""Answers to rules, counted by hand: two fire on one plan, one is followed, one kept open; a third stops firing unanswered."""

from datetime import UTC, datetime

import pytest

from careplans.models import Advisory
from tests.careplans import makers
from tests.careplans.reports.worked_out import asked, on, rows_of, share

pytestmark = pytest.mark.django_db


def at(day, hour=10):
    return datetime(2026, 3, day, hour, tzinfo=UTC)


@pytest.fixture
def plan(pages, board, ana, omar):
    with on(3, 2):
        plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
        Advisory.objects.all().delete()
        row = {
            "board": board, "case": plan.case, "plan": plan, "rule_set": "seed-1", "severity": "caution", "basis": "direct",
            "advice": "x", "content_version": 1, "fired_at": at(2), "state": "open",
        }  # fmt: skip
        followed, kept, gone = (Advisory.objects.create(**row, rule=rule) for rule in ("SEQ-01", "TRI-01", "DATA-01"))
    with on(3, 3):
        Advisory.objects.filter(pk=gone.pk).update(state="obsolete", ended_at=at(3))
    with on(3, 4):
        answered = {"answered_by": omar, "answered_at": at(4)}
        Advisory.objects.filter(pk=followed.pk).update(state="followed", answer="followed", **answered)
        Advisory.objects.filter(pk=kept.pk).update(state="kept", answer="patient_choice", **answered)
    return plan


def test_by_rule(plan, chloe):
    with on(3, 9):
        found = asked(chloe, "answers", since="2026-03-01", by="rule")
    at = {
        row["rule"]: (row["fired"], share(row["followed"]), share(row["kept"]), row["gone"]) for row in found["results"]
    }
    assert at == {"SEQ-01": (1, (1, 1), (0, 1), 0), "TRI-01": (1, (0, 1), (1, 1), 0), "DATA-01": (1, (0, 0), (0, 0), 1)}
    assert (found["total"]["fired"], share(found["total"]["kept"]), found["total"]["plans"]) == (3, (1, 2), 1)


def test_the_reason_is_told(plan, chloe):
    with on(3, 9):
        found = asked(chloe, "answers", since="2026-03-01", by="answer", rule="TRI-01")
    assert [(row["answer"], row["fired"]) for row in found["results"]] == [("patient_choice", 1)]


def test_as_of_the_day_before_the_answers(plan, chloe):
    with on(3, 9):
        total = asked(chloe, "answers", since="2026-03-01", as_of="2026-03-03", known_by="now")["total"]
    assert (total["fired"], total["unanswered"], total["gone"], share(total["kept"])) == (3, 2, 1, (0, 0))


def test_it_leads_to_its_plans(plan, chloe):
    with on(3, 9):
        rows = rows_of(chloe, "answers", since="2026-03-01", measure="kept", answer="patient_choice")
    assert [(row["plan"], row["cells"]["rule"]) for row in rows] == [(plan.pk, "TRI-01")]
