"""One small picture worked out by hand, and each sign by itself."""

from dataclasses import replace
from datetime import date

import pytest

from careplans.readers.sequence import NARROW, WIDE, svg_of
from careplans.readers.sequence.mini import Slot, mini
from careplans.readers.sequence.what import (
    Branch,
    Gate,
    Lane,
    Look,
    Mark,
    MarkState,
    Passage,
    Sequence,
    StepShown,
    Turn,
)
from careplans.readers.sequence.words import told
from tests.careplans.readers.sequence.svgs import marked, texts_of, tree_of

# 80 days from the first to the last, and a week before and after: 94 days on 432 units, from 318 to 750.
#   11 Jan: 318 + 432 x 7/94 = 350.2    10 Feb: 318 + 432 x 37/94 = 488     20 Feb: 318 + 432 x 47/94 = 534
#   12 Mar: 318 + 432 x 67/94 = 625.9   1 Apr: 318 + 432 x 87/94 = 717.8
# From above: 44 for the axis, 20 for the first phase, 48 for two lines of words, 6 between, 20 for the second phase, 65 for three
# lines, 6: the axis ends at 209.
FIRST = StepShown(
    1, "1", "Octreotide", "symptom_control", "Symptom control", Look.DELIVERED, "Delivered 11 Jan 2026 to 10 Feb 2026",
    date(2026, 1, 11), date(2026, 2, 10), date(2026, 2, 10),
)  # fmt: skip
SECOND = StepShown(
    2, "2", "PRRT", "tumour_control", "Tumour control", Look.PLANNED, "Planned for 12 Mar 2026 to 1 Apr 2026",
    date(2026, 3, 12), date(2026, 4, 1), gate=Gate("May begin: after 1 has ended", Passage.OPEN, 1),
)  # fmt: skip
PLAN = Sequence("Plan 1", "active", date(2026, 2, 20), (FIRST, SECOND))


def paths(root, step):
    group = next(one for one in root.iter("g") if one.get("data-step") == str(step))
    return [(one.get("d"), one.get("fill"), one.get("stroke")) for one in group.iter("path")]


def drawn(step, frame=WIDE, **lanes):
    """The tree of a plan with this one step."""
    return tree_of(svg_of(Sequence("Plan 1", "active", PLAN.today, (step,), **lanes), frame, uid="a"))


def test_the_days_of_a_plan_stand_where_they_are_worked_out():
    root = tree_of(svg_of(PLAN, WIDE, uid="a"))
    (done, *_), (planned, *_) = paths(root, 1)[::-1], paths(root, 2)
    assert done[0].startswith("M350.2 ") and "H488V" in done[0] and done[1] == "#2468a3"
    assert planned[0].startswith("M625.9 ") and "H717.8V" in planned[0] and planned[1:] == ("#fff", "#5f4aa8")
    today = [one.get("d") for one in root.iter("path") if one.get("stroke") == "#b3261e"]
    assert today == ["M534 19V209"]


def test_a_gate_leads_from_the_end_of_what_is_waited_for_to_the_start():
    root = tree_of(svg_of(PLAN, WIDE, uid="a"))
    gate = next(one for one in root.iter("g") if one.get("data-gate") == "2")
    arrow, head = [one.get("d") for one in gate.iter("path")]
    assert arrow.startswith("M486 ") and arrow.endswith("L618.9 158") and head.startswith("M617.9 154L624.9 158")


def test_its_words_say_all_of_it():
    assert told(PLAN) == (
        "Plan 1 is active on 20 Feb 2026. Two steps. 1: Octreotide. Delivered 11 Jan 2026 to 10 Feb 2026. 2: PRRT. Planned for "
        "12 Mar 2026 to 1 Apr 2026. May begin: after 1 has ended. The same stands in the table."
    )


def test_looks_differ_without_colour():
    """The same step in each look: no two are drawn with the same shapes, strokes and hatches."""
    looks = set()
    for look in Look:
        until = date(2026, 2, 20) if look == Look.RUNNING else None
        root = drawn(replace(SECOND, look=look, start=FIRST.start, filled_until=until))
        group = next(one for one in root.iter("g") if one.get("data-step"))
        looks.add(tuple(signs(one) for one in group.iter("path")))
    assert len(looks) == len(Look), looks


def signs(shape):
    """Of a shape that is full, how far it reaches too: what runs is full in part."""
    fill = shape.get("fill")
    filling = fill if fill in ("#fff", "none") else "hatch" if "url" in fill else shape.get("d")
    return shape.get("stroke-dasharray"), filling


def test_a_failed_gate_is_broken_red_and_said():
    failed = replace(SECOND, gate=Gate("Condition failed: step 1 was stopped", Passage.FAILED, 1))
    for frame in (WIDE, NARROW):
        root = tree_of(svg_of(replace(PLAN, steps=(FIRST, failed)), frame, uid="a"))
        gate = next(one for one in root.iter("g") if one.get("data-gate") == "2")
        assert {one.get("stroke") for one in gate.iter("path")} == {"#b3261e", None}
        assert any(one.get("stroke-dasharray") for one in gate.iter("path")) and list(gate.iter("circle"))
        assert "Condition failed:" in " ".join(box.words for box in texts_of(root))


def test_a_step_without_a_day_stands_in_a_place_of_its_own():
    nowhere = replace(SECOND, start=None, end=None, state="No date yet", gate=None)
    root = tree_of(svg_of(replace(PLAN, steps=(FIRST, nowhere)), WIDE, uid="a"))
    left = [float(d[1:].split()[0]) for d, _, _ in paths(root, 2)]
    head = next(box for box in texts_of(root) if box.words == "No date yet" and box.top < 40)
    assert min(left) >= head.left


