"""What hung on a step that was taken out of a draft: it comes back with it, or it is said that it does not."""

import pytest
from django.core.exceptions import ValidationError

from careplans.models import Event, Step
from careplans.services.decisions import add_arm, remove_arm
from careplans.services.step_restoring import restore_step
from careplans.services.steps import edit_step, remove_step
from tests.careplans import makers
from tests.careplans.doors import browser, url

pytestmark = pytest.mark.django_db
FETCH = {"X-Requested-With": "fetch", "Accept": "application/json"}


@pytest.fixture
def steps(board, ana):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=3)
    first, second, third = plan.steps.order_by("position")
    edit_step(first, {"course": "cycles", "occurrences_planned": 4, "interval": 8, "interval_unit": "weeks"}, by=ana)
    edit_step(second, {"after_step": now(first), "after_event": "occurrence", "after_occurrence": 3}, by=ana)
    return now(first), now(second), now(third)


@pytest.fixture
def draft(board, ana):
    return makers.make_branched_draft(makers.make_case(board, by=ana), by=ana)


def now(step):
    return Step.objects.get(pk=step.pk)


def gate(step):
    step = now(step)
    return step.after_step_id, step.after_event, step.after_occurrence


def test_who_waited_for_it_waits_again_once_it_is_back(steps, ana):
    first, second, _ = steps
    gone = remove_step(first, by=ana).message
    assert gone == f"Step 1 ({second.title}) waited for it and does not wait any more."
    assert gate(second) == (None, "ended", None)
    assert restore_step(now(first), by=ana).message == f"Step 2 ({second.title}) waits for it again."
    assert gate(second) == (first.pk, "occurrence", 3)
    told = Event.objects.filter(step=second, kind="step_edited").latest("id")
    assert (told.data["was"]["after_step"], told.data["now"]["after_step"]) == (None, first.pk)


def test_the_page_says_both(steps, ana):
    first, _, _ = steps
    gone = browser(ana).post(url("step_remove", first.pk), headers=FETCH).json()
    back = browser(ana).post(url("step_restore", first.pk), headers=FETCH).json()
    assert "does not wait any more" in gone["message"]
    assert "waits for it again" in back["message"]


def test_who_waits_for_another_one_by_now_stays_so_and_is_named(steps, ana):
    first, second, third = steps
    remove_step(first, by=ana)
    edit_step(now(second), {"after_step": now(third)}, by=ana)
    told = restore_step(now(first), by=ana).message
    assert told == f"Step 2 ({second.title}) waited for it before, and waits for step 3 ({third.title}) now."
    assert gate(second) == (third.pk, "ended", None)


def test_a_gate_does_not_come_back_into_a_circle(steps, ana):
    first, second, third = steps
    edit_step(first, {"after_step": third}, by=ana)
    remove_step(now(first), by=ana)
    edit_step(now(third), {"after_step": now(second)}, by=ana)
    assert "as the plan stands now it cannot" in restore_step(now(first), by=ana).message
    assert gate(second)[0] is None


def test_what_a_step_waited_for_itself_and_is_out_is_named_and_returns_with_it(steps, ana):
    first, second, _ = steps
    remove_step(second, by=ana)
    remove_step(now(first), by=ana)
    told = restore_step(now(second), by=ana).message
    assert told == f"It waited for {first.title}, which is out of the plan, and does not wait any more."
    restore_step(now(first), by=ana)
    assert gate(second) == (first.pk, "occurrence", 3)


def test_a_gate_that_somebody_took_away_before_does_not_come_back(steps, ana):
    first, second, _ = steps
    edit_step(second, {"after_step": None, "after_event": "ended", "after_occurrence": None}, by=ana)
    remove_step(now(first), by=ana)
    assert restore_step(now(first), by=ana).message == ""
    assert gate(second)[0] is None


def test_a_step_of_an_arm_waits_for_its_decision_to_be_put_back(draft, ana):
    for step in (draft.surgery, draft.prrt, draft.decision):
        remove_step(now(step), by=ana)
    with pytest.raises(ValidationError, match="arm “responds” of the decision “re-staging”, which was taken out"):
        restore_step(now(draft.surgery), by=ana)
    restore_step(now(draft.decision), by=ana)
    restore_step(now(draft.surgery), by=ana)
    assert (now(draft.surgery).arm_id, gate(draft.after)[0]) == (draft.responds.pk, draft.decision.pk)


def test_a_step_goes_into_the_arm_that_has_the_name_of_its_own(draft, ana):
    remove_step(draft.surgery, by=ana)
    draft.responds.refresh_from_db()
    remove_arm(draft.responds, by=ana)
    with pytest.raises(ValidationError, match="Add an arm of this name there first"):
        restore_step(now(draft.surgery), by=ana)
    instead = add_arm(now(draft.decision), by=ana, name="Responds")
    restore_step(now(draft.surgery), by=ana)
    assert now(draft.surgery).arm == instead
