import json
import re

import pytest

from accounts.models import User
from accounts.services.people import invite_person
from tests.factories import join, make_board, make_user

PEOPLE = "/administration/people/"
INVITATION = {"email": "zoe@northgate.example", "name": "Zoe", "board": "", "role": "", "discipline": ""}


@pytest.fixture
def at_desk(client, admin):
    client.force_login(admin)
    return client


@pytest.mark.parametrize("path", ["", "invite/", "1/"])
@pytest.mark.parametrize("who", ["ana", "chloe", "edda"])
def test_only_administrators_see_the_pages(client, request, who, path):
    client.force_login(request.getfixturevalue(who))
    response = client.get(PEOPLE + path)
    assert response.status_code == 403
    assert "Ask an administrator." in response.content.decode()


def test_the_list_finds_people_by_name_and_address(at_desk, ana, omar, otto):
    assert [p.name for p in at_desk.post(PEOPLE, {"q": "omar"}, follow=True).context["page"]] == ["Omar Oncologist"]
    assert [p.name for p in at_desk.post(PEOPLE, {"q": "southbank"}, follow=True).context["page"]] == ["Otto Elsewhere"]


def test_the_list_is_paged_by_key(at_desk):
    for number in range(30):
        make_user(f"p{number}@northgate.example", f"Person {number:02}")
    first = at_desk.get(PEOPLE).context["page"]
    second = at_desk.get(PEOPLE + first.next_url).context["page"]
    assert len(first) == 25
    assert {p.pk for p in first}.isdisjoint(p.pk for p in second)


@pytest.mark.parametrize("path", [PEOPLE, "/administration/boards/"])
def test_lists_take_the_same_queries_for_2_rows_and_for_12(
    at_desk, board, other_board, django_assert_max_num_queries, path
):
    counts = []
    for number in range(12):
        join(make_user(f"p{number}@northgate.example", f"Person {number}"), board, "observer")
        if number in (1, 11):
            with django_assert_max_num_queries(10) as captured:
                at_desk.get(path)
            counts.append(len(captured))
    assert counts[0] == counts[1]


def test_an_invitation_is_mailed(at_desk, mailoutbox):
    at_desk.post(PEOPLE + "invite/", INVITATION)
    user = User.objects.get(name="Zoe")
    assert mailoutbox[0].to == ["zoe@northgate.example"]
    assert re.search(r"/welcome/\S+/\S+/", mailoutbox[0].body)
    assert user.state == "invited"


def test_a_first_board_needs_a_role(at_desk, board):
    response = at_desk.post(PEOPLE + "invite/", INVITATION | {"board": board.pk})
    assert "role" in response.context["form"].errors
    assert not User.objects.filter(name="Zoe").exists()


def test_a_mail_that_cannot_be_sent_is_told(at_desk, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
    response = at_desk.post(PEOPLE + "invite/", INVITATION, follow=True)
    assert "was not sent. The mail server was not reached, or it refused the address" in response.content.decode()
    assert User.objects.filter(name="Zoe").exists()


def test_the_invitation_is_sent_again(at_desk, admin, mailoutbox):
    user = invite_person(by=admin, email="zoe@northgate.example", name="Zoe", flags={})
    at_desk.post(f"{PEOPLE}{user.pk}/invite-again/")
    assert len(mailoutbox) == 1


def test_the_page_saves_name_and_flags(at_desk, omar):
    seen = {"name": omar.name, "is_administrator": False, "is_content_editor": False, "is_content_approver": False}
    at_desk.post(f"{PEOPLE}{omar.pk}/", {"seen": json.dumps(seen), "name": "Omar O", "is_content_editor": "on"})
    omar.refresh_from_db()
    assert (omar.name, omar.is_content_editor) == ("Omar O", True)


@pytest.mark.parametrize("seen", ["", "[]", '{"name": 1}', '{"name": "x", "is_administrator": 1}'])
def test_a_page_without_what_it_showed_changes_nothing(at_desk, omar, seen):
    at_desk.post(f"{PEOPLE}{omar.pk}/", {"seen": seen, "name": "Changed"})
    omar.refresh_from_db()
    assert omar.name == "Omar Oncologist"


def test_a_refused_deactivation_says_why(at_desk, admin):
    response = at_desk.post(f"{PEOPLE}{admin.pk}/deactivate/", follow=True)
    assert "You cannot deactivate your own account" in response.content.decode()


def test_a_person_is_deactivated_and_activated(at_desk, omar):
    at_desk.post(f"{PEOPLE}{omar.pk}/deactivate/")
    assert not User.objects.get(pk=omar.pk).is_active
    at_desk.post(f"{PEOPLE}{omar.pk}/activate/")
    assert User.objects.get(pk=omar.pk).is_active


def test_the_page_of_a_person_takes_the_same_queries_for_2_boards_and_12(at_desk, omar, django_assert_max_num_queries):
    counts = []
    for number in range(12):
        join(omar, make_board(f"Board {number}"), "observer")
        if number in (1, 11):
            with django_assert_max_num_queries(10) as captured:
                at_desk.get(f"{PEOPLE}{omar.pk}/")
            counts.append(len(captured))
    assert counts[0] == counts[1]
