"""Help: a page for each role whose links open for that role, and a word on whatever can be empty."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from accounts.models import Role
from careplans.views.help import ROLES
from tests.careplans.doors import browser
from tests.factories import join, make_board, make_user

pytestmark = pytest.mark.django_db
TEMPLATES = Path(settings.BASE_DIR) / "templates"
SITE = ("editor", "approver", "administrator")
FLAGS = {"editor": "is_content_editor", "approver": "is_content_approver", "administrator": "is_administrator"}
INCLUDED = re.compile(r'{% include "components/(?:empty_state|help_link)\.html"(.*?)%}')


@pytest.fixture
def somebody(board):
    """A person with one role and no other."""

    def make(role):
        flag = {FLAGS[role]: True} if role in FLAGS else {}
        user = make_user(f"{role}@northgate.example", role.title(), **flag)
        if role not in FLAGS:
            join(user, board, role, "surgery" if role == "member" else "")
        return user

    return make


def page(user, name, *args):
    response = browser(user).get(reverse(f"careplans:{name}", args=args))
    assert response.status_code == 200
    return response.content.decode()


def links(html):
    """Inside the page itself: the frame around it is the same everywhere."""
    inside = html.split("<main", 1)[1].split("</main>", 1)[0]
    return [link for link in re.findall(r'href="([^"#]+)', inside) if link.startswith("/")]


def test_every_role_has_a_page():
    assert set(ROLES) == {*Role.values, *SITE}


@pytest.mark.parametrize("role", ROLES)
def test_whoever_has_one_role_is_led_to_its_page(somebody, role):
    response = browser(somebody(role)).get(reverse("careplans:help_home"))
    assert response.url == reverse("careplans:help_role", args=[role])


@pytest.mark.parametrize("role", ROLES)
def test_every_link_of_the_page_of_a_role_opens_for_that_role(somebody, pages, role):
    user = somebody(role)
    found = links(page(user, "help_role", role))
    assert len(found) > len(ROLES)
    shut = [link for link in found if browser(user).get(link, follow=True).status_code != 200]
    assert shut == []


@pytest.mark.parametrize("role", ROLES)
def test_it_tells_five_things_to_do(somebody, role):
    assert (
        page(somebody(role), "help_role", role).split("What you do, and where")[1].split("</ol>")[0].count("<li>") == 5
    )


@pytest.mark.parametrize("role", ROLES)
def test_whoever_has_another_role_reads_it_without_links_into_it(somebody, role):
    other = "observer" if role != "observer" else "analyst"
    found = links(page(somebody(other), "help_role", role))
    assert {link.split("/")[1] for link in found} == {"help", "settings"}


def test_whoever_has_several_roles_finds_theirs_first(board):
    user = make_user("both@northgate.example", "Both", is_content_editor=True)
    join(user, board, "chair", "surgery")
    html = page(user, "help_home")
    assert re.findall(r">([^<]+)</a> <span class=\"c-status\">Your role", html) == ["Chair", "Content editor"]
    assert html.index("Content editor") < html.index(">Member<")


def test_whoever_has_no_role_yet_sees_all(db):
    assert page(make_user("new@northgate.example", "New"), "help_home").count("/help/") > len(ROLES)


def test_links_go_to_a_board_in_use(somebody):
    user = somebody("coordinator")
    closed = make_board("Aardvark", is_active=False)
    join(user, closed, "coordinator", "coordination")
    assert f"/boards/{closed.pk}/" not in links(page(user, "help_role", "coordinator"))


def test_a_role_that_is_none_has_no_page(omar):
    assert browser(omar).get(reverse("careplans:help_role", args=["emperor"])).status_code == 404


def test_it_says_what_consilium_never_does(omar):
    assert "It prescribes nothing and knows no dose." in page(omar, "help_role", "member")


def includes():
    for path in sorted(TEMPLATES.rglob("*.html")):
        if path.name not in ("empty_state.html", "help_link.html"):
            yield from ((path.relative_to(TEMPLATES), told) for told in INCLUDED.findall(path.read_text()))


def test_whatever_can_be_empty_leads_to_a_word_that_is_there():
    anchors = set(re.findall(r'<h2 id="([a-z-]+)"', (TEMPLATES / "help" / "things.html").read_text()))
    without = [str(path) for path, told in includes() if not set(re.findall(r'help="([^"]+)"', told)) & anchors]
    assert without == []
    assert len(list(includes())) > 40


def test_an_empty_list_shows_the_way_to_its_word(board, ana):
    html = browser(ana).get(reverse("careplans:patients", args=[board.pk])).content.decode()
    assert f'href="{reverse("careplans:help_things")}#patients"' in html


def test_an_analyst_finds_what_there_is_to_report_with(somebody):
    """Each from the help and from “My work”."""
    user = somebody("analyst")
    wanted = {reverse(f"careplans:{name}") for name in ("reports", "scorecard", "exports")} | {
        reverse("accounts:api_tokens")
    }
    assert wanted <= set(links(page(user, "help_role", "analyst")))
    home = browser(user).get(reverse("careplans:my_work")).content.decode()
    assert all(f'href="{address}"' in home for address in wanted)
