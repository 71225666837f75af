"""Cases and their timeline through the browser's door."""

import re
from datetime import timedelta

import pytest

from careplans.models import Case, Event
from careplans.services.cases import close_case
from tests.careplans import makers
from tests.careplans.doors import browser, queries_of, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana, question="Surgery first?")


def test_the_header_tells_not_recorded_from_no(case, omar):
    case.proforma.__class__.objects.filter(pk=case.pk).update(surgery_option="no", grade="G2", grade_edition="who_2019")
    text = browser(omar).get(url("case", case.pk)).content.decode()
    assert "NET G2, WHO 2019" in text and re.search(r"<dd>\s*No\s*</dd>", text) and "c-not-recorded" in text


def test_a_case_shows_plan_steps_and_follow_ups(case, ana, chloe):
    plan = makers.make_active_plan(case, by=ana, chair=chloe, steps=2)
    late = makers.make_follow_up(case, by=ana, due_on=makers.TODAY() - timedelta(days=40))
    text = browser(ana).get(url("case", case.pk)).content.decode()
    assert f"{url('plan', plan.pk)}#step-" in text and "Surgery first?" in text
    assert f'id="follow-up-{late.pk}"' in text and "40 days overdue" in text


def test_a_follow_up_in_its_grace_is_due_and_not_overdue(case, ana):
    makers.make_follow_up(case, by=ana, due_on=makers.TODAY() - timedelta(days=2))
    text = browser(ana).get(url("case", case.pk)).content.decode()
    assert "2 days ago" in text and "Overdue" not in text


def test_a_case_costs_the_same_with_two_follow_ups_and_twelve(case, ana, chloe):
    makers.make_active_plan(case, by=ana, chair=chloe, steps=2)
    for _ in range(2):
        makers.make_follow_up(case, by=ana)
    client = browser(ana)
    few = queries_of(client, url("case", case.pk))
    for _ in range(10):
        makers.make_follow_up(case, by=ana)
    assert queries_of(client, url("case", case.pk)) == few <= 18


def test_the_list_costs_the_same_for_two_cases_and_twelve(board, case, ana):
    makers.make_case(board, by=ana, record_number="SYN-2")
    client = browser(ana)
    few = queries_of(client, url("cases", board.pk))
    for number in range(3, 13):
        makers.make_case(board, by=ana, record_number=f"SYN-{number}")
    assert queries_of(client, url("cases", board.pk)) == few <= 10


@pytest.mark.parametrize(
    ("query", "found"), [("", False), ("?status=closed", True), ("?status=all", True), ("?status=x", False)]
)
def test_the_list_shows_open_cases_unless_asked(board, case, ana, query, found):
    close_case(case, by=ana, reason="discharged")
    page = browser(ana).get(url("cases", board.pk) + query).context["page"]
    assert (case in page.rows) is found


def test_a_member_opens_a_case_and_goes_to_its_proforma(board, ana, omar):
    patient = makers.make_patient(board, by=ana)
    typed = {"title": "Ileal NET", "question": "", "responsible": omar.pk, "status": "referred"}
    response = browser(omar).post(url("case_new", patient.pk), typed)
    case = Case.objects.get()
    assert response.url == url("proforma", case.pk)
    assert (case.status, case.responsible) == ("referred", omar)
    assert Event.objects.filter(case=case, kind="case_opened", by=omar).exists()


def test_an_observer_cannot_be_responsible(board, ana, nina):
    patient = makers.make_patient(board, by=ana)
    typed = {"title": "Ileal NET", "responsible": nina.pk, "status": "accepted"}
    assert "responsible" in browser(ana).post(url("case_new", patient.pk), typed).context["form"].errors
    assert not Case.objects.exists()


def test_a_case_is_changed(case, ana, omar):
    typed = {"title": "Jejunal NET", "question": "", "responsible": omar.pk, "version": 1}
    browser(ana).post(url("case_edit", case.pk), typed)
    case.refresh_from_db()
    assert (case.title, case.responsible) == ("Jejunal NET", omar)


def test_a_stale_change_of_a_case_shows_what_stands(case, ana, omar):
    typed = {"title": "Jejunal NET", "question": "Surgery first?", "responsible": ana.pk, "version": 1}
    browser(omar).post(url("case_edit", case.pk), typed)
    response = browser(ana).post(url("case_edit", case.pk), typed | {"title": "Caecal NET"})
    assert [(field.label, field.now) for field in response.context["standing"]] == [
        ("Tumour in a few words", "Jejunal NET")
    ]
    assert "Caecal NET" in response.content.decode()


def test_only_possible_moves_are_offered(case, ana):
    offered = browser(ana).get(url("case", case.pk)).context["moves"]
    assert [one.move.label for one in offered if not one.way.why_not] == ["List for a meeting", "Close"]


