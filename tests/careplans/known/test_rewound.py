"""A past day by what is known now: what had come by then, whenever it was recorded, and nothing of what came later.

2 March: in force; every later change is of 10 March or after, and the day that is asked about is the 5th.
"""

from datetime import UTC, date, datetime

import pytest

from careplans.models import Advisory, FollowUp, Occurrence, Plan, Signature, Step
from careplans.models.step_fields import STEP_FIELDS, Use, fields_that_are
from careplans.readers.known.asked import read_asked
from careplans.readers.known.course import course_of
from careplans.readers.known.rewound import FATES
from careplans.services.arm_choice import choose_arm
from careplans.services.done_follow_ups import take_back_done
from careplans.services.followups import change_follow_up, complete_follow_up
from careplans.services.occurrence_progress import give_occurrence
from careplans.services.plans import recall_plan
from careplans.services.step_progress import complete_step, skip_step, start_step
from tests.careplans import makers
from tests.careplans.makers import OUTCOME
from tests.careplans.reports.worked_out import on

pytestmark = pytest.mark.django_db
DAY = "2026-03-05"
AHEAD = {"nothing_ahead_reason": "Followed elsewhere."}
STARTS = {"decision": date(2026, 3, 12), "surgery": date(2026, 5, 1), "prrt": date(2026, 5, 1)}


@pytest.mark.parametrize("model", FATES, ids=lambda model: model.__name__)
def test_each_column_is_said_to_stay_or_to_be_of_what_became_of_it(model):
    fate = FATES[model]
    told = [*fate.names, *fate.stays, *fate.moved]
    assert sorted(told) == sorted(field.name for field in model._meta.concrete_fields)
    of_a_day = {one.day for one in fate.days} | {name for one in fate.days for name in one.names} | {fate.status}
    assert of_a_day <= set(fate.names)


def test_what_the_list_of_a_step_names_neither_content_nor_of_the_app_is_of_what_became_of_it():
    of_the_app = {"id", "board", "case", "plan", "carried_from", "version", "created_at", "timing_version"}
    content = {name for name, uses in STEP_FIELDS.items() if uses & (Use.EDITED | Use.SIGNED | Use.COPIED)}
    assert set(fields_that_are(Use.FATE)) == set(STEP_FIELDS) - content - of_the_app


def step_then(case, pk, day=DAY, at=(3, 31), known_by="now"):
    """The step as the course tells it of the day, by what is known now."""
    with on(*at):
        found = course_of(case, read_asked({"as_of": day, "known_by": known_by}))
    return next(step for plan in found.plans for step in plan.steps.all() if step.pk == pk)


@pytest.fixture
def plan(board, ana, chloe):
    with on(3, 2):
        case = makers.make_case(board, by=ana)
        return makers.make_active_plan(case, by=ana, chair=chloe, steps=2)


# For each column another value than it holds, as the database takes it.
LATER = {
    "status": "on_hold", "due_on": date(2026, 9, 9), "started_on": date(2026, 3, 10), "ended_on": date(2026, 3, 12),
    "fulfilment": "full", "reason": "toxicity", "reason_note": "later", "reason_given": "progression",
    "outcome": "later", "response": "partial",
    "response_on": date(2026, 3, 12), "progression": "yes", "progressed_on": date(2026, 3, 12), "toxicity": "grade_2",
    "toxicity_term": "later", "symptom_control": "yes", "choice_reason": "later", "occurrences_given": 0,
    "occurrences_omitted": 0, "removed_at": datetime(2026, 3, 12, tzinfo=UTC),
    "carried_over_at": datetime(2026, 3, 12, tzinfo=UTC), "toxicity_on": date(2026, 3, 12),
    "symptom_control_on": date(2026, 3, 12), "due_when_left_out": date(2026, 3, 10),
}  # fmt: skip
ENDED = {"started_on": date(2026, 3, 10), "ended_on": date(2026, 3, 12), "status": "completed", "fulfilment": "full"}
WITH = {
    "response_on": {"response": "partial"}, "progressed_on": {"progression": "yes"}, "toxicity_term": {"toxicity": "grade_2"},
    "ended_on": {"started_on": date(2026, 3, 10), "status": "completed", "fulfilment": "full"},
    "toxicity_on": ENDED | {"toxicity": "none"}, "symptom_control_on": ENDED | {"symptom_control": "no"},
}  # fmt: skip
# Told by tests of their own below: they lead to other rows.
ELSEWHERE = {"chosen_arm", "occurrences_given", "occurrences_omitted", "removed_at"}


