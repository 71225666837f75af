"""A step that was planned for a day that has passed when its plan comes into force: said before, never overdue at once."""

from datetime import timedelta

import pytest

from careplans.models import Occurrence, Plan, Step
from careplans.services.plans import amend_plan
from careplans.services.steps import edit_step
from tests.careplans import makers
from tests.careplans.doors import browser, url

pytestmark = pytest.mark.django_db
TODAY = makers.TODAY
LONG_AGO = timedelta(days=40)


@pytest.fixture
def draft(board, ana):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    edit_step(plan.steps.get(), {"planned_start": TODAY() - LONG_AGO, "planned_end": None}, by=ana)
    return plan


def released(plan, *, by, chair):
    makers.submit(plan, by=by)
    makers.release(plan, by=chair)
    return Plan.objects.get(pk=plan.pk).steps.get()


def test_nothing_that_comes_into_force_is_overdue_already(draft, ana, chloe):
    step = released(draft, by=ana, chair=chloe)
    assert (step.due_on, step.planned_start) == (TODAY(), TODAY() - LONG_AGO)


def test_its_cycles_begin_on_that_day_too(draft, ana, chloe):
    edit_step(draft.steps.get(), makers.CYCLES, by=ana)
    step = released(draft, by=ana, chair=chloe)
    assert Occurrence.objects.get(step=step, number=1).planned_on == TODAY()


def test_what_is_overdue_stays_overdue_in_an_amendment(draft, ana, chloe):
    step = released(draft, by=ana, chair=chloe)
    Step.objects.filter(pk=step.pk).update(due_on=TODAY() - LONG_AGO)
    assert released(amend_plan(step.plan, by=ana, reason="-x-"), by=ana, chair=chloe).due_on == TODAY() - LONG_AGO


def test_an_amendment_that_names_a_day_in_the_past_is_due_today(board, ana, chloe):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    released(plan, by=ana, chair=chloe)
    new = amend_plan(Plan.objects.get(pk=plan.pk), by=ana, reason="Sooner")
    edit_step(new.steps.get(), {"planned_start": TODAY() - LONG_AGO}, by=ana)
    assert released(new, by=ana, chair=chloe).due_on == TODAY()


def test_it_is_said_to_whoever_drafts_signs_and_releases(draft, ana):
    for path in (url("plan_edit", draft.pk), url("signoff", draft.pk), url("step_edit", draft.steps.get().pk)):
        assert "which is past: it is due on the day of the release" in browser(ana).get(path).content.decode(), path


def test_a_start_that_is_still_to_come_is_not_remarked(board, ana):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    assert "which is past" not in browser(ana).get(url("plan_edit", plan.pk)).content.decode()
