"""When a gate is open, waits or has failed, and what follows from its days. Without a database."""

from datetime import date, timedelta

import pytest

from careplans.models import Step
from careplans.readers.steps.gate_days import next_day, remarks
from careplans.readers.steps.gates import State, gate_of, told_of_waiters

TODAY = date(2026, 3, 2)
LATER = TODAY + timedelta(days=10)


def step(position=1, status="planned", **values):
    values = {"modality_code": "PRRT", "description": "", "pk": position, "due_on": TODAY} | values
    return Step(position=position, status=status, **values)


def gate(**values):
    return gate_of(step(3, **values), TODAY)


@pytest.mark.parametrize(
    ("status", "fulfilment", "state"),
    [
        ("proposed", "", State.WAITING),
        ("planned", "", State.WAITING),
        ("in_progress", "", State.WAITING),
        ("on_hold", "", State.WAITING),
        ("completed", "full", State.OPEN),
        ("completed", "partial", State.OPEN),
        ("stopped", "partial", State.FAILED),
        ("not_done", "", State.FAILED),
    ],
)
def test_what_became_of_the_step_before_decides(status, fulfilment, state):
    assert gate(after_step=step(1, status, fulfilment=fulfilment)).state == state


def test_a_step_that_is_not_part_of_the_plan_any_more_lets_nobody_through():
    assert gate(after_step=step(1, removed_at=TODAY)).sentence.endswith("is not part of the plan any more")


@pytest.mark.parametrize("status", Step.Status.values)
@pytest.mark.parametrize("begun", [None, TODAY])
def test_only_a_step_that_has_not_begun_has_a_gate(status, begun):
    own = gate_of(step(3, status, started_on=begun, after_step=step(1, "stopped")), TODAY)
    assert own.has_failed == (status in ("proposed", "planned", "on_hold") and begun is None)


def test_a_step_that_went_on_in_an_amendment_has_its_gate_there():
    assert not gate(after_step=step(1, "stopped"), carried_over_at=TODAY).is_closed


def test_a_step_that_waits_for_one_that_waits_in_vain_still_waits_and_says_for_what():
    first, second = step(1, "stopped", description="Lutetium"), step(2, description="Octreotide", modality_code="OSA")
    second.after_step = first
    found = gate(after_step=second)
    assert found.state == State.WAITING
    assert found.sentence == (
        f"Waits for step 2 ({second.title}), whose own condition has failed: step 1 ({first.title}) was stopped"
    )


def test_a_chain_says_what_the_step_before_waits_for():
    second = step(2, after_step=step(1))
    assert gate(after_step=second).coded_sentence == "Waits for step 2 (PRRT), which itself waits for step 1 (PRRT)"


def test_a_day_is_waited_for_until_it_has_come():
    assert gate(not_before=LATER).sentence == "Waits until 12 Mar 2026"
    assert not gate(not_before=TODAY).is_closed


def test_both_are_told_where_both_are_waited_for():
    assert gate(after_step=step(1), not_before=LATER).coded_sentence == "Waits for step 1 (PRRT) and until 12 Mar 2026"


def test_what_has_failed_counts_more_than_what_is_still_to_come():
    assert gate(after_step=step(1, "not_done"), not_before=LATER).coded_sentence == (
        "Its condition has failed: step 1 (PRRT) was not done"
    )


def test_the_coded_words_hold_no_free_text():
    found = gate(after_step=step(1, "stopped", description="for Mrs Quillfeather"))
    assert "Quillfeather" in found.sentence
    assert "Quillfeather" not in found.coded_sentence


def test_a_step_that_was_completed_in_part_asks():
    found = gate(after_step=step(1, "completed", fulfilment="partial"))
    [question] = found.asks
    assert question.endswith("was completed in part: does that meet the condition?")
    assert found.reason == question
    assert gate(after_step=step(1, "completed", fulfilment="full")).asks == ()


def test_a_condition_in_words_is_for_people_to_judge():
    found = gate(only_if="Ki-67 confirmed")
    assert (found.state, len(found.asks)) == (State.OPEN, 1)


# Days


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({}, TODAY),
        ({"not_before": LATER}, LATER),
        ({"not_before": TODAY - timedelta(days=3)}, TODAY),
        ({"after_step": step(1, planned_end=LATER)}, LATER),
        ({"after_step": step(1, planned_end=TODAY, due_on=LATER)}, LATER),
        ({"after_step": step(1, "in_progress", planned_end=LATER, due_on=TODAY)}, TODAY),
        ({"after_step": step(1, "in_progress", planned_end=TODAY, due_on=LATER)}, LATER),
        ({"after_step": step(1, "completed", fulfilment="full", planned_end=LATER, ended_on=TODAY)}, TODAY),
        ({"after_step": step(1, "completed", fulfilment="full", due_on=None, ended_on=LATER)}, LATER),
        ({"after_step": step(1, "stopped", planned_end=LATER, due_on=None)}, TODAY),
        ({"after_step": step(1, planned_end=LATER), "started_on": TODAY, "status": "in_progress"}, TODAY),
        ({"after_step": step(1, planned_end=LATER), "due_on": None}, None),
    ],
)
def test_reminders_follow_the_later_of_the_own_date_and_the_day_of_the_gate(own, expected):
    assert next_day(step(3, **own)) == expected


def test_a_start_before_the_end_of_what_is_waited_for_is_remarked():
    first = step(1, "proposed", planned_start=TODAY, planned_end=LATER)
    early = step(2, "proposed", planned_start=LATER - timedelta(days=1), after_step=first)
    [found] = remarks([first, early])
    assert "is planned to start on 11 Mar 2026, before step 1" in found.text
    assert found.steps == {1, 2}
    early.planned_start = LATER
    assert remarks([first, early]) == []


def test_without_a_planned_end_the_planned_start_is_looked_at():
    first = step(1, "proposed", planned_start=LATER)
    assert len(remarks([step(2, "proposed", planned_start=TODAY, after_step=first)])) == 1
    assert remarks([step(2, "proposed", planned_start=LATER, after_step=first)]) == []


def test_a_start_before_the_day_that_is_waited_for_is_remarked():
    assert len(remarks([step(1, "proposed", planned_start=TODAY, not_before=LATER)])) == 1
    assert remarks([step(1, "proposed", planned_start=LATER, not_before=LATER)]) == []


def test_an_amendment_is_remarked_whose_step_waits_for_one_that_was_stopped():
    first = step(1, "proposed", carried_from=step(9, "stopped"))
    [found] = remarks([step(2, "proposed", after_step=first)])
    assert "its condition has failed" in found.text
    first.carried_from.status = "planned"
    assert remarks([step(2, "proposed", after_step=first)]) == []


# The other side


@pytest.mark.parametrize(
    ("status", "fulfilment", "told"),
    [
        ("planned", "", "waits for this."),
        ("stopped", "", "waited for this: its condition has failed."),
        ("not_done", "", "waited for this: its condition has failed."),
        ("completed", "partial", "waited for this, which was completed in part."),
        ("completed", "full", None),
    ],
)
def test_the_step_that_others_wait_for_says_so(status, fulfilment, told):
    first = step(1, status, fulfilment=fulfilment)
    found = told_of_waiters(first, [first, step(3, after_step=first), step(4)])
    assert found == ([f"Step 3 ({step(3).title}) {told}"] if told else [])


def test_who_has_begun_waits_no_longer():
    first = step(1, "stopped")
    assert told_of_waiters(first, [step(3, "in_progress", started_on=TODAY, after_step=first)]) == []
