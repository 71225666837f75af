"""Planned against delivered, worked out by hand: one small board on which steps fall into every class."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from accounts.models import Membership
from careplans.demo.clock import history_at
from careplans.models import Arm, Step
from careplans.services.arm_choice import choose_arm
from careplans.services.decisions import add_decision
from careplans.services.steps import edit_step
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.reports.delivering import (
    CYCLES,
    ONGOING,
    Delivery,
    asked,
    by_step,
    class_of,
    classes,
    day,
    on,
    rows,
)  # fmt: skip

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery(pages, board, ana, chloe, omar):
    with on(1, 1):
        Membership.objects.filter(board=board).update(started_at="2026-01-01T00:00:00Z")
    return Delivery(board, ana, chloe)


@pytest.fixture
def world(delivery):
    """Each planned for 10 March unless it says otherwise; asked about on 30 June. Grace is three days."""
    do, made = delivery, {}
    made["as_planned"] = step = do.one(code="SURG")
    do.start(step, 3, 24)  # The fourteenth day after.
    do.complete(step, 3, 24)
    made["later"] = step = do.one()
    do.start(step, 3, 25)
    do.complete(step, 4, 1)
    made["earlier"] = step = do.one(start=(4, 1))
    do.start(step, 3, 17)
    do.complete(step, 4, 1)
    made["in_part"] = step = do.one()
    do.start(step, 3, 10)
    do.complete(step, 4, 1, fulfilment="partial")
    made["not_assessed"] = step = do.one()
    do.start(step, 3, 10)
    do.complete(step, 4, 1, fulfilment="not_assessed")
    made["fewer"] = step = do.one(code="CHEMO", **CYCLES)
    do.give(step, 1, 3, 10)
    do.omit(step, 2, 4, 7)
    do.complete(step, 4, 8, fulfilment="partial")
    made["given_otherwise"] = step = do.one(code="CHEMO", **CYCLES)
    do.give_otherwise(step, 1, 3, 10)
    do.give(step, 2, 4, 7)
    do.complete(step, 4, 8)
    made["stopped"] = step = do.one(**ONGOING)
    do.give(step, 1, 3, 10)
    do.stop(step, 4, 1, reason="toxicity_or_not_tolerated")
    made["stopped_as_meant"] = step = do.one(**ONGOING)
    do.give(step, 1, 3, 10)
    do.stop(step, 4, 1, reason="progression")
    made["not_done"] = step = do.one(code="SURG")
    do.skip(step, 3, 12)
    made["in_progress"], made["waiting"] = do.gated({}, {})
    do.start(made["in_progress"], 3, 11)
    made["in_progress_late"] = step = do.one()
    do.start(step, 3, 10, until=(6, 26))  # With three days of grace it is late from the 30th on.
    made["on_hold"] = step = do.one()
    do.hold(step, 3, 9, until=(9, 1))
    made["ahead"] = do.one(start=(6, 27))
    made["unknown"] = do.one(start=(6, 26))
    return made


CLASSES = {
    "as_planned": "as_planned", "later": "otherwise", "earlier": "otherwise", "in_part": "otherwise", "fewer": "otherwise",
    "given_otherwise": "otherwise", "not_assessed": "not_assessed", "stopped": "stopped", "stopped_as_meant": "as_planned",
    "not_done": "not_done", "in_progress": "in_progress", "waiting": "waiting", "in_progress_late": "in_progress_late",
    "on_hold": "on_hold", "ahead": "ahead", "unknown": "unknown",
}  # fmt: skip


def test_each_step_stands_in_the_class_it_belongs_to(world, chloe):
    found = by_step(rows(chloe, "concordance"))
    assert {name: found[step.pk]["class"] for name, step in world.items()} == CLASSES
    assert len(found) == len(world)


def test_the_figures_are_those_that_were_worked_out(world, chloe):
    """16 steps. Ended or unknown: 2 as planned, 5 otherwise, 1 not assessed, 1 stopped, 1 not done, 1 unknown: 11. With the two
    in progress 13 have begun, ended or are unknown."""
    total = asked(chloe, "concordance", by="")["total"]
    counts = {
        "steps": 16, "as_planned": 2, "otherwise": 5, "not_assessed": 1, "stopped": 1, "not_done": 1, "set_aside": 0,
        "in_progress": 1, "in_progress_late": 1, "on_hold": 1, "waiting": 1, "blocked": 0, "ahead": 1,
        "unknown": 1,
    }  # fmt: skip
    assert {name: total[name] for name in counts} == counts
    shares = {
        name: (total[name]["count"], total[name]["among"]) for name in ("followed", "carried_out", "not_recorded")
    }
    assert shares == {"followed": (2, 11), "carried_out": (8, 11), "not_recorded": (1, 13)}
    assert (total["reason_known"]["count"], total["reason_known"]["among"]) == (2, 2)


def test_days_late_are_those_of_all_that_began(world, chloe):
    """-15, 0 seven times, 1, 14, 15: eleven steps began."""
    late = asked(chloe, "concordance", by="")["total"]["days_late"]
    assert (late["count"], late["least"], late["median"], late["most"]) == (11, -15, 0.0, 15)


def test_what_was_otherwise_is_told(world, chloe):
    found = asked(chloe, "concordance", by="departure")["results"]
    assert {row["departure"]: row["steps"] for row in found} == {
        "fewer": 1, "in_part": 1, "given_otherwise": 1, "later": 1, "earlier": 1, "late": 1, None: 10,
    }  # fmt: skip


def test_reasons_are_told_where_there_are_any(world, chloe):
    found = asked(chloe, "concordance", by="class,reason")["results"]
    reasons = {(row["class"], row["reason"]): row["steps"] for row in found if row["reason"]}
    assert reasons == {
        ("as_planned", "progression"): 1, ("stopped", "toxicity_or_not_tolerated"): 1, ("not_done", "patient_choice"): 1,
        ("on_hold", "medical_reason"): 1,
    }  # fmt: skip


def test_a_figure_leads_to_its_case(world, chloe):
    (row,) = rows(chloe, "concordance", measure="unknown")
    assert (row["case"], row["day"]) == (world["unknown"].case_id, "2026-06-26")
    (row,) = rows(chloe, "concordance", modality="SURG", **{"class": "as_planned"})
    assert row["cells"]["started_on"] == "2026-03-24"
    assert (row["cells"]["days_off"], row["cells"]["position"]) == (14, 1)


def test_the_discipline_is_that_of_the_owner_at_the_release(delivery, omar, chloe):
    step = delivery.one(owner=omar)
    with on(5, 1):
        Membership.objects.filter(user=omar).update(ended_at="2026-05-01T00:00:00Z")
    (row,) = rows(chloe, "concordance")
    assert (row["case"], row["cells"]["discipline"]) == (step.case_id, "medical_oncology")


# On the day


def test_it_is_unknown_on_the_day_after_the_grace_and_not_before(delivery, chloe):
    step = delivery.one()
    for at, found in (((3, 10), "ahead"), ((3, 13), "ahead"), ((3, 14), "unknown")):
        assert class_of(chloe, step, at=at) == found
        as_of = f"2026-{at[0]:02}-{at[1]:02}"
        assert class_of(chloe, step, as_of=as_of) == class_of(chloe, step, as_of=as_of, known_by="now") == found


def test_asked_as_of_an_earlier_day_it_stands_as_it_stood(delivery, chloe):
    step = delivery.one()
    delivery.start(step, 3, 12)
    delivery.complete(step, 4, 2)
    found = {day: class_of(chloe, step, as_of=day, known_by="now") for day in DAYS_OF_ONE}
    assert found == DAYS_OF_ONE


DAYS_OF_ONE = {
    "2026-02-28": [], "2026-03-02": "ahead", "2026-03-11": "ahead", "2026-03-12": "in_progress",
    "2026-04-01": "in_progress", "2026-04-02": "as_planned",
}  # fmt: skip


def test_what_was_recorded_late_counts_from_when_it_happened_once_it_is_known(delivery, chloe):
    step = delivery.one()
    delivery.start(step, 3, 12, recorded=(5, 4))
    assert class_of(chloe, step, as_of="2026-04-01", known_by="now") == "in_progress"


def test_a_step_in_progress_is_late_after_the_grace_of_its_next_date(delivery, chloe):
    step = delivery.one()
    delivery.start(step, 3, 10, until=(4, 1))
    assert class_of(chloe, step, at=(4, 4)) == "in_progress"
    assert class_of(chloe, step, at=(4, 5)) == "in_progress_late"


def test_a_step_on_hold_is_unknown_once_nobody_has_looked_at_it_again(delivery, chloe):
    step = delivery.one()
    delivery.hold(step, 3, 9, until=(4, 1))
    assert class_of(chloe, step, at=(4, 4)) == "on_hold"
    assert class_of(chloe, step, at=(4, 5)) == "unknown"
    assert class_of(chloe, step, as_of="2026-03-08", known_by="now") == "ahead"


# What waits


def test_a_step_waits_while_what_it_waits_for_can_still_come(delivery, chloe):
    """Then it is due by its own date, or from the day on which it need not wait any more."""
    first, second = delivery.gated({}, {"start": (4, 1)})
    delivery.start(first, 3, 10)
    assert classes(chloe, at=(5, 1)) == {first.pk: "in_progress", second.pk: "waiting"}
    delivery.complete(first, 5, 2)
    assert classes(chloe, at=(5, 5))[second.pk] == "ahead"
    assert classes(chloe, at=(5, 6))[second.pk] == "unknown"
    assert classes(chloe, at=(5, 6), as_of="2026-05-01", known_by="now")[second.pk] == "waiting"


def test_a_step_whose_condition_has_failed_does_not_wait(delivery, chloe):
    first, second = delivery.gated({}, {"start": (4, 1)})
    delivery.skip(first, 3, 10)
    assert classes(chloe, at=(4, 4))[second.pk] == "blocked"
    assert classes(chloe, at=(4, 5))[second.pk] == "unknown"


def test_a_step_waits_for_a_cycle_of_another(delivery, chloe):
    first, second = delivery.gated(CYCLES, {"start": (3, 20)}, after_event="occurrence", after_occurrence=2)
    delivery.give(first, 1, 3, 10)
    assert classes(chloe, at=(4, 1))[second.pk] == "waiting"
    delivery.give(first, 2, 4, 7)
    assert classes(chloe, at=(4, 8))[second.pk] == "unknown"
    assert classes(chloe, at=(4, 8), as_of="2026-04-06", known_by="now")[second.pk] == "waiting"


def test_a_step_waits_for_the_beginning_of_another(delivery, chloe):
    first, second = delivery.gated({}, {"start": (3, 12)}, after_event="begun")
    assert classes(chloe, at=(3, 20)) == {first.pk: "unknown", second.pk: "waiting"}
    delivery.start(first, 3, 21)
    assert classes(chloe, at=(3, 24))[second.pk] == "ahead"
    assert classes(chloe, at=(3, 25))[second.pk] == "unknown"


def test_what_nobody_chose_waits_and_is_then_set_aside(delivery, ana, chloe):
    with on(3, 1):
        plan, _ = delivery.draft({})
        decision = add_decision(plan, by=ana, description="re-staging", arms=[{"name": "one"}, {"name": "other"}])
        edit_step(decision, {"owner": ana, "planned_start": day(4, 1)}, by=ana)
        one, other = (
            delivery.add(plan, code=code, start=(4, 10), arm=arm)
            for code, arm in zip(
                ("SURG", "PRRT"), Arm.objects.filter(decision=decision).order_by("position"), strict=True
            )
        )
        delivery.release(plan)
    assert classes(chloe, at=(5, 1)) | {"decision": None} == {
        plan.steps.get(position=1).pk: "unknown", one.pk: "waiting", other.pk: "waiting", "decision": None,
    }  # fmt: skip
    with on(5, 2):
        decision = Step.objects.select_related("plan__case", "case__patient", "board").get(pk=decision.pk)
        choose_arm(
            decision, by=chloe, expected_version=decision.version, chosen_arm=Arm.objects.get(pk=one.arm_id), on=day(5, 2),
            reason="It responds.", why="as agreed", starts={one.pk: day(6, 1)}, **makers.OUTCOME,
        )  # fmt: skip
    found = classes(chloe, at=(5, 3))
    assert (found[one.pk], found[other.pk]) == ("ahead", "set_aside")
    assert decision.pk not in found


# From when it could begin


@pytest.mark.parametrize(("begun", "off", "found"), [((5, 16), 14, "as_planned"), ((5, 17), 15, "otherwise")])
def test_a_step_whose_condition_came_late_is_held_against_the_day_on_which_it_came(delivery, chloe, begun, off, found):
    """Planned for 1 April; what it waits for ended on 2 May."""
    first, second = delivery.gated({}, {"start": (4, 1), "code": "SURG"})
    delivery.start(first, 3, 10)
    delivery.complete(first, 5, 2)
    delivery.start(second, *begun)
    delivery.complete(second, *begun)
    cells = by_step(rows(chloe, "concordance"))[second.pk]
    assert (cells["days_off"], cells["class"]) == (off, found)


def test_a_step_that_began_before_its_condition_came_is_held_against_its_own_day(delivery, chloe):
    first, second = delivery.gated({}, {"start": (4, 1), "code": "SURG"})
    delivery.start(first, 3, 10)
    delivery.start(second, 4, 3)
    delivery.complete(first, 5, 2)
    assert by_step(rows(chloe, "concordance"))[second.pk]["days_off"] == 2


def test_a_step_may_not_begin_before_a_day_that_is_later_than_its_planned_start(delivery, chloe):
    step = delivery.one(not_before=day(4, 1))
    delivery.start(step, 4, 3)
    assert by_step(rows(chloe, "concordance"))[step.pk]["days_off"] == 2


def test_what_waits_for_a_cycle_is_held_against_the_day_on_which_that_was_given(delivery, chloe):
    first, second = delivery.gated(
        {"code": "CHEMO"} | CYCLES, {"start": (4, 1), "code": "SURG"}, after_event="occurrence", after_occurrence=2
    )
    delivery.give(first, 1, 3, 10)
    delivery.give(first, 2, 4, 20)
    delivery.start(second, 4, 25)
    assert by_step(rows(chloe, "concordance"))[second.pk]["days_off"] == 5


# Only if


def test_a_step_whose_condition_in_words_nobody_has_said_is_neither_followed_nor_missed(delivery, chloe):
    """Two past their day: one depends on something in words. And one that does, and is not due yet."""
    one, other = delivery.one(), delivery.one(only_if="Ki-67 confirmed")
    ahead = delivery.one(only_if="Ki-67 confirmed", start=(7, 10))
    assert classes(chloe) == {one.pk: "unknown", other.pk: "conditional", ahead.pk: "ahead"}
    total = asked(chloe, "concordance", by="")["total"]
    assert (total["conditional"], total["unknown"], total["followed"]["among"], total["not_recorded"]["among"]) == (
        1,
        1,
        1,
        1,
    )


@pytest.mark.parametrize(("reason", "found"), [("no_longer_indicated", "conditional"), ("patient_choice", "not_done")])
def test_a_step_that_is_not_done_since_its_condition_did_not_come_was_not_missed(delivery, chloe, reason, found):
    step = delivery.one(only_if="Ki-67 confirmed")
    delivery.skip(step, 3, 12, reason=reason)
    (row,) = rows(chloe, "concordance")
    assert (row["cells"]["class"], row["cells"]["reason"]) == (found, reason)


def test_a_step_without_a_condition_in_words_that_is_no_longer_indicated_is_not_done(delivery, chloe):
    step = delivery.one()
    delivery.skip(step, 3, 12, reason="no_longer_indicated")
    assert classes(chloe) == {step.pk: "not_done"}


# Where nobody says a period


@pytest.mark.parametrize("report", ["concordance", "concordance-cycles"])
def test_what_runs_on_and_what_is_still_to_come_is_there(delivery, chloe, report):
    """In January 2028: one that began in March 2026, and one that is planned for December 2029."""
    with on(3, 1):
        plan, (first, second) = delivery.draft({"code": "CHEMO"} | CYCLES, {"code": "PRRT"} | CYCLES)
        edit_step(second, {"planned_start": date(2029, 12, 1)}, by=delivery.ana)
        delivery.release(plan)
    moment = datetime(2028, 1, 10, 12, tzinfo=UTC)
    with time_machine.travel(moment, tick=False), history_at(moment):
        told = Api(chloe).get(f"/reports/{report}/", by="").json()
        known = Api(chloe).get(f"/reports/{report}/").json()
    assert (told["since"], told["until"]) == ("2018-01-12", "2030-01-09")
    assert {row["modality"] for row in known["results"]} == {"CHEMO", "PRRT"}
    assert told["total"]["ahead"] == (1 if report == "concordance" else 2)


def test_another_board_has_no_share_in_it(world, otto):
    assert asked(otto, "concordance", by="")["total"]["steps"] == 0
