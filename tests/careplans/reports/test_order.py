"""The planned order of steps against the order that happened, and which treatment follows which: counted by hand."""

import pytest

from careplans.models import Arm, Step
from careplans.services.arm_choice import choose_arm
from careplans.services.decisions import add_decision
from careplans.services.steps import edit_step, reorder_steps
from tests.careplans import makers
from tests.careplans.reports.delivering import asked, day, on, rows

pytestmark = pytest.mark.django_db
THREE = ({"code": "SURG"}, {"code": "PRRT"}, {"code": "OSA"})


@pytest.fixture
def world(delivery):
    """Of three steps the second began first, five days before the other two; two of another plan began as planned."""
    first, second, third = delivery.plan(*THREE)
    delivery.start(second, 3, 5)
    delivery.start(first, 3, 10)
    delivery.start(third, 3, 10)
    other = delivery.plan(*THREE[:2])
    delivery.start(other[0], 3, 10)
    delivery.start(other[1], 3, 12)
    return first, second, third


def test_pairs_are_in_order_together_or_the_other_way_round(world, chloe):
    total = asked(chloe, "order", by="")["total"]
    counts = {"pairs": 4, "in_order": 2, "together": 1, "reversed": 1, "plans": 2}
    assert {name: total[name] for name in counts} == counts
    assert [(total[name]["count"], total[name]["among"]) for name in ("kept", "plans_reversed")] == [(3, 4), (1, 2)]
    # -5, 0, 2, 5.
    apart = total["days_apart"]
    assert (apart["least"], apart["median"], apart["most"]) == (-5, 1.0, 5)


def test_the_pair_that_was_the_other_way_round_is_found(world, chloe):
    first, second, _ = world
    (row,) = rows(chloe, "order", measure="reversed")
    assert (row["cells"]["step_id"], row["cells"]["later_step_id"]) == (first.pk, second.pk)
    assert (row["day"], row["cells"]["first"], row["cells"]["then"]) == ("2026-03-10", "SURG", "PRRT")


def test_a_pair_counts_from_when_both_have_begun(world, chloe):
    assert asked(chloe, "order", by="", as_of="2026-03-09", known_by="now")["total"]["pairs"] == 0
    assert asked(chloe, "order", by="", as_of="2026-03-11", known_by="now")["total"]["pairs"] == 3


def test_steps_side_by_side_have_no_order(delivery, ana, chloe):
    with on(3, 1):
        plan, steps = delivery.draft(*THREE)
        reorder_steps(plan, [[steps[0].pk], [steps[1].pk, steps[2].pk]], by=ana)
        delivery.release(plan)
    for number, step in enumerate(steps):
        delivery.start(step, 3, 12 - number)
    assert {(row["cells"]["first"], row["cells"]["then"]) for row in rows(chloe, "order")} == {
        ("SURG", "PRRT"), ("SURG", "OSA"),
    }  # fmt: skip
    flow = asked(chloe, "flow", by="from,to,kind")["results"]
    assert {(row["from"], row["to"]) for row in flow if row["kind"] == "planned"} == {("SURG", "PRRT"), ("SURG", "OSA")}


def test_an_amendment_says_the_order_anew(delivery, ana, chloe):
    first, second = delivery.plan(*THREE[:2])
    delivery.start(second, 3, 5)
    plan, (one, two) = delivery.amend(first, 3, 6)
    with on(3, 6):
        reorder_steps(plan, [[two.pk], [one.pk]], by=ana)
        delivery.release(plan)
    delivery.start(one, 3, 10)
    total = asked(chloe, "order", by="")["total"]
    assert (total["pairs"], total["in_order"]) == (1, 1)


# Which follows which


def test_what_follows_is_told_as_planned_and_as_delivered(world, chloe):
    found = asked(chloe, "flow")
    assert {(row["from"], row["to"]): (row["planned"], row["delivered"]) for row in found["results"]} == {
        ("SURG", "PRRT"): (2, 1), ("PRRT", "OSA"): (1, 1), ("PRRT", "SURG"): (0, 1),
    }  # fmt: skip
    assert found["total"] == {"planned": 3, "delivered": 3, "cases": 2}


def test_what_was_delivered_follows_across_the_plans_of_a_case(delivery, ana, chloe):
    """What an amendment left out and had been given is followed by what came then."""
    first, second = delivery.plan(*THREE[:2])
    delivery.start(first, 3, 5)
    delivery.complete(first, 3, 6)
    delivery.release_on(delivery.amend(first, 3, 7), 3, 7)
    again = Step.objects.get(carried_from=second)
    delivery.start(again, 3, 10)
    found = asked(chloe, "flow", kind="delivered")["results"]
    assert [(row["from"], row["to"], row["delivered"]) for row in found] == [("SURG", "PRRT", 1)]


def test_a_step_of_an_arm_follows_once_its_arm_is_chosen(delivery, ana, chloe):
    with on(3, 1):
        plan, _ = delivery.draft({})
        decision = add_decision(plan, by=ana, description="re-staging", arms=[{"name": "one"}, {"name": "other"}])
        edit_step(decision, {"owner": ana, "planned_start": day(4, 1)}, by=ana)
        for code, arm in zip(("SURG", "PRRT"), Arm.objects.filter(decision=decision).order_by("position"), strict=True):
            delivery.add(plan, code=code, start=(4, 10), arm=arm)
        delivery.release(plan)
    assert asked(chloe, "flow", at=(3, 2))["results"] == []
    with on(4, 1):
        decision = Step.objects.select_related("plan__case", "case__patient", "board").get(pk=decision.pk)
        choose_arm(
            decision, by=chloe, expected_version=decision.version, chosen_arm=Arm.objects.get(decision=decision, name="other"),
            on=day(4, 1), reason="It progresses.", why="as agreed", **makers.OUTCOME,
        )  # fmt: skip
    found = asked(chloe, "flow", at=(4, 2))["results"]
    assert [(row["from"], row["to"], row["planned"]) for row in found] == [("OSA", "PRRT", 1)]
