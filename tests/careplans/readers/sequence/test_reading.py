"""From rows to what the picture shows: as their own pages say it."""

from datetime import timedelta

import pytest

from careplans.models import FollowUp, Occurrence, Plan, Step
from careplans.readers.sequence import minis_of, plan_svg, sequence_of
from careplans.readers.sequence.table import table
from careplans.readers.sequence.what import Look, Passage
from careplans.readers.sequence.words import told
from careplans.services.arm_choice import choose_arm
from careplans.services.occurrence_progress import give_occurrence
from careplans.services.plans import amend_plan
from careplans.services.step_progress import complete_step, skip_step, start_step
from careplans.services.steps import edit_step
from tests.careplans import makers
from tests.careplans.makers import OUTCOME, TODAY
from tests.careplans.readers.sequence.svgs import marked, tree_of

pytestmark = pytest.mark.django_db


def read(plan, **how):
    plan = Plan.objects.for_detail().get(pk=plan.pk)
    rows = FollowUp.objects.of_sequence(plan) if plan.released_at else ()
    return sequence_of(plan, None, rows, today=plan.board.today, **how)


def shown(plan, **how):
    return {step.key: step for step in read(plan, **how).steps}


@pytest.fixture
def gated(board, ana, chloe):
    return makers.make_gated_plan(makers.make_case(board, by=ana), by=ana, chair=chloe)


def test_a_planned_step_waits_for_the_one_before(gated):
    first, second, third = (shown(gated[0].plan)[step.pk] for step in gated)
    assert first.look == Look.PLANNED and first.gate is None
    assert (second.gate.after, second.gate.state) == (first.key, Passage.WAITING)
    assert second.gate.words == f"Waits: after {first.label} has ended"
    assert [first.label, second.label, third.label] == ["1a", "1b", "1c"]


def test_what_was_not_done_lets_the_gate_fail_in_words(gated, ana):
    first, second, _ = gated
    skip_step(first, by=ana, expected_version=first.version, reason="progression")
    steps = shown(first.plan)
    assert steps[first.pk].look == Look.NOT_DONE and steps[first.pk].state == "Not done: progression"
    assert steps[second.pk].gate.state == Passage.FAILED
    assert steps[second.pk].gate.words.startswith("Condition failed: step 1a")


def test_of_what_never_began_nothing_is_said_to_have_come(gated, ana):
    """What it was to wait for is told as it was agreed: it ended for another reason, and the first step has not even begun."""
    _, second, _ = gated
    skip_step(second, by=ana, expected_version=second.version, reason="deterioration")
    gate = shown(second.plan)[second.pk].gate
    assert (gate.words, gate.agreed) == ("", "was agreed: after 1a has ended")
    assert "was agreed: after 1a has ended" in table(read(second.plan)) and "has come" not in table(read(second.plan))


def test_what_runs_is_filled_up_to_today_and_late_when_its_day_is_past(board, ana, chloe):
    step = makers.make_course(board, by=ana, chair=chloe, course="once")
    start_step(step, by=ana, expected_version=step.version, on=TODAY())
    assert shown(step.plan)[step.pk].filled_until == TODAY() and not shown(step.plan)[step.pk].late
    Step.objects.filter(pk=step.pk).update(due_on=TODAY() - timedelta(days=9))
    assert shown(step.plan)[step.pk].late.startswith("9 days late: next date")


def test_what_waits_is_not_called_late(gated):
    Step.objects.filter(plan=gated[0].plan).update(due_on=TODAY() - timedelta(days=30))
    first, second, _ = (shown(gated[0].plan)[step.pk] for step in gated)
    assert first.late and not second.late


def test_the_cycles_of_a_draft_follow_from_its_course(board, ana):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    step = plan.steps.get()
    edit_step(step, {"planned_start": TODAY(), **makers.CYCLES}, by=ana)
    turns = shown(plan)[step.pk].turns
    assert [(turn.number, turn.state) for turn in turns] == [(n, "planned") for n in (1, 2, 3, 4)]
    assert turns[1].day == TODAY() + timedelta(weeks=8)


def test_what_goes_on_has_no_end(board, ana, chloe):
    step = makers.make_course(board, by=ana, chair=chloe, planned_end=None, **makers.ONGOING)
    one = shown(step.plan)[step.pk]
    assert one.goes_on and one.end is None and one.turns[0].state == "planned" and one.turns[1].state == "expected"


def test_what_runs_on_past_its_planned_end_goes_on(board, ana, chloe):
    past = {"planned_start": TODAY() - timedelta(days=40), "planned_end": TODAY() - timedelta(days=1)}
    step = makers.make_course(board, by=ana, chair=chloe, **makers.ONGOING)
    other = makers.make_course(board, by=ana, chair=chloe, record_number="SYN-2", **makers.ONGOING, **past)
    assert not shown(step.plan)[step.pk].goes_on and shown(other.plan)[other.pk].goes_on


def test_arms_wait_then_one_is_chosen_and_the_other_set_aside(board, ana, chloe, omar):
    found = makers.make_branched_plan(makers.make_case(board, by=ana), by=ana, chair=chloe)
    steps = shown(found.plan)
    assert steps[found.surgery.pk].look == steps[found.prrt.pk].look == Look.IN_ARM
    assert [branch.state for branch in steps[found.decision.pk].branches] == ["waiting", "waiting"]
    choose_arm(
        found.decision, by=ana, expected_version=found.decision.version, chosen_arm=found.responds, on=TODAY(), reason="CT",
        why="early", running={}, **OUTCOME,
    )  # fmt: skip
    steps = shown(found.plan)
    assert steps[found.decision.pk].look == Look.DELIVERED and steps[found.prrt.pk].look == Look.SET_ASIDE
    assert [branch.state for branch in steps[found.decision.pk].branches] == ["chosen", "set_aside"]
    assert steps[found.surgery.pk].branch == "In the chosen arm “responds” of 2"


