"""The planned order of steps against the order that happened, and which treatment follows which: counted by hand."""

import pytest
from django.urls import reverse

from careplans.models import Arm, Event, Step
from careplans.services.arm_choice import choose_arm
from careplans.services.decisions import add_decision
from careplans.services.steps import edit_step, reorder_steps
from tests.careplans import makers
from tests.careplans.doors import browser
from tests.careplans.reports.delivering import CYCLES, RELEASED, asked, day, on, rows

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
    assert [(total[name]["count"], total[name]["among"]) for name in ("kept", "plans_reversed")] == [(2, 3), (1, 2)]
    # -5, 0, 2, 5.
    apart = total["days_apart"]
    assert (apart["least"], apart["median"], apart["most"]) == (-5, 1.0, 5)


def test_two_that_began_on_the_same_day_are_counted_and_in_no_share(delivery, chloe):
    """Nobody knows which came first: neither the pair nor its plan has kept an order, nor broken one."""
    first, second = delivery.plan({"code": "RFA"}, {"code": "OSA"})
    delivery.start(first, 3, 10)
    delivery.start(second, 3, 10)
    total = asked(chloe, "order", by="")["total"]
    shares = [(total[name]["count"], total[name]["among"]) for name in ("kept", "said", "plans_reversed")]
    assert (total["pairs"], total["together"], total["in_order"], shares) == (1, 1, 0, [(0, 0)] * 3)


def test_the_pair_that_was_the_other_way_round_is_found(world, chloe):
    first, second, _ = world
    (row,) = rows(chloe, "order", measure="reversed")
    assert (row["cells"]["step_id"], row["cells"]["later_step_id"]) == (first.pk, second.pk)
    assert (row["day"], row["cells"]["first"], row["cells"]["then"]) == ("2026-03-10", "SURG", "PRRT")


def test_a_pair_counts_from_when_the_later_one_has_begun(world, chloe):
    """Until then the second stands before the first, which is still to begin; the third, which is, comes after both."""
    total = asked(chloe, "order", by="", as_of="2026-03-09", known_by="now")["total"]
    assert (total["pairs"], total["before"], total["reversed"]) == (1, 1, 0)
    total = asked(chloe, "order", by="", as_of="2026-03-11", known_by="now")["total"]
    assert (total["pairs"], total["before"], total["reversed"]) == (3, 0, 1)


@pytest.mark.parametrize(
    ("since", "until", "pairs"),
    [("06", "10", 3), ("01", "09", 0), ("05", "12", 4), ("11", "31", 1), ("12", "12", 1), ("13", "31", 0)],
)
def test_a_pair_counts_in_the_period_in_which_the_later_one_began(world, chloe, since, until, pairs):
    """Three on the 10th, though a step of that plan began on the 5th; one on the 12th, though its first began on the 10th."""
    period = {"since": f"2026-03-{since}", "until": f"2026-03-{until}"}
    assert asked(chloe, "order", by="", **period)["total"]["pairs"] == pairs
    assert len(rows(chloe, "order", **period)) == pairs


# A step that waits for another is judged by that


def classes(person, **params):
    return [row["cells"]["class"] for row in rows(person, "order", **params)]


@pytest.mark.parametrize(
    ("begun", "found"), [((5, 1), "early"), ((5, 2), "in_order"), ((5, 3), "in_order"), ((3, 9), "reversed")]
)
def test_a_step_that_waits_for_an_end_is_in_order_once_that_has_come(delivery, chloe, begun, found):
    """The first began on 10 March and ended on 2 May."""
    first, second = delivery.gated({"code": "SURG"}, {"code": "PRRT"})
    delivery.start(first, 3, 10)
    delivery.start(second, *begun)
    delivery.complete(first, 5, 2)
    assert classes(chloe) == [found]


def test_a_step_that_runs_on_beside_the_next_is_in_order_where_nothing_waits_for_its_end(delivery, chloe):
    first, second = delivery.plan({"code": "SURG"}, {"code": "PRRT"})
    delivery.start(first, 3, 10)
    delivery.start(second, 5, 1)
    delivery.complete(first, 5, 2)
    assert classes(chloe) == ["in_order"]


@pytest.mark.parametrize(("begun", "found"), [((4, 6), "early"), ((4, 7), "in_order"), ((4, 8), "in_order")])
def test_a_step_that_waits_for_a_second_cycle_is_in_order_once_that_was_given(delivery, chloe, begun, found):
    first, second = delivery.gated(
        {"code": "CHEMO"} | CYCLES, {"code": "SURG"}, after_event="occurrence", after_occurrence=2
    )
    delivery.give(first, 1, 3, 10)
    delivery.start(second, *begun)
    delivery.give(first, 2, 4, 7)
    assert classes(chloe) == [found]


