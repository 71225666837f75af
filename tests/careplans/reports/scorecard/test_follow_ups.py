"""Follow-ups that were due, and cases with nothing ahead."""

from datetime import date

import pytest

from careplans.models import FollowUp
from careplans.readers.nothing_ahead import nothing_ahead
from careplans.services.followups import cancel_follow_up, complete_follow_up, record_missed_follow_up
from careplans.services.nothing_ahead import record_nothing_ahead
from careplans.services.step_progress import skip_step
from tests.careplans import makers
from tests.careplans.reports.scorecard.asking import MARCH, asked, figures, in_force, make_case, on, share, span

pytestmark = pytest.mark.django_db


@pytest.fixture
def due(pages, board, ana):
    """Six of March, with a week of grace each: on time, on its last day, late by two days, missed, cancelled, not done."""
    with on(2, 1):
        case = make_case(board, 1, by=ana)
        made = {
            name: makers.make_follow_up(case, by=ana, kind=kind, due_on=date(2026, 3, day), window_days=7)
            for name, kind, day in [
                ("early", "cross_sectional", 2), ("last", "markers", 3), ("late", "receptor_imaging", 4), ("missed", "visit", 5),
                ("cancelled", "visit", 6), ("open", "cross_sectional", 20),
            ]
        }  # fmt: skip

    def done(name, day):
        complete_follow_up(made[name], by=ana, expected_version=made[name].version, done_on=date(2026, 3, day))

    with on(3, 1):
        done("early", 1)
        cancel_follow_up(made["cancelled"], by=ana, expected_version=1, reason="Not needed.")
    with on(3, 10):
        done("last", 10)
    with on(3, 13):
        done("late", 13)
        record_missed_follow_up(made["missed"], by=ana, expected_version=1, new_due_on=date(2026, 4, 20))
    with on(4, 1):
        yield made


def test_on_time_is_within_the_grace_and_what_is_overdue_is_not(due, chloe):
    found = figures(chloe, **MARCH)
    assert share(found["follow-ups-on-time"]) == (2, 5)
    assert share(found["imaging-on-time"]) == (1, 3)
    assert share(found["did-not-attend"]) == (1, 5)
    assert share(found["follow-ups-overdue"]) == (1, 5)
    assert span(found["days-late"]) == (1, 2, 2.0, 2)


def test_what_is_overdue_longer_than_the_period_is_overdue_at_its_end(due, chloe):
    """Of March one is overdue; in a period of May it still is, and nothing else was due but what replaced the missed one."""
    with on(5, 31):
        found = figures(chloe, since="2026-05-01", until="2026-05-31")
    assert share(found["follow-ups-overdue"]) == (2, 2)
    assert share(found["follow-ups-on-time"]) == (0, 0)


def test_the_period_before_says_what_was_overdue_at_its_own_end(due, ana, chloe):
    """The open one is past its grace on 28 March, and done on 5 April: at the end of March it was overdue."""
    with on(4, 5):
        one = FollowUp.objects.get(pk=due["open"].pk)
        complete_follow_up(one, by=ana, expected_version=one.version, done_on=date(2026, 4, 5))
        found = asked(chloe, since="2026-04-01", until="2026-04-05")["results"]
    one = next(row for row in found if row["name"] == "follow-ups-overdue")
    assert (share(one["figure"]), share(one["before"])) == ((0, 0), (1, 1))


def test_what_can_still_be_done_on_time_is_not_due_yet(due, chloe):
    assert share(figures(chloe, as_of="2026-03-27", **MARCH)["follow-ups-overdue"]) == (0, 4)
    assert share(figures(chloe, as_of="2026-03-28", **MARCH)["follow-ups-overdue"]) == (1, 5)


def test_as_of_a_day_what_was_done_later_was_overdue_or_not_due(due, chloe):
    """Both late and missed ones had passed their grace by the 12th, and one was done."""
    found = figures(chloe, as_of="2026-03-12", known_by="now", since="2026-03-01")
    assert share(found["follow-ups-on-time"])[0] == 2
    late = next(
        one for one in asked(chloe, as_of="2026-03-12", since="2026-03-01")["results"] if one["name"] == "days-late"
    )
    assert late["figure"]["count"] == 0


def test_no_follow_up_at_all_is_no_share(board, chloe):
    assert figures(chloe, **MARCH)["follow-ups-on-time"]["share"] is None


@pytest.fixture
def in_care(pages, board, ana, chloe):
    """Three in care: a step ahead, a reason, and nothing; a fourth is not taken into care yet."""
    with on(3, 2):
        plans = [in_force(make_case(board, number, by=ana), by=ana, chair=chloe) for number in range(3)]
        make_case(board, 9, by=ana)
    with on(3, 9):
        for plan in plans[1:]:
            step = plan.steps.get()
            skip_step(step, by=ana, expected_version=step.version, reason="patient_choice")
        record_nothing_ahead(
            plans[1].case, by=ana, nothing_ahead_reason="Seen elsewhere.", look_again_on=date(2026, 6, 1)
        )
    with on(3, 20):
        yield plans


def test_a_case_has_a_date_a_reason_or_nothing(in_care, board, chloe):
    one = next(one for one in asked(chloe)["results"] if one["name"] == "nothing-ahead")
    assert share(one["figure"]) == (1, 3)
    assert one["detail"]["reason"]["count"] == 1
    assert one["before"] is None


def test_it_is_the_list_that_the_board_works_by(in_care, board, chloe):
    assert [case.pk for case in nothing_ahead([board])] == [in_care[2].case_id]
    with on(6, 1):
        assert len(nothing_ahead([board])) == figures(chloe)["nothing-ahead"]["count"] == 2


def test_a_follow_up_lies_ahead(in_care, board, ana, chloe):
    makers.make_follow_up(in_care[2].case, by=ana, due_on=date(2026, 9, 1))
    assert FollowUp.objects.count() == 1
    assert share(figures(chloe)["nothing-ahead"]) == (0, 3)
