"""What amendments and failed conditions make of arms and of their steps: what was chosen stays, and no step is asked early."""

import pytest
from django.core.exceptions import ValidationError

from careplans.models import Arm, Occurrence, Plan, Reminder, Step, StepBreak
from careplans.services.arm_choice import choose_arm
from careplans.services.decisions import add_arm, add_decision, remove_arm
from careplans.services.occurrence_progress import give_occurrence
from careplans.services.plans import amend_plan
from careplans.services.step_progress import hand_over_step, hold_step, replan_step, skip_step
from careplans.services.steps import edit_step, remove_step, reorder_steps
from tests.careplans import makers
from tests.careplans.test_arms_choose import choose, now, reminders, skip
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db


def held():
    return {"on": makers.TODAY(), "reason": "medical_reason", "due_on": makers.TODAY()}


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def plan(case, ana, chloe):
    return makers.make_branched_plan(case, by=ana, chair=chloe)


def amendment(plan, ana):
    new = amend_plan(Plan.objects.get(pk=plan.plan.pk), by=ana, reason="Progression elsewhere")
    return new, Step.objects.get(plan=new, carried_from=plan.decision)


def without_the_arm(plan, ana):
    """An amendment whose decision has “wait” in place of “responds”."""
    new, decision = amendment(plan, ana)
    remove_step(
        Step.objects.get(plan=new, carried_from=plan.surgery),
        by=ana,
        reason_code="patient_choice",
        reason="not resectable",
    )
    remove_arm(decision.arms.get(name="responds"), by=ana)
    add_arm(decision, by=ana, name="wait", no_step="Follow-up by the schedule")
    return new, decision


# Arms that are chosen stay


def test_a_plan_without_the_arm_that_was_chosen_meanwhile_is_not_released(plan, ana, chloe):
    new, decision = without_the_arm(plan, ana)
    makers.submit(new, by=ana)
    choose(plan, plan.responds, ana)
    with pytest.raises(ValidationError, match="the arm “responds” has been chosen in the plan in force"):
        makers.release(new, by=chloe)
    assert now(plan.surgery).status == "planned"
    assert now(decision).status == "proposed"


def test_nor_is_it_sent_to_sign_off(plan, ana):
    new, _ = without_the_arm(plan, ana)
    choose(plan, plan.responds, ana)
    with pytest.raises(ValidationError, match="the arm “responds” has been chosen"):
        makers.submit(new, by=ana)


def test_an_arm_that_was_chosen_is_not_taken_out_of_an_amendment(plan, ana):
    choose(plan, plan.responds, ana)
    new, decision = amendment(plan, ana)
    edit_step(Step.objects.get(plan=new, carried_from=plan.surgery), {"arm": None}, by=ana)
    with pytest.raises(ValidationError, match="has been chosen in the plan in force, so it stays"):
        remove_arm(decision.arms.get(name="responds"), by=ana)


def test_an_arm_that_is_added_again_is_the_one_that_was_chosen(plan, ana, chloe):
    new, decision = without_the_arm(plan, ana)
    choose(plan, plan.responds, ana)
    again = add_arm(decision, by=ana, name="Responds", no_step="Follow-up by the schedule")
    makers.submit(new, by=ana)
    makers.release(new, by=chloe)
    assert (now(decision).status, now(decision).chosen_arm) == ("completed", again)


def test_an_arm_is_the_copy_of_one_other_only(plan, ana):
    _, decision = without_the_arm(plan, ana)
    add_arm(decision, by=ana, name="responds")
    Arm.objects.filter(decision=decision, name="responds", removed_at=None).update(name="otherwise")
    assert add_arm(decision, by=ana, name="responds").carried_from is None


# Steps of an arm that nobody chose


def test_a_step_whose_own_condition_fails_gets_no_day_before_its_arm_is_chosen(case, ana, chloe):
    plan = makers.make_branched_draft(case, by=ana)
    edit_step(plan.surgery, {"after_step": plan.first}, by=ana)
    makers.submit(plan.plan, by=ana)
    makers.release(plan.plan, by=chloe)
    skip(plan.first, ana)
    surgery = now(plan.surgery)
    assert (surgery.due_on, surgery.awaits_decision) == (None, True)
    assert not reminders(surgery).exists()
    assert reminders(surgery, Reminder.Kind.GATE).exists()
    with pytest.raises(ValidationError, match="Choose an arm at step 2"):
        skip(surgery, ana)