@pytest.mark.parametrize(
    ("reason", "begun", "found"),
    [
        ("progression", 20, "in_order"), ("progression", 19, "early"),
        ("toxicity_or_not_tolerated", 20, "early"), ("toxicity_or_not_tolerated", 21, "in_order"),
    ],
)  # fmt: skip
def test_on_the_day_of_a_stop_its_gate_says_whether_a_step_is_in_order(delivery, chloe, reason, begun, found):
    """Cycles until progression, stopped on 20 March, and the step that waits for their end."""
    first, second = delivery.gated({"code": "CHEMO", "stop_when": "progression"} | CYCLES, {"code": "OSA"})
    delivery.give(first, 1, 3, 10)
    delivery.stop(first, 3, 20, reason=reason)
    delivery.start(second, 3, begun)
    assert classes(chloe) == [found]
    total = asked(chloe, "order", by="")["total"]
    early = int(found == "early")
    assert [(total[name]["count"], total[name]["among"]) for name in ("kept", "said")] == [
        (1 - early, 1),
        (early, early),
    ]


def test_a_step_that_waits_for_an_end_and_begins_with_the_other_is_out_of_order(delivery, chloe):
    """Both on 10 March, and the first ended on 2 May."""
    first, second = delivery.gated({"code": "SURG"}, {"code": "PRRT"})
    delivery.start(first, 3, 10)
    delivery.start(second, 3, 10)
    delivery.complete(first, 5, 2)
    assert classes(chloe) == ["early"]


@pytest.mark.parametrize("begun", [10, 11])
def test_a_step_that_waits_for_a_beginning_is_in_order_while_that_runs(delivery, chloe, begun):
    first, second = delivery.gated({"code": "OSA"}, {"code": "SURG"}, after_event="begun")
    delivery.start(first, 3, 10)
    delivery.start(second, 3, begun)
    assert classes(chloe) == ["in_order"]
    assert [row["cells"]["judged"] for row in rows(chloe, "order")] == ["begun"]


def test_a_step_that_waits_for_one_placed_behind_it_makes_one_pair(delivery, chloe):
    """Placed first and done last, as its condition has it: the other place is no second order."""
    with on(*RELEASED):
        plan, (first, second) = delivery.draft({"code": "SURG"}, {"code": "PRRT"})
        edit_step(first, {"after_step": second}, by=delivery.ana)
        delivery.release(plan)
    delivery.start(second, 3, 10)
    delivery.complete(second, 4, 1)
    delivery.start(first, 4, 2)
    assert classes(chloe) == ["in_order"]
    assert [row["cells"]["step_id"] for row in rows(chloe, "order")] == [second.pk]


def test_a_step_that_waits_through_others_for_one_placed_behind_it_makes_no_pair_by_their_places(delivery, chloe):
    """The first waits for the second, and that for the third: done from the last to the first, as planned. The last waits for
    nothing, and the first of another plan is told by its places alone."""
    with on(*RELEASED):
        plan, (first, second, third) = delivery.draft(*THREE)
        edit_step(first, {"after_step": second}, by=delivery.ana)
        edit_step(second, {"after_step": third}, by=delivery.ana)
        delivery.release(plan)
    for step, month in ((third, 3), (second, 4), (first, 5)):
        delivery.start(step, month, 10)
        delivery.complete(step, month, 20)
    assert {(row["cells"]["step_id"], row["cells"]["later_step_id"]): row["cells"]["class"] for row in rows(chloe, "order")} == {
        (third.pk, second.pk): "in_order", (second.pk, first.pk): "in_order",
    }  # fmt: skip
    one, other = delivery.plan(*THREE[:2])
    delivery.start(other, 3, 10)
    delivery.start(one, 3, 11)
    assert sorted(classes(chloe)) == ["in_order", "in_order", "reversed"]


# The first never began


