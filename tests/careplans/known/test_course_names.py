"""A course of a past day calls people as they were called then."""

from datetime import UTC, datetime

import pytest

from accounts.models import User
from accounts.names import names_at
from accounts.services.people import change_person
from accounts.services.settings import change_settings
from careplans.services.cases import change_case
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.doors import browser
from tests.careplans.reports.worked_out import on

pytestmark = pytest.mark.django_db


def noon(month, day):
    return datetime(2026, month, day, 12, tzinfo=UTC)


@pytest.fixture
def case(board, ana, omar, chloe):
    """Omar is responsible from 2 March; he takes another name on the 10th, and an administrator sets it right on the 20th."""
    with on(3, 2):
        found = makers.make_case(board, by=ana)
        change_case(found, by=ana, expected_version=found.version, responsible=omar)
        makers.make_active_plan(found, by=ana, chair=chloe, owner=omar)
    return found


@pytest.fixture
def renamed(case, omar, admin):
    with on(3, 10):
        change_settings(User.objects.get(pk=omar.pk), by=omar, changes={"name": "Omar Newlywd"})
    with on(3, 20):
        seen = {name: getattr(omar, name) for name in ("is_administrator", "is_content_editor", "is_content_approver")}
        person = User.objects.get(pk=omar.pk)
        change_person(person, by=admin, seen=seen | {"name": "Omar Newlywd"}, wanted=seen | {"name": "Omar Newlywed"})
    return case


NAMES = {"2026-03-05": "Omar Oncologist", "2026-03-12": "Omar Newlywd", "2026-03-25": "Omar Newlywed"}


@pytest.mark.parametrize("day", NAMES)
def test_each_day_has_the_name_of_that_day(renamed, ana, day):
    with on(3, 31):
        found = Api(ana).get(f"/cases/{renamed.pk}/course/", as_of=day).json()
        page = browser(ana).get(f"/cases/{renamed.pk}/course/", {"as_of": day}).content.decode()
    [plan] = found["plans"]
    assert {found["case"]["responsible"]["name"], plan["steps"][0]["assignee"]["name"]} == {NAMES[day]}
    assert f"Responsible: {NAMES[day]}" in page
    assert not [name for name in set(NAMES.values()) - {NAMES[day]} if f"{name}<" in page]


def test_it_is_told_by_what_was_known_then_too(renamed, ana):
    with on(3, 31):
        found = Api(ana).get(f"/cases/{renamed.pk}/course/", known_by="2026-03-12").json()
    assert found["case"]["responsible"]["name"] == "Omar Newlywd"


def test_the_same_question_has_the_same_answer_after_a_name_has_changed(case, ana, omar):
    with on(3, 9):
        before = Api(ana).get(f"/cases/{case.pk}/course/", as_of="2026-03-05").json()
    with on(3, 10):
        change_settings(User.objects.get(pk=omar.pk), by=omar, changes={"name": "Omar Newlywed"})
    with on(3, 31):
        assert Api(ana).get(f"/cases/{case.pk}/course/", as_of="2026-03-05").json() == before


def test_who_changed_something_else_is_called_as_now(case, omar):
    with on(3, 10):
        change_settings(User.objects.get(pk=omar.pk), by=omar, changes={"mail_news": False})
    assert names_at([omar.pk], noon(3, 5)) == {}


def test_nobody_is_asked_for_where_there_is_nobody(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert names_at([], noon(3, 5)) == {}
