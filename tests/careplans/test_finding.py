"""Search from anywhere: who finds what, how it is asked, and what it costs."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEvent
from careplans.models import Case, CaseKey, PatientBoard
from careplans.readers.finding.search import TOO_MANY
from careplans.readers.finding.typed import Typed
from careplans.services.case_keys import key_cases
from careplans.services.cases import change_case
from careplans.services.followups import add_follow_up
from tests.careplans import makers
from tests.careplans.doors import FETCH, browser, url
from tests.factories import join, make_user

pytestmark = pytest.mark.django_db
SEARCH = "/search/"


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def plan(case, ana):
    return makers.make_plan(case, by=ana)


def ask(user, words, client=None):
    return (client or browser(user)).post(SEARCH, {"q": words}, **FETCH)


def found(user, words):
    """Headings of groups, each with the titles below it."""
    answer = ask(user, words)
    assert answer.status_code == 200
    return {
        group.name: ["".join(piece.text for piece in hit.title) for hit in group.hits]
        for group in answer.context["groups"]
    }


# What is found


@pytest.mark.parametrize("words", ["ashdown", "Ash", "ASHDOWN synthetic", "syn-1", "syn1", "Äshdown"])
def test_a_patient_is_found_with_case_and_open_plan(plan, ana, words):
    assert found(ana, words) == {
        "patients": ["Ashdown, Synthetic"], "cases": ["Ileal NET"], "plans": ["Plan 1, Ileal NET"],
    }  # fmt: skip


@pytest.mark.parametrize("words", ["ileal", "net ile", "Ileal NET", "ashdown ileal", "net ashdown"])
def test_a_case_is_found_by_the_words_of_its_tumour_and_its_patient(plan, ana, words):
    assert found(ana, words)["cases"] == ["Ileal NET"]


def test_each_word_has_to_fit(plan, ana):
    assert found(ana, "ileal birch") == {}


def test_a_plan_is_found_by_its_number_whatever_its_state(plan, ana):
    assert found(ana, "ashdown 1")["plans"] == ["Plan 1, Ileal NET"]
    assert found(ana, "ashdown plan 1")["plans"] == ["Plan 1, Ileal NET"]
    assert "plans" not in found(ana, "ashdown plan 2")


def test_open_follow_ups_are_found_and_kinds_narrow_them(case, ana):
    for kind in ("markers", "cross_sectional"):
        add_follow_up(case, by=ana, kind=kind, due_on=makers.TODAY() + timedelta(days=9), assignee=ana)
    assert found(ana, "ashdown")["followups"] == ["Markers", "CT or MRI"]
    assert found(ana, "ashdown ct")["followups"] == ["CT or MRI"]
    assert found(ana, "ashdown ct")["cases"] == ["Ileal NET"]


@pytest.mark.parametrize("typed", ["ashdown mar", "ashdown marker", "ashdown markers"])
def test_a_kind_of_follow_up_narrows_them_as_one_types(case, ana, typed):
    for kind in ("markers", "cross_sectional"):
        add_follow_up(case, by=ana, kind=kind, due_on=makers.TODAY() + timedelta(days=9), assignee=ana)
    assert found(ana, typed)["followups"] == ["Markers"]
    assert found(ana, typed)["cases"] == ["Ileal NET"]


def test_a_case_is_found_by_its_new_title_and_not_by_the_old_one(case, ana):
    change_case(case, by=ana, expected_version=case.version, title="Rectal NET")
    assert found(ana, "rectal")["cases"] == ["Rectal NET"]
    assert found(ana, "ileal") == {}


def test_what_an_older_program_wrote_is_found_within_minutes(case, ana):
    Case.objects.filter(pk=case.pk).update(title="Gastric NET")
    assert "cases" not in found(ana, "gastric")
    assert key_cases() == 1 and key_cases() == 0
    assert found(ana, "gastric")["cases"] == ["Gastric NET"] and "cases" not in found(ana, "ileal")


def test_colleagues_are_found_by_each_word_of_their_name(ana, omar, board):
    assert found(ana, "omar")["people"] == [omar.name]
    assert "people" not in found(ana, "mar")


def test_reference_pages_are_found_by_title_and_by_what_stands_in_them(pages, ana):
    assert any("PRRT" in title or "radionuclide" in title.lower() for title in found(ana, "radionuclide")["pages"])


def test_a_page_is_not_found_by_the_middle_of_a_word(pages, ana):
    assert "pages" in found(ana, "radionuclide") and "pages" not in found(ana, "adionuclide")


def test_matched_words_are_marked_whole():
    pieces = Typed("ash ki-67").marked("Ashdown, Nash: Ki-67")
    assert [piece.text for piece in pieces if piece.is_hit] == ["Ashdown"]


@pytest.mark.parametrize("words", ["", " ", "a", "7", "😀", "—", "%", "_%", "\0", "\u202e"])
def test_too_little_finds_nothing_and_breaks_nothing(plan, ana, words):
    answer = ask(ana, words)
    assert answer.status_code == 200 and not answer.context.get("groups")


def test_what_is_too_long_is_refused_in_words(ana):
    answer = ask(ana, "x" * 5000)
    assert answer.status_code == 400 and "nhsuk-error-message" in answer.content.decode()


def test_nothing_found_says_what_one_can_do(case, ana):
    page = ask(ana, "<b>xyzzy").content.decode()
    assert "Nothing found for “&lt;b&gt;xyzzy”" in page and "beginning of each word" in page


# By permission


def test_of_another_board_nothing_is_found(plan, otto):
    assert found(otto, "ashdown") == found(otto, "ileal") == {}


def test_an_analyst_finds_reference_pages_and_nobody(plan, anselm, omar, pages):
    assert found(anselm, "ashdown") == found(anselm, "ileal") == found(anselm, omar.name) == {}
    assert list(found(anselm, "radionuclide")) == ["pages"]


def test_an_administrator_finds_people_and_pages_only(plan, admin, omar, pages):
    assert found(admin, "ashdown") == {}
    assert list(found(admin, omar.name)) == ["people"]
    assert ask(admin, omar.name).context["groups"][0].hits[0].url == f"/administration/people/{omar.pk}/"


def test_an_observer_finds_what_they_may_read(plan, nina):
    assert set(found(nina, "ashdown")) == {"patients", "cases", "plans"}


def test_only_who_hands_work_over_is_led_to_that_of_a_colleague(ana, nina, omar, board):
    assert ask(ana, "omar").context["groups"][0].hits[0].url == url("person_work", board.pk, omar.pk)
    assert ask(nina, "omar").context["groups"][0].hits[0].url == url("board_home", board.pk)


def test_what_was_shown_is_in_the_trail_by_its_keys_and_not_by_what_was_typed(plan, ana):
    ask(ana, "ashdown")
    told = AuditEvent.objects.filter(actor=ana, action="list").latest("id")
    assert told.data["ids"] == {"patients": [plan.case.patient_id], "cases": [plan.case_id]}
    assert "ashdown" not in json.dumps(list(AuditEvent.objects.values("label", "data"))).lower()


# How it is asked


def test_without_script_the_words_are_posted_and_stand_in_no_address(case, ana):
    client = browser(ana)
    answer = client.post(SEARCH, {"q": "Ashdown"})
    assert answer.status_code == 302 and "ash" not in answer.url.lower()
    page = client.get(answer.url)
    assert "Ashdown, <mark>" not in page.content.decode() and "<mark>Ashdown</mark>" in page.content.decode()
    assert page.headers["Cache-Control"] == "no-store"


def test_a_name_in_the_address_is_not_looked_for(case, ana):
    assert "groups" not in browser(ana).get(SEARCH, {"q": "Ashdown"}).context


def test_as_one_types_nothing_is_kept_in_the_session(case, ana):
    client = browser(ana)
    assert ask(ana, "Ashdown", client).headers["Cache-Control"] == "no-store"
    assert "searches" not in client.session


def test_without_the_token_nothing_is_searched(case, ana):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    assert ask(ana, "Ashdown", client).status_code == 403


def test_who_is_signed_out_is_told_so(case, ana):
    answer = Client().post(SEARCH, {"q": "Ashdown"}, **FETCH)
    assert answer.status_code == 401 and "signed out" in answer.json()["message"]


def test_a_program_that_asks_without_pause_is_stopped_for_a_minute(case, ana, omar):
    AuditEvent.objects.bulk_create(AuditEvent(actor=ana, action="read", subject_type="x") for _ in range(TOO_MANY + 1))
    assert ask(ana, "Ashdown").status_code == 429
    assert ask(omar, "Ashdown").status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        assert ask(ana, "Ashdown").status_code == 200


def test_every_page_has_the_way_to_it_and_the_key_can_be_switched_off(ana):
    client = browser(ana)
    assert 'href="/search/" data-find="/"' in client.get("/").content.decode()
    ana.single_keys = False
    ana.save()
    page = client.get("/").content.decode()
    assert 'href="/search/" data-find>' in page and "aria-keyshortcuts" not in page


# Opened lately


def recent(user, client=None):
    page = (client or browser(user)).get(SEARCH)
    return ["".join(piece.text for piece in hit.title) for hit in page.context["recent"]]


def test_what_was_opened_last_stands_there_the_newest_first(plan, ana):
    client = browser(ana)
    for path in (url("patient", plan.case.patient_id), url("plan", plan.pk), url("case", plan.case_id)):
        client.get(path)
    client.get(url("plan", plan.pk))
    assert recent(ana, client) == ["Plan 1, Ileal NET", "Ileal NET", "Ashdown, Synthetic"]


def test_what_somebody_else_opened_does_not(plan, ana, omar):
    browser(ana).get(url("plan", plan.pk))
    assert recent(omar) == []


def test_what_one_may_not_see_any_more_does_not(case, ana, board):
    browser(ana).get(url("case", case.pk))
    browser(ana).get(url("patient", case.patient_id))
    assert len(recent(ana)) == 2
    ana.memberships.update(ended_at=timezone.now())
    assert recent(ana) == []


def test_a_record_that_was_merged_away_does_not(case, ana, board):
    for patient in (case.patient, makers.make_patient(board, by=ana, record_number="SYN-2", family_name="Brook")):
        browser(ana).get(url("patient", patient.pk))
    assert recent(ana) == ["Brook, Synthetic", "Ashdown, Synthetic"]
    case.patient.merged_into = patient
    case.patient.save()
    assert recent(ana) == ["Brook, Synthetic"]


def test_whose_role_became_too_small_sees_none(case, ana):
    browser(ana).get(url("case", case.pk))
    ana.memberships.update(role="analyst")
    assert recent(ana) == []


def test_a_reference_page_stands_there_until_the_session_ends(pages, ana):
    client = browser(ana)
    client.get("/reference/prrt/")
    assert len(recent(ana, client)) == 1
    assert recent(ana) == []


# Cost


def statements(user, words):
    client = browser(user)
    ask(user, words, client)
    with CaptureQueriesContext(connection) as captured:
        assert ask(user, words, client).status_code == 200
    return len(captured)


def test_it_asks_as_often_for_much_as_for_little(board, ana, plan, pages):
    join(other := make_user("ashanti@example.org", "Ashanti"), board, "member", discipline="surgery")
    few = statements(ana, "ash")
    for number in range(12):
        case = makers.make_case(board, by=ana, record_number=f"SYN-{number + 10}")
        makers.make_plan(case, by=ana)
        add_follow_up(case, by=ana, kind="markers", due_on=makers.TODAY() + timedelta(days=9), assignee=other)
    assert statements(ana, "ash") == few
    # Session, person and memberships are the frame's.
    assert few <= 3 + 10


def test_of_each_kind_only_the_first_few_are_shown(board, ana):
    for number in range(9):
        makers.make_case(board, by=ana, record_number=f"SYN-{number + 10}")
    groups = {group.name: group for group in ask(ana, "ashdown").context["groups"]}
    assert len(groups["patients"].hits) == len(groups["cases"].hits) == 6
    assert groups["patients"].count == "6+"


def test_a_case_is_found_by_ranges_of_the_indexes(board, ana, case):
    CaseKey.objects.bulk_create(CaseKey(case=case, key=f"{number:05}") for number in range(3_000))
    rows = Case.objects.of_boards([board.pk]).search([("ileal",), ("net",)]).order_by("-pk")[:7]
    sql, values = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE careplans_casekey")
        cursor.execute(f"{'EXPLAIN QUERY PLAN' if connection.vendor == 'sqlite' else 'EXPLAIN'} {sql}", values)
        told = "\n".join(" ".join(map(str, row)) for row in cursor.fetchall())
    assert "case_key_prefix" in told, told
    assert ("key>? AND key<?" if connection.vendor == "sqlite" else "~>=~") in told, told


def test_a_patient_of_whom_a_board_let_go_is_not_found(case, ana, board, other_board):
    PatientBoard.objects.all().delete()
    Case.objects.update(board=other_board)
    assert found(ana, "ashdown") == {}