def test_a_step_that_began_before_one_that_never_did_is_out_of_order(delivery, chloe):
    """Ablation once more, and the analogue after it: begun on 22 July, and the ablation recorded as not done on the 30th."""
    first, second = delivery.gated({"code": "RFA"}, {"code": "OSA"})
    delivery.start(second, 7, 22)
    assert classes(chloe, at=(7, 23)) == ["before"]
    delivery.skip(first, 7, 30)
    total = asked(chloe, "order", by="", at=(8, 1))["total"]
    told = {name: (total[name]["count"], total[name]["among"]) for name in ("kept", "said", "plans_reversed")}
    assert (total["before"], told) == (1, {"kept": (0, 1), "said": (1, 1), "plans_reversed": (1, 1)})
    assert total["days_apart"]["count"] == 0
    (row,) = rows(chloe, "order", at=(8, 1))
    assert (row["day"], row["cells"]["started_on"], row["cells"]["judged"]) == ("2026-07-22", None, "ended")


def test_a_step_that_began_after_one_was_not_done_has_no_order_to_keep(delivery, chloe):
    first, second = delivery.plan({"code": "RFA"}, {"code": "OSA"})
    delivery.skip(first, 4, 1)
    delivery.start(second, 4, 2)
    total = asked(chloe, "order", by="")["total"]
    assert (total["without"], total["kept"]["among"], total["plans_reversed"]["count"]) == (1, 0, 0)


def test_a_step_that_depends_on_something_in_words_comes_before_nothing_until_it_begins(delivery, chloe):
    first, second = delivery.plan({"code": "RFA", "only_if": "Ki-67 confirmed"}, {"code": "OSA"})
    delivery.start(second, 4, 2)
    assert classes(chloe) == []
    delivery.start(first, 4, 9)
    assert classes(chloe) == ["reversed"]


def test_why_it_began_then_is_read_on_the_page_of_the_rows(delivery, ana, chloe):
    """It stays with a step that an amendment takes over, and is no part of what programs are given."""
    first, second = delivery.plan({"code": "RFA"}, {"code": "OSA"})
    delivery.start(second, 4, 2)
    delivery.release_on(delivery.amend(first, 4, 5), 4, 5)
    (row,) = rows(chloe, "order", measure="said")
    event = Event.objects.get(pk=row["cells"]["said_id"])
    assert (event.step_id, event.reason) == (second.pk, "as agreed")
    with on(6, 30):
        page = browser(chloe).get(reverse("careplans:report_rows", args=["order"]), {"since": "2026-01-01"})
    assert "as agreed" in page.content.decode() and "as agreed" not in str(row)


def test_a_step_that_began_without_a_word_has_no_reason(delivery, chloe):
    first, second = delivery.plan({"code": "RFA"}, {"code": "OSA"})
    delivery.start(first, 4, 1)
    delivery.complete(first, 4, 1)
    delivery.start(second, 4, 2, why="")
    assert asked(chloe, "order", by="")["total"]["said"]["among"] == 0
    assert rows(chloe, "order")[0]["cells"]["said_id"] is None


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


@pytest.mark.parametrize(("words", "last"), [("", ("SURG", "OSA")), ("ECOG 0 to 2", ("PRRT", "OSA"))])
def test_what_waits_for_another_follows_that_one(delivery, ana, chloe, words, last):
    """CHEMO, then PRRT, SURG that waits for the end of CHEMO, and OSA. By the places alone SURG would follow PRRT. Where SURG
    depends on something in words, too, OSA follows what comes before that."""
    with on(3, 1):
        plan, steps = delivery.draft({"code": "CHEMO"} | CYCLES, {"code": "PRRT"}, {"code": "SURG"}, {"code": "OSA"})
        edit_step(steps[2], {"after_step": steps[0], "only_if": words}, by=ana)
        delivery.release(plan)
    found = asked(chloe, "flow", kind="planned")["results"]
    assert {(row["from"], row["to"]) for row in found} == {("CHEMO", "PRRT"), ("CHEMO", "SURG"), last}


@pytest.mark.parametrize(
    ("waits", "found"), [(0, {("PRRT", "SURG"), ("PRRT", "OSA")}), (1, {("SURG", "OSA"), ("OSA", "PRRT")})]
)
def test_what_another_in_front_of_it_waits_for_does_not_follow_that(delivery, ana, chloe, waits, found):
    """SURG, PRRT and OSA. SURG waits for PRRT: OSA follows the place in front of it. PRRT waits for OSA: that follows SURG."""
    with on(3, 1):
        plan, steps = delivery.draft({"code": "SURG"}, {"code": "PRRT"} | CYCLES, {"code": "OSA"} | CYCLES)
        edit_step(steps[waits], {"after_step": steps[waits + 1]}, by=ana)
        delivery.release(plan)
    told = asked(chloe, "flow", kind="planned")["results"]
    assert {(row["from"], row["to"]) for row in told} == found
