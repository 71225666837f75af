"""One patient's course as it is, and as it was known on a day: over the API and on its page."""

import re
from collections import Counter
from datetime import UTC, date, datetime

import pytest

from accounts.models import AuditEvent, Board
from careplans.demo.clock import history_at
from careplans.models import Patient
from careplans.services.cases import add_prior_treatment, change_case
from careplans.services.followups import change_follow_up
from careplans.services.patients import change_patient
from careplans.services.proforma import save_proforma
from careplans.services.step_progress import complete_step, start_step
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.makers import OUTCOME
from tests.careplans.reports.worked_out import on

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(board, ana, omar, chloe):
    """2 March: opened; 4 March: drafted, signed and in force; 10 March: begun; 20 March: completed, and the title changed."""
    makers.require_disciplines(board, "medical_oncology")
    with on(3, 2):
        case = makers.make_case(board, by=ana)
        save_proforma(case, {"grade": "G1", "wishes": "At home, with Mrs Secret."}, by=ana)
        add_prior_treatment(case, by=ana, modality_code="SURG", response="complete")
    with on(3, 4):
        plan = makers.make_plan(case, by=ana, steps=2)
        makers.submit(plan, by=ana)
        makers.sign(plan, by=omar)
        plan = makers.release(plan, by=chloe)
        makers.make_follow_up(case, by=ana, due_on=date(2026, 4, 1))
    with on(3, 10):
        step = plan.steps.order_by("position").first()
        start_step(step, by=ana, expected_version=step.version, on=date(2026, 3, 10), why="early")
    with on(3, 20):
        step.refresh_from_db()
        complete_step(step, by=ana, expected_version=step.version, on=date(2026, 3, 19), fulfilment="full", **OUTCOME)
        case.refresh_from_db()
        change_case(case, by=ana, expected_version=case.version, title="Jejunal NET")
        save_proforma(case, {"grade": "G2"}, by=ana)
        follow_up = case.follow_ups.get()
        change_follow_up(
            follow_up, by=ana, expected_version=follow_up.version, due_on=date(2026, 5, 1), reason="Holiday"
        )
    return plan


def course(person, plan, **params):
    answer = Api(person).get(f"/cases/{plan.case_id}/course/", **params)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def told(found):
    case, [plan] = found["case"], found["plans"] or [None]
    return (
        case["title"], case["proforma"]["grade"], plan and plan["status"],
        [one["status"] for one in plan["steps"]] if plan else [], [row["due_on"] for row in found["follow_ups"]],
    )  # fmt: skip


DAYS = {
    "2026-03-03": ("Ileal NET", "G1", None, [], []),
    "2026-03-05": ("Ileal NET", "G1", "active", ["planned", "planned"], ["2026-04-01"]),
    "2026-03-11": ("Ileal NET", "G1", "active", ["in_progress", "planned"], ["2026-04-01"]),
    "2026-03-19": ("Ileal NET", "G1", "active", ["in_progress", "planned"], ["2026-04-01"]),
    "2026-03-21": ("Jejunal NET", "G2", "active", ["completed", "planned"], ["2026-05-01"]),
}


@pytest.mark.parametrize("day", DAYS)
def test_each_day_says_what_was_known_then(day, plan, ana):
    with on(3, 31):
        assert told(course(ana, plan, as_of=day)) == DAYS[day]


def test_of_a_day_that_is_past_what_was_recorded_late_is_told_where_it_is_asked_for(plan, ana):
    with on(3, 31):
        then, now = (course(ana, plan, as_of="2026-03-19", **known) for known in ({}, {"known_by": "now"}))
    # That the follow-up was moved has no day but that of its recording, which is the 20th.
    assert told(now) == ("Jejunal NET", "G2", "active", ["completed", "planned"], ["2026-04-01"])
    assert (then["plans"][0]["steps"][0]["ended_on"], now["plans"][0]["steps"][0]["ended_on"]) == (None, "2026-03-19")
    with on(3, 31):
        earlier = course(ana, plan, as_of="2026-03-12", known_by="now")
    assert [step["status"] for step in earlier["plans"][0]["steps"]] == ["in_progress", "planned"]
    assert {event["kind"] for event in earlier["events"]}.isdisjoint({"case_changed"})


