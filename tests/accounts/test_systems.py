import re

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.backends import LimitedBackend
from accounts.models import AuditEvent, Membership, System, User
from accounts.services.email_addresses import correct_address
from accounts.services.memberships import add_membership, change_membership
from accounts.services.notices import add_notice
from accounts.services.people import activate_person, change_person, deactivate_person, renew_invitation
from accounts.services.system_secrets import make_secret
from accounts.services.systems import add_board, change_system, register_system
from common.errors import Conflict
from tests.accounts.systems import WORDS, make_system, with_secret

pytestmark = pytest.mark.django_db

LIST = reverse("accounts:api_systems")


@pytest.fixture
def browser(admin):
    client = Client()
    client.force_login(admin)
    return client


def test_only_an_administrator_registers_one(ana, admin):
    with pytest.raises(PermissionDenied):
        make_system(ana)
    system = make_system(admin)
    assert AuditEvent.objects.get(action="system_registered").data["scopes"] == system.scopes


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"), ({"name": "x" * 81}, "name"), ({"purpose": ""}, "purpose"), ({"scopes": []}, "scopes"),
        ({"scopes": ["cases:write"]}, "scopes"), ({"scopes": ["all"]}, "scopes"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_field(admin, wrong, field):
    given = {"name": "Registry", "scopes": ["cases:read"], **WORDS} | wrong
    with pytest.raises(ValidationError) as refusal:
        register_system(by=admin, **given)
    assert set(refusal.value.message_dict) == {field}
    assert not User.objects.filter(is_system=True).exists()


def test_a_name_is_taken_once(admin):
    make_system(admin)
    with pytest.raises(ValidationError, match="already a system"), transaction.atomic():
        make_system(admin)
    assert User.objects.filter(is_system=True).count() == 1


def test_its_account_is_no_person(admin, board):
    system = make_system(admin)
    user = system.user
    assert user.name == "System: Registry"
    assert LimitedBackend().authenticate(None, username=user.email, password="") is None
    assert not user.has_usable_password()
    assert user not in User.objects.for_list("")
    for act in (deactivate_person, activate_person, renew_invitation):
        with pytest.raises(ValidationError, match="no person"):
            act(user, by=admin)
    with pytest.raises(ValidationError, match="no person"):
        change_person(user, by=admin, seen={"name": user.name}, wanted={"name": "x"})
    with pytest.raises(ValidationError, match="no person"):
        correct_address(user, "a@b.example", seen=user.email, by=admin)
    assert not add_notice(user, "board", "Put out of use", "/boards/1/", "key", board=board)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_administrator=True)


@pytest.mark.parametrize("role", ["member", "chair", "coordinator"])
def test_it_is_never_an_owner_or_a_signer(admin, board, role):
    system = make_system(admin)
    with pytest.raises(ValidationError, match="only reads"):
        add_board(system, board, role=role, by=admin)
    with pytest.raises(ValidationError, match="only reads"):
        add_membership(system.user, board, role=role, discipline="surgery", by=admin)
    membership = add_board(system, board, role="observer", by=admin)
    with pytest.raises(ValidationError, match="only reads"):
        change_membership(membership, seen=("observer", ""), role=role, discipline="surgery", by=admin)


def test_a_change_on_what_a_colleague_changed_is_refused(admin):
    system = make_system(admin)
    change_system(system, by=admin, expected_version=1, name="Registry North", scopes=["cases:read"], **WORDS)
    assert User.objects.get(pk=system.user_id).name == "System: Registry North"
    with pytest.raises(Conflict):
        change_system(system, by=admin, expected_version=1, name="Registry South", scopes=["cases:read"], **WORDS)


def test_an_administrator_registers_one_on_pages(browser, board):
    told = {"name": "Registry", "scopes": ["cases:read", "boards:read"], **WORDS}
    assert browser.post(reverse("accounts:api_system_new"), told | {"scopes": []}).status_code == 400
    assert browser.post(reverse("accounts:api_system_new"), told).status_code == 302
    system = System.objects.get()
    assert system.scopes == ["boards:read", "cases:read"]
    page = reverse("accounts:api_system", args=[system.pk])
    assert browser.post(f"{page}boards/", {"on-board": board.pk, "on-role": "member"}).status_code == 400
    assert browser.post(f"{page}boards/", {"on-board": board.pk, "on-role": "analyst"}).status_code == 302
    made = browser.post(f"{page}secrets/", {"secret-days": "365", "secret-overlap_days": "0"})
    secret = re.search(r'id="secret"[^>]*>([^<]+)<', made.content.decode()).group(1)
    assert made["Cache-Control"] == "no-store"
    assert f'href="{page}">Back' in made.content.decode()
    assert secret not in browser.get(page).content.decode()
    assert "May sign in" in browser.get(LIST).content.decode()
    membership = Membership.objects.get(user=system.user)
    browser.post(f"{page}boards/{membership.pk}/end/")
    assert not Membership.objects.filter(user=system.user, ended_at=None).exists()
    assert browser.post(page, told | {"name": "Registry North", "version": "1"}).status_code == 302
    assert browser.post(page, told | {"name": "Registry South", "version": "1"}).status_code == 400
    browser.post(f"{page}suspend/")
    assert "Suspended" in browser.get(page).content.decode()


@pytest.mark.parametrize("days", ["", "0", "731", "x", "1.000", "9" * 300])
def test_a_secret_of_odd_length_of_life_is_refused(browser, admin, days):
    system = make_system(admin)
    url = reverse("accounts:api_system_secret", args=[system.pk])
    assert browser.post(url, {"secret-days": days, "secret-overlap_days": "0"}).status_code == 400
    assert not system.secrets.exists()


def test_the_page_of_its_account_is_its_own(browser, admin):
    system = make_system(admin)
    answer = browser.get(reverse("accounts:person", args=[system.user_id]))
    assert answer.url == reverse("accounts:api_system", args=[system.pk])


def test_the_list_takes_as_many_queries_for_two_as_for_twelve(browser, admin, board):
    def count():
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(LIST).status_code == 200
        return len(queries)

    for number in range(2):
        with_secret(admin, board, name=f"Registry {number}")
    two = count()
    for number in range(2, 12):
        with_secret(admin, board, name=f"Registry {number}")
    assert count() == two


def test_a_secret_of_a_system_is_made_by_an_administrator_alone(admin, ana):
    system = make_system(admin)
    with pytest.raises(PermissionDenied):
        make_secret(system, by=ana)