def test_steps_of_an_arm_stand_below_their_decision(board, ana):
    found = makers.make_branched_draft(makers.make_case(board, by=ana), by=ana)
    wanted = [found.first, found.decision, found.surgery, found.prrt, found.after]
    assert list(shown(found.plan)) == [step.pk for step in wanted]


def test_a_step_without_a_day_has_none_and_says_so(board, ana):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    edit_step(plan.steps.get(), {"planned_start": None, "planned_end": None}, by=ana)
    (step,) = shown(plan).values()
    assert step.start is None and step.state == "No date yet"


def test_an_amendment_shows_what_has_become_of_what_it_carries(board, ana, chloe):
    plan = makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, steps=2)
    first = plan.steps.order_by("position")[0]
    start_step(first, by=ana, expected_version=first.version, on=TODAY(), why="early")
    first.refresh_from_db()
    complete_step(first, by=ana, expected_version=first.version, on=TODAY(), fulfilment="full", **OUTCOME)
    plan.refresh_from_db()
    new = amend_plan(plan, by=ana, reason="Progression", expected_version=plan.version)
    carried, planned = shown(new).values()
    assert carried.look == Look.DELIVERED and carried.filled_until == TODAY() and planned.look == Look.PLANNED


def test_what_went_on_in_a_later_plan_shows_there_what_is_ahead_and_nothing_of_it_in_the_earlier(board, ana, chloe):
    step = makers.make_course(board, by=ana, chair=chloe)
    first = Occurrence.objects.for_page().get(step=step, number=1)
    give_occurrence(first, by=ana, expected_version=first.version, on=TODAY())
    old = Plan.objects.get(pk=step.plan_id)
    new = amend_plan(old, by=ana, reason="Progression", expected_version=old.version)
    makers.release(makers.submit(new, by=ana), by=chloe)
    (before,), (after,) = shown(old).values(), shown(new).values()
    assert [turn.state for turn in before.turns] == ["given"]
    assert [(turn.number, turn.state) for turn in after.turns if turn.state != "given"] == [
        (n, "planned") for n in (2, 3, 4)
    ]


def test_a_draft_shows_the_follow_up_that_its_schedule_will_write(board, ana):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    makers.add_schedule(plan, by=ana, schedule=makers.make_template(board), counts_from=TODAY(), assignee=ana)
    assert {lane.kind: len(lane.marks) for lane in read(plan).lanes} == {"markers": 4, "imaging": 4}


def test_an_echocardiogram_is_no_imaging_of_the_tumour(board, ana):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    schedule = makers.make_template(board, kinds=("cross_sectional", "echo"))
    makers.add_schedule(plan, by=ana, schedule=schedule, counts_from=TODAY(), assignee=ana)
    found = read(plan)
    assert {lane.name: len(lane.marks) for lane in found.lanes} == {"Imaging": 4, "Heart": 4}
    assert "Heart: 4 to come" in told(found) and ">Heart</th>" in table(found)


def test_late_follow_ups_are_counted_in_words(board, ana, chloe):
    plan = makers.make_active_plan(
        makers.make_case(board, by=ana), by=ana, chair=chloe, schedule=makers.make_template(board, kinds=("markers",))
    )
    first = FollowUp.objects.filter(plan=plan).order_by("due_on")[0]
    past = TODAY() - timedelta(days=60)
    FollowUp.objects.filter(pk=first.pk).update(due_on=past, due_until=past)
    (lane,) = read(plan).lanes
    assert lane.late.startswith("1 late, the first was due on") and lane.words.startswith("3 to come")


def test_without_the_right_to_texts_no_text_and_no_name_is_in_it(board, ana, chloe):
    found = makers.make_branched_draft(makers.make_case(board, by=ana), by=ana)
    edit_step(found.surgery, {"description": "Zqx", "only_if": "Zqx", "stop_when": "Zqx"}, by=ana)
    plan = Plan.objects.for_detail().get(pk=found.plan.pk)
    told, left_out = (plan_svg(plan, today=TODAY(), reads_text=reads) for reads in (True, False))
    assert "Zqx" in told and "responds" in told and ana.name in told
    assert not any(word in left_out for word in ("Zqx", "responds", "re-staging", "partial response", ana.name))


def test_it_is_a_file_by_itself_for_paper(gated):
    plan = Plan.objects.for_detail().get(pk=gated[0].plan_id)
    svg = plan_svg(plan, today=TODAY(), for_paper=True)
    assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg" width="760" height=') and "sans-serif" in svg
    assert "class=" not in svg and "style=" not in svg
    assert len(marked(tree_of(svg), "data-step")) == 3


def test_small_pictures_take_one_query_for_any_number(board, ana, django_assert_num_queries):
    plans = [
        makers.make_plan(makers.make_case(board, by=ana, record_number=f"SYN-{n}"), by=ana, steps=n) for n in (1, 2, 3)
    ]
    with django_assert_num_queries(1):
        found = minis_of(plans)
    assert [found[plan.pk].count("<rect") for plan in plans] == [1, 2, 3]