@pytest.mark.parametrize("name", [name for name in fields_that_are(Use.FATE) if name not in ELSEWHERE])
def test_what_became_of_a_step_later_is_not_told_of_the_day(name, plan, omar):
    step = plan.steps.order_by("position").first()
    value = {"assignee": omar, "decided_by": omar, "goes_on_with": "Dr Elsewhere"}.get(name) or LATER[name]
    field = Step._meta.get_field(name)
    with on(3, 12):
        Step.objects.filter(pk=step.pk).update(**{name: value}, **WITH.get(name, {}))
        assert getattr(Step.objects.get(pk=step.pk), field.attname) != getattr(step, field.attname)
    assert getattr(step_then(plan.case, step.pk), field.attname) == getattr(step, field.attname)


def test_a_decision_that_was_made_later_is_not_made_and_its_arms_wait(board, ana, chloe):
    with on(3, 2):
        found = makers.make_branched_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, **STARTS)
    with on(3, 12):
        step = Step.objects.select_related("plan__case", "case", "board").get(pk=found.decision.pk)
        choose_arm(
            step, by=ana, chosen_arm=found.responds, on=date(2026, 3, 12), reason="Response.", why="early",
            expected_version=step.version, **OUTCOME,
        )  # fmt: skip
    case = found.plan.case
    then = step_then(case, found.decision.pk)
    assert (then.status, then.chosen_arm_id, then.choice_reason, then.decided_by_id) == ("planned", None, "", None)
    assert then.due_on == found.decision.due_on
    assert [step_then(case, row.pk).status for row in (found.surgery, found.prrt)] == ["planned", "planned"]
    now = step_then(case, found.decision.pk, day="2026-03-12")
    assert (now.status, now.chosen_arm_id) == ("completed", found.responds.pk)
    assert step_then(case, found.prrt.pk, day="2026-03-12").status == "set_aside"


def test_a_decision_that_was_recorded_late_counts_by_its_day_with_its_arms(board, ana, chloe):
    """Made on the 4th, written on the 12th: as of the 5th it is made, and the other arm is set aside."""
    with on(3, 2):
        found = makers.make_branched_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, **STARTS)
    with on(3, 12):
        step = Step.objects.select_related("plan__case", "case", "board").get(pk=found.decision.pk)
        choose_arm(
            step, by=ana, chosen_arm=found.responds, on=date(2026, 3, 4), reason="Response.", why="early",
            expected_version=step.version, **OUTCOME,
        )  # fmt: skip
    case = found.plan.case
    told = [step_then(case, row.pk).status for row in (found.decision, found.surgery, found.prrt)]
    assert told == ["completed", "planned", "set_aside"]
    known_then = [step_then(case, row.pk, known_by=DAY).status for row in (found.decision, found.surgery, found.prrt)]
    assert known_then == ["planned", "planned", "planned"]


def test_cycles_that_were_given_later_are_not_counted(board, ana, chloe):
    """Given on the 4th, which was written on the 10th, and on the 12th."""
    with on(3, 2):
        step = makers.make_course(
            board, by=ana, chair=chloe, course="cycles", occurrences_planned=3, interval=7, interval_unit="days"
        )
    for number, given, written in ((1, 4, 10), (2, 12, 12)):
        with on(3, written):
            row = Occurrence.objects.for_page().get(step=step, number=number)
            give_occurrence(
                row, by=ana, expected_version=row.version, on=date(2026, 3, given), move_later=False, why="as agreed"
            )
    then = step_then(step.case, step.pk)
    assert (then.occurrences_given, then.status, then.started_on) == (1, "in_progress", date(2026, 3, 4))
    assert [row.given_on for row in then.occurrences.all()] == [date(2026, 3, 4), None, None]
    known_then = step_then(step.case, step.pk, known_by=DAY)
    assert (known_then.occurrences_given, known_then.status) == (0, "planned")


