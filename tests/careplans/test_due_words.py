"""“Due” says until when it is not late."""

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse

from careplans.models import FollowUp, Step
from careplans.readers.sequence.lanes import lanes_of
from careplans.readers.sequence.step_words import late_words
from careplans.readers.sequence.what import MarkState
from careplans.readers.steps.gates import gate_of
from careplans.readers.work.lists import late_follow_ups, late_steps, not_late_steps
from careplans.views.dated import dated
from tests.careplans import makers
from tests.careplans.doors import FETCH, browser, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def follow_up(board, ana):
    return makers.make_follow_up(makers.make_case(board, by=ana), by=ana, due_on=board.today)


def label(follow_up, board, *, until):
    follow_up.due_on, follow_up.due_until = min(board.today, until), until
    return dated(follow_up, board).label


def test_what_is_due_says_the_last_day(follow_up, board):
    until = board.today + timedelta(days=3)
    year = f" {until.year}" if until.year != board.today.year else ""
    assert label(follow_up, board, until=until) == f"Due until {until:%-d %b}{year}"


def test_it_says_the_year_where_that_is_another(follow_up, board):
    until = date(board.today.year + 1, 1, 4)
    assert label(follow_up, board, until=until) == f"Due until 4 Jan {until.year}"


def test_its_last_day_is_said_to_be_that(follow_up, board):
    assert label(follow_up, board, until=board.today) == "Due, last day"


def test_a_day_later_it_is_overdue(follow_up, board):
    assert label(follow_up, board, until=board.today - timedelta(days=1)) == "Overdue"


def words_on(html, state):
    found = re.findall(rf'<span class="c-status c-status--{state}">.*?</svg>([^<]+)</span>', html, re.DOTALL)
    return [words.strip() for words in found]


@pytest.mark.parametrize(
    ("due", "until", "state"), [(0, 3, "due"), (-3, 0, "due"), (-9, -1, "overdue"), (9, 12, "planned")]
)
def test_the_case_its_row_drawn_anew_the_work_list_and_search_say_the_same(board, ana, follow_up, due, until, state):
    days = {name: board.today + timedelta(days=ahead) for name, ahead in (("due_on", due), ("due_until", until))}
    FollowUp.objects.filter(pk=follow_up.pk).update(**days)
    follow_up.refresh_from_db()
    row, client = [dated(follow_up, board).label], browser(ana)
    piece = reverse("careplans:followup_record", args=[follow_up.pk])
    found = client.post("/search/", {"q": "ashdown"}, **FETCH).content.decode()
    assert words_on(client.get(url("case", follow_up.case_id)).content.decode(), state) == row
    assert words_on(client.get(f"{piece}?where=case", HTTP_HX_REQUEST="true").content.decode(), state) == row
    assert words_on(client.get(f"{piece}?where=row", HTTP_HX_REQUEST="true").content.decode(), state) == row
    assert words_on(found, state) == row


def test_the_day_of_a_step_and_how_far_away_it_is_are_of_one_day(board, ana, chloe):
    """It may begin since yesterday, when what it waits for ended, though it was planned for earlier."""
    first, second, _ = makers.make_gated_plan(makers.make_case(board, by=ana), by=ana, chair=chloe)
    yesterday = board.today - timedelta(days=1)
    Step.objects.filter(pk=first.pk).update(
        status="completed", started_on=yesterday, ended_on=yesterday, fulfilment="full"
    )
    Step.objects.filter(pk=second.pk).update(due_on=board.today - timedelta(days=30))
    item = dated(Step.objects.with_gate().get(pk=second.pk), board)
    assert (item.day, item.days, item.state) == (yesterday, -1, "due")
    assert f'datetime="{yesterday}"' in browser(ana).get("/").content.decode()


def test_pages_the_picture_and_the_database_agree_on_what_is_late(board, ana, chloe):
    """Steps and follow-ups of every state, on every day around the last on which they are not late. What waits for a step that
    ends later, and what waits in vain, is found by the database too, and sorted out by who shows it."""
    steps = varied_steps(board, ana, chloe)
    rows, today = Step.objects.waiting(), board.today
    late = {row.pk for row in rows if dated(row, board).is_late}
    assert late == {row.pk for row in rows if late_words(row, gate_of(row, today), today, board.grace_days)}
    found = {row.pk for row in rows.filter(late_steps([board]))}
    assert late and late == {pk for pk in found if dated(Step.objects.get(pk=pk), board).state == "overdue"}
    assert {row.pk for row in rows.filter(not_late_steps([board]))} == {row.pk for row in rows} - found
    assert late == found - {row.pk for row in steps if row.after_step_id}
    follow_ups = varied_follow_ups(board, ana)
    late = {row.pk for row in follow_ups if dated(row, board).is_late}
    assert late and late == {row.pk for row in FollowUp.objects.open().filter(late_follow_ups([board]))}
    assert late == {row.pk for row in FollowUp.objects.overdue(today)}
    for row in follow_ups:
        drawn = {mark.state for lane in lanes_of([row], today, since=None, reads_text=True) for mark in lane.marks}
        assert (drawn == {MarkState.LATE}) == (row.pk in late)


def around(board):
    """Days before today: none, one, and those beside the last day of grace."""
    return [-1, 0, 1, board.grace_days - 1, board.grace_days, board.grace_days + 1, 60]


def varied_steps(board, ana, chloe):
    found = []
    for number, days in enumerate(around(board)):
        case = makers.make_case(board, by=ana, record_number=f"SYN-{number + 10}")
        first, second, third = makers.make_gated_plan(case, by=ana, chair=chloe)
        day = board.today - timedelta(days=days)
        Step.objects.filter(plan=first.plan_id).update(due_on=day)
        if number % 2:
            Step.objects.filter(pk=first.pk).update(status="in_progress", started_on=day)
        if number % 3 == 0:
            Step.objects.filter(pk=third.pk).update(carried_over_at=board.created_at)
        found += [first, second, third]
    return found


def varied_follow_ups(board, ana):
    case = makers.make_case(board, by=ana)
    for status in FollowUp.Status:
        for days in around(board):
            row = makers.make_follow_up(case, by=ana, due_on=board.today)
            until = board.today - timedelta(days=days - board.grace_days)
            extra = {"reason": "-"} if status == "cancelled" else {"done_on": board.today} if status == "done" else {}
            FollowUp.objects.filter(pk=row.pk).update(
                status=status, due_on=until - timedelta(days=5), due_until=until, **extra
            )
    return list(FollowUp.objects.all())
