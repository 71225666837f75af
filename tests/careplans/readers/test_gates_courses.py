"""Gates that wait for less than an end: that a step has begun, or has been given so many times. The database reads them alike."""

from datetime import date, timedelta

import pytest

from careplans.models import Step
from careplans.readers.known import Known, ask
from careplans.readers.steps.gate_days import day_of_last, next_day, remarks
from careplans.readers.steps.gates import State, gate_of, told_of_waiters
from careplans.reports.concordance.ended import SIGNED, ended_by_stop
from tests.careplans import makers
from tests.rewriting import rewriting

TODAY = date(2026, 3, 2)
CYCLES = {"course": "cycles", "occurrences_planned": 4, "interval": 8, "interval_unit": "weeks"}


def step(position=1, status="planned", **values):
    values = {"modality_code": "PRRT", "description": "", "pk": position, "due_on": TODAY} | values
    return Step(position=position, status=status, **values)


def begun(after):
    return gate_of(step(2, after_step=after, after_event="begun"), TODAY)


def at(number, after):
    return gate_of(step(2, after_step=after, after_event="occurrence", after_occurrence=number), TODAY)


@pytest.mark.parametrize(
    ("status", "started", "state"),
    [
        ("proposed", None, State.WAITING),
        ("planned", None, State.WAITING),
        ("on_hold", None, State.WAITING),
        ("on_hold", TODAY, State.OPEN),
        ("in_progress", TODAY, State.OPEN),
        ("completed", TODAY, State.OPEN),
        ("stopped", TODAY, State.OPEN),
        ("not_done", None, State.FAILED),
    ],
)
def test_what_waits_for_a_start_is_let_through_by_a_start_alone(status, started, state):
    assert begun(step(1, status, started_on=started)).state == state


@pytest.mark.parametrize(
    ("status", "given", "omitted", "state"),
    [
        ("planned", 0, 0, State.WAITING),
        ("in_progress", 1, 0, State.WAITING),
        ("in_progress", 1, 2, State.WAITING),
        ("in_progress", 1, 3, State.FAILED),
        ("in_progress", 2, 0, State.OPEN),
        ("on_hold", 2, 0, State.OPEN),
        ("stopped", 1, 3, State.FAILED),
        ("stopped", 2, 2, State.OPEN),
        ("completed", 4, 0, State.OPEN),
        ("completed", 1, 3, State.FAILED),
        ("not_done", 0, 4, State.FAILED),
    ],
)
def test_what_waits_for_the_second_cycle_counts_those_given(status, given, omitted, state):
    after = step(1, status, **CYCLES, occurrences_given=given, occurrences_omitted=omitted)
    assert at(2, after).state == state


def test_a_gate_says_what_of_the_other_step_it_waits_for():
    assert begun(step(1)).sentence == "Waits for the start of step 1 (PRRT)"
    assert at(2, step(1, **CYCLES)).sentence == "Waits for cycle 2 of step 1 (PRRT)"
    stopped = step(1, "stopped", **CYCLES, occurrences_given=1, occurrences_omitted=3)
    assert at(2, stopped).sentence == (
        "Its condition has failed: step 1 (PRRT) was stopped with 1 of 4 cycles given, 3 not given"
    )


def test_a_step_that_ended_in_part_is_asked_about_only_by_who_waits_for_its_end():
    after = step(1, "completed", fulfilment="partial", started_on=TODAY)
    assert begun(after).asks == ()
    assert gate_of(step(2, after_step=after), TODAY).asks != ()


def test_a_step_of_which_one_was_left_out_is_asked_about_whatever_was_said_of_it():
    after = step(1, "completed", fulfilment="not_assessed", **CYCLES, occurrences_given=3, occurrences_omitted=1)
    words = "was completed in part (3 of 4 cycles given, 1 left out)"
    assert gate_of(step(2, after_step=after), TODAY).asks == (f"Step 1 (PRRT) {words}: does that meet the condition?",)
    assert told_of_waiters(after, [step(2, after_step_id=1)]) == [f"Step 2 (PRRT) waited for this, which {words}."]


UNTIL_STOPPED = [
    {"course": "ongoing", "interval": 28, "interval_unit": "days"},
    {"course": "cycles", "occurrences_planned": None, "interval": 28, "interval_unit": "days"},
]


