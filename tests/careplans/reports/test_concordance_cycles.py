"""Cycles planned against given, worked out by hand."""

import pytest

from careplans.models import Occurrence, Step
from tests.careplans.reports.delivering import CYCLES, asked, rows

pytestmark = pytest.mark.django_db
REPORT = "concordance-cycles"


@pytest.fixture
def world(delivery):
    """Every four weeks, from 10 March unless it says otherwise; asked about on 30 June. Grace is three days, a quarter of the
    interval a week."""
    do, made = delivery, {}
    # 10 March, 7 April, 5 May, 2 June.
    made["four"] = step = do.one(code="CHEMO", **(CYCLES | {"occurrences_planned": 4}))
    do.give(step, 1, 3, 12)
    do.give_otherwise(step, 2, 4, 7)
    do.omit(step, 3, 5, 5)
    made["postponed"] = step = do.one(code="CHEMO", start=(6, 10), **CYCLES)
    do.give(step, 1, 6, 10)
    do.postpone(step, 2, 6, 20, to=(7, 15))
    made["stopped"] = step = do.one(code="CHEMO", **CYCLES)
    do.give(step, 1, 3, 20)
    do.stop(step, 4, 1, reason="toxicity_or_not_tolerated")
    made["held"] = step = do.one(code="PRRT", **CYCLES)
    do.give(step, 1, 3, 10)
    do.hold(step, 4, 1, until=(9, 1))
    made["ahead"] = do.one(code="PRRT", start=(7, 10), **CYCLES)
    before, made["waiting"] = do.gated({}, {"code": "PRRT"} | CYCLES)
    do.start(before, 3, 10)
    return made


CLASSES = {
    "four": ["as_planned", "otherwise", "left_out", "unknown"], "postponed": ["as_planned", "postponed"],
    "stopped": ["otherwise", "fell_away"], "held": ["as_planned", "on_hold"], "ahead": ["ahead", "ahead"],
    "waiting": ["waiting", "waiting"],
}  # fmt: skip


def cells(person, step, name="class", **params):
    found = [row["cells"] for row in rows(person, REPORT, **params) if row["cells"]["step_id"] == step.pk]
    return [one[name] for one in sorted(found, key=lambda one: one["number"])]


def test_each_cycle_stands_in_the_class_it_belongs_to(world, chloe):
    assert {name: cells(chloe, step) for name, step in world.items()} == CLASSES


def test_the_figures_are_those_that_were_worked_out(world, chloe):
    total = asked(chloe, REPORT, by="")["total"]
    counts = {
        "cycles": 14, "as_planned": 3, "otherwise": 2, "left_out": 1, "fell_away": 1, "set_aside": 0, "postponed": 1,
        "on_hold": 1, "waiting": 2, "ahead": 2, "unknown": 1,
    }  # fmt: skip
    assert {name: total[name] for name in counts} == counts
    assert [(total[name]["count"], total[name]["among"]) for name in ("followed", "given")] == [(3, 7), (5, 7)]
    # 2, 0, 0, 10, 0.
    late = total["days_late"]
    assert (late["count"], late["least"], late["median"], late["most"]) == (5, 0, 0.0, 10)


def test_each_that_was_not_given_as_planned_has_its_reason(world, chloe):
    assert {name: cells(chloe, step, "reason") for name, step in world.items()} == {
        "four": [None, "medical_reason", "patient_choice", None], "postponed": [None, "deterioration"],
        "stopped": [None, "toxicity_or_not_tolerated"], "held": [None, "medical_reason"], "ahead": [None, None],
        "waiting": [None, None],
    }  # fmt: skip
    found = asked(chloe, REPORT, by="departure")["results"]
    assert {row["departure"]: row["cycles"] for row in found} == {"given_otherwise": 1, "later": 1, None: 12}