def test_what_has_no_day_counts_from_when_it_was_recorded(plan, ana):
    first, second = plan.steps.order_by("position")
    with on(3, 4):
        skip_step(second, by=ana, expected_version=second.version, reason="patient_choice")
    with on(3, 12):
        skip_step(first, by=ana, expected_version=first.version, reason="patient_choice")
    told = [(row.status, row.reason) for row in (step_then(plan.case, one.pk) for one in (first, second))]
    assert told == [("planned", ""), ("not_done", "patient_choice")]


def test_what_was_recorded_late_counts_by_its_day_with_all_that_came_of_it(plan, ana):
    step = plan.steps.order_by("position").first()
    with on(3, 20):
        start_step(step, by=ana, expected_version=step.version, on=date(2026, 3, 3), why="early")
        step.refresh_from_db()
        complete_step(step, by=ana, expected_version=step.version, on=date(2026, 3, 4), fulfilment="full", **OUTCOME)
    then = step_then(plan.case, step.pk)
    assert (then.status, then.ended_on, then.fulfilment, then.due_on) == ("completed", date(2026, 3, 4), "full", None)
    between = step_then(plan.case, step.pk, day="2026-03-03")
    assert (between.status, between.ended_on, between.fulfilment) == ("in_progress", None, "")


def test_a_follow_up_that_was_moved_later_was_due_when_it_was(plan, ana):
    with on(3, 3):
        row = makers.make_follow_up(plan.case, by=ana, due_on=date(2026, 4, 1))
    with on(3, 12):
        change_follow_up(row, by=ana, expected_version=row.version, due_on=date(2026, 5, 1), reason="Holiday")
    with on(3, 31):
        [then] = course_of(plan.case, read_asked({"as_of": DAY, "known_by": "now"})).follow_ups
    assert then.due_on == date(2026, 4, 1)


def test_what_was_recorded_as_done_by_mistake_was_not_done(plan, ana):
    """Recorded as done on the 3rd and taken back on the 12th: what is known now holds."""
    with on(3, 3):
        row = makers.make_follow_up(plan.case, by=ana, due_on=date(2026, 3, 3))
        complete_follow_up(
            row, by=ana, expected_version=row.version, done_on=date(2026, 3, 3), result="stable", ahead=AHEAD
        )
        row.refresh_from_db()
    with on(3, 12):
        take_back_done(row, by=ana, expected_version=row.version, reason="Another patient")
    with on(3, 31):
        [then] = course_of(plan.case, read_asked({"as_of": DAY})).follow_ups
        [now] = course_of(plan.case, read_asked({"as_of": DAY, "known_by": "now"})).follow_ups
    assert (then.status, then.done_on, then.result) == ("done", date(2026, 3, 3), "stable")
    assert (now.status, now.done_on, now.result) == ("planned", None, "")


def test_a_request_that_became_void_later_was_awaited_and_an_answer_stood(board, ana, omar):
    makers.require_disciplines(board, "surgery", omar.memberships.get().discipline)
    with on(3, 2):
        plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
        makers.submit(plan, by=ana)
        makers.sign(plan, by=omar)
    with on(3, 12):
        plan = Plan.objects.get(pk=plan.pk)
        recall_plan(plan, by=ana, expected_version=plan.version, reason="A word was missing")
    with on(3, 31):
        then = course_of(plan.case, read_asked({"as_of": DAY, "known_by": "now"})).plans[0]
    told = {row.discipline: row.status for row in then.signatures.all()}
    assert told == {"surgery": "pending", omar.memberships.get().discipline: "approved"}
    assert then.status == "in_signoff"


def test_the_kinds_of_rows_that_say_what_became_of_them_are_all_rewound():
    assert set(FATES) == {Advisory, FollowUp, Occurrence, Plan, Signature, Step}
