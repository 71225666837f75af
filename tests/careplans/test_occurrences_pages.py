"""Cycles, breaks and what hangs on a step, through the pages and over the API."""

from datetime import timedelta

import pytest

from careplans.models import Monitoring, Occurrence, Plan, Step
from tests.careplans import makers
from tests.careplans.api import Api, attrs, problem
from tests.careplans.doors import browser, queries_of, url
from tests.careplans.test_monitoring import BLOOD, ECHO
from tests.careplans.test_occurrences_record import give, row

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def course(board, ana, omar, chloe):
    return makers.make_course(board, by=ana, chair=chloe, owner=omar, hanging=BLOOD)


def post(client, one, verb, **values):
    return client.post(url("occurrence", one.pk), {"verb": verb, "version": one.version, **values})


def test_a_cycle_is_recorded_on_its_page_and_the_plan_shows_it(course, omar):
    client, today = browser(omar), course.board.today
    assert "Record cycle 1 of 4" in client.get(url("plan", course.plan_id)).content.decode()
    answer = post(client, row(course, 1), "give", on=today.isoformat())
    assert answer.status_code == 302
    page = client.get(url("plan", course.plan_id)).content.decode()
    assert "1 of 4 cycles given" in page and "Record cycle 2 of 4" in page
    assert "Blood count 14 days after each cycle" in page
    assert "1 of 4 cycles given" in client.get(url("plan_print", course.plan_id)).content.decode()
    assert "1 of 4 cycles given" in client.get(url("case", course.case_id)).content.decode()
    assert "cycle 2 of 4" in client.get(url("my_work")).content.decode()


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_day_at_the_end_of_the_calendar_is_refused_in_words(course, omar, day):
    client = browser(omar)
    coded = {"on": day, "reason": "patient_choice", "why": "another day"}
    for verb in ("give", "otherwise"):
        answer = post(client, row(course, 1), verb, **coded)
        assert (answer.status_code, "cannot be meant" in answer.content.decode()) == (400, True), verb
    give(course, 1, omar)
    for verb in ("correct_given", "correct_otherwise"):
        answer = post(client, row(course, 1), verb, **coded)
        assert (answer.status_code, "cannot be meant" in answer.content.decode()) == (400, True), verb


def test_a_refused_delay_keeps_what_was_typed_and_asks(course, omar):
    to = (course.board.today + 7 * DAY).isoformat()
    answer = post(browser(omar), row(course, 1), "postpone", to=to, reason="medical_reason", reason_note="infection")
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Say whether those after it move by as much" in page and to in page and "infection" in page
    answer = post(browser(omar), row(course, 1), "postpone", to=to, reason="medical_reason", move_later="no")
    assert answer.status_code == 302
    assert row(course, 1).status == "postponed"


def test_who_looks_at_an_older_state_is_told_and_loses_nothing(course, omar, ana):
    seen = row(course, 1)
    give(course, 1, ana)
    answer = post(browser(omar), seen, "give", on=course.board.today.isoformat())
    assert answer.status_code == 400
    assert "is given as planned by now" in answer.content.decode()


def test_an_observer_reads_and_records_nothing(course, nina):
    client = browser(nina)
    assert "Nothing to record" in client.get(url("occurrence", row(course, 1).pk)).content.decode()
    assert post(client, row(course, 1), "give", on=course.board.today.isoformat()).status_code == 403


def test_a_step_in_cycles_offers_its_cycle_and_no_start(course, omar):
    page = browser(omar).get(url("step_deliver", course.pk)).content.decode()
    assert "Record cycle 1 of 4" in page and "It has started" not in page


def test_a_held_step_offers_to_go_on_and_says_how_long_it_is_held(course, omar):
    give(course, 1, omar)
    client, today = browser(omar), course.board.today
    version = Step.objects.get(pk=course.pk).version
    values = {"on": today.isoformat(), "until": (today + 42 * DAY).isoformat(), "reason": "toxicity_or_not_tolerated"}
    answer = client.post(url("step_deliver", course.pk), {"verb": "hold", "version": version, **values})
    assert answer.status_code == 302
    page = client.get(url("step_deliver", course.pk)).content.decode()
    assert "held for 6 weeks from" in page and "It goes on after the break" in page
    assert "held for 6 weeks from" in client.get(url("plan", course.plan_id)).content.decode()
    assert "The step is on hold" in client.get(url("occurrence", row(course, 2).pk)).content.decode()


def test_a_follow_up_is_hung_on_a_step_and_taken_off_in_the_editor(board, ana):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    step, client = plan.steps.get(), browser(ana)
    refused = client.post(url("monitoring_new", step.pk), {"monitoring-kind": "echo", "monitoring-when": "course"})
    assert refused.status_code == 400
    assert "Say how often, with days, weeks or months." in refused.content.decode()
    values = {"monitoring-interval": "12", "monitoring-interval_unit": "months"}
    client.post(url("monitoring_new", step.pk), {"monitoring-kind": "echo", "monitoring-when": "course", **values})
    page = client.get(url("step_edit", step.pk)).content.decode()
    assert "Echocardiogram every 12 months while it runs" in page
    client.post(url("monitoring_remove", Monitoring.objects.get().pk))
    assert "while it runs</span>" not in client.get(url("step_edit", step.pk)).content.decode()


