"""Planned against delivered where something was taken back, can never come, or was changed: worked out by hand."""

import pytest

from careplans.models import Arm, Patient, Step
from careplans.services.arm_choice import choose_arm
from careplans.services.care_ends import correct_death, record_death
from careplans.services.decisions import add_decision
from careplans.services.recent_acts import undo_act
from careplans.services.step_progress import hold_step
from careplans.services.steps import edit_step
from tests.careplans import makers
from tests.careplans.reports.delivering import CYCLES, ONGOING, asked, class_of, classes, day, on, rows
from tests.careplans.undoing import record

pytestmark = pytest.mark.django_db


# Taken back


def test_a_death_that_was_taken_back_ended_nothing(delivery, ana, chloe):
    """Of 20 April, recorded on 20 May and taken back on the 25th. As of 1 June the step had been not done since 20 May, by what
    was recorded; of the day of the death nothing is left."""
    step = delivery.one(start=(4, 1))
    for at, verb, said in (
        ((5, 20), record_death, {"by": chloe, "source": "a letter", "year": 2026, "month": 4, "day": 20}),
        ((5, 25), correct_death, {"by": ana, "reason": "Another person of that name."}),
    ):
        if verb is correct_death:
            # The day of a death that stands, with all that is known now.
            assert class_of(chloe, step, as_of="2026-04-20", known_by="now") == "not_done"
        with on(*at):
            patient = Patient.objects.get(pk=step.case.patient_id)
            verb(patient, expected_version=patient.version, **said)
    assert class_of(chloe, step, as_of="2026-04-20", known_by="now") == "unknown"
    assert class_of(chloe, step, as_of="2026-05-19", known_by="now") == "unknown"


def test_a_hold_that_was_undone_held_nothing(delivery, ana, chloe):
    step = delivery.one()
    with on(3, 9):
        act = record(step, hold_step, ana, on=day(3, 9), until=day(9, 1), reason="medical_reason").act
        undo_act(act, by=ana)
    assert class_of(chloe, step, at=(3, 10)) == "ahead"
    assert class_of(chloe, step, as_of="2026-03-10", known_by="now") == "ahead"


def test_the_same_hold_that_was_not_undone(delivery, chloe):
    step = delivery.one()
    delivery.hold(step, 3, 9, until=(9, 1))
    assert class_of(chloe, step, as_of="2026-03-10", known_by="now") == "on_hold"


# What can never come


def waiting_for_the_second_cycle(delivery, *, omitted):
    first, second = delivery.gated(CYCLES, {"start": (3, 20)}, after_event="occurrence", after_occurrence=2)
    if omitted:
        delivery.omit(first, 1, 3, 10)
    return second


@pytest.mark.parametrize(("omitted", "found"), [(False, "waiting"), (True, "unknown")])
def test_a_step_does_not_wait_for_a_cycle_that_cannot_come_any_more(delivery, chloe, omitted, found):
    """Of two cycles one was left out, so that a second is never given."""
    second = waiting_for_the_second_cycle(delivery, omitted=omitted)
    assert classes(chloe, at=(4, 1))[second.pk] == found


def stopped_after_one_of_two(delivery):
    """An analogue was stopped after its first administration; chemotherapy, from 10 July on, waits for the second."""
    first, second = delivery.gated(
        ONGOING, {"code": "CHEMO", "start": (7, 10)} | CYCLES, after_event="occurrence", after_occurrence=2
    )
    delivery.give(first, 1, 3, 10)
    delivery.stop(first, 4, 1, reason="toxicity_or_not_tolerated")
    return second


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"at": (6, 30), "as_of": "2026-03-31", "known_by": "now"}, "waiting"),
        ({"at": (6, 30)}, "blocked"),
        ({"at": (7, 13)}, "blocked"),
        ({"at": (7, 14)}, "unknown"),
    ],
)
def test_a_step_whose_condition_has_failed_is_told_and_unknown_once_its_day_has_passed(delivery, chloe, params, found):
    """In time until 13 July, with three days of grace."""
    second = stopped_after_one_of_two(delivery)
    assert classes(chloe, **params)[second.pk] == found


def test_cycles_of_a_step_whose_condition_has_failed_are_told_so(delivery, chloe):
    second = stopped_after_one_of_two(delivery)
    found = [row["cells"] for row in rows(chloe, "concordance-cycles") if row["cells"]["step_id"] == second.pk]
    assert [one["class"] for one in found] == ["blocked", "blocked"]


# Amended


@pytest.mark.parametrize(
    ("changes", "amended"),
    [
        ({}, "same"), ({"interval": 5}, "course"), ({"interval": 28, "interval_unit": "days"}, "course"),
        ({"occurrences_planned": 3}, "course"), ({"planned_start": day(5, 2)}, "date"),
        # The course is told before the day.
        ({"interval": 5, "planned_start": day(5, 2)}, "course"),
    ],
)  # fmt: skip
def test_what_an_amendment_made_of_a_course_is_told(delivery, ana, chloe, changes, amended):
    step = delivery.one(code="CHEMO", start=(5, 1), **CYCLES)
    plan, (again,) = delivery.amend(step, 3, 4)
    with on(3, 4):
        edit_step(again, changes, by=ana)
        delivery.release(plan)
    (row,) = rows(chloe, "concordance")
    assert row["cells"]["amended"] == amended


