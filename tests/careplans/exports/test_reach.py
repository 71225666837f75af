"""What a token reaches is what its export holds, and a token knows of no export that reaches further than itself."""

import pytest
from django.utils import timezone

from accounts.models import Membership
from accounts.reach import Reach
from careplans.exports import files, work
from careplans.exports.asking import LEFT
from careplans.models import Export
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.exports.makers import make_export
from tests.factories import join, make_board

pytestmark = pytest.mark.django_db

CASES = {"what": "cases", "form": "ndjson"}


@pytest.fixture
def east(pages, board, ana):
    """A second board of Ana's, with a case beside the one on the first."""
    found = make_board("Eastgate")
    join(ana, found, "coordinator", "coordination")
    makers.make_case(board, by=ana)
    makers.make_case(found, by=ana, record_number="SYN-20")
    return found


def worked_on():
    while work.work_exports():
        pass
    return Export.objects.latest("pk")


def boards_in(export):
    return sorted(export.boards["cases"])


@pytest.mark.parametrize("rows_at_once", [0, 1000])
def test_the_file_holds_the_boards_of_the_token_that_asked(east, board, ana, monkeypatch, rows_at_once):
    """Made while the program waits, and in the background, where nobody holds a token."""
    monkeypatch.setattr(work, "AT_ONCE", rows_at_once)
    token = Api(ana, boards=[board.pk])
    asked = token.post("/exports/", CASES).json()
    made = worked_on()
    assert (asked["estimate"], made.rows, boards_in(made)) == (1, 1, [board.pk])
    assert token.get(f"/exports/{made.pk}/file/").status_code == 200


def test_without_limits_it_holds_every_board_of_its_person(east, board, ana):
    Api(ana).post("/exports/", CASES)
    assert boards_in(worked_on()) == sorted([board.pk, east.pk])


def test_a_scope_that_the_token_lacks_is_in_no_dataset(east, ana, monkeypatch):
    monkeypatch.setattr(work, "AT_ONCE", 0)
    token = Api(ana, scopes=["exports:make", "cases:read"])
    token.post("/exports/", {"what": "everything", "form": "dataset"})
    made = worked_on()
    assert (made.state, {"cases", "events"} <= set(made.counts), {"plans", "patients"} & set(made.counts)) == (
        "done", True, set(),
    )  # fmt: skip


def test_a_token_knows_of_no_export_beyond_its_reach(east, board, ana):
    beyond = make_export(ana, "cases")
    token = Api(ana, boards=[board.pk])
    token.post("/exports/", CASES)
    own = Export.objects.latest("pk")
    assert [row["id"] for row in token.get("/exports/").json()["results"]] == [own.pk]
    for address in (f"/exports/{beyond.pk}/", f"/exports/{beyond.pk}/file/"):
        assert token.get(address).status_code == 404
    assert token.delete(f"/exports/{beyond.pk}/").status_code == 404
    beyond.refresh_from_db()
    assert beyond.state == "done"


def test_neither_does_one_of_fewer_scopes_nor_one_of_another_board(east, board, ana):
    Api(ana, boards=[board.pk], scopes=["exports:make", "cases:read", "plans:read"]).post("/exports/", CASES)
    made = Export.objects.latest("pk")
    for boards, scopes, status in [
        ([board.pk], ["exports:make", "cases:read", "plans:read"], 200),
        ([board.pk, east.pk], None, 200),
        ([board.pk], ["exports:make", "cases:read"], 404),
        ([east.pk], None, 404),
    ]:
        assert Api(ana, boards=boards, scopes=scopes).get(f"/exports/{made.pk}/").status_code == status, (
            boards,
            scopes,
        )


def test_a_cancelled_one_is_cancelled_within_its_reach_alone(east, board, ana, monkeypatch):
    monkeypatch.setattr(work, "AT_ONCE", 0)
    token = Api(ana, boards=[board.pk])
    pk = token.post("/exports/", CASES).json()["id"]
    assert Api(ana, boards=[east.pk]).delete(f"/exports/{pk}/").status_code == 404
    assert token.delete(f"/exports/{pk}/").status_code == 204


def test_on_pages_a_person_sees_all_of_theirs(east, board, ana, client):
    Api(ana, boards=[board.pk]).post("/exports/", CASES)
    made = Export.objects.latest("pk")
    client.force_login(ana)
    assert client.get(f"/exports/{made.pk}/").status_code == 200
    assert client.get(f"/exports/{made.pk}/file/").status_code == 200
    assert "a limited token" in client.get(f"/exports/{made.pk}/").content.decode()


def test_a_bulk_export_of_fhir_keeps_to_it_too(east, board, ana, monkeypatch):
    address = "/fhir/R4/$export?_type=Patient"
    answer = Api(ana, boards=[board.pk]).client.get(address, headers={"Prefer": "respond-async"})
    assert answer.status_code == 202
    made = worked_on()
    assert (made.state, made.boards["fhir.patient"]) == ("done", [board.pk])
    address = f"/fhir/R4/$export-status/{made.pk}"
    for boards, status in [([board.pk], 200), ([east.pk], 404)]:
        assert Api(ana, boards=boards).client.get(address).status_code == status


def test_the_rights_of_the_person_at_the_time_hold_within_it(east, board, ana):
    token = Api(ana, boards=[board.pk])
    token.post("/exports/", CASES)
    made = Export.objects.latest("pk")
    Membership.objects.filter(user=ana, board=board).update(ended_at=timezone.now())
    assert token.get(f"/exports/{made.pk}/file/").status_code == 404


def test_rights_lost_when_all_rows_are_read_leave_no_file(east, board, ana, monkeypatch):
    """The last look is before the file is made of them."""
    export = make_export(ana, "cases", "csv", work_it=False)
    made = work._make

    def lost(row, **kwargs):
        Membership.objects.filter(user=ana).update(ended_at=timezone.now())
        made(row, **kwargs)

    monkeypatch.setattr(work, "_make", lost)
    worked_on()
    export.refresh_from_db()
    assert (export.state, export.reason) == ("failed", LEFT)
    assert not files.folder(export).exists()


def test_a_reach_is_kept_as_it_was():
    for reach in (Reach(), Reach(boards=frozenset({3, 1})), Reach(scopes=frozenset({"b", "a"}), boards=frozenset())):
        assert Reach.read(reach.text) == reach
    assert Reach().text == ""
    assert not Reach(boards=frozenset()).covers(Reach())
    assert Reach().covers(Reach(boards=frozenset()))
