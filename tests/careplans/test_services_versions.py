"""What a writer who shows the version they saw may rely on: nobody's change in between is overwritten."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from careplans.models import FactChange, Plan, Step
from careplans.services import plan_ending, plans, proforma, steps
from common.errors import Conflict
from tests.careplans import makers

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def plan(case, ana):
    return makers.make_plan(case, by=ana, steps=3)


def test_facts_are_saved_at_the_version_that_was_seen(case, ana):
    saved = proforma.save_proforma(case, {"grade": "G2"}, by=ana, expected_version=1)
    assert (saved.changed, saved.proforma.version) == (["grade"], 2)


def test_facts_that_changed_meanwhile_are_not_overwritten(case, ana, omar):
    proforma.save_proforma(case, {"grade": "G2"}, by=omar)
    with pytest.raises(Conflict) as refused:
        proforma.save_proforma(case, {"grade": "G1"}, by=ana, expected_version=1)
    assert refused.value.current["version"] == 2
    assert FactChange.objects.filter(case=case).count() == 1


def test_a_step_is_not_added_to_a_plan_that_changed_meanwhile(plan, ana, omar):
    seen = plan.version
    plans.edit_plan(plan, {"aim": "Cure"}, by=omar)
    with pytest.raises(Conflict):
        steps.add_step(plan, by=ana, phase="adjuvant", modality_code="OSA", expected_version=seen)
    assert plan.steps.count() == 3


def test_a_step_that_changed_meanwhile_is_not_removed(plan, ana, omar):
    step = plan.steps.first()
    steps.edit_step(step, {"rationale": "now with a reason to keep it"}, by=omar)
    with pytest.raises(Conflict):
        steps.remove_step(step, by=ana, expected_version=step.version)
    assert Step.objects.get(pk=step.pk).removed_at is None


def test_removing_a_step_counts_a_version_of_every_step_it_moves_or_frees(plan, ana):
    first, second, third = plan.steps.all()
    steps.edit_step(third, {"after_step": first}, by=ana)
    seen = {step.pk: step.version for step in plan.steps.all()}
    steps.remove_step(first, by=ana)
    second, third = Step.objects.filter(plan=plan).for_plan()
    assert (second.position, second.version) == (1, seen[second.pk] + 1)
    assert (third.position, third.after_step, third.version) == (2, None, seen[third.pk] + 2)


def test_an_amendment_looks_at_the_plan_as_it_is_now(case, ana, chloe):
    active = makers.make_active_plan(case, by=ana, chair=chloe)
    stale = Plan.objects.get(pk=active.pk)
    plan_ending.revoke_plan(
        active,
        by=chloe,
        expected_version=active.version,
        reason_code="patient_choice",
        reason="Another patient's plan",
        ahead=makers.NOTHING_AHEAD,
    )
    with pytest.raises(ValidationError, match="Only a plan in force"):
        plans.amend_plan(stale, by=ana, reason="New scan")
    assert not Plan.objects.filter(amends=active).exists()


def test_an_amendment_at_an_old_version_is_a_conflict(case, ana, chloe):
    active = makers.make_active_plan(case, by=ana, chair=chloe)
    with pytest.raises(Conflict):
        plans.amend_plan(active, by=ana, reason="New scan", expected_version=active.version - 1)


def test_every_move_of_a_plan_shows_in_when_it_was_last_changed(plan, ana):
    long_ago = plan.updated_at - timedelta(days=30)
    Plan.objects.filter(pk=plan.pk).update(updated_at=long_ago)
    makers.submit(plan, by=ana)
    assert Plan.objects.get(pk=plan.pk).updated_at > long_ago
