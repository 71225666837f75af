"""A board that requires no discipline, or where nobody holds one, says so at once to its chair and coordinators."""

import pytest

from accounts.models import Membership, Notice, RequiredDiscipline
from accounts.services.boards import Requirement, change_board
from accounts.services.memberships import add_membership, change_membership, end_membership
from accounts.services.people import deactivate_person
from tests.factories import make_user

pytestmark = pytest.mark.django_db
NOBODY = "Nobody on this board can sign for radiology."


@pytest.fixture
def asking(board, chloe, ana, omar, ravi):
    """Northgate asks for what its members hold."""
    for discipline in ("surgery", "medical_oncology", "radiology"):
        RequiredDiscipline.objects.create(board=board, discipline=discipline)
    return board


def told():
    return {(notice.user.name, notice.text) for notice in Notice.objects.filter(kind="board").select_related("user")}


def leads(text):
    return {("Ana Coordinator", f"Northgate: {text}"), ("Chloe Chair", f"Northgate: {text}")}


def membership(user):
    return Membership.objects.select_related("board", "user").get(user=user)


def test_the_end_of_a_membership_tells_what_it_leaves_open(asking, ravi, admin):
    end_membership(membership(ravi), by=admin)
    assert told() == leads(NOBODY)


def test_another_discipline_tells_what_it_leaves_open(asking, ravi, admin):
    change_membership(membership(ravi), seen=("member", "radiology"), role="member", discipline="pathology", by=admin)
    assert told() == leads(NOBODY)


def test_a_role_that_does_not_sign_tells_what_it_leaves_open(asking, ravi, admin):
    change_membership(membership(ravi), seen=("member", "radiology"), role="analyst", discipline="radiology", by=admin)
    assert told() == leads(NOBODY)


def test_an_account_that_is_closed_tells_what_it_leaves_open(asking, ravi, admin):
    deactivate_person(ravi, by=admin)
    assert told() == leads(NOBODY)


def test_nothing_is_told_while_somebody_else_holds_it(asking, ravi, admin):
    add_membership(make_user("rosa@northgate.example", "Rosa"), asking, role="member", discipline="radiology", by=admin)
    end_membership(membership(ravi), by=admin)
    assert told() == set()


def test_a_discipline_that_is_required_anew_and_that_nobody_holds_is_told(asking, ana):
    rows = [Requirement("surgery"), Requirement("pathology", "cardiology")]
    change_board(asking, by=ana, expected_version=asking.version, fields={}, requirements=rows)
    assert told() == leads("Nobody on this board can sign for pathology or cardiology.")


def test_a_board_that_requires_nobody_any_more_is_told(asking, ana):
    change_board(asking, by=ana, expected_version=asking.version, fields={}, requirements=[])
    assert told() == leads("No discipline is required on this board, so its plans come into force without a signature.")


def test_who_begins_to_lead_a_board_is_told_what_is_open(other_board, admin):
    add_membership(
        make_user("cora@southbank.example", "Cora"), other_board, role="chair", discipline="surgery", by=admin
    )
    words = "Southbank: No discipline is required on this board, so its plans come into force without a signature."
    assert told() == {("Cora", words)}


def test_the_settings_show_what_is_open(client, asking, ravi, ana, admin):
    client.force_login(ana)
    assert NOBODY not in client.get(f"/boards/{asking.pk}/settings/").content.decode()
    end_membership(membership(ravi), by=admin)
    assert NOBODY in client.get(f"/boards/{asking.pk}/settings/").content.decode()


NO_CHAIR = "This board has no chair, so nobody can release a plan. An administrator names one."


def test_the_only_chair_leaves_and_the_coordinator_hears_that_nobody_can_release(asking, chloe, admin):
    make_second_surgeon(asking, admin)
    end_membership(membership(chloe), by=admin)
    assert told() == {("Ana Coordinator", f"Northgate: {NO_CHAIR}")}


def test_with_a_second_chair_nothing_is_told(asking, chloe, admin):
    add_membership(make_user("cora@northgate.example", "Cora"), asking, role="chair", discipline="surgery", by=admin)
    end_membership(membership(chloe), by=admin)
    assert told() == set()


def test_where_nobody_leads_any_more_the_members_hear_it(asking, ana, chloe, admin):
    make_second_surgeon(asking, admin)
    end_membership(membership(ana), by=admin)
    end_membership(membership(chloe), by=admin)
    assert {name for name, text in told() if NO_CHAIR in text} == {"Omar Oncologist", "Ravi Radiologist", "Sol"}


def make_second_surgeon(board, admin):
    add_membership(make_user("sol@northgate.example", "Sol"), board, role="member", discipline="surgery", by=admin)
