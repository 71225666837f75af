"""New patients, and how their cases reached the board: counted on the fingers."""

import pytest

from careplans.services.care_ends import record_death
from careplans.services.cases import add_prior_treatment, move_case, open_case
from common.partial_dates import PartialDate
from tests.careplans import makers
from tests.careplans.reports.scorecard.asking import MARCH, drafted, figures, make_case, on, share, span

pytestmark = pytest.mark.django_db


def discuss(case, *, by):
    for status in ("listed", "discussed"):
        case.refresh_from_db()
        move_case(case, status, by=by)


@pytest.fixture
def cases(pages, board, ana, chloe):
    """Six: A by its plan, B and C discussed, D and A's second waiting, E only referred."""
    with on(3, 2):
        a = make_case(board, "A", by=ana, facts={"primary_site": "ileum", "diagnosed_on": "2026-02-20"})
    with on(3, 3):
        b = make_case(board, "B", by=ana, facts={"diagnosed_on": "2026-01-01"})
        add_prior_treatment(
            b, by=ana, modality_code="SURG", response="not_recorded", started_on=PartialDate.read("2026-02")
        )
    with on(3, 4):
        c = make_case(board, "C", by=ana, facts={"primary_site": "pancreas", "diagnosed_on": "2026"})
    with on(3, 5):
        d = make_case(board, "D", by=ana, facts={"primary_site": "lung", "diagnosed_on": "2026-02-01"})
    with on(3, 6):
        make_case(board, "E", by=ana, status="referred")
    with on(3, 10):
        open_case(a.patient, by=ana, responsible=ana, title="A second tumour", status="accepted")
    with on(3, 12):
        plan = drafted(a, by=ana)
        makers.submit(plan, by=ana)
    with on(3, 13):
        makers.release(plan, by=chloe)
    with on(3, 20):
        discuss(b, by=ana)
    with on(3, 31):
        discuss(c, by=ana)
        add_prior_treatment(
            c, by=ana, modality_code="OSA", response="not_recorded", started_on=PartialDate.read("2026-03-31")
        )
    with on(4, 2):
        yield {"a": a, "b": b, "c": c, "d": d, "plan": plan}


def test_a_patient_is_new_once_and_a_referral_is_no_patient_yet(cases, chloe):
    found = figures(chloe, **MARCH)
    assert found["new-patients"]["count"] == 4
    assert found["new-gep-patients"]["count"] == 2


def test_a_case_is_reviewed_once_decided_and_missing_once_four_weeks_are_over(cases, chloe):
    assert share(figures(chloe, as_of="2026-03-31", **MARCH)["tumour-board-review"]) == (3, 3)
    assert share(figures(chloe, as_of="2026-04-02", **MARCH)["tumour-board-review"]) == (3, 4)


def test_treatment_had_begun_where_it_began_on_an_earlier_day(cases, chloe):
    assert share(figures(chloe, **MARCH)["before-treatment"]) == (2, 3)


def test_days_are_measured_where_both_ends_are_known(cases, chloe):
    found = figures(chloe, **MARCH)
    assert span(found["days-from-diagnosis"]) == (2, 20, 49.0, 78)
    assert share(found["within-four-weeks"]) == (1, 2)
    assert span(found["days-from-referral"]) == (3, 10, 17.0, 27)


def test_as_of_a_day_what_was_decided_later_is_not_there(cases, chloe):
    found = figures(chloe, as_of="2026-03-15", since="2026-03-01")
    assert span(found["days-from-referral"]) == (1, 10, 10.0, 10)
    assert share(found["before-treatment"]) == (1, 1)


def test_as_of_before_the_release_the_plan_is_no_decision(cases, chloe):
    assert figures(chloe, as_of="2026-03-12", since="2026-03-01")["before-treatment"]["among"] == 0


def test_who_died_since_still_came_to_the_board(cases, board, ana, chloe):
    patient = cases["a"].patient
    patient.refresh_from_db()
    record_death(patient, by=ana, expected_version=patient.version, source="Ward", year=2026, month=4, day=1)
    found = figures(chloe, **MARCH)
    assert (found["new-patients"]["count"], found["before-treatment"]["among"]) == (4, 3)


def test_another_board_has_none_of_it(cases, otto):
    found = figures(otto, **MARCH)
    assert found["new-patients"]["count"] == 0
    assert found["before-treatment"] == {
        "suppressed": False, "count": 0, "among": 0, "share": None, "low": None, "high": None,
        "least": None, "lower_quartile": None, "median": None, "upper_quartile": None, "most": None,
    }  # fmt: skip
