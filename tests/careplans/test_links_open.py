"""Whatever a page offers opens: nobody is led to a refusal."""

import re

import pytest

from accounts.models import Board
from tests.careplans import makers, worlds
from tests.careplans.doors import browser
from tests.factories import make_admin

pytestmark = pytest.mark.django_db
MOST = 150


def links_of(page):
    found = re.findall(r'<a\b[^>]*\shref="(/[^"#]*)', page)
    return {link.replace("&amp;", "&") for link in found if "/static/" not in link}


def walk(client, depth=2):
    """Every link of the home page, and of the pages behind them: what each answers, and on which page it stands."""
    told, todo = {}, [("/", "/")]
    for _ in range(depth + 1):
        further = []
        for link, page in todo:
            if link in told or len(told) >= MOST:
                continue
            answer = client.get(link, follow=True)
            told[link] = (answer.status_code, page)
            if answer.status_code == 200 and "html" in answer.get("Content-Type", "") and not answer.streaming:
                further += [(one, link) for one in sorted(links_of(answer.content.decode()))]
        todo = further
    return told


@pytest.fixture
def somebody(board, ana, omar, chloe, nina, anselm):
    worlds.make_world(board, "in force", ana=ana, omar=omar, chloe=chloe)
    makers.make_template(Board.objects.get(pk=board.pk))
    return {"nina": nina, "anselm": anselm, "admin": make_admin()}


@pytest.mark.parametrize("who", ["anselm", "nina", "admin"])
def test_every_link_that_somebody_is_shown_opens(who, somebody):
    told = walk(browser(somebody[who]))
    assert len(told) > 10
    assert {link: said for link, said in told.items() if said[0] >= 400} == {}