def test_completing_a_plan_asks_on_its_page_what_becomes_of_an_ongoing_step(board, ana, omar, chloe):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, **makers.ONGOING)
    give(step, 1, omar)
    plan, client = Plan.objects.get(pk=step.plan_id), browser(chloe)
    data = {"verb": "complete", "version": plan.version, "outcome_note": "calm", **makers.OUTCOME}
    refused = client.post(url("plan_close", plan.pk), data)
    assert refused.status_code == 400
    assert "Say under whose care it goes on" in refused.content.decode() and "calm" in refused.content.decode()
    for page in (refused, client.get(url("plan", plan.pk))):
        assert f'name="goes_on_{step.pk}"' in page.content.decode()
    assert (
        client.post(
            url("plan_close", plan.pk), data | makers.NOTHING_AHEAD | {f"goes_on_{step.pk}": "Dr Hale"}
        ).status_code
        == 302
    )
    assert "Goes on under the care of:</strong> Dr Hale" in client.get(url("plan", plan.pk)).content.decode()


def test_a_plan_takes_as_many_queries_with_twelve_cycles_as_with_two(board, ana, omar, chloe):
    few = makers.make_course(board, by=ana, chair=chloe, **(makers.CYCLES | {"occurrences_planned": 2}))
    many = makers.make_course(
        board, by=ana, chair=chloe, record_number="SYN-2", **(makers.CYCLES | {"occurrences_planned": 12})
    )
    client = browser(omar)
    for name in ("plan", "plan_print"):
        assert queries_of(client, url(name, few.plan_id)) == queries_of(client, url(name, many.plan_id)), name
    one, two = (queries_of(client, url("occurrence", row(step, 1).pk)) for step in (few, many))
    assert one == two


def test_the_api_records_a_cycle_and_serves_what_is_to_come(course, omar):
    api, one, today = Api(omar), row(course, 1), course.board.today.isoformat()
    assert api.post(f"/occurrences/{one.pk}/give/", {"on": today}).status_code == 428
    assert attrs(api.post(f"/occurrences/{one.pk}/give/", {}, version=one.version)) == ["on"]
    answer = api.post(f"/occurrences/{one.pk}/give/", {"on": today}, version=one.version)
    assert (answer.status_code, answer.json()["status"], answer.json()["heading"]) == (200, "given", "Cycle 1 of 4")
    assert api.post(f"/occurrences/{one.pk}/give/", {"on": today}, version=one.version).status_code == 412
    step = api.get(f"/steps/{course.pk}/").json()
    assert [one["status"] for one in step["occurrences"]] == ["given", "planned", "planned", "planned"]
    assert (step["occurrences_given"], step["monitoring"][0]["days_after"]) == (1, 14)
    assert len(api.get("/occurrences/", step=course.pk, status="planned").json()["results"]) == 3


def test_the_api_asks_about_later_cycles_and_holds_and_resumes(course, omar):
    api, today = Api(omar), course.board.today
    one = row(course, 1)
    body = {"to": (today + 7 * DAY).isoformat(), "reason": "medical_reason"}
    assert attrs(api.post(f"/occurrences/{one.pk}/postpone/", body, version=one.version)) == ["move_later"]
    assert api.post(f"/occurrences/{one.pk}/postpone/", body | {"move_later": True}, version=1).status_code == 200
    step = api.get(f"/steps/{course.pk}/").json()
    refused = api.post(f"/steps/{course.pk}/start/", {"on": today.isoformat()}, version=step["version"])
    assert "Record its first one instead" in problem(refused)
    hold = {"on": today.isoformat(), "until": (today + 14 * DAY).isoformat(), "reason": "patient_choice"}
    held = api.post(f"/steps/{course.pk}/hold/", hold, version=step["version"])
    assert held.json()["breaks"][0]["held_until"] == hold["until"]
    assert api.post(f"/steps/{course.pk}/resume/", {}, version=held.json()["version"]).status_code == 400


def test_the_api_hangs_a_follow_up_on_a_step(board, ana):
    step = makers.make_plan(makers.make_case(board, by=ana), by=ana).steps.get()
    answer = Api(ana).post(f"/steps/{step.pk}/add-monitoring/", ECHO[0], version=step.version)
    assert answer.json()["message"] == "Added: Echocardiogram every 12 months while it runs."
    [line] = answer.json()["monitoring"]
    refused = Api(ana).post(f"/steps/{step.pk}/remove-monitoring/", {"line": 9999}, version=step.version + 1)
    assert refused.status_code == 400
    answer = Api(ana).post(f"/steps/{step.pk}/remove-monitoring/", {"line": line["id"]}, version=step.version + 1)
    assert (answer.status_code, answer.json()["monitoring"]) == (200, [])


def test_the_api_completes_a_plan_that_leaves_an_ongoing_step_running(board, ana, omar, chloe):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, **makers.ONGOING)
    give(step, 1, omar)
    plan = Plan.objects.get(pk=step.plan_id)
    refused = Api(chloe).post(f"/plans/{plan.pk}/complete/", makers.OUTCOME, version=plan.version)
    assert attrs(refused) == ["goes_on"]
    body = makers.OUTCOME | makers.NOTHING_AHEAD | {"goes_on": [{"step": step.pk, "under_the_care_of": "Dr Hale"}]}
    answer = Api(chloe).post(f"/plans/{plan.pk}/complete/", body, version=plan.version)
    assert answer.status_code == 200, answer.content
    assert answer.json()["steps"][0]["goes_on_with"] == "Dr Hale"
    assert not Occurrence.objects.filter(step=step).open().exists()
