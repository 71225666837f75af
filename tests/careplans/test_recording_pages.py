"""What became of a step or follow-up is recorded where it stands, and undone there."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from careplans.models import Event, FollowUp, Occurrence, RecentAct, Step
from careplans.services.step_progress import hold_step, start_step
from tests.careplans import makers
from tests.careplans.doors import browser

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def course(board, ana, omar, chloe):
    return makers.make_course(board, by=ana, chair=chloe, owner=omar)


@pytest.fixture
def step(board, ana, omar, chloe):
    return makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, owner=omar).steps.get()


@pytest.fixture
def follow_up(board, ana, omar, chloe):
    plan = makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, owner=omar)
    return makers.make_follow_up(plan.case, by=ana, due_on=board.today, assignee=omar)


def of(row, where="card"):
    name = "step_record" if isinstance(row, Step) else "followup_record"
    return f"{reverse(f'careplans:{name}', args=[row.pk])}?where={where}"


def drawn(person, row, where="card"):
    return browser(person).get(of(row, where), **HTMX).content.decode()


def first_form(html):
    """What the button at the top sends, pressed as it stands."""
    form = re.search(r'<form class="c-record__first".*?</form>', html, re.DOTALL).group()
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    return {name: value for name, value in fields.items() if name != "csrfmiddlewaretoken"}, form


def send(person, row, data, where="card"):
    return browser(person).post(of(row, where), data, **HTMX)


def press(person, row, where="card", **more):
    fields, _ = first_form(drawn(person, row, where))
    return send(person, row, fields | more, where)


def test_the_next_cycle_is_one_button_that_says_what_it_records(course, omar):
    html = drawn(omar, course)
    assert f"Record cycle 1 of 4 as given today, {course.board.today:%-d %b %Y}" in html
    fields, form = first_form(html)
    assert fields["on"] == course.board.today.isoformat() and "nhsuk-form-group" not in form


def test_pressed_it_is_recorded_and_the_card_says_so_with_undo(course, omar):
    answer = press(omar, course)
    html = answer.content.decode()
    assert answer.status_code == 200 and f'id="step-{course.pk}"' in html
    assert f"Recorded: cycle 1 of 4 given as planned on {course.board.today:%-d %b %Y}." in html
    assert "In progress" in html and re.search(r'data-undo-seconds="(59|60)"', html)
    assert Occurrence.objects.get(step=course, number=1).is_given


def test_it_is_undone_from_there(course, omar):
    press(omar, course)
    act = RecentAct.objects.get()
    answer = browser(omar).post(f"{reverse('careplans:undo', args=[act.pk])}?where=card", **HTMX)
    html = answer.content.decode()
    assert "Undone: cycle 1 of 4" in html and "data-undo-seconds" not in html and 'role="status"' in html
    assert Occurrence.objects.get(step=course, number=1).is_open


def test_when_the_minute_is_over_the_refusal_says_so_in_place(course, omar):
    press(omar, course)
    act = RecentAct.objects.get()
    client = browser(omar)
    with time_machine.travel(act.event.at + timedelta(seconds=61), tick=False):
        answer = client.post(f"{reverse('careplans:undo', args=[act.pk])}?where=card", **HTMX)
    assert "The minute in which it could be undone is over" in answer.content.decode()
    assert Occurrence.objects.get(step=course, number=1).is_given


def test_another_person_is_told_who_could_undo_it(course, omar, ana):
    press(omar, course)
    url = reverse("careplans:undo", args=[RecentAct.objects.get().pk])
    assert "Only Omar" in browser(ana).post(f"{url}?where=card", **HTMX).content.decode()


def test_the_form_of_another_day_starts_empty(course, omar):
    html = drawn(omar, course)
    form = re.search(r'data-record-form="give".*?</form>', html, re.DOTALL).group()
    assert re.search(r'<input[^>]*type="date"[^>]*name="on"(?![^>]*value=)[^>]*>', form) and "on another day" in html


def test_what_a_step_needs_beside_its_day_is_asked_empty(step, omar):
    with time_machine.travel(timezone.now() + 40 * DAY):
        # By now its planned end has passed, so it says no day by which it should have ended.
        fields, form = first_form(drawn(omar, step))
        assert "Record that it begins today" in form and 'name="due_on"' in form and 'name="why"' not in form
        answer = send(omar, step, fields)
    assert answer.status_code == 400 and answer["HX-Retarget"] == f"#record-{step.pk}"
    assert "This field is required" in answer.content.decode() and Step.objects.get(pk=step.pk).status == "planned"


def test_the_outcome_of_an_ending_is_asked_as_ever(step, omar):
    step = Step.objects.select_related("plan__case", "case", "board").get(pk=step.pk)
    today = step.board.today
    start_step(step, by=omar, expected_version=step.version, on=today, due_on=today + 9 * DAY)
    fields, form = first_form(drawn(omar, step))
    assert "Record that it was completed today" in form and "Response (RECIST)" in form
    assert not re.search(r'value="[^"]+"\s+(selected|checked)', form)
    answer = send(omar, step, fields | {"fulfilment": "full", **makers.OUTCOME, "outcome": "went well"})
    assert answer.status_code == 200 and Step.objects.get(pk=step.pk).status == "completed"


def test_a_closed_gate_is_asked_about_and_stands_first(board, ana, omar, chloe):
    case = makers.make_case(board, by=ana)
    _, second, _ = makers.make_gated_plan(case, by=ana, chair=chloe, owner=omar)
    html = drawn(omar, second)
    assert "c-record__first" not in html and "please look" in html
    today = board.today
    values = {"verb": "start", "version": second.version, "on": today.isoformat(), "due_on": (today + DAY).isoformat()}
    refused = send(omar, second, values)
    assert refused.status_code == 400 and "Say why it starts now" in refused.content.decode()
    assert f'value="{(today + DAY).isoformat()}"' in refused.content.decode()
    assert send(omar, second, values | {"why": "theatre is free"}).status_code == 200


def test_an_unlikely_day_is_asked_about_in_place_and_taken_once_confirmed(board, ana, omar, chloe):
    course = makers.make_course(board, by=ana, chair=chloe, owner=omar)
    Occurrence.objects.filter(step=course, number=1).update(planned_on=board.today - 100 * DAY)
    row = Occurrence.objects.get(step=course, number=1)
    html = drawn(omar, course)
    assert "c-record__first" not in html
    values = {"verb": "give", "occurrence": row.pk, "version": row.version, "on": board.today.isoformat()}
    refused = send(omar, course, values)
    assert refused.status_code == 400 and "It was planned for" in refused.content.decode()


def test_a_conflict_is_said_in_place_and_nothing_typed_is_lost(step, omar, ana):
    fields, _ = first_form(drawn(omar, step))
    Step.objects.filter(pk=step.pk).update(version=step.version + 5)
    answer = send(omar, step, fields | {"due_on": (step.board.today + 9 * DAY).isoformat()})
    html = answer.content.decode()
    assert answer.status_code == 400 and "Someone changed this step" in html
    assert (step.board.today + 9 * DAY).isoformat() in html


def test_a_step_that_has_ended_meanwhile_says_so(course, omar, ana):
    fields, _ = first_form(drawn(omar, course))
    press(ana, course)
    html = send(omar, course, fields).content.decode()
    assert "Nothing was recorded" in html and "cycle 2 of 4 comes next" in html


def test_on_hold_it_goes_on(course, omar):
    press(omar, course)
    row = Step.objects.select_related("plan__case", "case", "board").get(pk=course.pk)
    values = {"on": row.board.today, "due_on": row.board.today + DAY, "reason": "patient_choice"}
    hold_step(row, by=omar, expected_version=row.version, **values)
    _, form = first_form(drawn(omar, course))
    assert "Record that it goes on today" in form and 'name="due_on"' in form


def test_the_choice_of_an_arm_leads_to_the_page_and_says_why_it_is_not_undone(board, ana, omar, chloe):
    found = makers.make_branched_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, owner=omar)
    step = found.decision
    values = {"verb": "choose", "version": step.version, "on": board.today.isoformat(), "chosen_arm": found.responds.pk}
    values |= {"reason": "it responds", "why": "now", **makers.OUTCOME}
    answer = send(omar, step, values)
    assert answer["HX-Redirect"].endswith(f"#step-{step.pk}") and not RecentAct.objects.exists()
    page = browser(omar).get(reverse("careplans:plan", args=[found.plan.pk])).content.decode()
    assert "A decision is not undone here" in page or Step.objects.get(pk=step.pk).chosen_arm_id == found.responds.pk


def test_the_steps_that_moved_with_it_are_drawn_again(board, ana, omar, chloe):
    first, second, _ = makers.make_gated_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, owner=omar)
    answer = send(omar, first, {"verb": "skip", "version": first.version, "reason": "patient_choice"})
    html = answer.content.decode()
    assert re.search(rf'<li data-recorded-here hx-swap-oob="true"[^>]*id="step-{second.pk}"', html)


def test_without_script_the_page_of_the_step_offers_the_same_undo(course, omar):
    row = Occurrence.objects.get(step=course, number=1)
    values = {"verb": "give", "version": row.version, "on": course.board.today.isoformat()}
    client = browser(omar)
    page = client.post(reverse("careplans:occurrence", args=[row.pk]), values, follow=True).content.decode()
    assert "undo it within a minute" in page and "data-undo-seconds" in page
    act = RecentAct.objects.get()
    page = client.post(reverse("careplans:undo", args=[act.pk]), follow=True).content.decode()
    assert "Undone: cycle 1 of 4" in page and Occurrence.objects.get(pk=row.pk).is_open


def test_opened_without_htmx_it_is_the_page_of_today(step, ana, omar):
    answer = browser(omar).get(of(step))
    assert answer.url == reverse("careplans:step_deliver", args=[step.pk])
    follow_up = makers.make_follow_up(step.case, by=ana)
    assert browser(omar).get(of(follow_up)).url == reverse("careplans:followup", args=[follow_up.pk])


def test_who_only_observes_is_offered_nothing_and_refused(course, nina):
    page = browser(nina).get(reverse("careplans:plan", args=[course.plan_id])).content.decode()
    assert "data-record-opener" not in page
    assert browser(nina).get(of(course), **HTMX).status_code == 403


@pytest.mark.parametrize("where", ["row", "case"])
def test_a_follow_up_is_done_today_with_one_button_in_its_row(follow_up, omar, where):
    html = drawn(omar, follow_up, where)
    assert f"Record as done today, {follow_up.board.today:%-d %b %Y}" in html and "<tbody" in html
    answer = press(omar, follow_up, where)
    text = answer.content.decode()
    if answer.status_code == 400:
        pytest.fail(text)
    assert "was done on" in text and "data-undo-seconds" in text
    row = FollowUp.objects.get(pk=follow_up.pk)
    assert (row.status, row.done_on) == ("done", follow_up.board.today)
    undone = browser(omar).post(f"{reverse('careplans:undo', args=[RecentAct.objects.get().pk])}?where={where}", **HTMX)
    assert "Undone" in undone.content.decode() and FollowUp.objects.get(pk=follow_up.pk).is_open


@pytest.mark.parametrize(
    ("verb", "values", "status"),
    [
        ("missed", {"new_due_on": 7, "reason": "snow"}, "did_not_attend"),
        ("cancel", {"reason": "not needed"}, "cancelled"),
        ("move", {"due_on": 7, "reason": "the scanner is down"}, "planned"),
    ],
)
def test_what_else_became_of_it_is_one_choice_away(follow_up, omar, verb, values, status):
    dated = {
        name: (follow_up.board.today + value * DAY).isoformat() if isinstance(value, int) else value
        for name, value in values.items()
    }
    answer = send(omar, follow_up, {"verb": verb, "version": follow_up.version, **dated}, "row")
    assert answer.status_code == 200, answer.content.decode()
    assert FollowUp.objects.get(pk=follow_up.pk).status == status and RecentAct.objects.get().verb == verb


def test_what_was_typed_stays_where_a_follow_up_is_refused(follow_up, omar):
    values = {"verb": "missed", "version": follow_up.version, "new_due_on": "2020-01-01", "reason": "heavy snow"}
    answer = send(omar, follow_up, values, "row")
    html = answer.content.decode()
    assert answer.status_code == 400 and "heavy snow" in html and 'value="2020-01-01"' in html


def test_sent_twice_it_is_recorded_once(course, omar):
    client = browser(omar)
    fields, _ = first_form(client.get(of(course), **HTMX).content.decode())
    client.post(of(course), fields, **HTMX)
    client.post(of(course), fields, **HTMX)
    assert Event.objects.filter(kind="occurrence_recorded").count() == 1


def test_a_step_is_recorded_in_its_row_of_my_work_and_undone_there(course, omar):
    page = browser(omar).get("/").content.decode()
    assert f'data-item="step-{course.pk}" data-recorded-here' in page and of(course, "row").partition("?")[0] in page
    html = press(omar, course, "row").content.decode()
    assert f'<tbody data-item="step-{course.pk}"' in html and "Recorded: cycle 1 of 4" in html
    # The next one is open: the row is still to be recorded.
    assert "data-record-opener" in html
    undone = browser(omar).post(f"{reverse('careplans:undo', args=[RecentAct.objects.get().pk])}?where=row", **HTMX)
    assert "Undone: cycle 1 of 4" in undone.content.decode()


def test_drawn_again_for_a_list_a_row_keeps_what_the_list_shows(follow_up, omar):
    with_all = f"{reverse('careplans:followup_record', args=[follow_up.pk])}?where=row&who&several&pick"
    html = browser(omar).get(with_all, **HTMX).content.decode()
    assert 'data-label="Responsible"' in html and 'data-label="Board"' in html and 'form="chosen"' in html
    assert 'hx-post="/follow-ups/' in html and "where=row&amp;who&amp;several&amp;pick" in html


def test_the_list_sends_as_many_statements_for_twelve_rows_as_for_two(follow_up, ana, omar):
    client, url = browser(omar), reverse("careplans:followups", args=[follow_up.board_id])

    def count():
        with CaptureQueriesContext(connection) as found:
            client.get(url)
        return len(found)

    makers.make_follow_up(follow_up.case, by=ana, assignee=omar)
    client.get(url)
    few = count()
    for _ in range(10):
        makers.make_follow_up(follow_up.case, by=ana, assignee=omar)
    assert count() == few
