"""Two meet at a decision: one arm comes true, and whoever comes second is told."""

import pytest

from careplans.models import Event, Reminder, Step
from careplans.services.arm_choice import choose_arm, correct_decision
from careplans.services.decisions import edit_arm, remove_arm
from careplans.services.step_progress import skip_step, start_step
from careplans.services.steps import edit_step
from tests.careplans import makers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def plan(board, ana, omar, chloe):
    return makers.make_branched_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, owner=omar)


def now(step):
    return Step.objects.select_related("plan__case", "case", "board", "arm__decision").get(pk=step.pk)


def choosing(plan, arm, by):
    seen = now(plan.decision)
    told = {"on": seen.board.today, "reason": "CT", "why": "early", "expected_version": seen.version} | makers.OUTCOME
    return lambda: choose_arm(now(plan.decision), by=by, chosen_arm=arm, **told)


def correcting(plan, arm, by):
    seen = now(plan.decision)
    told = {"on": seen.board.today, "reason": "read again", "expected_version": seen.version}
    return lambda: correct_decision(now(plan.decision), by=by, chosen_arm=arm, **told)


def test_two_who_choose_different_arms_at_once(track, plan, ana, omar):
    for met in track.rounds(choosing(plan, plan.responds, ana), choosing(plan, plan.other, omar)):
        assert met.is_clean and sum(met.won) == 1, str(met)
        found = {now(plan.surgery).status, now(plan.prrt).status}
        assert found == {"planned", "set_aside"}, str(met)
        chosen = now(plan.decision).chosen_arm_id
        assert now(plan.surgery if chosen == plan.responds.pk else plan.prrt).due_on is not None, str(met)
        assert Event.objects.filter(step=plan.decision, kind="arm_chosen").count() == 1, str(met)


def test_an_arm_is_chosen_while_the_decision_is_given_up(track, plan, ana, omar):
    seen = now(plan.decision)

    def skip():
        return skip_step(now(plan.decision), by=omar, expected_version=seen.version, reason="patient_choice")

    for met in track.rounds(choosing(plan, plan.responds, ana), skip):
        assert met.is_clean and sum(met.won) == 1, str(met)
        told = Reminder.objects.scheduled().filter(step=plan.prrt, kind="gate").exists()
        assert (now(plan.prrt).status, told) in (("set_aside", False), ("planned", True)), str(met)


def test_a_step_starts_while_its_arm_is_set_aside(track, plan, ana, omar):
    choosing(plan, plan.responds, ana)()
    seen = now(plan.surgery)

    def start():
        day = seen.board.today
        told = {"expected_version": seen.version, "on": day, "due_on": day, "why": "slot"}
        return start_step(now(plan.surgery), by=omar, **told)

    for met in track.rounds(start, correcting(plan, plan.other, ana)):
        assert met.is_clean and sum(met.won) == 1, str(met)
        found = (now(plan.surgery).status, now(plan.prrt).status)
        assert found in (("in_progress", "set_aside"), ("set_aside", "planned")), str(met)


def test_a_step_is_put_into_an_arm_while_that_is_taken_out(track, board, ana, omar):
    draft = makers.make_branched_draft(makers.make_case(board, by=ana), by=ana)
    edit_step(draft.prrt, {"arm": None}, by=ana)
    for met in track.rounds(
        lambda: edit_step(now(draft.prrt), {"arm": draft.other}, by=ana),
        lambda: remove_arm(draft.other, by=omar),
    ):
        assert met.is_clean and sum(met.won) == 1, str(met)
        step = now(draft.prrt)
        assert step.arm is None or step.arm.removed_at is None, str(met)


def test_two_who_type_into_one_arm_keep_both_words(track, board, ana, omar):
    draft = makers.make_branched_draft(makers.make_case(board, by=ana), by=ana)
    for met in track.rounds(
        lambda: edit_arm(draft.responds, {"name": "answers"}, by=ana, base={"name": "responds"}),
        lambda: edit_arm(
            draft.responds, {"condition": "CR"}, by=omar, base={"condition": "partial response or better"}
        ),
    ):
        assert met.is_clean and met.won == [True, True], str(met)
        arm = type(draft.responds).objects.get(pk=draft.responds.pk)
        assert (arm.name, arm.condition) == ("answers", "CR"), str(met)
