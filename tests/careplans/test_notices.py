"""A notice that names a patient is of the board from which its reader sees that patient."""

import importlib

import pytest
from django.apps import apps

from accounts.models import Membership, Notice
from accounts.services.notices import add_notice
from careplans.outbox import sending
from careplans.services.care_ends import record_death
from tests.careplans import makers
from tests.careplans.doors import browser, queries_of
from tests.careplans.outbox.mail import Remembering, due_message
from tests.factories import join, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


def died(case, by):
    return record_death(
        case.patient, by=by, expected_version=case.patient.version, source="the ward", year=2026, month=1, day=None
    )


def texts(client, user):
    client.force_login(user)
    return client.get("/notices/").content.decode()


def test_a_death_is_read_by_who_leads_the_board(case, ana, omar, client):
    died(case, omar)
    assert "Ashdown" in texts(client, ana)


def test_a_death_is_not_read_by_who_has_left_the_board_since(case, ana, omar, client):
    died(case, omar)
    Membership.objects.filter(user=ana).update(ended_at="2026-03-01T09:00Z")
    assert "Ashdown" not in texts(client, ana)


def test_what_a_program_from_before_wrote_is_of_the_board_that_knows_the_patient(case, board, ana, omar):
    died(case, omar)
    Notice.objects.update(board=None)
    Membership.objects.filter(user=ana).update(ended_at="2026-03-01T09:00Z")
    _take_in()
    assert set(Notice.objects.values_list("board", flat=True)) == {board.pk}


def test_a_reminder_that_a_program_from_before_told_is_of_its_board(case, board, ana):
    due_message(case, by=ana, channel="in_app")
    sending.send_due(open_mail=Remembering())
    assert Notice.objects.get().board == board
    Notice.objects.update(board=None)
    _take_in()
    assert Notice.objects.get().board == board


def _take_in():
    importlib.import_module("careplans.migrations.0015_notices_of_boards").say_of_which_board(apps, None)


def tell(user, text, path, board, key):
    add_notice(user, "due", text, path, key, board=board)


def groups(client, user, query=""):
    client.force_login(user)
    return client.get(f"/notices/{query}").context["groups"]


def test_notices_of_one_case_stand_together_under_its_patient_and_tumour(case, board, ana, client):
    other = makers.make_case(board, by=ana, record_number="SYN-2", title="Rectal NET")
    plan = makers.make_plan(case, by=ana)
    follow_up = makers.make_follow_up(other, by=ana)
    tell(ana, "Ashdown, Synthetic: plan 1 waits.", f"/plans/{plan.pk}/sign-off/", board, "1")
    tell(ana, "Ashdown, Synthetic. Due: a visit.", f"/follow-ups/{follow_up.pk}/", board, "2")
    tell(ana, "Ashdown, Synthetic: facts have changed.", f"/cases/{case.pk}/", board, "3")
    tell(ana, "You have taken over: 1 open step.", "/", board, "4")
    found = groups(client, ana)
    assert [(group.case, len(group.notices)) for group in found] == [(None, 1), (case, 2), (other, 1)]
    page = client.get("/notices/").content.decode()
    assert "Rectal NET" in page and "About no single case" in page


def test_a_notice_says_its_words_without_the_name_that_stands_above_it(case, board, ana, client):
    tell(ana, "Ashdown, Synthetic. Due: a visit.", f"/cases/{case.pk}/", board, "1")
    tell(ana, "Somebody Else. Due: a scan.", f"/cases/{case.pk}/", board, "2")
    [group] = groups(client, ana)
    assert [words for _, words in group.told] == ["Somebody Else. Due: a scan.", "Due: a visit."]


def test_a_case_that_its_reader_does_not_see_any_more_is_not_named(case, board, ana, omar, other_board, client):
    """Told from a board that they are on, about a case that is not of it."""
    elsewhere = makers.make_case(other_board, by=_coordinator(other_board), record_number="SYN-9", title="Thymic NET")
    tell(omar, "Something.", f"/cases/{elsewhere.pk}/", board, "1")
    [group] = groups(client, omar)
    assert group.about is None
    assert "Thymic NET" not in client.get("/notices/").content.decode()


def _coordinator(board):
    user = make_user("cora@southbank.example", "Cora Coordinator")
    join(user, board, "coordinator", "coordination")
    return user


def test_an_analyst_has_none_about_a_patient(case, board, anselm, client):
    tell(anselm, "Ashdown, Synthetic. Due: a visit.", f"/cases/{case.pk}/", board, "1")
    assert groups(client, anselm) == []


def test_one_group_can_be_marked_as_read_alone(case, board, ana, client):
    tell(ana, "Ashdown, Synthetic. Due: a visit.", f"/cases/{case.pk}/", board, "1")
    tell(ana, "You have taken over.", "/", board, "2")
    about = next(group for group in groups(client, ana) if group.case)
    client.post("/notices/read/", {"shown": " ".join(map(str, about.unread))})
    assert list(Notice.objects.filter(read_at=None).values_list("dedupe_key", flat=True)) == ["2"]


@pytest.mark.parametrize(
    "path", ["/cases/0/", "/plans/999999999999999999/", "/cases/x/", "/patients/12345/", "cases/1/", ""]
)
def test_a_path_that_leads_to_no_case_is_about_none(ana, board, client, path):
    tell(ana, "Something.", path, board, "1")
    assert [group.about for group in groups(client, ana)] == [None]


def test_the_page_takes_as_many_queries_for_many_cases_as_for_one(board, ana, client):
    def another(number):
        case = makers.make_case(board, by=ana, record_number=f"SYN-{number}")
        plan, follow_up = makers.make_plan(case, by=ana), makers.make_follow_up(case, by=ana)
        for kind, row in (("plans", plan), ("follow-ups", follow_up), ("patients", case.patient)):
            tell(ana, "Something.", f"/{kind}/{row.pk}/", board, f"{kind}{number}")

    another(1)
    few = queries_of(browser(ana), "/notices/")
    for number in range(2, 7):
        another(number)
    assert queries_of(browser(ana), "/notices/") == few
