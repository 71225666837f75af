"""The main job, through the services: draft, sign, release, deliver, amend."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from careplans.models import Event, FollowUp, OutboxMessage, Plan, Reminder, Signature, Step
from careplans.services import plan_ending, plans, signatures, step_progress, steps
from careplans.services.plan_content_lock import lock_for_editing
from careplans.services.plan_schedules import add_schedule
from common.errors import Conflict
from tests.careplans import makers

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    makers.require_disciplines(board, "medical_oncology", "radiology")
    return makers.make_case(board, by=ana)


@pytest.fixture
def submitted(case, ana):
    return makers.submit(makers.make_plan(case, by=ana, steps=2), by=ana)


def test_a_plan_goes_from_draft_to_force(submitted, omar, ravi, chloe):
    makers.sign(submitted, by=omar)
    makers.sign(submitted, by=ravi)
    plan = makers.release(submitted, by=chloe)
    assert plan.status == Plan.Status.ACTIVE
    assert [step.status for step in plan.steps.all()] == ["planned", "planned"]
    assert plan.case.status == "in_care"
    assert Reminder.objects.filter(step__plan=plan, status="scheduled").count() == 8
    assert OutboxMessage.objects.filter(reminder__step__plan=plan, status="pending").count() == 16


def test_it_is_not_released_before_everyone_asked_has_answered(submitted, omar, chloe):
    makers.sign(submitted, by=omar)
    with pytest.raises(ValidationError, match="Still awaited: Radiology"):
        makers.release(submitted, by=chloe)


def test_only_the_chair_releases(submitted, omar, ravi):
    makers.sign(submitted, by=omar)
    makers.sign(submitted, by=ravi)
    with pytest.raises(PermissionDenied, match="Ask a chair"):
        makers.release(submitted, by=omar)


def test_an_edit_voids_the_signatures_and_says_so(submitted, omar):
    makers.sign(submitted, by=omar)
    step = submitted.steps.first()
    edited, conflicts = steps.edit_step(step, {"rationale": "second thoughts"}, by=omar)
    assert "1 signature was voided" in edited.message
    assert conflicts == {}
    plan = Plan.objects.get(pk=submitted.pk)
    assert (plan.status, plan.content_hash) == ("draft", "")
    assert not Signature.objects.filter(plan=plan).current().exists()
    assert Event.objects.filter(plan=plan, kind="signatures_voided").exists()


def test_a_signature_needs_the_content_that_stands(submitted, omar):
    with pytest.raises(Conflict):
        signatures.sign_plan(submitted, by=omar, expected_version=submitted.content_version, expected_hash="0" * 64)


def test_a_signature_notices_rows_changed_behind_its_back(submitted, omar):
    Step.objects.filter(plan=submitted).update(rationale="changed by hand in the database")
    with pytest.raises(Conflict):
        makers.sign(submitted, by=omar)


def test_a_dissent_stays_on_record_and_the_chair_must_answer_it(submitted, omar, ravi, chloe):
    makers.sign(submitted, by=omar)
    signatures.dissent_from_plan(
        submitted,
        by=ravi,
        expected_version=submitted.content_version,
        expected_hash=submitted.content_hash,
        reason="The lesion is too close to the bile duct.",
    )
    with pytest.raises(ValidationError, match="dissent"):
        makers.release(submitted, by=chloe)
    assert makers.release(submitted, by=chloe, note="Discussed again; the board goes ahead.").status == "active"


def test_sending_back_returns_to_draft_and_voids(submitted, omar, ravi):
    makers.sign(submitted, by=omar)
    signatures.send_back_plan(
        submitted,
        by=ravi,
        expected_version=submitted.content_version,
        expected_hash=submitted.content_hash,
        reason="Needs a new MRI first.",
    )
    plan = Plan.objects.get(pk=submitted.pk)
    assert plan.status == "draft"
    assert set(plan.signatures.values_list("status", flat=True)) == {"void", "declined"}


def test_nobody_signs_for_another_discipline(submitted, chloe, ravi, omar):
    answer = makers.sign(submitted, by=chloe)
    assert (answer.discipline, answer.is_required) == ("surgery", False)
    assert Signature.objects.filter(plan=submitted, status="pending").count() == 2


def test_a_discipline_signs_once(submitted, omar):
    makers.sign(submitted, by=omar)
    with pytest.raises(ValidationError, match="already answered"):
        makers.sign(submitted, by=omar)


@pytest.fixture
def active(submitted, omar, ravi, chloe):
    makers.sign(submitted, by=omar)
    makers.sign(submitted, by=ravi)
    return makers.release(submitted, by=chloe)


def test_the_content_of_a_plan_in_force_is_closed(active, ana):
    with pytest.raises(ValidationError, match="Amend it instead"):
        lock_for_editing(active, by=ana)


def test_steps_are_delivered_with_dates_and_reasons(active, ana):
    first, second = active.steps.order_by("position")
    today = makers.TODAY()
    first = step_progress.start_step(first, by=ana, expected_version=first.version, on=today)
    first = step_progress.complete_step(
        first, by=ana, expected_version=first.version, on=today, fulfilment="full", **makers.OUTCOME
    )
    second = step_progress.skip_step(second, by=ana, expected_version=second.version, reason="patient_choice")
    assert (first.status, second.status) == ("completed", "not_done")
    assert (
        not Reminder.objects.exclude(kind__in=Reminder.NEWS)
        .filter(step__in=[first, second], status="scheduled")
        .exists()
    )


def test_out_of_order_is_asked_about_and_not_blocked(active, ana):
    second = active.steps.order_by("position").last()
    with pytest.raises(ValidationError, match="Out of order"):
        step_progress.start_step(second, by=ana, expected_version=second.version, on=makers.TODAY())
    second = step_progress.start_step(
        second, by=ana, expected_version=second.version, on=makers.TODAY(), why="The slot came free today."
    )
    assert second.status == "in_progress"


def test_an_amendment_carries_what_has_happened(active, ana, omar, ravi, chloe):
    first = active.steps.order_by("position").first()
    step_progress.start_step(first, by=ana, expected_version=first.version, on=makers.TODAY())
    new = plans.amend_plan(active, by=ana, reason="Progression in the liver")
    makers.submit(new, by=ana)
    makers.sign(new, by=omar)
    makers.sign(new, by=ravi)
    new = makers.release(new, by=chloe)
    assert [step.status for step in new.steps.order_by("position")] == ["in_progress", "planned"]
    assert Plan.objects.get(pk=active.pk).status == "superseded"
    assert Step.objects.waiting().count() == 2


def test_a_step_left_out_of_the_amendment_gets_a_recorded_fate(active, ana, omar, ravi, chloe):
    new = plans.amend_plan(active, by=ana, reason="Progression")
    steps.remove_step(
        new.steps.order_by("position").last(), by=ana, reason_code="patient_choice", reason="no longer sensible"
    )
    makers.submit(new, by=ana)
    makers.sign(new, by=omar)
    makers.sign(new, by=ravi)
    makers.release(new, by=chloe)
    left_out = active.steps.order_by("position").last()
    assert (left_out.status, left_out.reason) == ("not_done", "left_out_by_amendment")


def test_a_plan_is_completed_only_with_every_fate_known(active, ana):
    outcome = makers.OUTCOME | {"symptom_control": "yes"}
    with pytest.raises(ValidationError, match="Record first"):
        plan_ending.complete_plan(active, by=ana, expected_version=active.version, **outcome)
    for step in active.steps.order_by("position"):
        step_progress.skip_step(step, by=ana, expected_version=step.version, reason="deterioration")
    done = plan_ending.complete_plan(
        active, by=ana, expected_version=active.version, ahead=makers.NOTHING_AHEAD, **outcome
    )
    assert done.status == "completed"


def test_revoking_settles_steps_and_follow_ups(case, board, ana, chloe, omar, ravi):
    plan = makers.make_plan(case, by=ana)
    add_schedule(plan, by=ana, schedule=makers.make_template(board), counts_from=makers.TODAY(), assignee=ana)
    makers.submit(plan, by=ana)
    makers.sign(plan, by=omar)
    makers.sign(plan, by=ravi)
    plan = makers.release(plan, by=chloe)
    assert FollowUp.objects.filter(plan=plan).count() == 8
    plan_ending.revoke_plan(
        plan,
        by=ana,
        expected_version=plan.version,
        reason_code="patient_choice",
        reason="Wrong patient group",
        ahead=makers.NOTHING_AHEAD,
    )
    assert not Step.objects.filter(plan=plan).open().exists()
    assert not FollowUp.objects.filter(plan=plan).open().exists()
    assert not Reminder.objects.scheduled().exclude(kind__in=Reminder.NEWS).exists()


def test_two_drafters_keep_both_words(case, ana, omar):
    plan = makers.make_plan(case, by=ana)
    step = plan.steps.first()
    steps.edit_step(step, {"rationale": "Omar's words"}, by=omar, base={"rationale": "first the flushing"})
    _, conflicts = steps.edit_step(
        step,
        {"rationale": "Ana's words", "only_if": "Ki-67 confirmed"},
        by=ana,
        base={"rationale": "first the flushing", "only_if": ""},
    )
    step.refresh_from_db()
    assert conflicts == {"rationale": "Omar's words"}
    assert (step.rationale, step.only_if) == ("Omar's words", "Ki-67 confirmed")


def test_the_order_has_no_gap_after_a_removal(case, ana):
    plan = makers.make_plan(case, by=ana, steps=3)
    steps.remove_step(plan.steps.order_by("position")[1], by=ana)
    assert list(Step.objects.filter(plan=plan, removed_at=None).values_list("position", flat=True)) == [1, 2]


def test_parallel_steps_share_a_number(case, ana):
    plan = makers.make_plan(case, by=ana, steps=3)
    third = plan.steps.order_by("position").last()
    steps.move_in_order(plan, third, "join", by=ana)
    assert list(Step.objects.filter(plan=plan).order_by("position", "id").values_list("position", flat=True)) == [
        1,
        2,
        2,
    ]


def test_one_draft_at_a_time(case, ana, omar):
    makers.make_plan(case, by=ana)
    with pytest.raises(ValidationError, match="already drafting"):
        plans.draft_plan(case, by=omar)


def test_holding_a_step_needs_a_day_to_look_again(active, ana):
    step = active.steps.first()
    held = step_progress.hold_step(
        step,
        by=ana,
        expected_version=step.version,
        on=makers.TODAY(),
        due_on=makers.TODAY() + timedelta(days=14),
        reason="medical_reason",
        reason_note="Infection",
    )
    assert held.status == "on_hold"
    assert Reminder.objects.filter(step=held, status="scheduled", kind="due").exists()


def test_an_amendment_that_keeps_the_schedule_keeps_its_follow_ups(case, board, ana, chloe, omar, ravi):
    plan = makers.make_plan(case, by=ana)
    add_schedule(plan, by=ana, schedule=makers.make_template(board), counts_from=makers.TODAY(), assignee=ana)
    for _ in range(2):
        makers.submit(plan, by=ana)
        makers.sign(plan, by=omar)
        makers.sign(plan, by=ravi)
        plan = makers.release(plan, by=chloe)
        kept = set(FollowUp.objects.open().values_list("pk", flat=True))
        if plan.number == 1:
            before, plan = kept, plans.amend_plan(plan, by=ana, reason="Another step")
    assert kept == before
    assert set(FollowUp.objects.values_list("plan__number", flat=True)) == {2}