def test_a_member_is_offered_no_move(case, omar):
    assert browser(omar).get(url("case", case.pk)).context["moves"] == []


def test_triage_returns_a_case_with_what_is_missing(board, ana):
    case = makers.make_case(board, by=ana, status="referred")
    browser(ana).post(url("case_move", case.pk), {"to": "returned", "reason": "No pathology report"})
    case.refresh_from_db()
    assert case.status == "returned"
    assert Event.objects.get(case=case, kind="case_moved").reason == "No pathology report"


def test_a_return_without_a_reason_is_refused_and_stays_open(board, ana):
    case = makers.make_case(board, by=ana, status="referred")
    response = browser(ana).post(url("case_move", case.pk), {"to": "returned", "reason": " "})
    case.refresh_from_db()
    assert (response.status_code, case.status) == (400, "referred")
    assert [offered.is_open for offered in response.context["moves"]] == [False, True, False]


def test_a_case_with_an_open_follow_up_is_not_closed_and_keeps_the_note(case, ana):
    makers.make_follow_up(case, by=ana)
    response = browser(ana).post(url("case_move", case.pk), {"to": "closed", "reason": "discharged", "note": "Home"})
    case.refresh_from_db()
    assert case.status == "accepted" and "Follow-ups of this case are still open" in response.content.decode()
    assert ">\nHome</textarea>" in response.content.decode()


def test_a_case_is_closed_and_reopened_with_reasons(case, ana):
    client = browser(ana)
    client.post(url("case_move", case.pk), {"to": "closed", "reason": "transferred", "note": ""})
    case.refresh_from_db()
    assert (case.status, case.close_reason) == ("closed", "transferred")
    client.post(url("case_move", case.pk), {"to": "accepted", "reason": "Came back"})
    case.refresh_from_db()
    assert (case.status, case.close_reason) == ("accepted", "")


def test_no_button_puts_a_case_in_care(case, ana):
    browser(ana).post(url("case_move", case.pk), {"to": "in_care"})
    case.refresh_from_db()
    assert case.status == "accepted"


def test_a_member_moves_no_case(case, omar):
    assert browser(omar).post(url("case_move", case.pk), {"to": "listed"}).status_code == 403


def test_an_observer_reads_and_changes_nothing(case, nina):
    client = browser(nina)
    reads = [client.get(url(name, case.pk)).status_code for name in ("case", "timeline")]
    writes = [client.get(url("case_edit", case.pk)), client.post(url("case_edit", case.pk)),
              client.get(url("case_new", case.patient_id)), client.post(url("case_move", case.pk))]  # fmt: skip
    assert reads == [200, 200] and {response.status_code for response in writes} == {403}


def test_another_board_finds_no_case(board, case, otto):
    paths = [url("cases", board.pk), url("case", case.pk), url("case_edit", case.pk), url("timeline", case.pk),
             url("case_new", case.patient_id)]  # fmt: skip
    assert {browser(otto).get(path).status_code for path in paths} == {404}
    assert browser(otto).post(url("case_move", case.pk), {"to": "listed"}).status_code == 404


def test_an_analyst_sees_no_case(board, case, anselm):
    paths = [url("cases", board.pk), url("case", case.pk), url("timeline", case.pk)]
    assert {browser(anselm).get(path).status_code for path in paths} == {403}


def test_the_timeline_tells_who_did_what(case, ana, chloe):
    makers.make_active_plan(case, by=ana, chair=chloe)
    text = browser(ana).get(url("timeline", case.pk)).content.decode()
    assert "Chloe Chair released plan 1" in text and "Ana Coordinator opened the case as accepted" in text


def test_the_timeline_shows_one_group(case, ana, chloe):
    makers.make_active_plan(case, by=ana, chair=chloe)
    lines = browser(ana).get(url("timeline", case.pk), {"show": "facts"}).context["lines"]
    entries = [entry for line in lines for entry in getattr(line, "entries", [line])]
    assert {entry.event.kind for entry in entries} == {"case_opened", "case_moved"}


def test_the_latest_events_are_few_and_without_a_frame(case, ana, chloe):
    makers.make_active_plan(case, by=ana, chair=chloe)
    response = browser(ana).get(url("timeline", case.pk), {"recent": ""})
    assert len(response.context["entries"]) == 5 and "<html" not in response.content.decode()


def test_the_timeline_costs_the_same_for_few_events_and_many(case, ana):
    makers.make_follow_up(case, by=ana)
    client = browser(ana)
    few = queries_of(client, url("timeline", case.pk))
    for _ in range(12):
        makers.make_follow_up(case, by=ana)
    assert queries_of(client, url("timeline", case.pk)) == few <= 10
