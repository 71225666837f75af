"""Steps side by side are told apart: 2a and 2b, on pages and in what is said of them."""

import importlib
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse

from careplans.models import Step
from careplans.models.step_places import places_of
from careplans.services import plans, steps
from tests.careplans import makers

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(board, ana, chloe, omar, ravi):
    return makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=4)


def rows(plan):
    return list(Step.objects.filter(plan=plan, removed_at=None).order_by("position", "id"))


def numbers(plan):
    return [step.number for step in rows(plan)]


def test_places_name_whoever_stands_beside_another():
    assert places_of([[7], [9, 8], [], [3]]) == {7: (1, ""), 8: (2, "a"), 9: (2, "b"), 3: (3, "")}


def test_places_go_on_after_z():
    assert [letter for _, letter in places_of([range(28)]).values()][25:] == ["z", "aa", "ab"]


def test_steps_side_by_side_have_letters(plan, ana):
    steps.move_in_order(plan, rows(plan)[2], "join", by=ana)
    assert numbers(plan) == ["1", "2a", "2b", "3"]


def test_who_is_left_alone_has_none(plan, ana):
    steps.move_in_order(plan, rows(plan)[2], "join", by=ana)
    steps.move_in_order(plan, rows(plan)[1], "part", by=ana)
    assert numbers(plan) == ["1", "2", "3", "4"]


def test_who_is_left_alone_by_a_removal_has_none(plan, ana):
    steps.move_in_order(plan, rows(plan)[2], "join", by=ana)
    steps.remove_step(rows(plan)[1], by=ana)
    assert numbers(plan) == ["1", "2", "3"]


def test_a_new_letter_alone_moves_no_version(plan, ana):
    steps.move_in_order(plan, rows(plan)[2], "join", by=ana)
    stays = rows(plan)[2]
    steps.remove_step(rows(plan)[1], by=ana)
    assert Step.objects.get(pk=stays.pk).version == stays.version


def test_an_amendment_keeps_them(board, ana, chloe, omar, ravi):
    case = makers.make_case(board, by=ana)
    draft = makers.make_plan(case, by=ana, steps=3)
    steps.move_in_order(draft, rows(draft)[1], "join", by=ana)
    active = makers.release(makers.submit(draft, by=ana), by=chloe)
    new = plans.amend_plan(active, by=ana, reason="growth")
    assert numbers(new) == ["1a", "1b", "2"]


def test_pages_say_them(plan, ana, client):
    steps.move_in_order(plan, rows(plan)[2], "join", by=ana)
    client.force_login(ana)
    text = client.get(reverse("careplans:plan", args=[plan.pk])).content.decode()
    assert '<span class="nhsuk-u-visually-hidden">Step </span>2a</span>' in text
    assert '<span class="nhsuk-u-visually-hidden">Step </span>2b</span>' in text


def test_a_step_says_for_which_of_them_it_waits(plan, ana):
    steps.move_in_order(plan, rows(plan)[2], "join", by=ana)
    one, other = rows(plan)[2], rows(plan)[3]
    steps.edit_step(other, {"after_step": one}, by=ana)
    assert "after step 2b" in " ".join(Step.objects.for_plan().get(pk=other.pk).gate_words)


def test_the_migration_gives_them_to_what_stands(plan, ana):
    steps.move_in_order(plan, rows(plan)[2], "join", by=ana)
    Step.objects.filter(plan=plan).update(letter="")
    module = importlib.import_module("careplans.migrations.0031_step_letters")
    with connection.cursor() as cursor:
        module.write_letters(apps, SimpleNamespace(connection=connection, execute=cursor.execute))
    assert numbers(plan) == ["1", "2a", "2b", "3"]
