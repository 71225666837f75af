"""A merge or move that was asked on a board which its reader is not on: they know both patients, so they see it."""

import pytest
from django.urls import reverse

from accounts.models import Board
from careplans.models import RecordMove
from careplans.services.known_patients import take_known_patient
from careplans.services.record_moves import ask_merge, confirm
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.exports.makers import file_of, make_export
from tests.factories import join, make_eve

pytestmark = pytest.mark.django_db


@pytest.fixture
def eve(board):
    return make_eve(board)


@pytest.fixture
def asked(board, ana, eve):
    """Northgate asks; Eve's board knows one of the two patients until the merge is confirmed."""
    stays, goes = (makers.make_patient(board, by=ana, record_number=f"SYN-{number}") for number in (1, 2))
    take_known_patient(eve.board, by=eve, record_number="SYN-2", birth_date=goes.birth_date)
    return ask_merge(type(goes).objects.get(pk=goes.pk), by=ana, into=stays.pk, reason="Same insurance number.")


@pytest.fixture
def merged(asked, chloe):
    move = RecordMove.objects.for_page().get(pk=asked.pk)
    return confirm(
        move, by=chloe, expected_version=move.version, from_version=move.from_patient.version,
        to_version=move.to_patient.version,
    )  # fmt: skip


def test_it_is_in_the_list_and_on_the_page_of_the_other_board(merged, eve, client):
    assert [row["id"] for row in Api(eve).get("/record-moves/").json()["results"]] == [merged.pk]
    client.force_login(eve)
    answer = client.get(reverse("careplans:record_moves", args=[eve.board.pk]))
    assert answer.status_code == 200 and "SYN-2" in answer.content.decode()


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
def test_it_is_in_their_exports_which_stay_theirs(merged, eve, form):
    export = make_export(eve, "record-moves", form)
    assert (export.state, export.rows) == ("done", 1)
    # Whoever fetches it must still be on each of these.
    assert export.boards == {"record-moves": [eve.board.pk]}
    assert file_of(export)


def test_a_dataset_holds_it(merged, eve):
    export = make_export(eve, "everything", "dataset")
    assert (export.state, export.counts["record-moves"]) == ("done", 1), export.reason


def test_a_decision_of_somebody_of_another_board_is_answered(asked, board, eve, chloe):
    """Chloe's token reaches her own board alone; the move was asked on one that it does not reach."""
    join(chloe, eve.board, "chair", "surgery")
    RecordMove.objects.update(board=eve.board)
    take_known_patient(eve.board, by=eve, record_number="SYN-1", birth_date=asked.to_patient.birth_date)
    api = Api(chloe, boards=[board.pk])
    row = api.get(f"/record-moves/{asked.pk}/").json()
    sent = {name: row[name] for name in ("from_version", "to_version")}
    answer = api.post(f"/record-moves/{asked.pk}/confirm/", sent, version=row["version"])
    assert (answer.status_code, answer.json()["status"]) == (200, "confirmed")


def test_of_both_boards_it_is_read_on_the_one_that_asked(merged, eve, chloe):
    join(chloe, eve.board, "chair", "surgery")
    first = Board.objects.order_by("pk").first()
    for board in (first, eve.board):
        RecordMove.objects.update(board=board)
        assert Api(chloe).get(f"/record-moves/{merged.pk}/").json()["board"] == board.pk