@pytest.mark.parametrize(
    ("as_of", "classes"),
    [
        ("2026-03-11", ["ahead", "ahead", "ahead", "ahead"]),
        ("2026-03-12", ["as_planned", "ahead", "ahead", "ahead"]),
        ("2026-05-04", ["as_planned", "otherwise", "ahead", "ahead"]),
        ("2026-05-05", ["as_planned", "otherwise", "left_out", "ahead"]),
        ("2026-06-05", ["as_planned", "otherwise", "left_out", "ahead"]),
        ("2026-06-06", ["as_planned", "otherwise", "left_out", "unknown"]),
    ],
)
def test_asked_as_of_an_earlier_day_each_stands_as_it_stood(delivery, chloe, as_of, classes):
    step = delivery.one(code="CHEMO", **(CYCLES | {"occurrences_planned": 4}))
    delivery.give(step, 1, 3, 12)
    delivery.give_otherwise(step, 2, 4, 7)
    delivery.omit(step, 3, 5, 5)
    assert cells(chloe, step, as_of=as_of, known_by="now") == classes


def test_what_fell_away_with_a_stop_was_ahead_until_then(world, chloe):
    assert cells(chloe, world["stopped"], as_of="2026-03-31", known_by="now") == ["otherwise", "ahead"]
    assert cells(chloe, world["stopped"], as_of="2026-04-01", known_by="now") == ["otherwise", "fell_away"]


def test_cycles_that_an_amendment_took_over_count_once(delivery, chloe):
    step = delivery.one(code="CHEMO", **CYCLES)
    delivery.give(step, 1, 3, 10)
    delivery.release_on(delivery.amend(step, 3, 20), 3, 20)
    assert asked(chloe, REPORT, by="", at=(3, 21))["total"]["cycles"] == 2
    assert cells(chloe, step, at=(3, 21)) == []
    # Before, they were those of the plan before, as far as is known by now.
    assert cells(chloe, step, at=(3, 21), as_of="2026-03-19", known_by="now") == ["as_planned", "ahead"]


# Against the day that was first agreed


def told(person, step, *names, **params):
    found = [row["cells"] for row in rows(person, REPORT, **params) if row["cells"]["step_id"] == step.pk]
    return [tuple(one[name] for name in names) for one in sorted(found, key=lambda one: one["number"])]


def test_a_cycle_that_was_postponed_and_given_on_its_new_day_was_given_otherwise(delivery, chloe):
    """The second was agreed for 7 April, is put on 28 July, 16 weeks later, and is given then; the third moves along, from
    5 May to 25 August, and is given then."""
    step = delivery.one(code="CHEMO", **(CYCLES | {"occurrences_planned": 3}))
    delivery.give(step, 1, 3, 10)
    delivery.postpone(step, 2, 4, 6, to=(7, 28), move_later=True)
    assert told(chloe, step, "class", "reason", at=(7, 27))[1] == ("postponed", "deterioration")
    delivery.give(step, 2, 7, 28)
    delivery.give(step, 3, 8, 25)
    names = ("class", "departure", "reason", "days_off", "held_against", "planned_on")
    assert told(chloe, step, *names, at=(9, 1)) == [
        ("as_planned", None, None, 0, "2026-03-10", "2026-03-10"),
        ("otherwise", "postponed", "deterioration", 112, "2026-04-07", "2026-07-28"),
        ("otherwise", "moved", None, 112, "2026-05-05", "2026-08-25"),
    ]
    total = asked(chloe, REPORT, by="", at=(9, 1))["total"]
    assert (total["put_off"], total["followed"]["count"], total["followed"]["among"]) == (1, 1, 3)


def test_a_cycle_that_was_postponed_by_little_is_as_planned_and_its_postponement_is_told(delivery, chloe):
    step = delivery.one(code="CHEMO", **CYCLES)
    delivery.give(step, 1, 3, 10)
    delivery.postpone(step, 2, 4, 6, to=(4, 14))
    delivery.give(step, 2, 4, 14)
    assert told(chloe, step, "class", "days_off")[1] == ("as_planned", 7)
    assert asked(chloe, REPORT, by="")["total"]["put_off"] == 1


