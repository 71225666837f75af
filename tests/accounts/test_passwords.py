import re

import pytest
import time_machine

from accounts.models import AuditEvent
from accounts.services.mails import invitation_link
from accounts.services.people import invite_person, renew_invitation
from tests.factories import PASSWORD

NEW = "a quite different phrase"
TWICE = {"new_password1": NEW, "new_password2": NEW}


@pytest.fixture
def zoe(admin, board):
    """Invited, without a password yet."""
    return invite_person(
        by=admin,
        email="Zoe@northgate.example",
        name="Zoe",
        flags={},
        board=board,
        role="member",
        discipline="radiology",
    )


def path_of(link):
    return re.sub(r"^https?://[^/]+", "", link)


def follow(client, link):
    """The page behind a mailed link, after the token has left the address."""
    response = client.get(path_of(link), follow=True)
    return response, response.request["PATH_INFO"]


def mailed_link(mailoutbox):
    return re.search(r"https?://\S+/password/new/\S+", mailoutbox[-1].body).group()


def test_an_invited_person_sets_a_password_and_is_signed_in(client, zoe):
    _, path = follow(client, invitation_link(zoe))
    client.post(path, TWICE)
    zoe.refresh_from_db()
    assert zoe.check_password(NEW)
    assert zoe.joined_at
    assert client.session["_auth_user_id"] == str(zoe.pk)
    assert AuditEvent.objects.filter(action="invitation_accepted", actor=zoe).exists()


def test_an_invitation_works_once(client, zoe):
    link = invitation_link(zoe)
    client.post(follow(client, link)[1], TWICE)
    client.logout()
    assert "This invitation no longer works" in follow(client, link)[0].content.decode()


def test_an_invitation_expires(client, zoe):
    with time_machine.travel("2026-01-01"):
        link = invitation_link(zoe)
    with time_machine.travel("2026-01-05"):
        assert "This invitation no longer works" in follow(client, link)[0].content.decode()


def test_sending_it_again_voids_the_older_link(client, zoe, admin):
    link = invitation_link(zoe)
    renew_invitation(zoe, by=admin)
    assert "This invitation no longer works" in follow(client, link)[0].content.decode()
    assert "Welcome to Consilium" in follow(client, invitation_link(zoe))[0].content.decode()


def test_a_link_of_a_deactivated_account_no_longer_works(client, zoe):
    link = invitation_link(zoe)
    type(zoe).objects.filter(pk=zoe.pk).update(is_active=False)
    assert "This invitation no longer works" in follow(client, link)[0].content.decode()


def test_a_weak_password_is_refused_where_it_was_typed(client, zoe):
    response = client.post(
        follow(client, invitation_link(zoe))[1], {"new_password1": "short", "new_password2": "short"}
    )
    assert response.context["form"].errors["new_password1"]
    zoe.refresh_from_db()
    assert zoe.joined_at is None


def test_a_forgotten_password_is_set_anew_by_mail(client, ana, mailoutbox):
    client.post("/password/forgotten/", {"email": "ANA@northgate.example"})
    response = client.post(follow(client, mailed_link(mailoutbox))[1], TWICE)
    ana.refresh_from_db()
    assert response.url == "/sign-in/"
    assert ana.check_password(NEW)
    assert AuditEvent.objects.filter(action="password_reset", subject_id=str(ana.pk)).exists()


def test_the_mail_names_nobody_but_its_reader(client, ana, board, mailoutbox):
    client.post("/password/forgotten/", {"email": ana.email})
    assert mailoutbox[0].to == [ana.email]
    assert board.name not in mailoutbox[0].body


def test_the_answer_is_the_same_for_an_unknown_address(client, ana, mailoutbox):
    known = client.post("/password/forgotten/", {"email": ana.email})
    unknown = client.post("/password/forgotten/", {"email": "nobody@northgate.example"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert len(mailoutbox) == 1


def test_a_person_who_never_joined_gets_no_password_link(client, zoe, mailoutbox):
    client.post("/password/forgotten/", {"email": zoe.email})
    assert mailoutbox == []


def test_a_password_link_works_once(client, ana, mailoutbox):
    client.post("/password/forgotten/", {"email": ana.email})
    link = mailed_link(mailoutbox)
    client.post(follow(client, link)[1], TWICE)
    assert "This link no longer works" in follow(client, link)[0].content.decode()


def test_an_invitation_does_not_pass_as_a_password_link(client, zoe):
    link = invitation_link(zoe).replace("/welcome/", "/password/new/")
    assert "This link no longer works" in follow(client, link)[0].content.decode()


def test_a_silent_relay_does_not_tell_who_has_an_account(client, ana, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
    assert client.post("/password/forgotten/", {"email": ana.email}).url == "/password/forgotten/sent/"


def test_a_person_changes_their_own_password_and_stays_signed_in(client, ana):
    client.force_login(ana)
    response = client.post("/password/", {"old_password": PASSWORD, **TWICE}, follow=True)
    ana.refresh_from_db()
    assert ana.check_password(NEW)
    assert response.status_code == 200
    assert AuditEvent.objects.filter(action="password_changed", actor=ana).exists()


def test_a_wrong_present_password_changes_nothing(client, ana):
    client.force_login(ana)
    client.post("/password/", {"old_password": "wrong", **TWICE})
    ana.refresh_from_db()
    assert ana.check_password(PASSWORD)