def test_and_gets_one_when_the_decision_will_not_be_made(case, ana, chloe):
    plan = makers.make_branched_draft(case, by=ana)
    edit_step(plan.surgery, {"after_step": plan.first}, by=ana)
    makers.submit(plan.plan, by=ana)
    makers.release(plan.plan, by=chloe)
    skip(plan.first, ana)
    skip(plan.decision, ana)
    assert now(plan.surgery).due_on == makers.TODAY()


@pytest.fixture
def cycles_in_an_arm(case, ana, chloe):
    plan = makers.make_branched_draft(case, by=ana)
    edit_step(plan.prrt, makers.CYCLES, by=ana)
    makers.submit(plan.plan, by=ana)
    makers.release(plan.plan, by=chloe)
    return plan


def test_cycles_of_an_arm_that_is_never_chosen_can_be_recorded(cycles_in_an_arm, ana):
    prrt = cycles_in_an_arm.prrt
    skip(cycles_in_an_arm.decision, ana)
    first = Occurrence.objects.select_related("step__plan__case", "step__board").get(step=prrt, number=1)
    give_occurrence(first, by=ana, expected_version=first.version, on=makers.TODAY(), why="The board agreed by phone")
    assert (now(prrt).status, now(prrt).occurrences_given, prrt.occurrences.count()) == ("in_progress", 1, 4)


@pytest.mark.parametrize("verb", ["replan", "hand over"])
def test_whatever_gives_a_step_of_cycles_its_day_writes_the_cycles(cycles_in_an_arm, ana, verb):
    prrt = cycles_in_an_arm.prrt
    day = makers.TODAY()
    state = "on_hold" if verb == "replan" else "planned"
    with rewriting():
        Step.objects.filter(pk=prrt.pk).update(status=state, due_on=day, arm=None)
    prrt = now(prrt)
    move = replan_step if verb == "replan" else hand_over_step
    later = day.replace(year=day.year + 1)
    move(prrt, by=ana, expected_version=prrt.version, why="As agreed", due_on=later)
    assert list(prrt.occurrences.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4]
    assert prrt.occurrences.get(number=1).planned_on == later


# Breaks


def test_a_step_on_hold_that_is_put_into_an_arm_can_be_held_again(case, ana, chloe):
    old = makers.make_active_plan(case, by=ana, chair=chloe)
    step = now(old.steps.get())
    hold_step(step, by=ana, expected_version=step.version, **held())
    new = amend_plan(Plan.objects.get(pk=old.pk), by=ana, reason="Re-staging first")
    decision = add_decision(new, by=ana, description="re-staging", arms=[{"name": "a"}, {"name": "b", "no_step": "-"}])
    edit_step(decision, {"owner": ana, "planned_start": makers.TODAY()}, by=ana)
    copy = Step.objects.get(plan=new, carried_from=step)
    reorder_steps(new, [[decision.pk], [copy.pk]], by=ana)
    copy.refresh_from_db()
    edit_step(copy, {"arm": decision.arms.get(name="a")}, by=ana)
    makers.submit(new, by=ana)
    makers.release(new, by=chloe)
    assert now(copy).status == "planned"
    assert not StepBreak.objects.filter(step=copy, ended_on=None).exists()
    decision, copy = now(decision), now(copy)
    choose_arm(
        decision, by=ana, expected_version=decision.version, chosen_arm=copy.arm, on=makers.TODAY(), reason="as agreed",
        why="early", **makers.OUTCOME,
    )  # fmt: skip
    copy = now(copy)
    hold_step(copy, by=ana, expected_version=copy.version, **held())
    assert StepBreak.objects.filter(step=copy, ended_on=None).count() == 1


# What has begun


def begun_and_held(case, ana, chloe):
    step = now(makers.make_active_plan(case, by=ana, chair=chloe).steps.get())
    Step.objects.filter(pk=step.pk).update(status="in_progress", started_on=makers.TODAY())
    step = now(step)
    return hold_step(step, by=ana, expected_version=step.version, **held())


def test_a_step_that_has_begun_is_never_recorded_as_not_done(case, ana, chloe):
    step = begun_and_held(case, ana, chloe)
    with pytest.raises(ValidationError, match="Record that it was stopped"):
        skip_step(step, by=ana, expected_version=step.version, reason="patient_choice")
    assert now(step).status == "on_hold"


def test_a_step_that_has_begun_goes_on_and_is_not_planned_again(case, ana, chloe):
    step = begun_and_held(case, ana, chloe)
    with pytest.raises(ValidationError, match="Say that it goes on, and when it should have ended"):
        replan_step(step, by=ana, expected_version=step.version, due_on=makers.TODAY(), why="-")
    assert now(step).status == "on_hold"
