"""What is overdue, by owner, on a day. The board of the tests has three days of grace, and escalates after seven more.

what            owner  due      in time until   as of 20 March
step of A       ana    12 Mar   15 Mar          5 days overdue
follow-up of A  omar    9 Mar   12 Mar          8 days: long enough to be escalated
follow-up of B  omar   17 Mar   20 Mar          in time, to the end of its last day
"""

from datetime import date

import pytest

from careplans.models import FollowUp, Step
from careplans.reports.answering import rows_behind
from careplans.reports.asked import read_asked
from careplans.reports.overdue import OVERDUE
from careplans.services.care_ends import record_death
from tests.careplans import makers
from tests.careplans.doors import browser
from tests.careplans.reports.worked_out import asked, on, rows_of, span

pytestmark = pytest.mark.django_db


@pytest.fixture
def late(pages, board, ana, chloe, omar):
    assert (board.grace_days, board.escalate_days) == (3, 7)
    with on(3, 2):
        case = makers.make_case(board, by=ana, record_number="SYN-A")
        plan = makers.make_active_plan(case, by=ana, chair=chloe)
        Step.objects.filter(plan=plan).update(due_on=date(2026, 3, 12))
        other = makers.make_case(board, by=ana, record_number="SYN-B")
        first = makers.make_follow_up(case, by=ana, due_on=date(2026, 3, 9), assignee=omar)
        makers.make_follow_up(other, by=ana, due_on=date(2026, 3, 17), assignee=omar)
    return case, first


def by_owner(person, **params):
    return {row["owner"]: row["overdue"] for row in asked(person, "overdue", **params)["results"]}


def test_by_owner(late, ana, omar, chloe):
    with on(3, 20):
        found = asked(chloe, "overdue")
    assert {row["owner"]: (row["overdue"], row["escalated"]) for row in found["results"]} == {
        ana.pk: (1, 0),
        omar.pk: (1, 1),
    }
    assert (found["total"]["cases"], span(found["total"]["late"])) == (1, (2, 5, 6.5, 8))


def test_the_last_day_is_still_in_time(late, omar, chloe):
    with on(3, 21):
        assert by_owner(chloe, kind="follow-up") == {omar.pk: 2}
    with on(3, 12):
        assert by_owner(chloe, kind="follow-up") == {}


def test_it_leads_to_its_cases(late, chloe):
    with on(3, 20):
        rows = rows_of(chloe, "overdue", measure="escalated")
    assert [(row["case"], row["cells"]["kind"], row["cells"]["late"]) for row in rows] == [(late[0].pk, "follow-up", 8)]


def test_a_step_and_a_follow_up_of_one_key_are_two_rows_and_the_list_goes_on_behind_each(late, chloe):
    with on(3, 21):
        asked_for = read_asked(OVERDUE, chloe, {})
        found = [row["id"] for row in rows_behind(asked_for, None, by=chloe)]
        behind = [[row["id"] for row in rows_behind(asked_for, None, by=chloe, after=place)] for place in found]
    step, *follow_ups = Step.objects.get(), *FollowUp.objects.order_by("pk")
    assert sorted(found) == sorted([f"step-{step.pk}", *(f"follow-up-{one.pk}" for one in follow_ups)])
    assert behind == [found[1:], found[2:], []]


def test_a_day_is_the_centres_whatever_zone_the_pages_are_shown_in(late, chloe):
    """Due until the 15th. In Auckland the 15th of the centre ends on the 16th: the page counts as the program does."""
    with on(3, 25):
        told = browser(chloe)
        session = told.session
        session["zone"] = "Pacific/Auckland"
        session.save()
        told = told.get("/reports/overdue/csv/", {"as_of": "2026-03-15", "by": ""}).content.decode("utf-8-sig")
    assert asked(chloe, "overdue", as_of="2026-03-15", by="")["total"]["overdue"] == 1
    assert told.splitlines()[1].split(",")[:2] == ["true", "1"]


def test_what_a_death_of_an_earlier_day_ended_was_not_overdue_though_it_was_recorded_later(late, ana, chloe):
    """Dead on 11 March, recorded on the 25th: of the 20th, as it was known then, two things of A; as it is known now, none."""
    case, _ = late
    with on(3, 25):
        case.patient.refresh_from_db()
        record_death(
            case.patient, by=ana, expected_version=case.patient.version, source="the ward", year=2026, month=3, day=11
        )
    then = asked(chloe, "overdue", as_of="2026-03-20", by="")["total"]["overdue"]
    now = asked(chloe, "overdue", as_of="2026-03-20", known_by="now", by="")["total"]["overdue"]
    assert (then, now) == (2, 0)
