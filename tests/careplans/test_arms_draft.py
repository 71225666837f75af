"""A decision and its arms while a plan is drafted: what is signed, what is missing, and what cannot be."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from careplans.models import Arm, Event, Plan, Step
from careplans.models.plan_content import canonical_content, content_hash
from careplans.readers.plan_changes import compare_plans
from careplans.readers.served.plans import load_plans
from careplans.readers.steps.arms import MOST_WAYS
from careplans.readers.steps.loading import load_for_rules
from careplans.services.decisions import add_arm, add_decision, edit_arm, move_arm, remove_arm
from careplans.services.plans import amend_plan, missing_for_signoff, submit_plan
from careplans.services.steps import add_step, edit_step, remove_step, reorder_steps
from common.errors import Conflict
from tests.careplans import makers

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def draft(case, ana, omar):
    return makers.make_branched_draft(case, by=ana, owner=omar)


def steps_of(plan):
    return list(Step.objects.filter(plan=plan).for_plan())


def missing(plan):
    return missing_for_signoff(Plan.objects.get(pk=plan.pk), steps_of(plan))


def fingerprint(plan):
    return content_hash(Plan.objects.get(pk=plan.pk), steps_of(plan), [])


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_a_complete_branch_can_be_sent_to_sign_off(draft, ana):
    assert missing(draft.plan) == []
    makers.submit(draft.plan, by=ana)
    assert fresh(draft.plan).status == "in_signoff"


def test_a_decision_treats_nothing(draft):
    assert (draft.decision.modality_code, draft.decision.goals) == ("OTHER", ["monitoring"])


def test_arms_and_what_belongs_to_them_are_signed(draft):
    content = canonical_content(draft.plan, steps_of(draft.plan), [])["steps"]
    assert content[1]["arms"] == [
        {"position": 1, "name": "responds", "condition": "partial response or better", "no_step": ""},
        {"position": 2, "name": "else PRRT", "condition": "", "no_step": ""},
    ]
    assert [step.get("arm") for step in content] == [
        None, None, {"decision_place": 2, "position": 1}, {"decision_place": 2, "position": 2}, None,
    ]  # fmt: skip


def test_a_step_outside_every_arm_is_signed_as_before(case, ana):
    plan = makers.make_plan(case, by=ana)
    [content] = canonical_content(plan, steps_of(plan), [])["steps"]
    assert not content.keys() & {"arm", "arms", "is_decision"}


@pytest.mark.parametrize("field", ["name", "condition", "no_step"])
def test_every_word_of_an_arm_changes_what_is_signed(draft, ana, field):
    before = fingerprint(draft.plan)
    edit_arm(draft.responds, {field: "otherwise"}, by=ana)
    assert fingerprint(draft.plan) != before


def test_a_change_of_an_arm_voids_the_signatures(draft, board, ana, omar):
    makers.require_disciplines(board, "oncology")
    makers.submit(draft.plan, by=ana)
    makers.sign(draft.plan, by=omar)
    edited, _ = edit_arm(draft.responds, {"condition": "complete response"}, by=ana)
    assert (edited.voided, fresh(draft.plan).status) == (1, "draft")


def test_two_who_change_the_same_word_of_an_arm_are_both_shown(draft, ana):
    edit_arm(draft.responds, {"name": "responds well"}, by=ana, base={"name": "responds"})
    _, theirs = edit_arm(draft.responds, {"name": "answers"}, by=ana, base={"name": "responds"})
    assert theirs == {"name": "responds well"}
    assert fresh(draft.responds).name == "responds well"


def test_a_change_of_an_arm_that_somebody_else_changed_is_a_conflict_for_a_program(draft, ana):
    with pytest.raises(Conflict):
        edit_arm(draft.responds, {"name": "answers"}, by=ana, expected_version=draft.responds.version + 1)


@pytest.mark.parametrize("name", ["", "  "])
def test_an_arm_keeps_a_name(draft, ana, name):
    with pytest.raises(ValidationError, match="Give the arm a name"):
        edit_arm(draft.responds, {"name": name}, by=ana)


def test_no_two_arms_of_a_decision_have_one_name(draft, ana):
    with pytest.raises(ValidationError, match="has an arm of the name “Responds” already"):
        add_arm(draft.decision, by=ana, name="Responds")


def test_an_observer_names_no_arm(draft, nina):
    with pytest.raises(PermissionDenied):
        add_arm(draft.decision, by=nina, name="progresses")


def test_one_arm_is_too_few(draft, ana):
    remove_step(draft.prrt, by=ana)
    remove_arm(draft.other, by=ana)
    assert missing(draft.plan) == [
        "Step 2 (re-staging) is a decision and needs two arms or more. Name what may follow."
    ]


def test_whoever_reads_the_plan_sees_no_arm_that_was_taken_out(draft, ana):
    """The editor, the rules and the API read it each in a way of its own."""
    remove_step(draft.prrt, by=ana)
    remove_arm(draft.other, by=ana)
    for_rules, served = Plan.objects.get(pk=draft.plan.pk), Plan.objects.for_api().get(pk=draft.plan.pk)
    load_for_rules([for_rules])
    load_plans([served])
    for steps in (steps_of(draft.plan), for_rules.steps.all(), served.steps.all()):
        assert [arm.name for step in steps if step.is_decision for arm in step.arms.all()] == ["responds"]


def test_an_arm_without_steps_says_what_happens_then(draft, ana):
    arm = add_arm(draft.decision, by=ana, name="progresses")
    words = "The arm “progresses” of step 2 has no step. Add one, or say what happens then."
    assert missing(draft.plan) == [words]
    edit_arm(arm, {"no_step": "best supportive care"}, by=ana)
    assert missing(draft.plan) == []


def test_an_arm_does_not_say_that_no_step_follows_and_have_some(draft, ana):
    edit_arm(draft.responds, {"no_step": "follow-up"}, by=ana)
    [words] = missing(draft.plan)
    assert words.startswith("The arm “responds” of step 2 says that no step follows, and has steps.")


def test_a_step_of_an_arm_comes_after_its_decision(draft, ana):
    ids = [step.pk for step in (draft.first, draft.surgery, draft.decision, draft.prrt, draft.after)]
    reorder_steps(draft.plan, [[pk] for pk in ids], by=ana)
    [words] = missing(draft.plan)
    assert words.startswith("Step 2 (Surgery) belongs to an arm of step 3 and does not come after it.")


def test_a_plan_with_more_ways_than_anybody_reads_is_refused(draft, ana, omar):
    for place in range(4):
        arms = [{"name": "yes", "no_step": "nothing"}, {"name": "no", "no_step": "nothing"}]
        decision = add_decision(draft.plan, by=ana, description=f"scan {place}", arms=arms)
        edit_step(decision, {"owner": omar, "planned_start": makers.TODAY() + timedelta(days=300)}, by=ana)
    [words] = missing(draft.plan)
    assert words.startswith(f"The decisions of this plan lead to 32 ways, and at most {MOST_WAYS} can be judged.")
    with pytest.raises(ValidationError, match="lead to 32 ways"):
        submit_plan(fresh(draft.plan), by=ana, expected_version=fresh(draft.plan).version)


def test_a_step_of_an_arm_needs_no_date_of_its_own(draft, ana):
    edit_step(draft.surgery, {"planned_start": None}, by=ana)
    assert missing(draft.plan) == []


def test_a_decision_stands_in_no_arm(draft, ana):
    second = add_decision(draft.plan, by=ana, description="second look", arms=[])
    with pytest.raises(ValidationError, match="Name every way on as an arm of the first decision"):
        edit_step(second, {"arm": draft.responds}, by=ana)


def test_a_decision_gets_no_goal_that_treats(draft, ana):
    with pytest.raises(ValidationError, match="no modality, goals, target or course of its own"):
        edit_step(draft.decision, {"goals": ["cure"]}, by=ana)


def test_a_step_never_waits_for_one_of_another_arm(draft, ana):
    with pytest.raises(ValidationError, match="belongs to another arm, and only one of them comes true"):
        edit_step(draft.prrt, {"after_step": draft.surgery}, by=ana)


def test_a_step_waits_for_one_of_its_own_arm_or_of_none(draft, ana):
    edit_step(draft.prrt, {"after_step": draft.first}, by=ana)
    second = add_step(draft.plan, by=ana, phase="adjuvant", modality_code="OSA", arm=draft.responds)
    edit_step(second, {"after_step": draft.surgery}, by=ana)
    assert fresh(second).after_step == draft.surgery


def test_a_step_that_another_arm_waits_for_stays_outside(draft, ana):
    edit_step(draft.prrt, {"after_step": draft.first}, by=ana)
    with pytest.raises(ValidationError, match="of another arm waits for this step"):
        edit_step(draft.first, {"arm": draft.responds}, by=ana)


def test_a_decision_does_not_wait_for_its_own_arms(draft, ana):
    with pytest.raises(ValidationError, match="belongs to an arm of this decision"):
        edit_step(draft.decision, {"after_step": draft.surgery}, by=ana)


def test_what_a_decision_waits_for_is_in_none_of_its_arms(draft, ana):
    edit_step(draft.decision, {"after_step": draft.first}, by=ana)
    with pytest.raises(ValidationError, match="the decision, waits for this step"):
        edit_step(draft.first, {"arm": draft.responds}, by=ana)


def test_an_arm_of_another_plan_is_refused(draft, board, ana):
    other = makers.make_branched_draft(makers.make_case(board, by=ana, record_number="SYN-2"), by=ana)
    with pytest.raises(ValidationError, match="Choose an arm of this plan"):
        edit_step(draft.first, {"arm": other.responds}, by=ana)


def test_an_arm_with_steps_is_not_taken_out(draft, ana):
    with pytest.raises(ValidationError, match=r"The arm “responds” has step 3 \(Surgery\)"):
        remove_arm(draft.responds, by=ana)


def test_a_decision_with_steps_in_its_arms_is_not_taken_out(draft, ana):
    with pytest.raises(ValidationError, match=r"Its arms have step 3 \(Surgery\), 4 "):
        remove_step(draft.decision, by=ana)


def test_a_decision_whose_arms_are_empty_is_taken_out(draft, ana):
    for step in (draft.surgery, draft.prrt):
        edit_step(step, {"arm": None}, by=ana)
    remove_step(draft.decision, by=ana)
    assert fresh(draft.decision).removed_at is not None


def test_arms_change_places(draft, ana):
    move_arm(draft.other, by=ana, direction="up")
    assert [arm.name for arm in draft.decision.arms.live()] == ["else PRRT", "responds"]
    assert Event.objects.filter(step=draft.decision, kind="arms_reordered", by=ana).exists()


def test_the_first_arm_stays_where_it_is_moved_up(draft, ana):
    move_arm(draft.responds, by=ana, direction="up")
    assert not Event.objects.filter(kind="arms_reordered").exists()


def test_every_change_of_an_arm_is_in_the_timeline(draft, ana):
    arm = add_arm(draft.decision, by=ana, name="progresses")
    edit_arm(arm, {"name": "grows"}, by=ana)
    remove_arm(arm, by=ana)
    kinds = (
        Event.objects.filter(step=draft.decision, kind__startswith="arm").order_by("pk").values_list("kind", "by__name")
    )
    assert list(kinds) == [(kind, "Ana Coordinator") for kind in ("arm_added", "arm_edited", "arm_removed")]


def test_an_amendment_takes_the_arms_along(case, ana, chloe):
    plan = makers.make_branched_plan(case, by=ana, chair=chloe)
    new = amend_plan(plan.plan, by=ana, reason="Progression")
    copied = {step.carried_from_id: step for step in steps_of(new)}
    arms = Arm.objects.filter(decision=copied[plan.decision.pk]).order_by("position")
    assert [(arm.words, arm.carried_from) for arm in arms] == [
        ("responds (partial response or better)", plan.responds), ("else PRRT", plan.other),
    ]  # fmt: skip
    assert copied[plan.surgery.pk].arm == arms[0]
    assert compare_plans(
        Plan.objects.for_editing().get(pk=plan.plan.pk), Plan.objects.for_editing().get(pk=new.pk)
    ).none


def test_what_changed_in_the_arms_is_told_word_by_word(case, ana, chloe):
    plan = makers.make_branched_plan(case, by=ana, chair=chloe)
    new = amend_plan(plan.plan, by=ana, reason="Progression")
    decision = new.steps.get(is_decision=True)
    edit_arm(decision.arms.get(position=2), {"name": "else SIRT"}, by=ana)
    edit_step(new.steps.get(modality_code="SURG"), {"arm": None, "planned_start": makers.TODAY()}, by=ana)
    old, new = (Plan.objects.for_editing().get(pk=pk) for pk in (plan.plan.pk, new.pk))
    told = {change.label: change.pieces for one in compare_plans(old, new).steps for change in one.changes}
    assert ("added", "SIRT") in told["Arms"]
    assert told["In the arm"] == [("removed", "“responds” of step 2")]
