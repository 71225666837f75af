"""The rows of the page on which a plan is drafted: added, saved, taken out and put back without leaving it."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from careplans.models import Event, Step
from careplans.readers.timeline import sentence
from careplans.services.step_restoring import put_back, restore_step
from careplans.services.steps import add_step, edit_step, remove_step, reorder_steps
from tests.careplans import makers
from tests.careplans.doors import browser, url
from tests.factories import join, make_user

pytestmark = pytest.mark.django_db
FETCH = {"X-Requested-With": "fetch", "Accept": "application/json"}


@pytest.fixture
def plan(board, ana):
    makers.make_modality("TAE")
    makers.make_modality("PRRT")
    return makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=3)


@pytest.fixture
def steps(plan):
    return list(plan.steps.order_by("position"))


def order(plan):
    found = plan.steps.filter(removed_at=None).order_by("position", "id")
    return [(one.pk, one.position) for one in found]


def once_of(page, action):
    return re.search(rf'action="{action}".*?name="once" value="([^"]+)"', page, re.S)[1]


# Added


def test_a_step_is_added_once_and_answered_with_its_row(plan, ana):
    client = browser(ana)
    page = client.get(url("plan_edit", plan.pk)).content.decode()
    typed = {
        "phase": "tumour_control", "modality": "PRRT", "description": "", "in_row": "1",
        "once": once_of(page, url("step_new", plan.pk)),
    }  # fmt: skip
    answers = [client.post(url("step_new", plan.pk), typed, follow=True).json() for _ in range(2)]
    new = plan.steps.order_by("-pk").first()
    assert plan.steps.count() == 4
    assert [one["id"] for one in answers] == [new.pk, new.pk]
    assert f'id="step-{new.pk}"' in answers[0]["row"] and "data-autosave" in answers[0]["form"]
    assert [one["id"] for one in answers[0]["rows"]] == [pk for pk, _ in order(plan)]


def test_what_is_missing_of_a_new_step_is_said_at_its_field(plan, ana):
    answer = browser(ana).post(url("step_new", plan.pk), {"phase": "", "modality": "OTHER", "in_row": "1"})
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {"phase", "description"}
    assert plan.steps.count() == 3


def test_without_script_it_leads_to_the_page_of_the_new_step(plan, ana):
    answer = browser(ana).post(url("step_new", plan.pk), {"phase": "tumour_control", "modality": "PRRT"})
    assert answer.url == url("step_edit", plan.steps.order_by("-pk").first().pk)


# Proposed


def test_whoever_alone_holds_the_discipline_is_proposed_as_owner(plan, board, ana):
    only = make_user("noor@northgate.example", "Noor Northgate")
    join(only, board, "member", "nuclear_medicine")
    browser(ana).post(url("step_new", plan.pk), {"phase": "tumour_control", "modality": "PRRT"})
    assert plan.steps.order_by("-pk").first().owner == only


@pytest.mark.parametrize("role", ["member", "observer"])
def test_of_two_nobody_is_and_who_only_reads_is_none(plan, board, ana, role):
    for name in ("noor", "nils"):
        join(make_user(f"{name}@northgate.example", name.title()), board, role, "nuclear_medicine")
    browser(ana).post(url("step_new", plan.pk), {"phase": "tumour_control", "modality": "PRRT"})
    assert plan.steps.order_by("-pk").first().owner is None


def save(user, step, seen="", **typed):
    base = {f"base-{name}": seen for name in typed}
    return browser(user).post(f"{url('step_save', step.pk)}?in_row=1", typed | base, headers=FETCH).json()


def test_the_start_follows_from_what_is_waited_for(steps, ana):
    first, second, _ = steps
    edit_step(second, {"planned_start": None, "planned_end": None}, by=ana)
    answer = save(ana, second, after_step=str(first.pk))
    assert answer["proposed"]["planned_start"]["value"] == first.planned_end.isoformat()
    assert "Proposed: step 1" in answer["proposed"]["planned_start"]["why"]
    second.refresh_from_db()
    assert second.planned_start is None


def test_the_end_follows_from_the_course(steps, ana):
    step = steps[0]
    edit_step(step, {"planned_end": None, "occurrences_planned": 4, "interval": 8, "interval_unit": "weeks"}, by=ana)
    answer = save(ana, step, "once", course="cycles")
    assert answer["proposed"]["planned_end"]["value"] == (step.planned_start + timedelta(weeks=24)).isoformat()


def test_no_end_follows_from_an_interval_that_is_half_said(steps, ana):
    edit_step(steps[0], {"planned_end": None, "occurrences_planned": 4, "course": "cycles"}, by=ana)
    assert "planned_end" not in save(ana, steps[0], interval="8")["proposed"]


def test_nothing_is_proposed_where_nothing_was_said(steps, ana):
    edit_step(
        steps[0],
        {"planned_end": None, "course": "cycles", "occurrences_planned": 2, "interval": 8, "interval_unit": "weeks"},
        by=ana,
    )
    assert save(ana, steps[0], rationale="first the flushing, then the rest")["proposed"] == {}


# Saved


def test_a_save_says_what_follows_for_every_row(plan, steps, ana):
    answer = save(ana, steps[0], description="lanreotide")
    for step in steps:
        assert f"row-head-{step.pk}" in answer["html"]
    assert "lanreotide" in answer["html"][f"row-head-{steps[0].pk}"]
    assert {"plan-missing", "plan-advice"} <= set(answer["html"])


def test_what_contradicts_stands_in_the_row(plan, steps, ana):
    first, second, _ = steps
    edit_step(second, {"after_step": first, "planned_start": first.planned_end - timedelta(days=5)}, by=ana)
    page = browser(ana).get(url("plan_edit", plan.pk)).content.decode()
    row = page[page.index(f'id="row-head-{second.pk}"') : page.index(f'id="row-advice-{second.pk}"')]
    assert "which it waits for, is planned to end on" in row


def test_what_a_colleague_wrote_meanwhile_is_shown_in_the_row(steps, ana, omar):
    edit_step(steps[0], {"description": "octreotide"}, by=omar)
    answer = save(ana, steps[0], description="lanreotide")
    assert answer["conflicts"]["description"]["theirs"] == "octreotide"


# Taken out and put back


def test_a_step_that_was_taken_out_comes_back_where_it_stood(plan, steps, ana):
    before = order(plan)
    remove_step(steps[1], by=ana)
    restore_step(steps[1], by=ana)
    assert order(plan) == before
    assert sentence(Event.objects.get(kind="step_restored")).endswith(f"put step 2 ({steps[1].title}) of plan 1 back")


def test_it_runs_again_beside_what_it_ran_beside(plan, steps, ana):
    first, second, third = (one.pk for one in steps)
    reorder_steps(plan, [[first], [second, third]], by=ana)
    remove_step(steps[2], by=ana)
    restore_step(steps[2], by=ana)
    assert order(plan) == [(first, 1), (second, 2), (third, 2)]


def test_it_waits_for_nothing_that_is_gone(steps, ana):
    edit_step(steps[2], {"after_step": steps[1]}, by=ana)
    remove_step(Step.objects.get(pk=steps[2].pk), by=ana)
    remove_step(steps[1], by=ana)
    restore_step(steps[2], by=ana)
    assert Step.objects.get(pk=steps[2].pk).after_step is None


def test_what_stands_there_is_put_back_no_second_time(plan, steps, ana):
    restore_step(steps[0], by=ana)
    assert not Event.objects.filter(kind="step_restored").exists()


def test_an_observer_puts_nothing_back(steps, ana, nina):
    remove_step(steps[0], by=ana)
    with pytest.raises(PermissionDenied):
        restore_step(steps[0], by=nina)


def test_nothing_comes_back_into_a_plan_without_treatment(plan, steps, ana):
    for step in steps:
        remove_step(step, by=ana)
    type(plan).objects.filter(pk=plan.pk).update(no_treatment=True, no_treatment_reason="frail")
    with pytest.raises(ValidationError, match="no treatment now"):
        restore_step(steps[0], by=ana)


@pytest.mark.parametrize(
    ("now", "before", "back"),
    [
        ([[1], [3]], [[1], [2], [3]], [[1], [2], [3]]),
        ([[3], [1]], [[1], [2], [3]], [[3], [1], [2]]),
        ([], [[2]], [[2]]),
        ([[1, 3]], [[1, 2, 3]], [[1, 3, 2]]),
        ([[1]], [], [[1], [2]]),
    ],
)
def test_where_a_step_goes_back_to(now, before, back):
    assert put_back(now, 2, before, 2) == back


def test_the_page_takes_it_out_and_puts_it_back(plan, steps, ana):
    client = browser(ana)
    gone = client.post(url("step_remove", steps[0].pk), headers=FETCH).json()
    assert gone["removed"] == steps[0].pk and steps[0].title in gone["html"]["plan-removed"]
    assert "Put it back" in client.get(url("plan_edit", plan.pk)).content.decode()
    back = client.post(url("step_restore", steps[0].pk), headers=FETCH).json()
    assert back["id"] == steps[0].pk and back["html"]["plan-removed"].strip() == ""
    assert client.post(url("step_restore", steps[0].pk)).url == url("plan_edit", plan.pk)


def test_a_new_step_may_not_be_opened_by_who_only_reads(steps, nina):
    assert browser(nina).get(url("step_row", steps[0].pk)).status_code == 403


def test_the_rows_cost_as_many_queries_for_twelve_as_for_two(plan, ana):
    client = browser(ana)
    counts = []
    for more in (0, 9):
        for number in range(more):
            add_step(
                plan, by=ana, phase="adjuvant", modality_code="OSA", goals=["cure"], owner=ana, description=str(number)
            )
        step = plan.steps.first()
        client.post(
            f"{url('step_save', step.pk)}?in_row=1",
            {"rationale": f"a{more}", "base-rationale": step.rationale},
            headers=FETCH,
        )
        step.refresh_from_db()
        with CaptureQueriesContext(connection) as found:
            client.post(
                f"{url('step_save', step.pk)}?in_row=1",
                {"rationale": f"b{more}", "base-rationale": step.rationale},
                headers=FETCH,
            )
        counts.append(len(found))
    assert counts[0] == counts[1]
