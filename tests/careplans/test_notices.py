"""A notice that names a patient is of the board from which its reader sees that patient."""

import importlib

import pytest
from django.apps import apps

from accounts.models import Membership, Notice
from careplans.outbox import sending
from careplans.services.care_ends import record_death
from tests.careplans import makers
from tests.careplans.outbox.mail import Remembering, due_message

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