def test_an_interval_of_an_ongoing_step_is_its_course(delivery, ana, chloe):
    step = delivery.one(start=(5, 1), **ONGOING)
    plan, (again,) = delivery.amend(step, 3, 4)
    with on(3, 4):
        edit_step(again, {"interval": 21}, by=ana)
        delivery.release(plan)
    assert rows(chloe, "concordance")[0]["cells"]["amended"] == "course"


# When it was due


@pytest.mark.parametrize(
    ("not_before", "last_in_time"),
    # Its own day is 1 April and the one before it ended on 2 May; with three days of grace.
    [((4, 10), (5, 5)), ((5, 20), (5, 23))],
)
def test_a_step_is_due_from_the_later_of_its_condition_and_the_day_before_which_it_may_not_begin(
    delivery, chloe, not_before, last_in_time
):
    first, second = delivery.gated({}, {"start": (4, 1)}, not_before=day(*not_before))
    delivery.start(first, 3, 10)
    delivery.complete(first, 5, 2)
    last = day(*last_in_time)
    assert classes(chloe, at=(last.month, last.day))[second.pk] == "ahead"
    assert classes(chloe, at=(last.month, last.day + 1))[second.pk] == "unknown"


# Cycles: a quarter of the interval to either side, and a week at least


def second_cycle(delivery, interval, unit, given):
    """Of two, the first given on its day, 10 March; returned with the class and departure of the second and its days off."""
    step = delivery.one(
        code="CHEMO", course="cycles", occurrences_planned=2, interval=interval, interval_unit=unit, start=(3, 10)
    )
    delivery.give(step, 1, 3, 10)
    delivery.give(step, 2, *given)
    cells = next(row["cells"] for row in rows(delivery.chloe, "concordance-cycles") if row["cells"]["number"] == 2)
    return cells["class"], cells["departure"], cells["days_off"]


@pytest.mark.parametrize(
    ("interval", "unit", "given", "told"),
    [
        # Eight weeks after 10 March is 5 May; a quarter is 14 days.
        (8, "weeks", (5, 19), ("as_planned", None, 14)), (8, "weeks", (5, 20), ("otherwise", "later", 15)),
        (8, "weeks", (4, 21), ("as_planned", None, -14)), (8, "weeks", (4, 20), ("otherwise", "earlier", -15)),
        # Forty days after is 19 April; a quarter is 10 days.
        (40, "days", (4, 29), ("as_planned", None, 10)), (40, "days", (4, 30), ("otherwise", "later", 11)),
        (40, "days", (4, 9), ("as_planned", None, -10)), (40, "days", (4, 8), ("otherwise", "earlier", -11)),
        # Two months after is 10 May; a month counts as 30 days, and a quarter is 15.
        (2, "months", (5, 25), ("as_planned", None, 15)), (2, "months", (5, 26), ("otherwise", "later", 16)),
        # Two weeks after is 24 March; a quarter would be 3 days, and a week is the least.
        (2, "weeks", (3, 31), ("as_planned", None, 7)), (2, "weeks", (4, 1), ("otherwise", "later", 8)),
        (2, "weeks", (3, 17), ("as_planned", None, -7)), (2, "weeks", (3, 16), ("otherwise", "earlier", -8)),
    ],
)  # fmt: skip
def test_a_cycle_is_as_planned_within_a_quarter_of_its_interval(delivery, interval, unit, given, told):
    assert second_cycle(delivery, interval, unit, given) == told


# Which follows which


def test_a_step_of_an_arm_that_began_before_its_arm_was_chosen_follows(delivery, ana, chloe):
    """Begun on 20 March, the arm chosen on 1 April: as of the days between it follows what came before, since it runs."""
    with on(3, 1):
        plan, _ = delivery.draft({"code": "OSA"})
        decision = add_decision(plan, by=ana, description="re-staging", arms=[{"name": "one"}, {"name": "other"}])
        edit_step(decision, {"owner": ana, "planned_start": day(4, 1)}, by=ana)
        arms = Arm.objects.filter(decision=decision).order_by("position")
        one, other = (
            delivery.add(plan, code=code, start=(4, 10), arm=arm)
            for code, arm in zip(("SURG", "PRRT"), arms, strict=True)
        )
        delivery.release(plan)
    with on(4, 1):
        decision = Step.objects.select_related("plan__case", "case__patient", "board").get(pk=decision.pk)
        choose_arm(
            decision, by=chloe, expected_version=decision.version, chosen_arm=Arm.objects.get(pk=one.arm_id), on=day(4, 1),
            reason="It responds.", why="as agreed", starts={one.pk: day(4, 10)}, **makers.OUTCOME,
        )  # fmt: skip
    delivery.start(one, 3, 20, recorded=(4, 2))

    def planned(as_of):
        found = asked(chloe, "flow", by="from,to", kind="planned", as_of=as_of, known_by="now")["results"]
        return {(row["from"], row["to"]) for row in found}

    told = {as_of: planned(as_of) for as_of in ("2026-03-19", "2026-03-20", "2026-04-01")}
    assert told == {"2026-03-19": set(), "2026-03-20": {("OSA", "SURG")}, "2026-04-01": {("OSA", "SURG")}}
    assert other.pk != one.pk
