"""Whatever is done with a plan, each of its steps counts once, in one class; and that class fits what its own page says of it."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import Board
from careplans.demo.clock import history_at
from careplans.models import Plan, Step
from careplans.readers.steps.due import due_of
from careplans.readers.steps.gates import State, gate_of
from careplans.reports.answering import answer, rows_behind
from careplans.reports.asked import read_asked
from careplans.reports.concordance.steps import CLASSES, CONCORDANCE
from common.errors import Conflict
from tests.careplans.reports.delivering import CYCLES, ONGOING, Delivery

pytestmark = pytest.mark.django_db
COURSES = st.sampled_from(
    [{}, CYCLES, CYCLES | {"stop_when": "progression"}, ONGOING, {"course": "continuous", "stop_when": "progression"}]
)
STEPS = st.lists(st.tuples(COURSES, st.integers(2, 80), st.booleans()), min_size=1, max_size=3)
VERBS = (
    "start",
    "give",
    "give_otherwise",
    "omit",
    "postpone",
    "complete",
    "in part",
    "stop",
    "skip",
    "hold",
    "amend",
    "revoke",
)
ACTS = st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 2), st.integers(0, 12)), max_size=10)


def after(days):
    """Month and day of 2026, so many days after the release."""
    found = date(2026, 3, 1) + timedelta(days=days)
    return found.month, found.day


def act(do, verb, step, days):
    now, number = after(days), step.occurrences_given + step.occurrences_omitted + 1
    if verb in ("give", "give_otherwise", "omit"):
        getattr(do, verb)(step, number, *now)
    elif verb == "postpone":
        do.postpone(step, number, *now, to=after(days + 20))
    elif verb in ("complete", "in part"):
        do.complete(step, *now, fulfilment="partial" if verb == "in part" else "full")
    elif verb == "stop":
        do.stop(step, *now, reason="toxicity_or_not_tolerated" if days % 2 else "progression")
    elif verb == "hold":
        do.hold(step, *now, until=after(days + 9))
    elif verb == "amend":
        do.release_on(do.amend(step, *now), *now)
    elif verb == "start":
        do.start(step, *now, until=after(days + 15))
    else:
        getattr(do, verb)(step, *now)


def carried_out(do, steps, acts):
    """What cannot be done is refused, and changes nothing. Returns the day up to which it went, and the case."""
    made = do.plan_of(steps)
    days = 0
    for verb, index, wait in acts:
        days += wait
        standing = list(Step.objects.filter(case=made[0].case_id, carried_over_at=None, plan__status__in=Plan.IN_FORCE))
        if not standing:
            break
        try:
            act(do, verb, sorted(standing, key=lambda step: step.position)[index % len(standing)], days)
        except (ValidationError, Conflict, Step.DoesNotExist):
            continue
        except type(do).NOTHING_THERE:
            continue
    return days, made[0].case_id


def days_late(step):
    """From the day on which it could begin: what it waits for may have ended later than its planned start."""
    gate, could = step.after_step, step.planned_start
    meant = gate is not None and (gate.status == "completed" or gate.has_run_its_course)
    if meant and could < gate.ended_on <= step.started_on:
        could = gate.ended_on
    return (step.started_on - could).days


def as_its_page_says(step, today):
    """The class by what the pages of a case go by, which know only today."""
    gate, due = gate_of(step, today), due_of(step, step.board.grace_days)
    is_late, waits = due is not None and due.is_late(today), gate.state == State.WAITING
    if step.status == "planned":
        not_late = "blocked" if gate.has_failed else "ahead"
        return "waiting" if waits else "unknown" if is_late else not_late
    if step.status == "on_hold":
        late = "in_progress_late" if step.started_on else "on_hold" if waits else "unknown"
        return late if is_late else "on_hold"
    if step.status == "in_progress":
        return "in_progress_late" if is_late or days_late(step) > 14 else "in_progress"
    if step.status in ("not_done", "set_aside"):
        return step.status
    if step.status == "stopped" and not (step.has_run_its_course and step.reason == "progression"):
        return "stopped"
    otherwise = abs(days_late(step)) > 14 or step.fulfilment == "partial"
    given_otherwise = step.occurrences.filter(status="given_otherwise").exists()
    return "otherwise" if otherwise or given_otherwise else "as_planned"


def standing_steps(case):
    rows = Step.objects.filter(case=case, removed_at=None, plan__released_at__isnull=False).select_related("board")
    rows = rows.with_gate()
    taken_over = {row.carried_from_id for row in rows}
    return [row for row in rows if row.pk not in taken_over]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
# Held, and nobody looks at it again; but what it waits for can still come.
@example(steps=[({}, 20, False), ({}, 30, True)], acts=[("hold", 1, 5)], later=80, back=3)
@given(steps=STEPS, acts=ACTS, later=st.integers(0, 90), back=st.integers(0, 60))
def test_each_step_counts_once_and_as_its_page_says(pages, board, ana, chloe, steps, acts, later, back):
    do = Delivery(board, ana, chloe)
    do.cases = Step.objects.count() * 1000
    days, case = carried_out(do, steps, acts)
    asked_on = datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(days=days + later)
    with time_machine.travel(asked_on, tick=False), history_at(asked_on):
        whole = {"since": "2026-01-01", "until": "2027-12-31", "by": "class"}
        asked = read_asked(CONCORDANCE, chloe, whole)
        found = {
            row["id"]: row["class"] for row in rows_behind(asked, None, by=chloe, most=1000) if row["case_id"] == case
        }
        today = Board.objects.get(pk=board.pk).today
        assert found == {step.pk: as_its_page_says(step, today) for step in standing_steps(case)}
        then = (asked_on - timedelta(days=back)).date().isoformat()
        for params in ({}, {"as_of": then, "known_by": "now"}):
            told = answer(read_asked(CONCORDANCE, chloe, whole | params), by=chloe)
            figures = told.total.figures
            assert sum(figures[name] for name in CLASSES) == figures["steps"]
            assert sum(row.figures["steps"] for row in told.rows) == figures["steps"]
            every = rows_behind(read_asked(CONCORDANCE, chloe, whole | params), None, by=chloe, most=1000)
            assert len({row["id"] for row in every}) == len(every) == figures["steps"]
