import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import AuditEvent, Board
from accounts.services.boards import Requirement, change_board, create_board, requirements_of
from common.errors import Conflict
from tests.factories import make_institution

ONE_ROW = [Requirement("surgery")]


def change(board, by, *, version=1, requirements=ONE_ROW, **fields):
    change_board(board, by=by, expected_version=version, fields=fields, requirements=requirements)


def test_a_new_board_begins_with_the_default_disciplines(admin):
    board = create_board(by=admin, fields={"name": "Eastgate", "institution": make_institution("Eastgate hospital")})
    rows = requirements_of(board)
    assert Requirement("endocrinology", "gastroenterology") in rows
    assert Requirement("cardiology", when="carcinoid_heart") in rows
    assert [row.when for row in rows].count("always") == 6
    assert AuditEvent.objects.get(action="board_created").board_id == board.pk


def test_only_an_administrator_makes_boards(ana):
    with pytest.raises(PermissionDenied):
        create_board(by=ana, fields={"name": "Eastgate"})


def test_two_boards_do_not_share_a_name(admin, board):
    with pytest.raises(ValidationError, match="already a board of this name"):
        create_board(by=admin, fields={"name": board.name, "institution": board.institution})


def test_a_board_is_of_an_institution(admin):
    with pytest.raises(ValidationError, match="Choose the institution"):
        create_board(by=admin, fields={"name": "Eastgate"})


@pytest.mark.parametrize("who", ["admin", "ana", "chloe"])
def test_administrators_coordinators_and_chairs_change_a_board(request, board, who):
    change(board, request.getfixturevalue(who), lead_days=21)
    board.refresh_from_db()
    assert (board.lead_days, board.version) == (21, 2)
    assert AuditEvent.objects.get(action="board_changed").data["changes"] == {"lead_days": [7, 21]}


@pytest.mark.parametrize("who", ["omar", "nina", "anselm", "otto"])
def test_others_do_not(request, board, who):
    with pytest.raises(PermissionDenied):
        change(board, request.getfixturevalue(who), lead_days=21)
    board.refresh_from_db()
    assert board.lead_days == 7


@pytest.mark.parametrize("who", ["ana", "admin"])
def test_settings_do_not_put_a_board_out_of_use(request, board, who):
    change(board, request.getfixturevalue(who), is_active=False)
    board.refresh_from_db()
    assert board.is_active


def test_an_old_version_is_a_conflict_that_tells_what_stands_there(ana, chloe, board):
    change(board, chloe, lead_days=21, requirements=[Requirement("pathology")])
    with pytest.raises(Conflict) as conflict:
        change(board, ana, lead_days=3)
    assert conflict.value.current["lead_days"] == 21
    assert conflict.value.current["requirements"] == [Requirement("pathology")]
    assert Board.objects.get(pk=board.pk).lead_days == 21


def test_required_disciplines_are_replaced(ana, board):
    change(board, ana)
    change(board, ana, version=2, requirements=[Requirement("pathology"), Requirement("surgery")])
    assert [row.discipline for row in requirements_of(board)] == ["pathology", "surgery"]


def test_a_discipline_is_required_once(ana, board):
    with pytest.raises(ValidationError, match="Surgery is listed twice"):
        change(board, ana, requirements=[*ONE_ROW, Requirement("surgery", when="liver_directed")])


def test_a_discipline_is_not_its_own_alternative(ana, board):
    with pytest.raises(ValidationError, match="its own alternative"):
        change(board, ana, requirements=[Requirement("surgery", "surgery")])
