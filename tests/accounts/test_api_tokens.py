import pytest
from knox.models import AuthToken

from accounts.models import AuditEvent
from accounts.services.api_tokens import issue_token
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