def test_what_goes_on_ends_in_an_arrow_at_the_edge():
    goes_on = replace(FIRST, look=Look.RUNNING, end=None, goes_on=True, filled_until=date(2026, 2, 20))
    assert any("L750 " in d for d, _, _ in paths(drawn(goes_on), 1))


def test_cycles_are_numbered_and_told_apart():
    states = ("given", "otherwise", "left_out", "postponed", "planned")
    turns = tuple(Turn(n, date(2026, n, 11), state, f"Cycle {n}: {state}") for n, state in enumerate(states, start=1))
    root = drawn(replace(FIRST, look=Look.RUNNING, end=date(2026, 5, 11), turns=turns))
    numbers = [box.words for box in texts_of(root) if box.words.isdigit() and box.left > 318]
    assert numbers == ["1", "2", "3", "4", "5"]
    boxes = [one for one in root.iter("g") if (one.findtext("title") or "").startswith("Cycle")]
    assert (
        len(
            {
                tuple((part.tag, part.get("fill"), part.get("d", "")[-7:]) for part in one if part.tag != "title")
                for one in boxes
            }
        )
        == 5
    )


def test_a_decision_says_its_arms_and_leads_to_their_steps():
    decision = replace(FIRST, is_decision=True, look=Look.PLANNED, branches=(Branch(7, "If “responds”: 2"),))
    arm = replace(
        SECOND, decision=1, branch="Only in the arm “responds” of 1", branch_state="waiting", look=Look.IN_ARM
    )
    root = tree_of(svg_of(replace(PLAN, steps=(decision, arm)), WIDE, uid="a"))
    assert marked(root, "data-arm") == ["2"]
    assert {"If “responds”: 2", "Only in the arm “responds” of 1"} <= {box.words for box in texts_of(root)}


def test_follow_ups_of_each_kind_have_a_shape_of_their_own():
    kinds = ("markers", "imaging", "heart", "visit", "rediscussion", "other")
    lanes = tuple(
        Lane(kind, kind, "1 to come", (Mark(date(2026, 3, 1), kind, MarkState.AHEAD, "-"),)) for kind in kinds
    )
    root = drawn(FIRST, lanes=lanes)
    groups = [one for one in root.iter("g") if one.get("data-lane")]
    shapes = set()
    for group in groups:
        sign = next(one for one in group if one.tag in ("path", "circle", "rect"))
        shapes.add(
            (sign.tag, sum(letter.isalpha() for letter in sign.get("d", "")), sign.get("d", "")[-1:], _first_turn(sign))
        )
    assert len(shapes) == 6


def _first_turn(sign):
    """Whether the outline begins above or below its middle."""
    numbers = [
        float(one) for one in sign.get("d", "").replace("M", "").replace("L", " ").split("H")[0].split("Z")[0].split()
    ]
    return len(numbers) > 3 and numbers[1] < numbers[3]


@pytest.mark.parametrize("frame", [WIDE, NARROW], ids=["wide", "narrow"])
def test_where_time_is_drawn_shorter_the_axis_is_broken_and_the_picture_says_so(frame):
    later = replace(SECOND, start=date(2028, 3, 12), end=date(2028, 4, 1))
    root = tree_of(svg_of(replace(PLAN, steps=(FIRST, later)), frame, uid="a"))
    (broken,) = [one for one in root.iter("g") if one.get("data-break") is not None]
    column = next(broken.iter("rect"))
    left, right = float(column.get("x")), float(column.get("x")) + float(column.get("width"))
    today = next(one.get("d") for one in root.iter("path") if one.get("stroke") == "#b3261e")
    begins = float(next(d for d, _, _ in paths(root, 2))[1:].split()[0])
    # From today to the day on which the second begins.
    assert left == pytest.approx(float(today[1:].split()[0])) and right == pytest.approx(begins)
    assert next(broken.iter("path")).get("d").count("L") == 2
    assert "At // a long gap is drawn shorter than it is." in {box.words for box in texts_of(root)}


def test_a_year_to_scale_has_no_break():
    root = tree_of(svg_of(PLAN, WIDE, uid="a"))
    assert marked(root, "data-break") == []
    assert not any("//" in box.words for box in texts_of(root))


@pytest.mark.parametrize("words", ['<script>alert("&")</script>', "a\x00b\x0bc", "\ud800"])
def test_what_people_write_stays_words(words):
    root = drawn(replace(FIRST, title=words))
    assert not list(root.iter("script"))
    assert "".join(ch for ch in words if ch.isalpha() and ch.isascii())[:6] in "".join(
        box.words for box in texts_of(root)
    ).replace("<", "")


def test_on_one_line_each_step_is_a_segment_with_today_behind_what_is_past():
    slots = [
        Slot(1, "symptom_control", Look.DELIVERED),
        Slot(2, "tumour_control", Look.PLANNED),
        Slot(2, "adjuvant", Look.IN_ARM),
    ]
    root = tree_of(mini(slots, name="Plan 1"))
    assert root.findtext("title") == "Plan 1, 3 steps: 1 delivered, 1 planned, 1 in an arm not chosen yet"
    assert [one.get("fill") for one in root.iter("rect")] == ["#2468a3", "#fff", "#fff"]
    assert [one.get("d") for one in root.iter("path")][-1].startswith("M80.0 ")
    assert mini([], name="Plan 1") == ""
