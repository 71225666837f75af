"""The address that somebody signs in with is changed: confirmed from the new one, and everything else stays."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from knox.models import AuthToken

from accounts.models import AccountMail, AuditEvent, User
from accounts.services.api_tokens import issue_token
from accounts.services.email_addresses import ask_for_address, confirm_address, withdraw_address
from accounts.services.mail_queue import send_account_mails
from accounts.services.passwords import change_password, set_forgotten_password
from accounts.services.people import activate_person, deactivate_person
from accounts.tokens import email_tokens
from common.errors import Conflict
from tests.factories import PASSWORD, make_user

PAGE = "/settings/email/"
OLD, NEW = "ana@northgate.example", "ana.weber@southbank.example"


def sign_in(who, password=PASSWORD):
    client = Client()
    assert client.post("/sign-in/", {"username": who, "password": password}).status_code == 302
    return client


@pytest.fixture
def here(ana):
    return sign_in(OLD)


def ask(client, email=NEW, password=PASSWORD):
    return client.post(PAGE, {"email": email, "present_password": password})


def mailed(mailoutbox):
    """What went out since it was asked last: for each address the text."""
    mailoutbox.clear()
    send_account_mails()
    return {mail.to[0]: mail.body for mail in mailoutbox}


def link_in(text):
    return re.search(r"https?://[^/]+(/settings/email/\S+)", text).group(1)


def asked(client, mailoutbox, email=NEW):
    ask(client, email)
    return link_in(mailed(mailoutbox)[email])


def fresh(user):
    return User.objects.get(pk=user.pk)


def test_nothing_changes_until_the_link_is_opened_and_the_button_pressed(here, ana, mailoutbox):
    link = asked(here, mailoutbox)
    assert "Use this address" in here.get(link).content.decode()
    assert (fresh(ana).email, fresh(ana).new_email) == (OLD, NEW)


def test_confirmed_it_is_the_address_from_then_on(here, ana, board, mailoutbox):
    answer = here.post(asked(here, mailoutbox), follow=True)
    assert f"You sign in with {NEW} from now on" in answer.content.decode()
    assert (fresh(ana).email, fresh(ana).new_email, fresh(ana).new_email_at) == (NEW, "", None)
    assert sign_in(NEW).get("/settings/").context["memberships"][0].board == board
    assert Client().post("/sign-in/", {"username": OLD, "password": PASSWORD}).status_code == 200


def test_the_trail_keeps_the_old_and_the_new_one(here, ana, mailoutbox):
    here.post(asked(here, mailoutbox))
    assert AuditEvent.objects.get(action="address_asked").data == {"new_email": {"old": "", "new": NEW}}
    changed = AuditEvent.objects.get(action="address_changed")
    assert (changed.actor, changed.data) == (ana, {"email": {"old": OLD, "new": NEW}})
    assert AuditEvent.objects.filter(action="signed_in", actor=ana).exists()


def test_the_old_address_is_told_twice_and_learns_no_other(here, mailoutbox):
    ask(here)
    first = mailed(mailoutbox)
    here.post(link_in(first[NEW]))
    then = mailed(mailoutbox)
    assert "asked to sign in to Consilium with another e-mail address" in first[OLD]
    assert "no longer used for an account" in then[OLD]
    assert set(then) == {OLD}
    assert NEW not in first[OLD] + then[OLD]


def test_it_asks_for_the_present_password(here, ana):
    answer = ask(here, password="not the password")
    assert "not your present password" in answer.content.decode()
    assert f'value="{NEW}"' in answer.content.decode()
    assert fresh(ana).new_email == ""
    assert AuditEvent.objects.filter(action="sign_in_failed").exists()


@pytest.mark.parametrize("typed", [OLD, " ANA@northgate.example "])
def test_ones_own_address_is_no_new_one(here, ana, typed):
    assert "You already sign in with this address." in ask(here, typed).content.decode()
    with pytest.raises(ValidationError):
        ask_for_address(ana, typed, by=ana)


def test_what_is_no_address_is_refused_with_an_example(here):
    assert "Type it whole, such as" in ask(here, "ana.weber").content.decode()


def test_an_address_that_grows_past_its_column_is_refused(here, client):
    long = f"a@{'.'.join(['İ' * 40] * 6)}.example"
    assert ask(here, long).status_code == 200
    assert client.post("/password/forgotten/", {"email": long}).status_code == 200
    assert not AccountMail.objects.exists()


def test_the_page_says_the_same_of_an_address_that_somebody_has(here, omar):
    ask(here)
    unknown = here.get(PAGE).content.decode()
    ask(here, omar.email)
    known = here.get(PAGE).content.decode()
    plain = [
        re.sub(r'(value|content)="[^"]*"|\d\d:\d\d', "", text) for text in (unknown.replace(NEW, omar.email), known)
    ]
    assert plain[0] == plain[1]


def test_only_whoever_reads_its_mail_learns_that_an_address_is_taken(here, omar, mailoutbox):
    ask(here, omar.email)
    mails = mailed(mailoutbox)
    assert "already belongs to an account" in mails[omar.email]
    assert "http" not in mails[omar.email].replace("http://localhost:8000\n", "")
    assert "Ana" not in mails[omar.email]


def test_it_takes_the_same_queries_for_an_address_that_somebody_has(ana, omar):
    def count(email):
        with CaptureQueriesContext(connection) as captured:
            ask_for_address(fresh(ana), email, by=ana)
        return len(captured)

    count("first@northgate.example")
    assert count("nobody@northgate.example") == count(omar.email)


def test_an_address_that_was_taken_meanwhile_is_refused(here, ana, omar, mailoutbox):
    link = asked(here, mailoutbox)
    User.objects.filter(pk=omar.pk).update(email=NEW)
    answer = here.post(link)
    assert answer.status_code == 409
    assert "belongs to another account by now" in answer.content.decode()
    assert fresh(ana).email == OLD


def test_the_link_works_once(here, mailoutbox):
    link = asked(here, mailoutbox)
    here.post(link)
    assert "This link no longer works" in here.get(link).content.decode()
    assert here.post(link).status_code == 409
    assert AuditEvent.objects.filter(action="address_changed").count() == 1


def test_the_link_works_for_three_days(ana, mailoutbox):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        link = asked(sign_in(OLD), mailoutbox)
        clock.shift(timedelta(days=2, hours=23))
        assert "Use this address" in sign_in(OLD).get(link).content.decode()
        clock.shift(timedelta(hours=2))
        late = sign_in(OLD)
        assert "older than three days" in late.get(link).content.decode()
        assert late.post(link).status_code == 409
    assert fresh(ana).email == OLD


def test_whoever_is_signed_out_signs_in_first_and_comes_back_to_it(here, ana, mailoutbox):
    link = asked(here, mailoutbox)
    stranger = Client()
    assert stranger.post(link).status_code == 302
    assert fresh(ana).email == OLD
    to_sign_in = stranger.get(link)["Location"]
    answer = stranger.post(to_sign_in, {"username": OLD, "password": PASSWORD}, follow=True)
    assert "Use this address" in answer.content.decode()


def test_another_person_who_opens_it_changes_nothing_and_is_in_the_trail(here, ana, omar, mailoutbox):
    link = asked(here, mailoutbox)
    other = sign_in(omar.email)
    assert "This link is somebody else’s" in other.get(link).content.decode()
    assert other.post(link).status_code == 403
    assert (fresh(ana).email, fresh(omar).email) == (OLD, "omar@northgate.example")
    assert AuditEvent.objects.filter(action="refused", actor=omar).count() == 2


def test_nobody_asks_withdraws_or_confirms_for_another(ana, admin):
    for verb in (
        lambda: ask_for_address(ana, NEW, by=admin),
        lambda: withdraw_address(ana, by=admin),
        lambda: confirm_address(ana, "", by=admin),
    ):
        with pytest.raises(PermissionDenied):
            verb()


def test_asking_for_another_one_voids_the_link_before(here, mailoutbox):
    link = asked(here, mailoutbox)
    ask(here, "second@southbank.example")
    assert here.post(link).status_code == 409


def test_a_mail_that_still_waits_for_an_address_asked_for_before_does_not_go_out(here, mailoutbox):
    ask(here)
    ask(here, "second@southbank.example")
    assert set(mailed(mailoutbox)) == {"second@southbank.example", OLD}


def test_it_can_be_withdrawn(here, ana, mailoutbox):
    link = asked(here, mailoutbox)
    here.post("/settings/email/withdraw/")
    here.post("/settings/email/withdraw/")
    assert here.post(link).status_code == 409
    assert fresh(ana).new_email == ""
    assert AuditEvent.objects.filter(action="address_withdrawn").count() == 1


def test_a_new_password_withdraws_what_was_asked_for(ana):
    ask_for_address(ana, NEW, by=ana)
    token = email_tokens.make_token(fresh(ana))
    change_password(ana, "a quite different phrase", by=ana)
    assert fresh(ana).new_email == ""
    with pytest.raises(ValidationError):
        confirm_address(ana, token, by=ana)


def test_whoever_is_deactivated_comes_back_with_nothing_asked_for(ana, admin):
    ask_for_address(ana, NEW, by=ana)
    deactivate_person(fresh(ana), by=admin)
    activate_person(fresh(ana), by=admin)
    assert fresh(ana).new_email == ""


def test_every_other_session_ends_and_this_one_stays(here, mailoutbox):
    other = sign_in(OLD)
    here.post(asked(here, mailoutbox))
    assert here.get("/settings/").status_code == 200
    assert other.get("/settings/").status_code == 302


def test_tokens_of_programs_end(here, ana, mailoutbox):
    issue_token(ana)
    here.post(asked(here, mailoutbox))
    assert not AuthToken.objects.exists()


def test_a_link_for_the_password_from_the_old_address_is_void(here, ana, client, mailoutbox):
    client.post("/password/forgotten/", {"email": OLD})
    link = re.search(r"https?://[^/]+(/password/new/\S+)", mailed(mailoutbox)[OLD]).group(1)
    here.post(asked(here, mailoutbox))
    assert "This link no longer works" in client.get(link, follow=True).content.decode()


def test_a_link_for_the_password_that_still_waits_does_not_go_to_the_old_address(here, client, mailoutbox):
    link = asked(here, mailoutbox)
    client.post("/password/forgotten/", {"email": OLD})
    here.post(link)
    assert [*mailed(mailoutbox)] == [OLD]
    assert "/password/new/" not in mailoutbox[0].body


def test_a_password_behind_a_link_that_was_checked_before_is_refused(ana):
    seen = fresh(ana)
    User.objects.filter(pk=ana.pk).update(email=NEW)
    with pytest.raises(Conflict):
        set_forgotten_password(seen, "a quite different phrase")
    assert fresh(ana).check_password(PASSWORD)


def test_asking_is_limited_for_the_person_and_for_the_address(ana, omar, here):
    for number in range(5):
        assert ask(here, f"ana{number}@southbank.example").status_code == 302
    answer = ask(here)
    assert (answer.status_code, int(answer["Retry-After"]) <= 3601) == (429, True)
    assert f'value="{NEW}"' in answer.content.decode()
    assert AuditEvent.objects.filter(action="address_refused", actor=ana).count() == 1
    elsewhere = sign_in(omar.email)
    assert ask(elsewhere).status_code == 302


def test_one_address_is_not_mailed_by_many(board):
    people = [make_user(f"p{number}@northgate.example", f"Person {number}") for number in range(6)]
    answers = [ask(sign_in(person.email), "victim@southbank.example").status_code for person in people]
    assert answers == [302] * 5 + [429]
