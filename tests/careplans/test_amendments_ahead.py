"""An amendment in work is judged and signed by what its steps will be when it is released."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import RequiredDiscipline
from careplans.models import Plan, Signature, Step
from careplans.rules.plan_advice import Rules
from careplans.services.decisions import add_decision
from careplans.services.plans import amend_plan
from careplans.services.proforma import save_proforma
from careplans.services.step_progress import hold_step, skip_step, stop_step
from careplans.services.steps import add_step, edit_step
from tests.careplans import makers
from tests.careplans.test_arms_choose import choose, now
from tests.careplans.test_occurrences_record import give
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db
TODAY = makers.TODAY
SYMPTOMS = {
    "primary_site": "jejunum_ileum", "grade": "G2", "differentiation": "well", "extent": "metastatic",
    "liver_metastases": "yes", "tumour_volume": "low", "visceral_crisis": "none", "functional_status": "functional",
    "hormone_symptoms_controlled": "no", "surgery_option": "no", "liver_surgery_option": "no", "sstr_expression": "high",
}  # fmt: skip


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


def fires(plan):
    return {firing.rule for firing in Rules.in_force().firings(Plan.objects.for_rules().get(pk=plan.pk))}


@pytest.fixture
def analogue(case, ana, chloe):
    """In force and begun, with PRRT after it."""
    save_proforma(case, SYMPTOMS, by=ana)
    makers.make_modality("PRRT")
    plan = makers.make_plan(case, by=ana)
    step = plan.steps.get()
    edit_step(step, {"planned_start": TODAY(), **makers.ONGOING}, by=ana)
    add_step(
        plan, by=ana, phase="tumour_control", modality_code="PRRT", goals=["tumour_control"], owner=ana, planned_start=TODAY()
    )  # fmt: skip
    makers.submit(plan, by=ana)
    makers.release(plan, by=chloe)
    give(step, 1, ana)
    return now(step)


def end(step, how, by):
    step = now(step)
    if how == "stop":
        return stop_step(
            step, by=by, expected_version=step.version, on=TODAY(), reason="patient_choice", **makers.OUTCOME
        )
    return hold_step(step, by=by, expected_version=step.version, on=TODAY(), reason="medical_reason", due_on=TODAY())


@pytest.mark.parametrize("how", ["stop", "hold"])
def test_what_fires_after_the_release_fires_in_draft_and_in_sign_off(analogue, ana, chloe, how):
    end(analogue, how, ana)
    new = amend_plan(Plan.objects.get(pk=analogue.plan_id), by=ana, reason="Progression elsewhere")
    in_draft = fires(new)
    makers.submit(new, by=ana)
    in_sign_off = fires(new)
    makers.release(new, by=chloe)
    assert "SEQ-02" in in_draft & in_sign_off & fires(new)


def test_a_step_that_is_stopped_while_an_amendment_is_drafted_is_judged_anew_there(analogue, ana):
    new = amend_plan(Plan.objects.get(pk=analogue.plan_id), by=ana, reason="Progression elsewhere")
    assert "SEQ-02" not in fires(new)
    end(analogue, "stop", ana)
    assert new.advisories.standing().filter(rule="SEQ-02").exists()


def test_nobody_is_asked_to_sign_for_what_was_not_done(board, case, ana, chloe):
    RequiredDiscipline.objects.create(
        board=board, discipline="interventional_radiology", when=RequiredDiscipline.When.LIVER_DIRECTED
    )
    makers.make_modality("TACE")
    old = makers.make_active_plan(case, by=ana, chair=chloe)
    with rewriting():
        Step.objects.filter(plan=old).update(modality_code="TACE")
    step = now(old.steps.get())
    skip_step(step, by=ana, expected_version=step.version, reason="patient_choice")
    new = amend_plan(Plan.objects.get(pk=old.pk), by=ana, reason="Another way")
    add_step(
        new, by=ana, phase="tumour_control", modality_code="OSA", goals=["tumour_control"], owner=ana, planned_start=TODAY()
    )  # fmt: skip
    makers.submit(new, by=ana)
    assert not Signature.objects.filter(plan=new).exists()


def test_an_amendment_does_not_ask_for_fewer_cycles_than_were_given(board, ana, chloe):
    step = makers.make_course(board, by=ana, chair=chloe)
    for number in (1, 2, 3):
        give(step, number, ana, move_later=True)
    new = amend_plan(Plan.objects.get(pk=step.plan_id), by=ana, reason="Toxicity")
    copy = Step.objects.get(plan=new, carried_from=step)
    edit_step(copy, {"occurrences_planned": 2}, by=ana)
    with pytest.raises(ValidationError, match="asks for 2 cycles, and 3 have been given already. Ask for 3 or more"):
        makers.submit(new, by=ana)
    copy.refresh_from_db()
    edit_step(copy, {"occurrences_planned": 3}, by=ana)
    makers.submit(new, by=ana)


def test_nor_when_they_are_given_after_the_sign_off(board, ana, chloe):
    step = makers.make_course(board, by=ana, chair=chloe)
    new = amend_plan(Plan.objects.get(pk=step.plan_id), by=ana, reason="Toxicity")
    copy = Step.objects.get(plan=new, carried_from=step)
    edit_step(copy, {"occurrences_planned": 2}, by=ana)
    makers.submit(new, by=ana)
    for number in (1, 2, 3):
        give(step, number, ana, move_later=True)
    with pytest.raises(ValidationError, match="3 have been given already"):
        makers.release(new, by=chloe)


def test_a_step_of_a_chosen_arm_follows_another_decision(case, ana, chloe):
    """It waits for the first decision, and its own arm belongs to a second one that is made already."""
    plan = makers.make_branched_draft(case, by=ana)
    second = add_decision(plan.plan, by=ana, description="second", arms=[{"name": "x"}, {"name": "y", "no_step": "-"}])
    edit_step(second, {"owner": ana, "planned_start": TODAY()}, by=ana)
    step = add_step(
        plan.plan, by=ana, phase="tumour_control", modality_code="OSA", goals=["tumour_control"], owner=ana,
        arm=second.arms.get(name="x"), planned_start=TODAY().replace(year=TODAY().year + 1),
    )  # fmt: skip
    edit_step(step, {"after_step": plan.decision}, by=ana)
    makers.submit(plan.plan, by=ana)
    makers.release(plan.plan, by=chloe)
    plan.decision, first = second, plan.decision
    choose(plan, second.arms.get(name="x"), ana)
    plan.decision = first
    choose(plan, plan.other, ana)
    assert now(step).events.filter(kind="gate_moved", new="open").exists()
