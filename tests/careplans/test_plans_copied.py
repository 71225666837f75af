"""A new draft of a case begins with what an earlier plan of it had."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership
from careplans.models import Event, Occurrence, Plan, PlanSchedule
from careplans.readers.timeline import sentence
from careplans.services import occurrence_progress, plan_ending, step_progress
from careplans.services.plan_copies import copy_plan
from careplans.services.plan_schedules import add_schedule
from careplans.services.plans import amend_plan, draft_plan
from careplans.services.steps import edit_step
from modalities.models import Revision
from tests.careplans import makers

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def ended(case, ana, omar, chloe):
    """A plan with a gate, a course, two arms and a schedule, revoked before anything began."""
    plan = makers.make_branched_draft(case, by=ana, owner=omar).plan
    first, decision, *rest = plan.steps.order_by("position")
    edit_step(first, {"course": "cycles", "occurrences_planned": 4, "interval": 8, "interval_unit": "weeks"}, by=ana)
    edit_step(decision, {"after_step": first}, by=ana)
    add_schedule(
        plan,
        by=ana,
        schedule=makers.make_template(case.board, name="Yearly"),
        counts_from=makers.TODAY(),
        assignee=omar,
    )
    makers.submit(plan, by=ana)
    makers.release(plan, by=chloe)
    plan.refresh_from_db()
    revoke(plan, by=chloe)
    return Plan.objects.get(pk=plan.pk)


def revoke(plan, *, by):
    ahead = makers.NOTHING_AHEAD
    plan_ending.revoke_plan(
        plan,
        by=by,
        expected_version=plan.version,
        reason_code="patient_choice",
        reason="the patient wants to wait",
        ahead=ahead,
    )


def said(plan):
    return [
        (one.position, one.title, one.owner_id, one.planned_start, one.course_words, one.goals)
        for one in plan.steps.filter(removed_at=None).order_by("position", "id")
    ]


def test_it_has_the_same_steps_arms_gates_and_schedules(ended, ana):
    new = copy_plan(ended, by=ana).plan
    assert said(new) == said(ended)
    first, decision, *rest = new.steps.order_by("position")
    assert decision.after_step == first
    assert [arm.name for arm in decision.arms.live()] == ["responds", "else PRRT"]
    assert {one.arm.decision_id for one in rest if one.arm} == {decision.pk}
    assert [(row.schedule.name, row.counts_from) for row in new.schedules.all()] == [("Yearly", makers.TODAY())]


def test_nothing_of_what_became_of_it_comes_along(ended, ana):
    new = copy_plan(ended, by=ana).plan
    assert {(one.status, one.carried_from_id, one.reason) for one in new.steps.all()} == {("proposed", None, "")}
    assert (new.status, new.amends_id, new.number) == ("draft", None, ended.number + 1)


def test_it_rests_on_the_revisions_in_force_now(ended, ana):
    old = ended.steps.filter(modality_code="PRRT").get().modality_revision
    newer = Revision.objects.get(pk=old.pk)
    newer.pk, newer.number = None, old.number + 1
    newer.save(force_insert=True)
    page = old.modality
    page.current_revision = newer
    page.save()
    assert copy_plan(ended, by=ana).plan.steps.get(modality_code="PRRT").modality_revision == newer


def test_days_that_have_passed_are_left_out_and_named(ended, ana):
    step = ended.steps.order_by("position").first()
    with time_machine.travel(timezone.now() + timedelta(days=20)):
        copied = copy_plan(ended, by=ana)
    first = copied.plan.steps.order_by("position").first()
    assert (first.planned_start, first.planned_end) == (None, step.planned_end)
    assert any(f"step 1 ({step.title}), planned start {step.planned_start:%-d %b %Y}" in words for words in copied.told)


def test_people_who_have_left_are_named_and_own_nothing(ended, ana, omar):
    Membership.objects.filter(user=omar).update(ended_at=ended.created_at)
    copied = copy_plan(ended, by=ana)
    assert set(copied.plan.steps.values_list("owner", flat=True)) == {None}
    assert any("cannot act on this board any more" in words and omar.name in words for words in copied.told)
    assert PlanSchedule.objects.get(plan=copied.plan).assignee is None


def test_what_was_carried_out_is_named(case, ana, chloe):
    plan = makers.make_active_plan(case, by=ana, chair=chloe)
    step = plan.steps.get()
    step_progress.start_step(step, by=ana, expected_version=step.version, on=makers.TODAY())
    step.refresh_from_db()
    step_progress.complete_step(
        step, by=ana, expected_version=step.version, on=makers.TODAY(), fulfilment="full", **makers.OUTCOME
    )
    plan.refresh_from_db()
    revoke(plan, by=chloe)
    told = copy_plan(Plan.objects.get(pk=plan.pk), by=ana).told
    assert any("carried out under that plan" in words and step.title in words for words in told)


def do(row, service, by, **values):
    """As a person does it who sees the row as it stands now."""
    now = type(row).objects.get(pk=row.pk)
    service(now, by=by, expected_version=now.version, **values)


def told_from(plan, ana, chloe):
    """What a draft says that begins with `plan`, once the plan in force is revoked."""
    if now := Plan.objects.filter(case=plan.case_id).in_force().first():
        revoke(now, by=chloe)
    return " ".join(copy_plan(Plan.objects.get(pk=plan.pk), by=ana).told)


def amended(plan, ana, chloe):
    new = amend_plan(Plan.objects.get(pk=plan.pk), by=ana, reason="restaged")
    makers.submit(new, by=ana)
    makers.release(new, by=chloe)
    return new


STOPPED = {"reason": "toxicity_or_not_tolerated", **makers.OUTCOME}


def test_a_course_that_was_stopped_is_named_with_what_was_given_and_why(board, ana, omar, chloe):
    course = makers.make_course(board, by=ana, chair=chloe, owner=omar)
    do(Occurrence.objects.get(step=course, number=1), occurrence_progress.give_occurrence, omar, on=board.today)
    do(course, step_progress.stop_step, omar, on=board.today, **STOPPED)
    told = told_from(course.plan, ana, chloe)
    assert "carried out under that plan or its amendments, in full or in part; take out or shorten" in told
    assert f"step 1 ({course.title}): stopped on" in told
    assert "(toxicity or not tolerated), 1 of 4 cycles given" in told


def test_what_was_not_done_is_named_with_its_reason_and_what_the_end_of_the_plan_dropped_is_not(case, ana, omar, chloe):
    first, second, _ = makers.make_gated_plan(case, by=ana, chair=chloe, owner=omar)
    do(first, step_progress.skip_step, omar, reason="patient_choice")
    told = told_from(first.plan, ana, chloe)
    assert (
        f"were not done, or were set aside: step {first.number} ({first.title}): not done (patient's choice)." in told
    )
    assert "revoked" not in told


def test_what_was_given_under_an_amendment_counts_for_the_plan_before_it(board, ana, omar, chloe):
    course = makers.make_course(board, by=ana, chair=chloe, owner=omar)
    do(Occurrence.objects.get(step=course, number=1), occurrence_progress.give_occurrence, omar, on=board.today)
    later = amended(amended(course.plan, ana, chloe), ana, chloe).steps.get()
    give = occurrence_progress.give_occurrence
    do(Occurrence.objects.get(step=later, number=2), give, omar, on=board.today, why="agreed", move_later=False)
    do(later, step_progress.stop_step, omar, on=board.today, **STOPPED)
    told = told_from(course.plan, ana, chloe)
    assert told.count("cycles given") == 1
    assert f"step 1 of plan 3 ({course.title}): stopped" in told
    assert "2 of 4 cycles given" in told


def test_the_timeline_says_from_which_plan(ended, ana):
    copy_plan(ended, by=ana)
    told = Event.objects.get(kind="plan_copied")
    assert sentence(told).endswith("began plan 2 with what plan 1 had")


def test_an_observer_copies_nothing(ended, nina):
    with pytest.raises(PermissionDenied):
        copy_plan(ended, by=nina)


def test_a_plan_in_force_is_amended_instead(case, ana, chloe):
    plan = makers.make_active_plan(case, by=ana, chair=chloe)
    with pytest.raises(ValidationError, match="Amend that plan"):
        copy_plan(plan, by=ana)


def test_a_draft_beside_it_is_the_one_to_work_on(ended, ana):
    draft_plan(ended.case, by=ana)
    with pytest.raises(ValidationError, match="already drafting"):
        copy_plan(ended, by=ana)


def test_what_was_a_mistake_starts_nothing(ended, ana):
    Plan.objects.filter(pk=ended.pk).update(status="entered_in_error")
    with pytest.raises(ValidationError, match="cannot start from it"):
        copy_plan(Plan.objects.get(pk=ended.pk), by=ana)


def test_the_page_of_the_case_offers_it_and_the_draft_says_what_is_not_there(client, ended, ana):
    client.force_login(ana)
    assert "Start from plan 1" in client.get(reverse("careplans:case", args=[ended.case_id])).content.decode()
    with time_machine.travel(timezone.now() + timedelta(days=20)):
        client.force_login(ana)
        page = client.post(reverse("careplans:plan_copy", args=[ended.pk]), follow=True)
    assert page.resolver_match.url_name == "plan_edit"
    assert "Days that have passed were left out" in page.content.decode()
