"""Several steps and follow-ups at once: each by its own service, with an honest word for each that was not changed."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.models import AuditEvent
from careplans.models import Event, FollowUp, Reminder, Step
from careplans.services.bulk import MOST, Chosen, change_many
from tests.careplans import makers
from tests.careplans.doors import browser

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
URL = reverse("careplans:bulk")


@pytest.fixture
def rows(board, ana, omar, chloe):
    """Three follow-ups of one case, and a step."""
    plan = makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, owner=omar)
    due = [board.today, board.today + 3 * DAY, board.today + 5 * DAY]
    return [*(makers.make_follow_up(plan.case, by=ana, due_on=day, assignee=omar) for day in due), plan.steps.get()]


def key(row, version=None):
    kind = "step" if isinstance(row, Step) else "followup"
    return f"{kind}-{row.pk}:{row.version if version is None else version}"


def again(rows):
    return [type(row).objects.get(pk=row.pk) for row in rows]


def send(person, rows, verb, **values):
    return browser(person).post(URL, {"chosen": [key(row) for row in rows], "verb": verb, "next": "/", **values})


def test_they_are_moved_to_one_day_each_with_its_history_and_reminders(rows, omar):
    day = rows[0].board.today + 9 * DAY
    answer = send(omar, rows, "move", due_on=day.isoformat(), reason="the scanner is down")
    assert answer.url == "/" and {row.due_on for row in again(rows)} == {day}
    events = Event.objects.filter(reason="the scanner is down")
    assert sorted(events.values_list("kind", flat=True)) == ["follow_up_changed"] * 3 + ["step_handed_over"]
    assert AuditEvent.objects.filter(action="follow_up_changed", actor=omar).count() == 3
    assert Reminder.objects.scheduled().filter(follow_up__in=rows[:3], kind="due", local_day__gte=day).count() == 3


def test_they_are_moved_by_days_each_from_its_own(rows, omar):
    before = [row.due_on for row in again(rows)]
    send(omar, rows, "shift", days="7", reason="holiday")
    assert [row.due_on for row in again(rows)] == [day + 7 * DAY for day in before]


def test_they_are_handed_over_to_one_person(rows, omar, ana):
    send(omar, rows, "hand_over", assignee=ana.pk, reason="away")
    assert {row.assignee for row in again(rows)} == {ana}


def test_follow_ups_are_done_together_and_a_step_is_not(rows, omar):
    html = send(omar, rows, "done", done_on=rows[0].board.today.isoformat()).content.decode()
    assert "3 recorded as done; 1 not." in html and "recorded on its own" in html
    assert [row.status for row in again(rows)] == ["done"] * 3 + ["planned"]


def test_they_are_cancelled_with_one_reason(rows, omar):
    send(omar, rows[:3], "cancel", reason="the patient moved")
    assert {(row.status, row.reason) for row in again(rows[:3])} == {("cancelled", "the patient moved")}


def test_what_was_changed_meanwhile_is_said_and_the_rest_is_done(rows, omar):
    FollowUp.objects.filter(pk=rows[1].pk).update(version=9)
    html = send(omar, rows, "shift", days="7", reason="a holiday of the ward").content.decode()
    assert "3 moved; 1 not." in html and "Someone changed this follow-up" in html
    # What was typed is still there, for that one alone and in the version that stands now.
    form = re.search(r'<details class="nhsuk-details" id="shift" open>.*?</details>', html, re.DOTALL).group()
    assert "a holiday of the ward" in form and re.findall(r'name="chosen" value="([^"]+)"', form) == [key(rows[1], 9)]


def test_nobody_confirms_an_unlikely_day_for_many_at_once(rows, omar):
    html = send(omar, rows[:3], "done", done_on="2001-05-05").content.decode()
    assert "0 recorded as done; 3 not." in html and "Open it to confirm" in html
    assert {row.status for row in again(rows[:3])} == {"planned"}


def test_what_one_may_not_is_never_changed(rows, nina, otto):
    values = {"due_on": (rows[0].board.today + 9 * DAY).isoformat(), "reason": "x"}
    html = send(nina, rows, "move", **values).content.decode()
    assert "0 moved; 4 not." in html and "You may not change it" in html
    assert "Nothing is chosen" in send(otto, rows, "move", **values).content.decode()
    assert [row.version for row in again(rows)] == [row.version for row in rows]


def offered(person, rows):
    html = browser(person).get(URL, {"chosen": [key(row) for row in rows]}).content.decode()
    return re.findall(r'<details class="nhsuk-details" id="(\w+)"', html), html


def test_who_only_reads_is_offered_nothing_and_told_so(rows, nina):
    names, html = offered(nina, rows)
    assert names == [] and "You can change none of these" in html and 'name="verb"' not in html
    assert "What is to be done" not in html and html.count('data-label="Patient"') == 4


def test_only_what_can_be_done_with_one_of_them_at_least_is_offered(rows, omar):
    assert offered(omar, rows)[0] == ["move", "shift", "hand_over", "done", "cancel"]
    FollowUp.objects.filter(pk__in=[row.pk for row in rows[:3]]).update(status="cancelled", reason="x")
    assert offered(omar, rows)[0] == ["move", "shift", "hand_over"]
    assert offered(omar, rows[:3])[0] == []


def test_a_missing_reason_is_asked_for_and_nothing_is_lost(rows, omar):
    day = (rows[0].board.today + 9 * DAY).isoformat()
    answer = send(omar, rows, "move", due_on=day)
    html = answer.content.decode()
    assert answer.status_code == 400 and "Reason: This field is required." in html and f'value="{day}"' in html
    assert html.count(f'name="chosen" value="{key(rows[0])}"') == html.count('name="verb"')


def test_there_are_never_more_than_somebody_looked_at(rows, omar):
    chosen = [f"followup-{number}:1" for number in range(1, MOST + 2)]
    answer = browser(omar).post(URL, {"chosen": chosen, "verb": "cancel", "reason": "x"})
    assert answer.status_code in (200, 400) and "Too many at once" in answer.content.decode()
    with pytest.raises(ValidationError, match="At most 50"):
        change_many([Chosen(rows[0], 1)] * 51, "cancel", by=omar, reason="x")


def test_a_key_may_be_as_long_as_the_database_makes_them(rows, omar):
    row = rows[0]
    row.pk = 9_876_543_210
    row.save(force_insert=True)
    assert "hand_over" in offered(omar, [row])[0]


@pytest.mark.parametrize("nonsense", ["", "step", "step-", "step-x:1", "plan-1:1", "step-1:99999999999", "step-1"])
def test_what_cannot_be_read_is_left_out(omar, nonsense):
    assert "Nothing is chosen" in browser(omar).get(URL, {"chosen": nonsense}).content.decode()


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_back_leads_nowhere_else(rows, omar, elsewhere):
    html = browser(omar).get(URL, {"chosen": key(rows[0]), "next": elsewhere}).content.decode()
    assert "elsewhere" not in html and "alert(1)" not in html
    answer = browser(omar).post(
        URL, {"chosen": key(rows[0]), "verb": "shift", "days": 1, "reason": "x", "next": elsewhere}
    )
    assert answer.url == "/"


def test_sent_twice_it_is_done_once(rows, omar):
    client = browser(omar)
    html = client.get(URL, {"chosen": [key(row) for row in rows[:3]]}).content.decode()
    once = re.search(r'name="once" value="([^"]+)"', html).group(1)
    data = {"chosen": [key(row) for row in rows[:3]], "verb": "shift", "days": "7", "reason": "x", "once": once}
    before = [row.due_on for row in again(rows[:3])]
    client.post(URL, data)
    client.post(URL, data)
    assert [row.due_on for row in again(rows[:3])] == [day + 7 * DAY for day in before]
    assert Event.objects.filter(kind="follow_up_changed").count() == 3


def test_the_list_of_follow_ups_has_a_box_for_each_and_says_how_many(rows, omar, nina):
    url = reverse("careplans:followups", args=[rows[0].board_id])
    html = browser(omar).get(url).content.decode()
    assert html.count('class="c-pick__box" type="checkbox" form="chosen"') == 3 and "data-pick-all" in html
    assert 'form="chosen"' not in browser(nina).get(url).content.decode()


@pytest.mark.parametrize("show", ["steps", "followups"])
def test_my_work_in_full_has_them_too(rows, omar, show):
    html = browser(omar).get(f"/?show={show}").content.decode()
    assert 'form="chosen"' in html and 'id="chosen"' in html


def test_many_rows_take_no_more_queries_to_look_at_than_few(rows, omar, django_assert_num_queries):
    client = browser(omar)
    client.get(URL, {"chosen": [key(rows[0])]})

    def count(some):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as found:
            client.get(URL, {"chosen": [key(row) for row in some]})
        return len(found)

    assert count(rows[:1]) == count(rows[:3])
