"""A number of 5000 digits in a request is a number that cannot be, and no fault of the server."""

import pytest
from django.http import QueryDict

from accounts.forms.boards import typed_rows
from careplans.models import Plan
from common.figures import read_key
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.doors import browser, url

pytestmark = pytest.mark.django_db
HUGE = "9" * 5000


@pytest.fixture
def plan(board, ana):
    return makers.make_plan(makers.make_case(board, by=ana), by=ana)


def test_a_key_is_digits_and_no_longer_than_any_that_can_be():
    assert [read_key(text) for text in ("7", "0", "9" * 18)] == [7, 0, int("9" * 18)]
    assert [read_key(text) for text in ("", " 7", "-7", "²", "seven", "9" * 19, HUGE)] == [None] * 7


def test_what_comes_next_is_said_whatever_the_page_says_it_has_seen(plan, ana):
    body = {"seen": HUGE, "nothing_ahead_reason": "moved to the hospice"}
    assert browser(ana).post(url("say_what_comes_next", plan.case_id), body).status_code in (302, 400)


def test_a_version_that_cannot_be_is_an_old_one(plan, ana):
    answer = browser(ana).post(url("plan_submit", plan.pk), {"version": HUGE})
    assert answer.status_code == 302
    assert Plan.objects.get(pk=plan.pk).status == "draft"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/plans/{pk}/compare/?with={huge}", 200),
        ("/plans/{huge}/", 404),
        ("/rules/compare/?old={huge}", 404),
        ("/cases/?after={huge}", 200),
    ],
)
def test_a_page_is_shown_or_not_found(plan, ana, path, status):
    assert browser(ana).get(path.format(pk=plan.pk, huge=HUGE)).status_code in (status, 302, 404)


def test_rows_of_a_board_that_cannot_be_counted_are_none():
    assert typed_rows(QueryDict(f"rows-TOTAL_FORMS={HUGE}&rows-0-discipline=surgery")) == ([], 0)


@pytest.mark.parametrize("path", ["/plans/{}/", "/plans/?case={}", "/plans/?cursor=a{}", "/plans/?page_size={}"])
def test_the_api_refuses_it(ana, path):
    assert Api(ana).get(path.format(HUGE)).status_code in (400, 404)


def test_the_api_refuses_it_in_a_body(plan, ana):
    assert Api(ana).patch(f"/plans/{plan.pk}/", {"aim": HUGE}, plan.version).status_code < 500
