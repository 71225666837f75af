import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.forms.passwords import NewPasswordForm
from accounts.models import AccountMail, AuditEvent
from accounts.services import mails
from accounts.services.mail_queue import send_account_mails
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
    send_account_mails()
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
    send_account_mails()
    assert mailoutbox[0].to == [ana.email]
    assert board.name not in mailoutbox[0].body


def test_the_answer_is_the_same_for_an_unknown_address(client, ana, mailoutbox):
    known = client.post("/password/forgotten/", {"email": ana.email})
    unknown = client.post("/password/forgotten/", {"email": "nobody@northgate.example"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    send_account_mails()
    assert len(mailoutbox) == 1


def test_a_person_who_never_joined_gets_no_password_link(client, zoe, mailoutbox):
    client.post("/password/forgotten/", {"email": zoe.email})
    send_account_mails()
    assert mailoutbox == []
    assert not AccountMail.objects.exists()


def test_a_password_link_works_once(client, ana, mailoutbox):
    client.post("/password/forgotten/", {"email": ana.email})
    link = mailed_link(mailoutbox)
    client.post(follow(client, link)[1], TWICE)
    assert "This link no longer works" in follow(client, link)[0].content.decode()


def test_an_invitation_does_not_pass_as_a_password_link(client, zoe):
    link = invitation_link(zoe).replace("/welcome/", "/password/new/")
    assert "This link no longer works" in follow(client, link)[0].content.decode()


def test_whoever_asks_waits_for_no_relay_and_no_account(client, ana):
    """The same statements whether or not anybody has this address: nothing is looked up, nothing is sent."""
    client.post("/password/forgotten/", {"email": "warm@up.example"})
    told = []
    for email in (ana.email, "nobody@northgate.example"):
        with CaptureQueriesContext(connection) as asked:
            client.post("/password/forgotten/", {"email": email})
        told.append([re.sub(r"'[^']*'|\d[\d.]*", "?", query["sql"]) for query in asked])
    assert told[0] == told[1]
    assert not any("accounts_user" in sql.split("WHERE")[0] for sql in told[0])


def test_a_relay_that_is_away_is_tried_again(client, ana, settings, mailoutbox):
    client.post("/password/forgotten/", {"email": ana.email})
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
    assert send_account_mails() == 0
    settings.EMAIL_BACKEND = working
    assert send_account_mails() == 0
    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        assert send_account_mails() == 1
    assert len(mailoutbox) == 1


def test_a_link_that_was_asked_for_long_ago_is_not_sent(client, ana, mailoutbox):
    """As after a restore, or days without a relay."""
    client.post("/password/forgotten/", {"email": ana.email})
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        send_account_mails()
    assert mailoutbox == []
    assert not AccountMail.objects.exists()
    assert AuditEvent.objects.filter(action="account_mail_given_up").exists()


def test_two_workers_send_one_mail(client, ana, mailoutbox, monkeypatch):
    client.post("/password/forgotten/", {"email": ana.email})
    real = mails.send_password_link
    monkeypatch.setattr(mails, "send_password_link", lambda user: send_account_mails() == 0 and real(user))
    send_account_mails()
    assert len(mailoutbox) == 1


@pytest.mark.parametrize("email", ["ana@northgate.example", "nobody@northgate.example"])
def test_links_to_one_account_are_limited(client, ana, email):
    answers = [client.post("/password/forgotten/", {"email": email}).status_code for _ in range(4)]
    assert answers == [302, 302, 302, 429]
    assert AccountMail.objects.count() == 3


def test_an_account_gets_no_flood_from_many_addresses(client, ana):
    for number in range(8):
        client.post("/password/forgotten/", {"email": ana.email}, REMOTE_ADDR=f"192.0.2.{number}")
    assert AccountMail.objects.count() == 6


def test_one_address_does_not_write_to_everybody(client, db):
    for number in range(40):
        response = client.post("/password/forgotten/", {"email": f"p{number}@northgate.example"})
    assert (response.status_code, AccountMail.objects.count()) == (429, 30)
    assert "Retry-After" in response
    assert AuditEvent.objects.filter(action="password_link_refused").count() == 1


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaa", "abababababab", "abcdefghijkl", "123456789012", "qwertyuiopas", "1q2w3e4r5t6y", "passwordpassword",
        "Password1234!", "letmein123456!", "AnaCoordinator1", "ana coordinator", "anaanaanaana", "Coordinator2026!",
        "ana@northgate.example", "northgate-northgate", "Consilium2026!",
    ],
)  # fmt: skip
def test_what_is_soon_guessed_is_refused(ana, password):
    form = NewPasswordForm(ana, {"new_password1": password, "new_password2": password})
    assert "new_password1" in form.errors


@pytest.mark.parametrize(
    "password", [NEW, "correct horse battery staple", "gTz7#mQp2!xLw9", "vier alte Boote im Schnee"]
)
def test_what_is_hard_to_guess_is_taken(ana, password):
    assert NewPasswordForm(ana, {"new_password1": password, "new_password2": password}).is_valid()


def test_a_refusal_says_what_to_choose(ana):
    form = NewPasswordForm(ana, {"new_password1": "aaaaaaaaaaaa", "new_password2": "aaaaaaaaaaaa"})
    assert "a few words that have nothing to do with each other" in str(form.errors["new_password1"])


@pytest.mark.parametrize("password", ["x" * 4096, "ß" * 100, "( [ * \\ \x00 ) a b"])
def test_no_password_is_too_odd_to_be_looked_at(ana, password):
    NewPasswordForm(ana, {"new_password1": password, "new_password2": password}).is_valid()


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
