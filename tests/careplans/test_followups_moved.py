"""A follow-up that is put on another day: its event tells from which day first agreed, and whether somebody put it off."""

from datetime import timedelta

import pytest

from careplans.models import Event
from careplans.services.followups import change_follow_up
from careplans.services.occurrence_corrections import correct_as_given
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.doors import browser, url
from tests.careplans.test_monitoring import BLOOD
from tests.careplans.test_occurrences_correct import put
from tests.careplans.test_occurrences_record import give

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def move(row, by, to):
    row.refresh_from_db()
    return change_follow_up(row, by=by, expected_version=row.version, reason="travels", due_on=to)


def told(row):
    found = Event.objects.filter(follow_up=row, kind="follow_up_changed").order_by("id")
    return [(event.data.get("old_due_on"), event.data.get("agreed_on"), event.data.get("along")) for event in found]


def test_each_move_tells_the_day_that_was_agreed_first(board, ana):
    first = board.today + 20 * DAY
    row = makers.make_follow_up(makers.make_case(board, by=ana), by=ana, due_on=first)
    move(row, ana, first + 5 * DAY)
    move(row, ana, first + 9 * DAY)
    assert told(row) == [
        (first.isoformat(), first.isoformat(), False), ((first + 5 * DAY).isoformat(), first.isoformat(), False),
    ]  # fmt: skip
    page = browser(ana).get(url("followup", row.pk)).content.decode()
    words = f"Moved, first agreed for {first:%-d %b %Y}; it was due on {first + 5 * DAY:%-d %b %Y}"
    assert words in page
    events = Api(ana).get("/events/", case=row.case_id, kind="follow_up_changed").json()["results"]
    assert {(one["data"]["agreed_on"], one["data"]["along"]) for one in events} == {(first.isoformat(), False)}


def test_one_that_is_handed_over_has_not_moved(board, ana, omar):
    row = makers.make_follow_up(makers.make_case(board, by=ana), by=ana)
    change_follow_up(row, by=ana, expected_version=row.version, reason="leave", assignee=omar)
    assert "agreed_on" not in Event.objects.get(follow_up=row, kind="follow_up_changed").data


def test_one_that_goes_along_with_its_cycle_says_so(board, ana, omar, chloe):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, hanging=BLOOD)
    give(step, 1, omar, on=board.today - 4 * DAY, move_later=False)
    rows = list(step.case.follow_ups.filter(monitoring__step=step).open().order_by("due_on"))
    before = [row.due_on.isoformat() for row in rows]
    step.refresh_from_db()

    put(step, 1, omar, correct_as_given, on=board.today - 2 * DAY, move_later=False)
    moved = [event for row in rows for event in told(row)]
    assert moved and {along for *_, along in moved} == {True}
    assert [agreed for _, agreed, _ in moved] == [day for day, row in zip(before, rows, strict=True) if told(row)]
    page = browser(ana).get(url("followup", next(row.pk for row in rows if told(row)))).content.decode()
    assert "Moved along with what it hangs on, first agreed for" in page


def test_one_that_was_moved_before_the_program_told_it_reads_as_ever(board, ana):
    row = makers.make_follow_up(makers.make_case(board, by=ana), by=ana)
    Event.objects.create(
        board=board, case=row.case, follow_up=row, kind="follow_up_changed", by=ana,
        data={"fields": ["due_on"], "old_due_on": "2026-03-02"},
    )  # fmt: skip
    assert "Moved; it was due on 2 Mar 2026" in browser(ana).get(url("followup", row.pk)).content.decode()
