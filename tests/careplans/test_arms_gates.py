"""A decision waits like any step: made out of order or before its condition holds, it says why. Days are said for steps of the
arm that was chosen, each once."""

import pytest
from django.core.exceptions import ValidationError

from careplans.models import Event, Step
from careplans.services.arm_choice import choose_arm, correct_decision
from careplans.services.step_progress import complete_step, skip_step, start_step
from careplans.services.steps import edit_step
from tests.careplans import makers
from tests.careplans.api import Api, attrs, problem
from tests.careplans.doors import browser, url
from tests.careplans.makers import OUTCOME
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db


def now(step):
    return Step.objects.select_related("plan__case", "case", "board").get(pk=step.pk)


@pytest.fixture
def waiting(board, ana, omar, chloe):
    """A function: a plan in force whose decision has this gate, and what became of the step before it."""

    def made(gate="waits for the first", first=""):
        found = makers.make_branched_draft(makers.make_case(board, by=ana), by=ana, owner=omar, decision=board.today)
        change = {"only_if": "eGFR above 40"} if gate == "in words" else {"after_step": found.first}
        edit_step(found.decision, change, by=ana)
        makers.release(makers.submit(found.plan, by=ana), by=chloe)
        step = now(found.first)
        if first == "not done":
            skip_step(step, by=omar, expected_version=step.version, reason="patient_choice")
        elif first:
            step = start_step(step, by=omar, expected_version=step.version, on=board.today, due_on=board.today)
            told = {"on": board.today, "fulfilment": first}
            complete_step(step, by=omar, expected_version=step.version, **told, **OUTCOME)
        return makers.reread(found)

    return made


def choose(found, by, **values):
    step = now(found.decision)
    told = {"on": step.board.today, "reason": "CT", "expected_version": step.version}
    return choose_arm(step, by=by, chosen_arm=found.responds, **(told | values), **OUTCOME)


ASKED = [
    ("waits for the first", "", "Waits for step 1"),
    ("waits for the first", "partial", "was completed in part: does that meet the condition?"),
    ("waits for the first", "not done", "Its condition has failed"),
    ("in words", "full", "This step depends on: eGFR above 40. Say whether that holds."),
]


@pytest.mark.parametrize(("gate", "first", "words"), ASKED)
def test_a_decision_against_its_gate_says_why(waiting, chloe, gate, first, words):
    found = waiting(gate, first)
    with pytest.raises(ValidationError) as refused:
        choose(found, chloe)
    assert words in " ".join(refused.value.message_dict["why"])
    assert now(found.decision).status == "planned"
    choose(found, chloe, why="the scan cannot wait")
    assert now(found.decision).chosen_arm == found.responds
    told = Event.objects.get(step=found.decision, kind="arm_chosen").reason
    assert told == "arm “responds”: CT (why now: the scan cannot wait)"


def test_a_decision_whose_gate_is_open_asks_nothing(waiting, chloe):
    found = waiting(first="full")
    choose(found, chloe)
    assert now(found.decision).chosen_arm == found.responds


def test_a_decision_in_order_that_is_out_of_order_says_why(board, ana, chloe, omar):
    found = makers.make_branched_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, owner=omar)
    with pytest.raises(ValidationError, match="Out of order"):
        choose(found, chloe)


def test_the_page_asks_in_its_own_field_and_keeps_what_was_typed(waiting, chloe):
    found = waiting()
    body = {
        "verb": "choose", "version": found.decision.version, "chosen_arm": found.responds.pk, "reason": "regression on CT",
        "on": found.plan.board.today.isoformat(), **OUTCOME,
    }  # fmt: skip
    page = browser(chloe).get(url("step_deliver", found.decision.pk)).content.decode()
    assert "Waits for step 1" in page and 'name="why"' in page
    answer = browser(chloe).post(url("step_deliver", found.decision.pk), body)
    refused = answer.content.decode()
    assert answer.status_code == 400 and "Say why it is decided now" in refused and "regression on CT" in refused
    done = browser(chloe).post(url("step_deliver", found.decision.pk), body | {"why": "it cannot wait"})
    assert done.status_code == 302


def post(found, by, **values):
    body = {"chosen_arm": found.responds.pk, "on": found.plan.board.today.isoformat(), "reason": "CT", **OUTCOME}
    return Api(by).post(f"/steps/{found.decision.pk}/choose/", body | values, version=now(found.decision).version)


def test_a_program_is_asked_why_too(waiting, chloe):
    found = waiting()
    assert (attrs(post(found, chloe)), post(found, chloe, why="it cannot wait").status_code) == (["why"], 200)


# Days of the steps of an arm


def test_a_day_for_a_step_that_is_not_in_the_chosen_arm_is_refused_by_its_name(waiting, chloe):
    found, day = waiting(first="full"), makers.TODAY().isoformat()
    for other in (found.prrt, found.first):
        answer = post(found, chloe, starts=[{"step": other.pk, "due_on": day}])
        assert (answer.status_code, attrs(answer)) == (400, ["starts"])
        assert f"Step {other.position} ({other.title})" in problem(answer)
    answer = post(found, chloe, chosen_arm=None, starts=[{"step": found.surgery.pk, "due_on": day}])
    assert "none of the arms was chosen" in problem(answer)


def test_two_days_for_one_step_are_refused(waiting, chloe):
    found = waiting(first="full")
    day = {"step": found.surgery.pk, "due_on": makers.TODAY().isoformat()}
    answer = post(found, chloe, starts=[day, day])
    assert answer.status_code == 400 and f"({found.surgery.title}): two days are given" in problem(answer)


def test_a_correction_refuses_a_day_that_it_does_not_use(waiting, chloe):
    found = waiting(first="full")
    step = choose(found, chloe)
    told = {"on": step.board.today, "reason": "read again", "starts": {found.surgery.pk: makers.TODAY()}}
    with pytest.raises(ValidationError, match=r"arm “else PRRT” that have not begun"):
        correct_decision(step, by=chloe, expected_version=step.version, chosen_arm=found.other, **told)


def test_the_page_uses_the_days_of_the_chosen_arm_alone(waiting, chloe):
    found = waiting(first="full")
    with rewriting():
        Step.objects.filter(plan=found.plan, arm__isnull=False).update(
            planned_start=found.plan.board.today.replace(year=2020)
        )
    today = found.plan.board.today.isoformat()
    body = {
        "verb": "choose", "version": found.decision.version, "chosen_arm": found.responds.pk, "reason": "CT", "on": today,
        f"start_{found.surgery.pk}": today, f"start_{found.prrt.pk}": today, **OUTCOME,
    }  # fmt: skip
    assert browser(chloe).post(url("step_deliver", found.decision.pk), body).status_code == 302
    assert now(found.surgery).due_on == found.plan.board.today
