"""Steps in an arm that nobody has chosen have no day: every list that holds them has them last, on one page and on many."""

import copy
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership
from careplans.models import Step
from careplans.views import work
from tests.careplans import makers
from tests.careplans.doors import browser

pytestmark = pytest.mark.django_db
# What somebody left: dated steps, and so many without a day that they fill more than a page.
UNDATED = 30


@pytest.fixture
def left(board, ana, omar, chloe):
    """Everything of a branched plan, whose owner is not there any more."""
    found = makers.make_branched_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, owner=omar)
    Membership.objects.filter(user=omar).update(ended_at=timezone.now())
    return found


@pytest.fixture
def many(left):
    for number in range(UNDATED - 2):
        step = copy.copy(left.surgery)
        step.pk, step.position = None, 50 + number
        step.save(force_insert=True)
    return left


def lists(board, person):
    """The address of each list by pages."""
    return ["/?show=left_steps", f"/boards/{board.pk}/people/{person.pk}/work/?show=steps"]


def keys_on(page):
    return [int(key) for key in re.findall(r'<tbody data-item="step-(\d+)"', page)]


def in_order():
    rows = Step.objects.in_hands().values_list("pk", "due_on")
    return [pk for pk, day in sorted(rows, key=lambda row: (row[1] is None, row[1] or timezone.now().date(), row[0]))]


def turn(client, url, to):
    """The keys of each page, in the order in which one comes to them, and the last address."""
    pages = []
    for _ in range(5):
        html = client.get(url).content.decode()
        pages.append(keys_on(html))
        found = re.search(rf'href="(\?[^"]*\b{to}=[^"]+)"', html)
        if not found:
            break
        url = url.split("?")[0] + found[1].replace("&amp;", "&")
    return pages, url


def test_my_work_has_them_last_among_what_is_left_to_nobody(left, ana):
    page = browser(ana).get("/")
    rows = next(one for one in page.context["sections"].values() if one["name"] == "left")["rows"]
    assert [one.row.pk for one in rows if isinstance(one.row, Step)] == in_order()
    assert [left.surgery.pk, left.prrt.pk] == in_order()[-2:]


def test_the_work_of_a_person_has_them_last(left, board, ana, omar):
    html = browser(ana).get(f"/boards/{board.pk}/people/{omar.pk}/work/").content.decode()
    assert keys_on(html) == in_order()


def test_one_who_leaves_nothing_but_those_is_shown_too(left, board, ana, omar):
    Step.objects.filter(due_on__isnull=False).update(assignee=ana)
    client = browser(ana)
    assert client.get("/").status_code == 200
    assert keys_on(client.get(f"/boards/{board.pk}/people/{omar.pk}/work/").content.decode()) == in_order()[-2:]


def test_each_list_goes_on_and_back_by_pages_and_leaves_none_out(many, board, ana, omar):
    client = browser(ana)
    for url in lists(board, omar):
        pages, last = turn(client, url, "after")
        assert [len(page) for page in pages] == [25, len(in_order()) - 25] and sum(pages, []) == in_order(), url
        back, _ = turn(client, last, "before")
        assert back == pages[::-1], url


def test_so_do_those_of_several_boards_together(many, board, other_board, ana):
    from tests.factories import join

    join(ana, other_board, "coordinator", "")
    pages, _ = turn(browser(ana), "/?show=left_steps", "after")
    assert sum(pages, []) == in_order()


def test_several_at_once_has_them_last(left, ana):
    rows = [left.surgery, left.prrt, left.first]
    html = browser(ana).get(reverse("careplans:bulk"), {"chosen": [f"step-{row.pk}:{row.version}" for row in rows]})
    shown = [one["item"].row.pk for one in html.context["items"]]
    assert shown == [left.first.pk, left.surgery.pk, left.prrt.pk]


def test_what_has_no_day_is_not_moved_by_days_and_that_is_said(left, ana):
    chosen = [f"step-{row.pk}:{row.version}" for row in (left.surgery, left.prrt, left.first)]
    values = {"chosen": chosen, "verb": "shift", "days": "7", "reason": "a holiday"}
    html = browser(ana).post(reverse("careplans:bulk"), values).content.decode()
    assert "1 moved; 2 not." in html and html.count("It has no date yet") == 2


def test_lists_of_what_waits_keep_the_order_that_an_index_has(ana):
    """Only what is left to nobody holds steps without a day: the rest goes by the column itself."""
    orders = {name: rows.query.order_by for name, rows in work.whole_lists(ana).items() if rows.model is Step}
    assert orders.pop("left_steps") == ("sorting_day", "pk")
    assert set(orders.values()) == {("due_on", "pk")}
