import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from tests.factories import PASSWORD

LOGIN = "/sign-in/"


def sign_in(client, email, password=PASSWORD, **more):
    return client.post(LOGIN, {"username": email, "password": password, **more})


def test_it_signs_in_by_e_mail(client, ana):
    response = sign_in(client, ana.email)
    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(ana.pk)
    assert AuditEvent.objects.get(action="signed_in").actor == ana


def test_it_does_not_mind_how_the_address_is_typed(client, ana):
    assert sign_in(client, " ANA@Northgate.example ").status_code == 302


@pytest.mark.parametrize("email", ["ana@northgate.example", "nobody@northgate.example"])
def test_it_says_the_same_for_a_wrong_password_and_an_unknown_address(client, ana, email):
    response = sign_in(client, email, "wrong")
    assert response.context["form"].non_field_errors() == [
        "The e-mail address and the password do not match an account that may sign in. Check both."
    ]


def test_it_says_the_same_for_a_deactivated_account(client, ana):
    type(ana).objects.update(is_active=False)
    response = sign_in(client, ana.email)
    assert "do not match an account" in response.context["form"].non_field_errors()[0]


def test_it_goes_on_to_the_page_that_was_asked_for(client, ana):
    assert sign_in(client, ana.email, next="/notices/").url == "/notices/"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_it_does_not_leave_the_site(client, ana, elsewhere):
    assert sign_in(client, ana.email, next=elsewhere).url == reverse("careplans:my_work")


def test_it_signs_out_by_post(client, ana):
    client.force_login(ana)
    assert client.post("/sign-out/").url == LOGIN
    assert "_auth_user_id" not in client.session
    assert AuditEvent.objects.filter(action="signed_out", actor=ana).exists()


def test_it_does_not_sign_out_by_a_link(client, ana):
    client.force_login(ana)
    assert client.get("/sign-out/").status_code == 405
    assert "_auth_user_id" in client.session


def test_a_deactivated_person_is_signed_out_with_the_next_click(client, ana):
    client.force_login(ana)
    type(ana).objects.filter(pk=ana.pk).update(is_active=False)
    assert client.get("/settings/").url == f"{LOGIN}?next=/settings/"


@pytest.mark.parametrize("path", ["/settings/", "/notices/", "/password/", "/administration/people/"])
def test_pages_are_closed_by_default(client, db, path):
    assert client.get(path).url == f"{LOGIN}?next={path}"
