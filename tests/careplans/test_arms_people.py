"""A step that was set aside and comes back is given to nobody who has left meanwhile: nobody asked for it then."""

from datetime import timedelta

import pytest

from careplans.models import Arm, Plan, Step
from careplans.services.arm_choice import choose_arm, correct_decision
from careplans.services.plan_people import gone_from, work_given
from careplans.services.plans import amend_plan
from careplans.services.steps import edit_step
from tests.careplans import makers

pytestmark = pytest.mark.django_db


@pytest.fixture
def decided(board, ana, chloe, omar):
    """Surgery was chosen; Omar, who owned the PRRT of the other arm, has left since."""
    case = makers.make_case(board, by=ana)
    found = makers.make_branched_plan(case, by=ana, chair=chloe, owner=omar)
    decision = fresh(found.decision)
    choose_arm(
        decision, by=ana, expected_version=decision.version, chosen_arm=found.responds, on=board.today, reason="PR on CT.",
        why="early", **makers.OUTCOME,
    )  # fmt: skip
    makers.reread(found)
    assert found.prrt.status == "set_aside"
    omar.memberships.update(ended_at=found.plan.released_at)
    return found


def fresh(step):
    return Step.objects.select_related("plan", "case", "board").get(pk=step.pk)


def test_a_correction_gives_it_to_a_coordinator(decided, ana, board):
    decision = fresh(decided.decision)
    correct_decision(
        decision, by=ana, expected_version=decision.version, chosen_arm=decided.other, on=board.today, reason="It was SD.",
        starts={decided.prrt.pk: board.today + timedelta(days=9)},
    )  # fmt: skip
    makers.reread(decided)
    assert (decided.prrt.status, decided.prrt.assignee) == ("planned", ana)


def sentences(plan):
    fresh_plan = Plan.objects.get(pk=plan.pk)
    return " ".join(one.sentence for one in gone_from(fresh_plan, work_given(fresh_plan)))


def test_an_amendment_that_takes_it_out_of_its_arm_asks_who_does_it(decided, ana):
    new = amend_plan(Plan.objects.get(pk=decided.plan.pk), by=ana, reason="PRRT as well.")
    copy = Step.objects.get(plan=new, carried_from=decided.prrt)
    edit_step(copy, {"arm": None}, by=ana)
    told = sentences(new)
    assert f"step {Step.objects.get(pk=copy.pk).position} (PRRT" in told


def test_an_amendment_that_leaves_it_aside_asks_nothing_about_it(decided, ana):
    new = amend_plan(Plan.objects.get(pk=decided.plan.pk), by=ana, reason="PRRT as well.")
    assert Arm.objects.filter(decision__plan=new).count() == 2
    told = sentences(new)
    assert "(PRRT" not in told
