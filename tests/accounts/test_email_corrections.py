"""A mistyped invitation is corrected by an administrator: the new invitation is what confirms the address."""

import re

import pytest

from accounts.models import AccountMail, AuditEvent, User
from accounts.services.email_addresses import correct_address
from accounts.services.mail_queue import send_account_mails
from accounts.services.mails import invitation_link
from accounts.services.passwords import accept_invitation
from accounts.services.people import invite_person
from common.errors import Conflict

WRONG, RIGHT = "zo@northgate.example", "zoe@northgate.example"


@pytest.fixture
def zoe(admin, board):
    return invite_person(
        by=admin, email=WRONG, name="Zoe", flags={}, board=board, role="member", discipline="radiology"
    )


@pytest.fixture
def at_desk(client, admin):
    client.force_login(admin)
    return client


def correct(client, zoe, email=RIGHT, seen=WRONG):
    path = f"/administration/people/{zoe.pk}/correct-email/"
    return client.post(path, {"address-email": email, "address-seen": seen}, follow=True)


def fresh(user):
    return User.objects.get(pk=user.pk)


def test_the_invitation_goes_to_the_right_address_and_the_membership_stays(at_desk, zoe, board, mailoutbox):
    page = correct(at_desk, zoe).content.decode()
    assert f"The invitation for Zoe was sent to {RIGHT}." in page
    assert (mailoutbox[0].to, "/welcome/" in mailoutbox[0].body) == ([RIGHT], True)
    assert fresh(zoe).memberships.get().board == board
    assert AuditEvent.objects.get(action="address_corrected").data == {"email": {"old": WRONG, "new": RIGHT}}


def test_the_link_that_was_mailed_before_is_void_and_the_new_one_works(at_desk, client, zoe):
    before = invitation_link(zoe)
    correct(at_desk, zoe)
    client.logout()
    for link, words in ((before, "This invitation no longer works"), (invitation_link(fresh(zoe)), "Welcome to")):
        assert words in client.get(re.sub(r"^https?://[^/]+", "", link), follow=True).content.decode()


def test_the_wrong_address_is_told_without_a_name(at_desk, zoe, mailoutbox):
    correct(at_desk, zoe)
    mailoutbox.clear()
    send_account_mails()
    [mail] = mailoutbox
    assert mail.to == [WRONG]
    assert "no longer used" in mail.body
    assert not re.search(f"Zoe|{RIGHT}", mail.body)


def test_an_address_that_somebody_has_is_refused_where_it_was_typed(at_desk, zoe, omar):
    page = correct(at_desk, zoe, email=omar.email).content.decode()
    assert "Somebody with this address is already here" in page
    assert f'value="{omar.email}"' in page
    assert (fresh(zoe).email, AccountMail.objects.count()) == (WRONG, 0)


def test_the_same_address_is_refused(at_desk, zoe):
    assert "Send it again, or type another one" in correct(at_desk, zoe, email=WRONG).content.decode()


def test_whoever_has_joined_changes_it_themselves(at_desk, ana):
    page = correct(at_desk, ana, seen=ana.email).content.decode()
    assert "They change their address themselves" in page
    assert fresh(ana).email == "ana@northgate.example"


def test_only_administrators_correct(client, ana, zoe):
    client.force_login(ana)
    assert correct(client, zoe).status_code == 403
    assert fresh(zoe).email == WRONG


def test_two_administrators_at_once(at_desk, zoe):
    correct(at_desk, zoe)
    page = correct(at_desk, zoe, email="other@northgate.example").content.decode()
    assert "after you opened it" in page
    assert fresh(zoe).email == RIGHT


def test_whoever_reads_the_wrong_mailbox_does_not_come_in_by_a_link_checked_before(admin, zoe):
    seen = fresh(zoe)
    correct_address(fresh(zoe), RIGHT, seen=WRONG, by=admin)
    with pytest.raises(Conflict):
        accept_invitation(seen, "a quite different phrase")
    assert fresh(zoe).joined_at is None