def test_a_cycle_that_came_back_to_its_day_has_kept_it(delivery, chloe):
    step = delivery.one(code="CHEMO", start=(7, 10), **CYCLES)
    delivery.postpone(step, 1, 3, 6, to=(8, 1))
    delivery.postpone(step, 1, 3, 7, to=(7, 10))
    assert Occurrence.objects.get(step=step, number=1).agreed_on is None


def test_an_amendment_agrees_on_the_days_anew(delivery, chloe):
    """Postponed from 7 April to 28 July; the amendment of 5 May is signed with that day."""
    step = delivery.one(code="CHEMO", **CYCLES)
    delivery.give(step, 1, 3, 10)
    delivery.postpone(step, 2, 4, 6, to=(7, 28))
    delivery.release_on(delivery.amend(step, 5, 5), 5, 5)
    again = Step.objects.get(carried_from=step)
    delivery.give(again, 2, 7, 28)
    assert told(chloe, again, "class", "days_off", at=(7, 29)) == [("as_planned", 0), ("as_planned", 0)]


def test_a_postponement_before_an_amendment_stays_with_what_was_given(delivery, chloe):
    step = delivery.one(code="CHEMO", **(CYCLES | {"occurrences_planned": 3}))
    delivery.give(step, 1, 3, 10)
    delivery.postpone(step, 2, 4, 6, to=(5, 4))
    delivery.give(step, 2, 5, 4)
    delivery.release_on(delivery.amend(step, 5, 5), 5, 5)
    again = Step.objects.get(carried_from=step)
    assert told(chloe, again, "class", "departure", "reason")[1] == ("otherwise", "postponed", "deterioration")


def test_a_step_that_was_put_off_before_it_began_has_its_cycles_moved(delivery, chloe):
    """From 10 March to 7 April, handed over; given then."""
    step = delivery.one(code="CHEMO", **CYCLES)
    delivery.put_off(step, 3, 9, to=(4, 7))
    delivery.give(step, 1, 4, 7)
    assert told(chloe, step, "class", "departure", "days_off")[0] == ("otherwise", "moved", 28)


def test_cycles_of_a_step_whose_condition_came_late_are_not_late_by_that(delivery, chloe):
    """Planned for 1 and 29 April; what it waits for ended on 2 May, 31 days after; given on 4 May and 1 June."""
    first, second = delivery.gated({}, {"start": (4, 1), "code": "CHEMO"} | CYCLES)
    delivery.start(first, 3, 10)
    delivery.complete(first, 5, 2)
    delivery.give(second, 1, 5, 4, move_later=True)
    delivery.give(second, 2, 6, 1)
    assert told(chloe, second, "class", "days_off") == [("as_planned", 2), ("as_planned", 2)]


def test_a_cycle_between_its_own_day_and_the_one_that_it_moved_to_is_as_planned(delivery, chloe):
    """The second, of 29 April, could be given from 30 May on; on 29 May it is neither late nor early."""
    first, second = delivery.gated({}, {"start": (4, 1), "code": "CHEMO"} | CYCLES)
    delivery.start(first, 3, 10)
    delivery.complete(first, 5, 2)
    delivery.give(second, 1, 5, 4, move_later=True)
    delivery.give(second, 2, 5, 29)
    assert told(chloe, second, "class", "days_off")[1] == ("as_planned", 0)


def test_cycles_of_a_step_whose_condition_nobody_has_said_are_not_unknown(delivery, chloe):
    step = delivery.one(code="CHEMO", only_if="Ki-67 confirmed", **CYCLES)
    assert told(chloe, step, "class") == [("conditional",), ("conditional",)]
    assert asked(chloe, REPORT, by="")["total"]["followed"]["among"] == 0
