"""Days to the first step, worked out by hand.

case  opened   sent to sign-off  released  first step  from referral  decision  sign-off
A      2 Mar    6 Mar             9 Mar    16 Mar      14             10         7
B      3 Mar   10 Mar            10 Mar    12 Mar       9              2         2   amended and released again on 25 Mar
C      4 Mar   11 Mar            11 Mar    none                                      waits since 11 Mar: 20 days on 31 Mar
"""

from datetime import date

import pytest

from careplans.models import Plan, Step
from careplans.services.plans import amend_plan
from careplans.services.step_progress import start_step
from tests.careplans import makers
from tests.careplans.reports.worked_out import asked, on, rows_of, share, span

pytestmark = pytest.mark.django_db


def begin(plan, day, *, by):
    step = Step.objects.get(plan=plan)
    with on(3, day.day):
        return start_step(step, by=by, expected_version=step.version, on=day)


@pytest.fixture
def plans(pages, board, ana, chloe):
    made = {}
    for name, opened, sent, released in (("A", 2, 6, 9), ("B", 3, 10, 10), ("C", 4, 11, 11)):
        with on(3, opened):
            case = makers.make_case(board, by=ana, record_number=f"SYN-{name}")
        with on(3, sent):
            plan = makers.make_plan(case, by=ana)
            makers.submit(plan, by=ana)
        with on(3, released):
            made[name] = makers.release(plan, by=chloe)
    begin(made["A"], date(2026, 3, 16), by=ana)
    begin(made["B"], date(2026, 3, 12), by=ana)
    with on(3, 20):
        newer = amend_plan(Plan.objects.get(pk=made["B"].pk), by=ana, reason="Another interval")
        makers.submit(newer, by=ana)
    with on(3, 25):
        makers.release(newer, by=chloe)
    return made


def test_each_plan_counts_once_with_its_amendments(plans, chloe):
    with on(3, 31):
        total = asked(chloe, "waiting", since="2026-03-01")["total"]
    assert (total["plans"], share(total["begun"])) == (3, (2, 3))
    # Of two values the median lies in the middle: (9 + 14) / 2, (2 + 10) / 2, (2 + 7) / 2.
    assert span(total["from_referral"]) == (2, 9, 11.5, 14)
    assert span(total["from_decision"]) == (2, 2, 6.0, 10)
    assert span(total["from_signoff"]) == (2, 2, 4.5, 7)
    assert span(total["still_waiting"]) == (1, 20, 20.0, 20)


def test_as_of_the_day_of_the_last_release_nothing_had_begun(plans, chloe):
    """Also with what was written since."""
    with on(3, 31):
        for known_by in ("2026-03-11", "now"):
            total = asked(chloe, "waiting", since="2026-03-01", as_of="2026-03-11", known_by=known_by)["total"]
            assert (total["plans"], share(total["begun"]), total["from_referral"]["count"]) == (3, (0, 3), 0)
            assert span(total["still_waiting"]) == (3, 0, 1.0, 2)


def test_what_ran_before_the_sign_off_is_no_wait(pages, board, ana, chloe):
    with on(3, 2):
        plan = makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe)
        Step.objects.filter(plan=plan).update(status="in_progress", started_on=date(2026, 2, 1))
    with on(3, 31):
        total = asked(chloe, "waiting", since="2026-03-01")["total"]
    assert (total["begun_before"], total["from_signoff"]["count"], total["from_referral"]["count"]) == (1, 0, 0)
    assert share(total["begun"]) == (1, 1)


def test_it_leads_to_its_cases(plans, chloe):
    with on(3, 31):
        rows = rows_of(chloe, "waiting", since="2026-03-01", measure="from_signoff")
    assert [(row["case"], row["cells"]["from_signoff"]) for row in rows] == [
        (plans["A"].case_id, 7), (plans["B"].case_id, 2),
    ]  # fmt: skip
