"""States that stand as words in the statements of the reports are those that the record knows: renamed there, a figure would go
silent."""

import re

import pytest

from careplans.models import CareEnd, Case, Occurrence, Plan, Step, course_ends
from careplans.models.courses import AfterEvent, Course, IntervalUnit
from careplans.models.step_values import Phase, Reason
from careplans.reports.concordance import order
from careplans.reports.concordance.cycles import CYCLES
from careplans.reports.concordance.flow import FLOW
from careplans.reports.concordance.order import ORDER
from careplans.reports.concordance.steps import CONCORDANCE
from careplans.reports.waiting import ENDS, WAITING

REPORTS = (CONCORDANCE, CYCLES, FLOW, ORDER, WAITING)
# A column by its alias, and whose values it has. `p` is a plan in some statements and a pair of steps in others.
KNOWN = {
    "a.status": Step.Status, "s.status": Step.Status, "d.status": Step.Status, "t.status": Step.Status,
    "w.status": Step.Status, "p.status": Plan.Status, "q.status": Plan.Status, "l.status": Plan.Status,
    "r.status": Occurrence.Status,
    "status": (*Step.Status.values, *Occurrence.Status.values), "s.after_event": AfterEvent, "b.after_event": AfterEvent,
    "after_event": AfterEvent, "s.course": Course, "a.course": Course, "e.course": Course, "c.interval_unit": IntervalUnit,
    "e.reason": Reason, "e.fulfilment": Step.Fulfilment, "e.new": (*Step.Status.values, *Case.Status.values),
    "e.old": Step.Status, "e.kind": ("step_moved", "case_moved"), "o.reason": Reason, "a.reason": Reason, "s.phase": Phase,
}  # fmt: skip
ASKED = re.compile(r"((?:\w+\.)?\w+) (?:=|<>|IN) (\([^()]*\)|'[a-z_]+')")
SWITCHED = re.compile(
    r"CASE ((?:\w+\.)?\w+)\s+((?:WHEN '[a-z_]+' THEN (?:(?!\bCASE\b).)*?\s?)+)(?:ELSE|END)", re.DOTALL
)
WORD = re.compile(r"'([a-z_]+)'")


def compared():
    """Each column with the words that it is held against."""
    for report in REPORTS:
        for column, words in ASKED.findall(report.unit):
            yield from ((column, word) for word in WORD.findall(words))
        for column, whens in SWITCHED.findall(report.unit):
            yield from ((column, word) for word in re.findall(r"WHEN '([a-z_]+)'", whens))


def values(column):
    known = KNOWN[column]
    return known if isinstance(known, tuple) else known.values


# What a unit makes up itself, and holds again.
OWN = {
    "class",
    "e.class",
    "r.class",
    "r.step_class",
    "c.class",
    "e.departure",
    "r.departure",
    "u.kind",
    "p.class",
    "p.judged",
}


def test_each_word_is_a_value_of_its_column():
    found = {(column, word) for column, word in compared() if column not in OWN}
    assert sorted((column, word) for column, word in found if word not in values(column)) == []
    assert len(found) > 40


@pytest.mark.parametrize("column", sorted(set(KNOWN) - {"e.kind"}))
def test_each_column_of_the_list_is_held_against_something(column):
    assert column in {name for name, _ in compared()}


def test_what_ends_a_course_as_it_was_meant_are_reasons():
    assert set(course_ends.AS_MEANT) < set(course_ends.STOP_WORDS) < set(Reason.values)


def test_how_care_ends_is_told_apart_of_plans_that_ended_before_a_first_step():
    assert set(CareEnd.Kind.values) < set(ENDS)


def test_what_a_step_can_wait_for_of_another_has_words_in_the_order():
    assert set(order.JUDGED) == {"position", *AfterEvent.values}
