import json

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import AuditEvent, User
from accounts.services.email_addresses import ask_for_address
from accounts.services.passwords import change_password
from accounts.services.people import (
    FLAGS,
    activate_person,
    change_person,
    create_administrator,
    deactivate_person,
    invite_person,
    renew_invitation,
)
from common.errors import Conflict
from tests.factories import make_user

ZOE = {"email": "Zoe@Northgate.example", "name": "Zoe", "flags": {}}


def state_of(user):
    return {"name": user.name} | {flag: getattr(user, flag) for flag in FLAGS}


def test_an_administrator_invites(admin):
    user = invite_person(by=admin, **ZOE)
    assert user.email == "zoe@northgate.example"
    assert not user.has_usable_password()
    assert user.state == "invited"
    assert AuditEvent.objects.get(action="invited").subject_id == str(user.pk)


@pytest.mark.parametrize("who", ["ana", "chloe", "omar", "edda"])
def test_nobody_else_invites(request, who):
    with pytest.raises(PermissionDenied):
        invite_person(by=request.getfixturevalue(who), **ZOE)
    assert not User.objects.filter(name="Zoe").exists()


def test_an_address_is_invited_once(admin, ana):
    with pytest.raises(ValidationError, match="already here"):
        invite_person(by=admin, **ZOE | {"email": "ANA@northgate.example"})


def test_a_first_membership_comes_with_the_invitation(admin, board):
    user = invite_person(by=admin, board=board, role="member", discipline="radiology", **ZOE)
    assert user.memberships.get().title == "Member, Radiology"


def test_an_invitation_with_a_wrong_membership_leaves_nothing(admin, board):
    with pytest.raises(ValidationError):
        invite_person(by=admin, board=board, role="member", **ZOE)
    assert not User.objects.filter(name="Zoe").exists()


def test_an_invitation_is_renewed(admin):
    user = invite_person(by=admin, **ZOE)
    first = user.invited_at
    renew_invitation(user, by=admin)
    assert user.invited_at > first


def test_an_invitation_is_not_renewed_once_accepted(admin, ana):
    with pytest.raises(ValidationError, match="already set a password"):
        renew_invitation(ana, by=admin)


def test_flags_are_changed(admin, omar):
    change_person(omar, by=admin, seen=state_of(omar), wanted=state_of(omar) | {"is_content_editor": True})
    omar.refresh_from_db()
    assert omar.is_content_editor
    data = AuditEvent.objects.get(action="person_changed").data
    assert data == {"is_content_editor": {"old": False, "new": True}}


def test_a_flag_that_a_colleague_set_meanwhile_stays(admin, omar):
    seen = state_of(omar)
    User.objects.filter(pk=omar.pk).update(is_content_approver=True)
    change_person(omar, by=admin, seen=seen, wanted=seen | {"is_content_editor": True})
    omar.refresh_from_db()
    assert omar.is_content_approver
    assert omar.is_content_editor


def test_a_name_that_a_colleague_changed_meanwhile_is_a_conflict(admin, omar):
    seen = state_of(omar)
    User.objects.filter(pk=omar.pk).update(name="Omar the Second")
    with pytest.raises(Conflict):
        change_person(omar, by=admin, seen=seen, wanted=seen | {"name": "Omar the Third"})
    omar.refresh_from_db()
    assert omar.name == "Omar the Second"


def test_nobody_else_changes_flags(ana, omar):
    with pytest.raises(PermissionDenied):
        change_person(omar, by=ana, seen=state_of(omar), wanted=state_of(omar) | {"is_administrator": True})


def test_the_last_administrator_stays_one(admin):
    with pytest.raises(ValidationError, match="last administrator"):
        change_person(admin, by=admin, seen=state_of(admin), wanted=state_of(admin) | {"is_administrator": False})


def test_an_invited_administrator_does_not_count_as_another(admin):
    invite_person(by=admin, **ZOE | {"flags": {"is_administrator": True}})
    with pytest.raises(ValidationError, match="last administrator"):
        change_person(admin, by=admin, seen=state_of(admin), wanted=state_of(admin) | {"is_administrator": False})


def test_one_of_two_administrators_steps_down(admin):
    make_user("second@consilium.example", "Second", is_administrator=True)
    change_person(admin, by=admin, seen=state_of(admin), wanted=state_of(admin) | {"is_administrator": False})
    admin.refresh_from_db()
    assert not admin.is_administrator


def test_a_person_is_deactivated_and_keeps_their_memberships(admin, omar):
    deactivate_person(omar, by=admin)
    omar.refresh_from_db()
    assert not omar.is_active
    assert omar.memberships.filter(ended_at=None).exists()
    assert AuditEvent.objects.filter(action="deactivated", subject_id=str(omar.pk)).exists()


def test_an_address_that_a_deactivated_person_had_asked_for_is_kept_in_the_trail(admin, omar):
    ask_for_address(omar, "omar@elsewhere.example", by=omar)
    deactivate_person(type(omar).objects.get(pk=omar.pk), by=admin)
    data = AuditEvent.objects.get(action="deactivated", subject_id=str(omar.pk)).data
    assert (data["was"]["new_email"], data["now"]["new_email"]) == ("omar@elsewhere.example", "")


def test_no_entry_of_the_trail_holds_a_password(admin, omar):
    change_password(omar, "a-long-and-new-password", by=omar)
    data = AuditEvent.objects.get(action="password_changed", subject_id=str(omar.pk)).data
    assert "password" not in json.dumps(data)


def test_nobody_deactivates_themselves(admin):
    make_user("second@consilium.example", "Second", is_administrator=True)
    with pytest.raises(ValidationError, match="your own account"):
        deactivate_person(admin, by=admin)


def test_a_person_is_activated_again(admin, omar):
    deactivate_person(omar, by=admin)
    activate_person(omar, by=admin)
    omar.refresh_from_db()
    assert omar.is_active


def test_the_first_administrator_is_created(db):
    user = create_administrator("First@consilium.example", "First")
    assert user.is_administrator
    assert AuditEvent.objects.get(action="administrator_created").actor is None


def test_an_account_in_use_is_not_made_administrator_by_the_command(ana):
    with pytest.raises(ValidationError, match="already has an account"):
        create_administrator(ana.email, "Ana")
    ana.refresh_from_db()
    assert not ana.is_administrator
