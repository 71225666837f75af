import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import AuditEvent, Board, Membership
from accounts.permissions import can
from accounts.services.memberships import add_membership, change_membership, end_membership
from common.errors import Conflict


@pytest.fixture
def seat(omar):
    return omar.memberships.get()


def test_an_administrator_adds_a_membership(admin, otto, board):
    membership = add_membership(otto, board, role="member", discipline="radiology", by=admin)
    assert can(otto, "plans.sign", board)
    event = AuditEvent.objects.get(action="membership_added")
    assert (event.subject_id, event.board_id) == (str(membership.pk), board.pk)


@pytest.mark.parametrize("who", ["ana", "chloe"])
def test_coordinators_and_chairs_do_not(request, who, otto, board):
    with pytest.raises(PermissionDenied):
        add_membership(otto, board, role="observer", discipline="", by=request.getfixturevalue(who))
    assert not can(otto, "board.view", board)


def test_a_member_needs_a_discipline(admin, otto, board):
    with pytest.raises(ValidationError, match="signs for a discipline"):
        add_membership(otto, board, role="member", discipline="", by=admin)


def test_nobody_is_on_a_board_twice(admin, omar, board):
    with pytest.raises(ValidationError, match="already on"):
        add_membership(omar, board, role="observer", discipline="", by=admin)


def test_a_board_no_longer_in_use_takes_nobody(admin, otto, board):
    Board.objects.update(is_active=False)
    with pytest.raises(ValidationError, match="no longer in use"):
        add_membership(otto, board, role="observer", discipline="", by=admin)


def test_a_role_is_changed(admin, seat):
    change_membership(seat, seen=("member", "medical_oncology"), role="observer", discipline="", by=admin)
    seat.refresh_from_db()
    assert (seat.role, seat.discipline) == ("observer", "")
    assert AuditEvent.objects.get(action="membership_changed").data["old"] == ["member", "medical_oncology"]


def test_a_change_over_a_colleagues_change_is_a_conflict(admin, seat):
    Membership.objects.update(role="chair")
    with pytest.raises(Conflict):
        change_membership(seat, seen=("member", "medical_oncology"), role="observer", discipline="", by=admin)


def test_a_membership_ends_and_stays_readable(admin, omar, board, seat):
    end_membership(seat, by=admin)
    seat.refresh_from_db()
    assert seat.ended_at
    assert not can(seat.user, "board.view", board)


def test_a_membership_ends_once(admin, seat):
    end_membership(seat, by=admin)
    with pytest.raises(Conflict):
        end_membership(seat, by=admin)


def test_a_person_comes_back_after_their_membership_ended(admin, omar, board, seat):
    end_membership(seat, by=admin)
    add_membership(omar, board, role="chair", discipline="surgery", by=admin)
    assert omar.memberships.count() == 2


def test_the_page_adds_changes_and_ends(client, admin, otto, board):
    client.force_login(admin)
    new = {"new-board": board.pk, "new-role": "observer", "new-discipline": ""}
    client.post(f"/administration/people/{otto.pk}/memberships/", new)
    seat = otto.memberships.get(board=board)
    shown = {"seen_role": "observer", "seen_discipline": "", "role": "chair", "discipline": "surgery"}
    client.post(f"/administration/memberships/{seat.pk}/", {f"m{seat.pk}-{name}": text for name, text in shown.items()})
    assert otto.memberships.get(board=board).title == "Chair, Surgery"
    client.post(f"/administration/memberships/{seat.pk}/end/")
    assert not otto.memberships.current().filter(board=board).exists()


def test_a_refused_change_comes_back_with_what_was_typed(client, admin, seat):
    client.force_login(admin)
    shown = {"seen_role": "member", "seen_discipline": "medical_oncology", "role": "member", "discipline": ""}
    posted = {f"m{seat.pk}-{name}": text for name, text in shown.items()}
    response = client.post(f"/administration/memberships/{seat.pk}/", posted)
    assert "A member signs for a discipline" in response.content.decode()


@pytest.mark.parametrize("address", ["", "end/"])
def test_the_addresses_are_for_administrators(client, ana, seat, address):
    client.force_login(ana)
    assert client.post(f"/administration/memberships/{seat.pk}/{address}").status_code == 403
    assert Membership.objects.get(pk=seat.pk).ended_at is None
