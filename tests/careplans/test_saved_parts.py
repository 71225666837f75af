"""What an autosave of a step draws anew comes from the rows that were read under its lock: it says the same, letter by letter, as
the plan read whole."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from careplans.models import Plan, Step
from careplans.services.plans import amend_plan
from careplans.services.proforma import save_proforma
from careplans.services.steps import add_step, edit_step
from careplans.views import steps as step_pages
from tests.careplans import makers
from tests.careplans.doors import FETCH, browser, url
from tests.careplans.worlds import FACTS, make_world

pytestmark = pytest.mark.django_db


def read_whole(edited, step):
    """The plain way: everything from the query of the editor's page."""
    plan = Plan.objects.for_editing().get(pk=step.plan_id)
    fresh = next(one for one in plan.steps.all() if one.pk == step.pk)
    fresh.plan = plan
    return fresh


def plainly(monkeypatch, client, step, data):
    """The same form once more, which changes nothing any more."""
    advised = step_pages.plan_pages.advised
    with monkeypatch.context() as patch:
        patch.setattr(step_pages, "as_saved", read_whole)
        patch.setattr(step_pages.plan_pages, "advised", lambda request, plan, known=None: advised(request, plan))
        return client.post(url("step_save", step.pk), data, **FETCH).json()


def without_tokens(html):
    return {part: re.sub(r'value="[^"]{20,}"', "", text) for part, text in html.items()}


def drafts(board, ana, omar, chloe):
    """A draft whose arms, gates and conditions all speak; and an amendment of a plan that runs."""
    case = makers.make_case(board, by=ana, record_number="SYN-9")
    save_proforma(case, {**FACTS, "ki67_percent": "4"}, by=ana)
    branched = makers.make_branched_draft(case, by=ana)
    edit_step(branched.after, {"only_if": "Ki-67 confirmed", "not_before": makers.TODAY()}, by=ana)
    yield branched.plan
    running = make_world(board, "in force", ana=ana, omar=omar, chloe=chloe).plans.get()
    yield amend_plan(running, by=ana, reason="Progression")


TYPED = [
    {"rationale": "so that"},
    {"phase": "adjuvant", "goals": ["palliation"]},
    {"goals": ["cure", "debulking"], "target": "liver", "target_mm": "25"},
    {"only_if": "platelets above 75", "course": "cycles", "occurrences_planned": "3"},
    {"planned_start": f"{makers.TODAY() + timedelta(days=3):%Y-%m-%d}"},
]


def test_it_is_the_same_as_of_the_plan_read_whole(board, ana, omar, chloe, monkeypatch):
    client, compared = browser(ana), 0
    for plan in drafts(board, ana, omar, chloe):
        for step in Step.objects.filter(plan=plan, removed_at=None):
            for typed in TYPED:
                current = {name: getattr(step, name) for name in typed}
                base = {f"base-{name}": "" if value is None else value for name, value in current.items()}
                answer = client.post(url("step_save", step.pk), typed | base, **FETCH).json()
                plain = plainly(monkeypatch, client, step, typed)
                assert without_tokens(answer["html"]) == without_tokens(plain["html"]), (step, typed)
                assert answer["version"] == plain["version"] and not plain["conflicts"], (step, typed)
                step.refresh_from_db()
                compared += 1
    assert compared > 40


def test_it_asks_as_much_in_a_plan_of_twelve_steps_as_in_one_of_two(board, ana):
    asked = []
    for number in (2, 12):
        case = makers.make_case(board, by=ana, record_number=f"SYN-{number}")
        step = makers.make_plan(case, by=ana, steps=number).steps.first()
        client = browser(ana)
        client.get(url("step_edit", step.pk))
        with CaptureQueriesContext(connection) as captured:
            client.post(url("step_save", step.pk), {"rationale": "because", "base-rationale": step.rationale}, **FETCH)
        asked.append(len(captured))
    assert asked[0] == asked[1] <= 20


def test_a_step_added_to_it_is_judged_with_the_rest(board, ana):
    """The steps are read after the change and not before it."""
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    makers.make_modality("PRRT")
    step = add_step(plan, by=ana, phase="tumour_control", modality_code="PRRT", goals=["tumour_control"])
    edited, _ = edit_step(step, {"goals": []}, by=ana)
    assert [one.goals for one in edited.plan.steps.all()][-1] == []