def test_the_same_question_has_the_same_answer_after_whatever_is_written_later(plan, ana):
    with on(3, 31):
        before = course(ana, plan, as_of="2026-03-19")
        moments = {"as_of": course(ana, plan)["as_of"], "known_by": course(ana, plan)["known_by"]}
        of_today = course(ana, plan, **moments)
    with on(4, 20):
        save_proforma(plan.case, {"grade": "G3", "wishes": "Another."}, by=ana)
        plan.steps.all().update(outcome="Rewritten", owner=ana)
    with on(4, 30):
        assert course(ana, plan, as_of="2026-03-19") == before
        assert course(ana, plan, **moments) == of_today
        assert course(ana, plan) != of_today


def test_of_today_it_is_what_the_lists_serve(plan, ana):
    with on(3, 31):
        found = course(ana, plan)
        api = Api(ana)
        served = {
            "case": api.get(f"/cases/{plan.case_id}/").json(), "plan": api.get(f"/plans/{plan.pk}/").json(),
            "follow_up": api.get("/follow-ups/", case=plan.case_id).json()["results"][0],
        }  # fmt: skip
    assert found["case"] == without_updates(served["case"])
    assert found["plans"] == [without_updates(served["plan"])]
    assert found["follow_ups"] == [without_updates(served["follow_up"])]


def without_updates(row):
    if isinstance(row, dict):
        return {name: without_updates(value) for name, value in row.items() if name != "updated_at"}
    return [without_updates(one) for one in row] if isinstance(row, list) else row


WRONG = {
    "as_of=2026-03-01": "This case was opened on 2 March 2026. Choose that day or a later one.",
    "as_of=2027-01-01": "That has not come yet. Choose today or an earlier day.",
    "as_of=0001-01-01": "The year 1 cannot be meant. Check the date.",
    "as_of=9999-12-31": "The year 9999 cannot be meant. Check the date.",
    "as_of=0001-01-01T00:00:00%2B14:00": "The year 1 cannot be meant. Check the date.",
    "as_of=yesterday": "Write a day as 2026-03-01, a moment as 2026-03-01T12:00:00Z, or now.",
    "as_of=2026-02-30": "Write a day as 2026-03-01, a moment as 2026-03-01T12:00:00Z, or now.",
    "as_of=%00": "This holds what is no character, for example a NUL.",
    "as_of=" + "9" * 400: "Write a day as 2026-03-01, a moment as 2026-03-01T12:00:00Z, or now.",
    "known_by=2099-01-01": "That has not come yet. Choose today or an earlier day.",
    "as_of=now&as_of=now": "Send it once.",
    "asof=now": "There is no such parameter. There are: as_of, known_by.",
}


@pytest.mark.parametrize("asked", WRONG)
def test_a_day_that_cannot_be_is_refused_in_a_sentence(asked, plan, ana):
    with on(3, 31):
        answer = Api(ana).client.get(f"/api/v1/cases/{plan.case_id}/course/?{asked}")
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert (error["detail"], error["attr"]) == (WRONG[asked], asked.partition("=")[0])


def test_an_analyst_gets_it_without_free_text(plan, anselm, ana):
    with on(3, 31):
        whole, cut = (course(one, plan, as_of="2026-03-21") for one in (ana, anselm))
    assert "Secret" in str(whole) and "Jejunal" in str(whole)
    for text in ("Secret", "Jejunal", "Ileal", "Holiday", "Ana", "Omar"):
        assert text not in str(cut)
    assert [step["status"] for step in cut["plans"][0]["steps"]] == ["completed", "planned"]


def test_who_is_not_on_the_board_finds_nothing(plan, otto):
    with on(3, 31):
        assert Api(otto).get(f"/cases/{plan.case_id}/course/").status_code == 404


def test_each_look_is_in_the_audit_trail(plan, ana):
    with on(3, 31):
        count = AuditEvent.objects.filter(action="read", subject_type="case").count()
        course(ana, plan, as_of="2026-03-05")
        assert AuditEvent.objects.filter(action="read", subject_type="case").count() == count + 1


def test_a_long_course_takes_as_many_queries_as_a_short_one(plan, ana, django_assert_max_num_queries):
    with on(3, 31):
        course(ana, plan)
        with django_assert_max_num_queries(60) as few:
            course(ana, plan)
    with on(4, 2):
        for _ in range(5):
            makers.make_follow_up(plan.case, by=ana, due_on=date(2026, 6, 1))
            add_prior_treatment(plan.case, by=ana, modality_code="SURG", response="complete")
    with on(4, 3), django_assert_max_num_queries(60) as many:
        course(ana, plan)
    assert asked_of(many) == asked_of(few)


