"""A case at a stage of its plan, with what every verb of `verbs.py` needs; and its rows as somebody has them on a screen."""

from datetime import timedelta
from types import SimpleNamespace

from careplans.models import Arm, Case, FollowUp, OutboxMessage, Plan, PriorTreatment, Signature, Step
from careplans.services.cases import add_prior_treatment
from careplans.services.decisions import add_decision
from careplans.services.plan_ending import hold_plan
from careplans.services.proforma import save_proforma
from careplans.services.step_progress import hold_step, skip_step, start_step
from careplans.services.steps import edit_step
from modalities.models import Publication
from tests.careplans import makers
from tests.careplans.test_superseded_guidance import publish

# Localized, operable, functional: SUR-01 fires, so that there is an advisory to answer.
FACTS = {"functional_status": "functional", "extent": "localized", "surgery_option": "yes"}


def make_world(board, stage, *, ana, omar, chloe, record_number="SYN-1"):
    """Makes the rows; returns the case."""
    case = makers.make_case(board, by=ana, record_number=record_number)
    save_proforma(case, FACTS, by=ana)
    add_prior_treatment(case, by=ana, modality_code="SURG", response="complete")
    makers.make_follow_up(case, by=ana, due_on=makers.TODAY())
    if stage != "without a plan":
        plan = makers.make_plan(case, by=ana, steps=3)
        add_a_decision(plan, by=ana)
        if stage != "draft":
            to_stage(plan, stage, ana=ana, omar=omar, chloe=chloe)
    OutboxMessage.objects.filter(channel="email").update(status="failed")
    return case


def add_a_decision(plan, *, by):
    arms = [{"name": name, "no_step": "follow-up"} for name in ("responds", "else")]
    decision = add_decision(plan, by=by, description="re-staging", arms=arms)
    edit_step(decision, {"owner": by, "planned_start": makers.TODAY() + timedelta(days=200)}, by=by)


def to_stage(plan, stage, *, ana, omar, chloe):
    type(plan.board).objects.update(delegates_may_lack_discipline=True)
    makers.require_disciplines(plan.board, "medical_oncology")
    makers.submit(plan, by=ana)
    if stage == "in sign-off":
        return
    makers.sign(plan, by=omar)
    if stage == "signed":
        return
    plan = makers.release(plan, by=chloe)
    today = plan.board.today
    planned, running, paused, decision = plan.steps.order_by("position")
    if stage == "with ended steps":
        for step in (planned, running, paused, decision):
            skip_step(step, by=ana, expected_version=step.version, reason="progression")
        return
    start_step(running, by=ana, expected_version=running.version, on=today, why="early")
    hold_step(paused, by=ana, expected_version=paused.version, on=today, due_on=today, reason="medical_reason")
    publish(2, matters=True)
    if stage == "on hold":
        hold_plan(plan, by=chloe, expected_version=plan.version, reason="ill")


def read(case, **people):
    """Everything of the case, each row read anew with its parents, as a view hands it to a service."""
    case = Case.objects.select_related("board").get(pk=case.pk)
    plan = Plan.objects.select_related("case", "board").filter(case=case).first()
    steps = Step.objects.select_related("plan__case", "case", "board").filter(plan=plan).order_by("position")
    failed = OutboxMessage.objects.for_sending().filter(status="failed")
    return SimpleNamespace(
        **people, case=case, plan=plan, today=case.board.today, day=case.board.today + timedelta(days=20),
        later=case.board.today + timedelta(days=90), reversed=[[step.pk] for step in reversed(steps)],
        publications=list(Publication.objects.values_list("pk", flat=True)),
        signature=Signature.objects.select_related("plan").filter(plan=plan).first(),
        follow_up=FollowUp.objects.select_related("case", "board").filter(case=case).first(),
        therapy=PriorTreatment.objects.select_related("case").filter(case=case).first(),
        of_step=failed.filter(reminder__step__status="planned").first(),
        of_signature=failed.filter(reminder__signature__isnull=False).first(),
        of_follow_up=failed.filter(reminder__follow_up__isnull=False).first(),
        arm=Arm.objects.for_page().filter(decision__plan=plan).first(),
        **dict(zip(("planned", "running", "paused", "decision"), steps, strict=False)),
    )  # fmt: skip
