"""What was refused, and who looked where, is in the audit trail."""

import pytest

from accounts.models import AuditEvent, Notice
from tests.careplans.api import Api


def refusals():
    return AuditEvent.objects.filter(action="refused")


def told(user, board=None):
    return Notice.objects.create(
        user=user, kind="x", text="Look", path="/settings/", dedupe_key=f"{user.pk}", board=board
    )


def test_a_refusal_stays_although_its_transaction_was_undone(client, nina, board):
    client.force_login(nina)
    assert client.get(f"/boards/{board.pk}/settings/").status_code == 403
    event = refusals().get()
    assert (event.actor, event.board_id, event.data["action"]) == (nina, board.pk, "board.configure")


def test_a_row_of_another_board_is_named(client, otto, board):
    client.force_login(otto)
    assert client.get(f"/boards/{board.pk}/").status_code == 404
    assert (refusals().get().subject_type, refusals().get().subject_id) == ("board", str(board.pk))


@pytest.mark.parametrize(("path", "status"), [("/boards/{}/", 404), ("/patients/?board={}", 404)])
def test_the_api_writes_them_too(otto, board, path, status):
    assert Api(otto).get(path.format(board.pk)).status_code == status
    event = refusals().get()
    assert (event.actor, event.data["status"]) == (otto, status)


def test_an_address_that_there_is_not_is_no_refusal(client, ana):
    client.force_login(ana)
    assert client.get("/nowhere/").status_code == 404
    assert not refusals().exists()


def test_what_was_granted_is_no_refusal(client, ana, board):
    client.force_login(ana)
    client.get(f"/boards/{board.pk}/")
    assert not refusals().exists()


def test_a_form_without_its_token_is_one(ana):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    assert client.post("/notices/read/").status_code == 403
    assert refusals().get().subject_id == "accounts:notices_read"


def test_whoever_is_not_signed_in_leaves_none(client, board):
    client.get(f"/boards/{board.pk}/")
    assert not refusals().exists()


def test_somebody_elses_notice_is_refused(client, ana, omar):
    client.force_login(ana)
    notice = told(omar)
    assert client.get(f"/notices/{notice.pk}/").status_code == 404
    assert (refusals().get().subject_type, refusals().get().subject_id) == ("notice", str(notice.pk))


def test_reading_notices_is_in_the_trail(client, ana):
    client.force_login(ana)
    notice = told(ana)
    client.get("/notices/")
    assert AuditEvent.objects.get(action="list", subject_type="notice").data == {"ids": [notice.pk]}
    client.get(f"/notices/{notice.pk}/")
    assert AuditEvent.objects.get(action="read", subject_type="notice").subject_id == str(notice.pk)


def test_to_mark_all_as_read_is_in_the_trail(client, ana):
    client.force_login(ana)
    notice = told(ana)
    client.post("/notices/read/", {"shown": str(notice.pk)})
    assert AuditEvent.objects.get(action="notices_read").data == {"count": 1}


def test_a_person_whose_page_was_opened_is_named(client, admin, omar):
    client.force_login(admin)
    client.get(f"/administration/people/{omar.pk}/")
    event = AuditEvent.objects.get(action="opened")
    assert (event.actor, event.subject_id, event.data["args"]) == (admin, "accounts:person", {"pk": str(omar.pk)})