@pytest.mark.parametrize("course", UNTIL_STOPPED)
def test_what_runs_until_it_is_stopped_has_ended_when_it_is_and_who_waits_for_that_is_asked(course):
    after = step(1, "stopped", **course, started_on=TODAY, reason="progression", fulfilment="partial")
    found = gate_of(step(2, after_step=after), TODAY)
    assert found.state == State.OPEN
    assert found.asks == ("Step 1 (PRRT) was stopped: progression. Does that meet the condition?",)
    after.stop_when = "progression on CT"
    [asked] = gate_of(step(2, after_step=after), TODAY).asks
    assert "was stopped: progression (planned until: progression on CT)." in asked
    assert told_of_waiters(after, [step(2, after_step_id=1)]) == [
        "Step 2 (PRRT) waited for this, which was stopped: progression (planned until: progression on CT)."
    ]


@pytest.mark.parametrize("course", UNTIL_STOPPED)
def test_what_runs_until_it_is_stopped_fails_its_gate_when_it_is_not_done(course):
    assert gate_of(step(2, after_step=step(1, "not_done", **course)), TODAY).state == State.FAILED


@pytest.mark.parametrize("course", [{"course": "once"}, CYCLES, CYCLES | {"course": "sessions"}])
def test_what_has_an_end_of_its_own_fails_the_gate_when_it_is_stopped_before(course):
    after = step(1, "stopped", **course, started_on=TODAY, reason="progression")
    found = gate_of(step(2, after_step=after), TODAY)
    assert (found.state, found.asks) == (State.FAILED, ())


# What “stop when” says, why the step was stopped, and whether that is the end that was signed.
SAID = [
    ("progression", "progression", True),
    (" Progression. ", "progression", True),
    ("toxicity, or progression", "progression", True),
    ("Toxicity; no response or disease progression", "progression", True),
    ("toxicity or progression", "toxicity_or_not_tolerated", True),
    ("unacceptable toxicity", "toxicity_or_not_tolerated", True),
    ("death or the patient’s wish", "patient_choice", True),
    ("progression,toxicity;death", "toxicity_or_not_tolerated", True),
    ("Until  progression  or unacceptable toxicity", "progression", True),
    ("either progression/toxicity", "toxicity_or_not_tolerated", True),
    ("no response or progression", "progression", True),
    ("Progression, or marrow or kidney toxicity", "toxicity_or_not_tolerated", True),
    ("toxicity that is not tolerated, or death", "toxicity_or_not_tolerated", True),
    ("no stop for progression or toxicity", "toxicity_or_not_tolerated", False),
    ("no progression or toxicity", "toxicity_or_not_tolerated", False),
    ("Not for progression, toxicity", "toxicity_or_not_tolerated", False),
    ("death, except progression, toxicity", "died", False),
    *(
        (f"{words} progression or toxicity", "toxicity_or_not_tolerated", False)
        for words in (
            "neither",
            "Until neither",
            "regardless of",
            "irrespective of",
            "despite",
            "other than",
            "don't stop for",
            "never for",
            "unless",
            "nor",
            "without",
        )
    ),
    ("death, but not either progression, toxicity", "died", False),
    ("death or patient’s wish", "patient_choice", True),
    ("death or wish", "died", True),
    ("", "progression", False),
    ("progression", "toxicity_or_not_tolerated", False),
    ("no progression for a year", "progression", False),
    ("progression on CT", "progression", False),
    ("nonprogression", "progression", False),
    ("progression", "other", False),
    ("100 % toxicity_, progression", "toxicity_or_not_tolerated", False),
]


@pytest.mark.parametrize(("stop_when", "reason", "is_end"), SAID)
@pytest.mark.parametrize("course", [{"course": "once"}, CYCLES, CYCLES | {"course": "sessions"}])
def test_what_was_stopped_for_what_is_signed_has_ended_and_who_waits_for_that_is_asked(
    course, stop_when, reason, is_end
):
    after = step(1, "stopped", **course, started_on=TODAY, reason=reason, stop_when=stop_when)
    found = gate_of(step(2, after_step=after), TODAY)
    assert (found.state, len(found.asks)) == ((State.OPEN, 1) if is_end else (State.FAILED, 0))
    after.status = "not_done"
    assert gate_of(step(2, after_step=after), TODAY).state == State.FAILED


@pytest.mark.django_db
def test_the_database_reads_what_is_signed_as_the_model_does(board, ana, chloe):
    first, second, _ = makers.make_gated_plan(makers.make_case(board, by=ana), by=ana, chair=chloe)
    stopped = {
        "status": "stopped",
        "started_on": TODAY,
        "ended_on": TODAY,
        "fulfilment": "full",
        **CYCLES,
        "reason_note": "said",
    }
    for stop_when, reason, is_end in SAID:
        with rewriting():
            Step.objects.filter(pk=first.pk).update(stop_when=stop_when, reason=reason, **stopped)
        about = (stop_when, reason)
        assert Step.objects.get(pk=first.pk).has_run_its_course == is_end, about
        assert Step.objects.gate_failed().filter(pk=second.pk).exists() == (not is_end), about
        ended = f"SELECT a.id FROM {{step}} a LEFT JOIN signed g ON g.id = a.id WHERE {ended_by_stop('a', 'g')}"  # noqa: S608
        in_a_question = ask(f"SELECT x.id FROM (WITH {SIGNED} {ended}) x", Known(None), {})  # noqa: S608
        assert bool(in_a_question) == is_end, about


