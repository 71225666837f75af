"""What is true of every picture, whatever stands in its plan."""

from datetime import date, timedelta
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from careplans.readers.sequence import DESK, NARROW, WIDE, axis_of, picture, svg_of
from careplans.readers.sequence.axis import axis_for
from careplans.readers.sequence.lanes import COUNTED
from careplans.readers.sequence.table import table
from careplans.readers.sequence.text import escaped, width_of, wrapped
from careplans.readers.sequence.what import Look, MarkState
from tests.careplans.readers.sequence.plans_found import DAYS, NAMES, sequences
from tests.careplans.readers.sequence.svgs import marked, meeting, points_of, size_of, texts_of, tree_of

SIZES = pytest.mark.parametrize("frame", [DESK, WIDE, NARROW], ids=["desk", "wide", "narrow"])
found = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@SIZES
@found
@given(sequence=sequences())
def test_no_two_words_meet(frame, sequence):
    assert meeting(texts_of(tree_of(svg_of(sequence, frame, uid="a")))) == []


@SIZES
@found
@given(sequence=sequences())
def test_nothing_leaves_the_picture(frame, sequence):
    root = tree_of(svg_of(sequence, frame, uid="a"))
    width, height = size_of(root)
    for box in texts_of(root):
        assert box.left >= 0 and box.right <= width and box.top >= 0 and box.bottom <= height, box
    for x, y in points_of(root):
        assert 0 <= x <= width and 0 <= y <= height, (x, y)


@SIZES
@found
@given(sequence=sequences())
def test_every_step_and_every_gate_is_there_once(frame, sequence):
    root = tree_of(svg_of(sequence, frame, uid="a"))
    assert sorted(marked(root, "data-step"), key=int) == [str(step.key) for step in sequence.steps]
    assert sorted(marked(root, "data-gate"), key=int) == [str(step.key) for step in sequence.steps if step.gate]


@found
@given(sequence=sequences())
def test_every_step_every_gate_and_every_mark_stands_once_in_the_table(sequence):
    cells = cells_of(table(sequence))
    steps, lanes = [row for row in cells if "Step" in row], [row for row in cells if "Follow-up" in row]
    linked = [one.get("href") for row in steps for one in row["What"].iter("a")]
    assert linked == [f"#step-{step.key}" for step in sequence.steps]
    for row, step in zip(steps, sequence.steps, strict=True):
        gate = step.gate and (step.gate.words or step.gate.agreed)
        waits = [*filter(None, [step.branch, gate]), *(branch.words for branch in step.branches)]
        # As they are read back: of a name that holds only what no page can show, nothing is left.
        shown = list(map(read_back, waits))
        assert lines_in(row["Waits for"]) == (shown if "".join(shown[:1]) or shown[1:] else ["nothing"])
    for row, lane in zip(lanes, sequence.lanes, strict=True):
        said = {head: [item.text or "" for item in cell.iter("li")] for head, cell in row.items()}
        drawn = {state: [read_back(mark.words) for mark in lane.marks if mark.state == state] for state in MarkState}
        assert said == {"Follow-up": []} | {state.words.capitalize(): words for state, words in drawn.items()}


def cells_of(html):
    """The cells of each row by the heads of their columns; the row of the heads has none."""
    root = ElementTree.fromstring(f"<div>{html.replace('<br>', '<br/>')}</div>")
    rows = [{cell.get("data-label"): cell for cell in row} for row in root.iter("tr")]
    return [row for row in rows if None not in row]


def lines_in(cell):
    span = cell.find("span")
    return [span.text or "", *(one.tail or "" for one in span.iter("br"))]


def read_back(words):
    return ElementTree.fromstring(f"<p>{escaped(words)}</p>").text or ""


def test_each_state_of_a_mark_is_counted_beside_its_lane_or_said_to_be_late():
    assert {*COUNTED, MarkState.LATE} == set(MarkState) and not set(MarkState) & set(Look)


@found
@given(sequence=sequences(most=6))
def test_it_is_the_same_each_time_and_its_names_are_its_own(sequence):
    one, again = picture(sequence, uid="a"), picture(sequence, uid="a")
    assert (one.wide, one.narrow, one.table) == (again.wide, again.narrow, again.table)
    roots = [tree_of(svg) for svg in (one.wide, one.narrow)]
    ids = [name for root in roots for name in marked(root, "id")]
    assert len(ids) == len(set(ids))
    for root in roots:
        assert set(root.get("aria-labelledby").split()) <= set(marked(root, "id"))
        assert not marked(root, "style") and not list(root.iter("script"))


@given(days=st.lists(DAYS, min_size=1, max_size=40), matter=st.lists(DAYS, max_size=10))
def test_a_later_day_never_stands_before_an_earlier_one(days, matter):
    axis = axis_for([*days, *matter], matter)
    places = [axis.at(day) for day in sorted([*days, *matter])]
    assert places == sorted(places) and places[0] >= 0 and places[-1] <= 1


def test_a_year_is_drawn_to_scale():
    start = date(2026, 1, 1)
    axis = axis_for([start, start + timedelta(days=360)])
    quarters = [axis.at(start + timedelta(days=90 * turn)) for turn in range(5)]
    steps = {round(b - a, 6) for a, b in zip(quarters, quarters[1:], strict=False)}
    assert len(steps) == 1 and not axis.is_shrunk


@given(days=st.lists(DAYS, min_size=2, max_size=20, unique=True))
def test_a_gap_that_is_drawn_shorter_is_one_of_the_breaks_and_no_other(days):
    axis = axis_for(days, days)
    scale = max((high - low) / (second - first) for first, second, low, high in sides(axis))
    short = [
        (low, high) for first, second, low, high in sides(axis) if (high - low) / (second - first) < scale * (1 - 1e-9)
    ]
    if any(second - first <= 60 for first, second, _, _ in sides(axis)):
        assert short == list(axis.breaks)


def sides(axis):
    return [(*days, *places) for days, places in zip(pairwise(axis.days), pairwise(axis.places), strict=True)]


def test_ten_years_of_surveillance_leave_room_for_what_comes_first():
    start = date(2026, 1, 1)
    first_year, last = start + timedelta(days=365), start + timedelta(days=3650)
    axis = axis_for([start, last], [start, start + timedelta(days=90), start + timedelta(days=180), first_year])
    assert axis.is_shrunk and axis.at(first_year) - axis.at(start) > 0.4


def test_two_pictures_may_share_one_axis():
    @settings(max_examples=20, deadline=None)
    @given(one=sequences(most=3), other=sequences(most=3))
    def shared(one, other):
        axis = axis_of(one, other)
        assert all(axis.has(day) for day in [*one.days(), *other.days()])

    shared()


@given(words=NAMES, width=st.floats(40, 400), most=st.integers(1, 4))
def test_words_are_broken_into_lines_that_fit(words, width, most):
    lines = wrapped(words, width, 13, most=most)
    assert len(lines) <= most and all(width_of(line, 13) <= width for line in lines)
    if len(lines) < most:
        assert "".join(lines).replace(" ", "") == "".join(words.split()).translate(_LEFT_OUT)


_LEFT_OUT = dict.fromkeys([*range(32), 127, *range(55296, 57344), 65534, 65535])
