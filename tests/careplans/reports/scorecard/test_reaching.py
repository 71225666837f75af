"""New patients, and how their cases reached the board: counted on the fingers."""

import pytest
from django.urls import reverse

from careplans.services.care_ends import record_death
from careplans.services.cases import add_prior_treatment, move_case, open_case
from common.partial_dates import PartialDate
from tests.careplans import makers
from tests.careplans.reports.scorecard.asking import (
    MARCH,
    asked,
    drafted,
    figures,
    in_force,
    make_case,
    on,
    record,
    share,
    span,
)

pytestmark = pytest.mark.django_db


def discuss(case, *, by):
    for status in ("listed", "discussed"):
        case.refresh_from_db()
        move_case(case, status, by=by)


@pytest.fixture
def made_cases(pages, board, ana, chloe):
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
    return {"a": a, "b": b, "c": c, "d": d, "plan": plan}


@pytest.fixture
def cases(made_cases):
    with on(4, 2):
        yield made_cases


def test_a_patient_is_new_once_and_a_referral_is_no_patient_yet(cases, chloe):
    found = figures(chloe, **MARCH)
    assert found["new-patients"]["count"] == 4
    assert found["new-gep-patients"]["count"] == 2


def test_a_carcinoma_is_no_net_and_is_told_by_itself(cases, ana, chloe):
    """Of the two with a primary in the gut, A has a NEC now."""
    record(cases["a"], {"grade": "NEC"}, by=ana)
    one = next(one for one in asked(chloe, **MARCH)["results"] if one["name"] == "new-gep-patients")
    assert one["figure"]["count"] == 1
    assert [part["figure"]["count"] for part in one["left_out"] if part["measure"] == "gep_carcinomas"] == [1]


def test_a_case_is_reviewed_once_decided_and_missing_once_four_weeks_are_over(cases, chloe):
    """As of the 31st it is so of A and B, opened on the 2nd and 3rd. C, opened on the 4th, is decided on and not counted."""
    assert share(figures(chloe, as_of="2026-03-31", **MARCH)["tumour-board-review"]) == (2, 2)
    assert share(figures(chloe, as_of="2026-04-02", **MARCH)["tumour-board-review"]) == (3, 4)


def left_out(person, name, **params):
    """By the measure: how many were left out of an indicator."""
    found = next(one for one in asked(person, **params)["results"] if one["name"] == name)
    return {one["measure"]: one["figure"]["count"] for one in found["left_out"]}


def test_what_is_known_to_have_been_treated_before_is_told_among_all(cases, chloe):
    """B was operated on before; of C a treatment is listed that began on the day itself; of A nothing is listed."""
    assert share(figures(chloe, **MARCH)["treated-before"]) == (1, 3)


@pytest.mark.parametrize(
    ("status", "code", "treated"), [("functional", "OSA", 1), ("non_functional", "OSA", 2), ("functional", "CHEMO", 2)]
)
def test_an_analogue_for_symptoms_leaves_out_no_case(cases, ana, chloe, status, code, treated):
    """Of A, discussed on the 12th, it began on the 5th. B was operated on before."""
    with on(4, 2):
        record(cases["a"], {"functional_status": status}, by=ana)
        add_prior_treatment(
            cases["a"], by=ana, modality_code=code, response="not_recorded", started_on=PartialDate.read("2026-03-05")
        )
    found = figures(chloe, **MARCH)
    assert share(found["treated-before"]) == (treated, 3)
    assert found["days-from-diagnosis"]["count"] == 2 - treated


def test_days_are_measured_where_both_ends_are_known(cases, chloe):
    """Of C the year of diagnosis is known alone, and B had been treated before."""
    found = figures(chloe, **MARCH)
    assert span(found["days-from-diagnosis"]) == (1, 20, 20.0, 20)
    assert share(found["within-four-weeks"]) == (1, 1)
    assert span(found["days-from-referral"]) == (3, 10, 17.0, 27)
    why = {"undated": 0, "partly": 1, "later": 0, "treated": 1, "long_known": 0}
    assert left_out(chloe, "days-from-diagnosis", **MARCH) == left_out(chloe, "within-four-weeks", **MARCH) == why


@pytest.mark.parametrize(
    ("diagnosed", "measured", "long_known"), [("2025-03-02", (1, 375, 375.0, 375), 0), ("2025-03-01", None, 1)]
)
def test_a_diagnosis_of_more_than_a_year_before_the_referral_is_no_wait(
    pages, board, ana, chloe, diagnosed, measured, long_known
):  # fmt: skip
    """Opened on 2 March 2026, discussed on the 12th: of 2 March 2025 it is 365 days before, and 375 to the decision."""
    with on(3, 2):
        case = make_case(board, 1, by=ana, facts={"diagnosed_on": diagnosed})
    with on(3, 12):
        discuss(case, by=ana)
    found = figures(chloe, **MARCH)["days-from-diagnosis"]
    assert (span(found) if found["count"] else None) == measured
    assert left_out(chloe, "days-from-diagnosis", **MARCH)["long_known"] == long_known


