from datetime import timedelta

import pytest
import time_machine
from django.core import mail as mailbox
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from knox.models import AuthToken

from accounts.models import ApiToken, AuditEvent
from accounts.services.api_tokens import MOST, end_token, end_tokens, issue_token, open_token
from accounts.services.mail_queue import send_account_mails
from accounts.services.passwords import change_password, set_forgotten_password
from accounts.services.people import activate_person, deactivate_person

pytestmark = pytest.mark.django_db

NEW = "a quite different phrase"


def test_a_new_password_ends_every_token(ana, omar):
    issue_token(ana)
    issue_token(omar)
    change_password(ana, NEW, by=ana)
    assert [token.user for token in AuthToken.objects.all()] == [omar]
    assert AuditEvent.objects.get(action="tokens_ended").data == {"count": 1}


def test_a_forgotten_password_ends_every_token(ana):
    issue_token(ana)
    set_forgotten_password(ana, NEW)
    assert not AuthToken.objects.exists()


def test_a_deactivated_account_gets_no_old_token_back(ana, admin):
    issue_token(ana)
    deactivate_person(ana, by=admin)
    activate_person(ana, by=admin)
    assert not AuthToken.objects.exists()


def test_a_token_goes_with_its_name_and_is_counted_once(ana):
    issue_token(ana, name="Registry")
    issue_token(ana)
    assert end_tokens(ana, by=ana) == 2
    assert not ApiToken.objects.exists()
    assert AuditEvent.objects.get(action="tokens_ended").data == {"count": 2}


def test_what_is_made_is_in_the_trail_and_its_person_is_told_by_mail(ana, board):
    said, text = issue_token(ana, name="Registry", scopes=["plans:write"], boards=[board.pk], days=90)
    assert said.scopes == ["plans:read", "plans:write"]
    assert timedelta(days=89, hours=23) < said.token.expiry - timezone.now() <= timedelta(days=90)
    event = AuditEvent.objects.get(action="token_issued")
    assert event.data == {
        "token": said.pk, "name": "Registry", "scopes": ["plans:read", "plans:write"], "boards": [board.pk], "days": 90,
    }  # fmt: skip
    assert text not in str(event.data)
    assert send_account_mails() == 1
    [mail] = mailbox.outbox
    assert mail.to == [ana.email]
    assert text not in mail.body


def test_signing_in_with_a_password_sends_no_mail(ana):
    issue_token(ana)
    assert send_account_mails() == 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["plans:eat"]}, "scopes"),
        ({"boards": []}, "boards"),
        ({"boards": [987654]}, "boards"),
        ({"days": 0}, "days"),
        ({"days": 366}, "days"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(ana, wrong, field):
    with pytest.raises(ValidationError) as refusal:
        issue_token(ana, **({"name": "Registry"} | wrong))
    assert set(refusal.value.message_dict) == {field}
    assert not AuthToken.objects.exists()


def test_another_boards_token_is_not_to_be_had(ana, other_board):
    with pytest.raises(ValidationError):
        issue_token(ana, name="Registry", boards=[other_board.pk])


def test_there_is_an_end_to_tokens_that_are_made_by_hand(ana):
    for _ in range(MOST):
        AuthToken.objects.create(user=ana)
    with pytest.raises(ValidationError, match="Revoke those"):
        issue_token(ana, name="One more")
    assert issue_token(ana)


def test_only_its_person_or_an_administrator_ends_a_token(ana, omar, admin):
    said, _ = issue_token(ana, name="Registry")
    with pytest.raises(PermissionDenied):
        end_token(said, by=omar)
    end_token(said, by=admin)
    event = AuditEvent.objects.get(action="tokens_ended")
    assert (event.actor, event.subject_id, event.data["name"]) == (admin, str(ana.pk), "Registry")
    end_token(said, by=admin)
    assert AuditEvent.objects.filter(action="tokens_ended").count() == 1


def test_use_is_written_once_a_minute(ana):
    _, text = issue_token(ana, name="Registry")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        start = timezone.now()
        assert writes(lambda: open_token(text, address="192.0.2.7")) == 1
        clock.shift(timedelta(seconds=59))
        assert writes(lambda: open_token(text, address="192.0.2.8")) == 0
        said = ApiToken.objects.get()
        assert (said.last_used_at, said.last_address) == (start, "192.0.2.7")
        clock.shift(timedelta(seconds=1))
        assert writes(lambda: open_token(text, address="192.0.2.8")) == 1
        assert ApiToken.objects.get().last_address == "192.0.2.8"


def writes(call):
    with CaptureQueriesContext(connection) as queries:
        assert call() is not None
    return len([one for one in queries if one["sql"].startswith(("UPDATE", "INSERT", "DELETE"))])


def test_a_token_of_an_older_release_gets_a_name_with_its_next_call(ana):
    _, text = AuthToken.objects.create(user=ana)
    row = open_token(text, address="192.0.2.7")
    assert (row.said.name, row.said.scopes, row.said.boards) == ("Signed in with password", None, None)


def test_nothing_opens_with_an_expired_token_or_for_who_may_not_sign_in(ana):
    said, text = issue_token(ana, name="Registry")
    type(ana).objects.filter(pk=ana.pk).update(is_active=False)
    assert open_token(text, address="-") is None
    type(ana).objects.filter(pk=ana.pk).update(is_active=True)
    AuthToken.objects.update(expiry=timezone.now())
    assert open_token(text, address="-") is None
    assert not AuthToken.objects.exists()