def test_a_reminder_waits_for_the_day_on_which_an_ongoing_step_was_stopped():
    after = step(1, "stopped", **UNTIL_STOPPED[0], started_on=TODAY, due_on=None, ended_on=TODAY + timedelta(days=3))
    assert next_day(step(2, after_step=after)) == TODAY + timedelta(days=3)


def test_the_step_that_is_waited_for_says_so_until_it_has_come():
    waiter = step(2, after_step_id=1, after_event="occurrence", after_occurrence=2)
    assert told_of_waiters(step(1, **CYCLES), [waiter]) == ["Step 2 (PRRT) waits for cycle 2 of this."]
    assert told_of_waiters(step(1, "in_progress", **CYCLES, occurrences_given=2), [waiter]) == []


def test_a_reminder_waits_for_the_day_of_the_cycle_that_is_waited_for():
    after = step(1, "in_progress", **CYCLES, occurrences_given=1, due_on=TODAY + timedelta(days=7))
    own = step(2, after_step=after, after_event="occurrence", after_occurrence=3)
    assert next_day(own) == TODAY + timedelta(days=7 + 56)


def test_a_step_in_cycles_ends_with_its_last_and_an_ongoing_one_nobody_knows_when():
    assert day_of_last(step(1, "in_progress", **CYCLES, occurrences_given=1)) == TODAY + timedelta(weeks=16)
    ongoing = step(1, "in_progress", course="ongoing", interval=28, interval_unit="days", occurrences_given=9)
    assert day_of_last(ongoing) is None
    assert next_day(step(2, after_step=ongoing)) == TODAY


def test_a_start_before_the_cycle_that_it_waits_for_is_remarked():
    after = step(1, "proposed", **CYCLES, planned_start=TODAY)
    own = step(2, "proposed", after_step=after, after_event="occurrence", after_occurrence=2, planned_start=TODAY)
    [remark] = remarks([after, own])
    assert remark.text.endswith("is planned to reach cycle 2 on 27 Apr 2026.")


CASES = [
    (event, number, course, status, started, given, omitted, planned)
    for event, number in [("ended", None), ("begun", None), ("occurrence", 2)]
    for status, started in [
        ("planned", None), ("on_hold", None), ("on_hold", TODAY), ("in_progress", TODAY), ("completed", TODAY),
        ("stopped", TODAY), ("not_done", None),
    ]
    for course, given, omitted, planned in [
        ("cycles", 0, 0, 4), ("cycles", 1, 3, 4), ("sessions", 2, 1, 4), ("cycles", 1, 0, None), ("sessions", 1, 0, None),
        ("ongoing", 1, 0, None), ("ongoing", 3, 1, 4), ("once", 0, 0, None),
    ]
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("later", [False, True])
def test_the_database_finds_what_waits_and_what_has_failed_as_the_reader_does(board, ana, chloe, later):
    first, second, _ = makers.make_gated_plan(makers.make_case(board, by=ana), by=ana, chair=chloe)
    today = board.today
    ending = {"fulfilment": "full", "ended_on": TODAY, "reason": "progression"}
    with rewriting():
        for case in CASES:
            _agree(first, second, today, ending, later, *case)


def _agree(first, second, today, ending, later, event, number, course, status, started, given, omitted, planned):
    Step.objects.filter(pk=first.pk).update(
        status=status, started_on=started, occurrences_given=given, occurrences_omitted=omitted,
        occurrences_planned=planned, course=course, **ending,
    )  # fmt: skip
    not_before = today + timedelta(days=1) if later else None
    Step.objects.filter(pk=second.pk).update(after_event=event, after_occurrence=number, not_before=not_before)
    row = Step.objects.with_gate().get(pk=second.pk)
    state = gate_of(row, today).state
    about = (event, number, course, status, started, given, omitted, planned)
    assert Step.objects.gate_failed().filter(pk=second.pk).exists() == (state == State.FAILED), about
    waits = Step.objects.before_gate().filter(Step.waits_on(today), pk=second.pk).exists()
    assert waits == (state == State.WAITING), about