# On the way


@pytest.fixture
def made_waiting(pages, board, ana, chloe):
    """By 31 March: two referred since the 2nd and the 21st, one returned since the 11th, one taken on since the 4th and put off,
    one discussed since the 26th, one declined, and one with a plan."""
    with on(3, 2):
        make_case(board, "R1", by=ana, status="referred")
        back, no, taken, spoken = (make_case(board, name, by=ana, status="referred") for name in ("B", "N", "T", "S"))
        in_force(make_case(board, "P", by=ana), by=ana, chair=chloe)
    with on(3, 4):
        for case in (taken, spoken):
            move_case(case, "accepted", by=ana)
        move_case(no, "declined", by=ana, reason="Another board.")
    with on(3, 11):
        move_case(back, "returned", by=ana, reason="The report of the pathologist is missing.")
    with on(3, 20):
        for status in ("listed", "accepted", "listed"):
            taken.refresh_from_db()
            move_case(taken, status, by=ana, reason="Put off." if status == "accepted" else "")
    with on(3, 21):
        make_case(board, "R2", by=ana, status="referred")
    with on(3, 26):
        discuss(spoken, by=ana)
    return {"back": back, "spoken": spoken}


@pytest.fixture
def waiting(made_waiting):
    with on(3, 31):
        yield made_waiting


def test_who_waits_before_a_plan_is_counted_where_they_wait_and_for_how_long(waiting, chloe):
    found = figures(chloe)
    assert span(found["referrals-waiting"]) == (2, 10, 19.5, 29)
    assert span(found["returned-waiting"]) == (1, 20, 20.0, 20)
    assert span(found["undecided"]) == (1, 27, 27.0, 27)
    assert span(found["decided-without-plan"]) == (1, 5, 5.0, 5)


def test_as_of_a_day_they_wait_where_they_stood(waiting, chloe):
    """On 10 March the later returned one was referred, as were the first and none of the 21st."""
    found = figures(chloe, as_of="2026-03-10")
    assert span(found["referrals-waiting"]) == (2, 8, 8.0, 8)
    assert span(found["undecided"]) == (2, 6, 6.0, 6)
    assert (found["returned-waiting"]["count"], found["decided-without-plan"]["count"]) == (0, 0)


def test_a_referral_that_was_sent_again_waits_anew(waiting, ana, chloe):
    with on(4, 3):
        case = waiting["back"]
        case.refresh_from_db()
        move_case(case, "referred", by=ana)
    with on(4, 5):
        found = figures(chloe)
    assert span(found["referrals-waiting"]) == (3, 2, 15.0, 34)
    assert found["returned-waiting"]["count"] == 0


def test_it_leads_to_the_cases(waiting, client, chloe):
    client.force_login(chloe)
    answer = client.get(reverse("careplans:scorecard_indicator", args=["decided-without-plan"])).content.decode()
    assert reverse("careplans:case", args=[waiting["spoken"].pk]) in answer
    assert "5 days" in answer


def test_as_of_a_day_what_was_decided_later_is_not_there(cases, chloe):
    found = figures(chloe, as_of="2026-03-15", since="2026-03-01")
    assert span(found["days-from-referral"]) == (1, 10, 10.0, 10)
    assert (share(found["treated-before"]), found["days-from-diagnosis"]["count"]) == ((0, 1), 1)


def test_as_of_before_the_release_the_plan_is_no_decision(cases, chloe):
    assert figures(chloe, as_of="2026-03-12", since="2026-03-01")["days-from-referral"]["count"] == 0


def test_who_died_since_still_came_to_the_board(cases, board, ana, chloe):
    patient = cases["a"].patient
    patient.refresh_from_db()
    record_death(patient, by=ana, expected_version=patient.version, source="Ward", year=2026, month=4, day=1)
    found = figures(chloe, **MARCH)
    assert (found["new-patients"]["count"], found["days-from-referral"]["count"]) == (4, 3)


def test_another_board_has_none_of_it(cases, otto):
    found = figures(otto, **MARCH)
    assert found["new-patients"]["count"] == 0
    assert found["treated-before"] == {
        "suppressed": False, "count": 0, "among": 0, "share": None, "low": None, "high": None,
        "least": None, "lower_quartile": None, "median": None, "upper_quartile": None, "most": None,
    }  # fmt: skip