def asked_of(queries):
    """How often each table was asked, so that a failure says which."""
    found = [re.findall(r'(?:FROM|INTO|UPDATE) "?(\w+)', query["sql"]) for query in queries]
    return Counter(" ".join(tables) for tables in found)


# The page


@pytest.fixture
def page(client, ana, plan):
    client.force_login(ana)

    def get(query=""):
        with on(3, 31):
            return client.get(f"/cases/{plan.case_id}/course/{query}")

    return get


def test_the_page_says_which_day_it_shows(page):
    text = page("?as_of=2026-03-11").content.decode()
    assert "As it was on 11 March 2026" in text
    assert "what was recorded or corrected later is not in it" in text
    assert '<h2 id="then">Ileal NET</h2>' in text
    assert "Jejunal NET" in text.partition("<h2")[0]


def test_the_page_offers_another_day_and_what_is_known_now_of_it(page):
    text = page("?as_of=2026-03-11&known_by=now").content.decode()
    assert 'name="as_of" value="2026-03-11"' in text
    assert re.search(r'<option value="now"\s+selected', text)
    assert "With what has been recorded and corrected since" in text
    assert "Responsible: Ana Coordinator" in text


def test_the_page_leads_to_the_change_before_and_the_next_and_to_today(page, plan):
    text = page("?as_of=2026-03-11").content.decode()
    for day in ("2026-03-10", "2026-03-20"):
        assert f'href="/cases/{plan.case_id}/course/?as_of={day}"' in text
    assert f'href="/cases/{plan.case_id}/course/">Today</a>' in text
    assert ">Today</a>" not in page().content.decode()


def test_the_page_shows_the_picture_of_then(page):
    text = page("?as_of=2026-03-11").content.decode()
    assert text.count("<svg") >= 1
    assert "in progress" in text.partition("<svg")[2].lower()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?as_of=2026-03-01", "This case was opened on 2 March 2026"),
        ("?as_of=2027-01-01", "That has not come yet"),
        ("?as_of=0001-01-01", "The year 1 cannot be meant"),
        ("?as_of=soon", "Enter a valid date"),
        ("?known_by=never", "Select a valid choice"),
    ],
)
def test_the_page_says_what_is_wrong_with_a_day(query, words, page):
    answer = page(query)
    assert answer.status_code == 400
    assert words in answer.content.decode()


def test_the_timeline_leads_to_it(client, ana, plan):
    client.force_login(ana)
    with on(3, 31):
        assert f"/cases/{plan.case_id}/course/" in client.get(f"/cases/{plan.case_id}/timeline/").content.decode()


def test_before_the_case_had_a_plan_it_says_so(page):
    text = page("?as_of=2026-03-03").content.decode()
    assert "There was no plan yet" in text and "There was no follow-up yet" in text


def test_history_at_alone_moves_no_clock_of_the_program(board, ana):
    with history_at(datetime(2026, 1, 1, tzinfo=UTC)):
        case = makers.make_case(board, by=ana)
    assert case.created_at > datetime(2026, 2, 1, tzinfo=UTC)


def test_a_day_stays_the_same_moment_when_the_board_moves_to_another_zone(plan, ana):
    before = course(ana, plan, as_of="2026-03-19")
    Board.objects.filter(pk=plan.board_id).update(time_zone="Pacific/Auckland")
    after = course(ana, plan, as_of="2026-03-19")
    assert after["as_of"] == before["as_of"]
    assert told(after) == told(before)


def test_the_header_of_a_past_day_is_that_of_then(page, plan, ana):
    """The patient has another name since, and the tumour another grade: above a past day there is neither."""
    with on(3, 25):
        patient = Patient.objects.get(pk=plan.case.patient_id)
        change_patient(patient, by=ana, expected_version=patient.version, family_name="Renamed")
        save_proforma(plan.case, {"grade": "G3"}, by=ana)

    def header(query):
        return page(query).content.decode().split('class="c-case-header"')[1].split("</section>")[0]

    assert "Renamed" in header("") and "G3" in header("")
    then = header("?as_of=2026-03-11")
    assert "Patient and case as of 11 March 2026" in then
    assert "Ashdown" in then and "Renamed" not in then and "G3" not in then
