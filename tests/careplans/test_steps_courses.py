"""The course of a step as it is drafted: what it needs, what does not fit, and what is signed."""

import pytest
from django.core.exceptions import ValidationError

from careplans.models import Event, Occurrence, Plan, Step
from careplans.models.plan_content import canonical_content
from careplans.services.occurrence_progress import give_occurrence
from careplans.services.plans import missing_in_step
from careplans.services.step_order import order_concerns
from careplans.services.step_progress import start_step
from careplans.services.steps import edit_step, remove_step
from tests.careplans import makers
from tests.careplans.api import Api
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db
CYCLES = {"course": "cycles", "occurrences_planned": 4, "interval": 8, "interval_unit": "weeks"}
ONGOING = {"course": "ongoing", "interval": 28, "interval_unit": "days", "stop_when": "progression"}


@pytest.fixture
def steps(board, ana):
    return list(makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=2).steps.for_plan())


def told(step, ana, **values):
    """What stands in the way of sign-off once these are typed."""
    if values:
        edit_step(step, values, by=ana)
    return missing_in_step(Step.objects.for_plan().get(pk=step.pk))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (CYCLES, "4 cycles, every 8 weeks"),
        (ONGOING, "ongoing, every 28 days"),
        (CYCLES | {"occurrences_planned": None, "stop_when": "progression"}, "cycles until a reason to stop, every 8 weeks"),
        (
            {"course": "sessions", "occurrences_planned": 2, "interval": 1, "interval_unit": "months",
             "session_names": "right lobe\nleft lobe"},
            "2 sessions, every month: right lobe, left lobe",
        ),
    ],
)  # fmt: skip
def test_a_course_that_says_all_that_it_needs_is_read_in_words(steps, ana, values, words):
    assert told(steps[0], ana, **values) == []
    assert Step.objects.get(pk=steps[0].pk).course_words == words


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"course": "cycles"}, "needs an interval with its unit, a number of cycles, or until when in “stop when”"),
        ({"course": "cycles", "occurrences_planned": 4, "interval": 8}, "needs an interval with its unit"),
        ({"course": "ongoing"}, "needs an interval with its unit, a reason at which it stops"),
        ({"occurrences_planned": 4}, "is done once, but gives a number, an interval or names of sessions"),
        (ONGOING | {"occurrences_planned": 4}, "is ongoing, but gives a number"),
        (CYCLES | {"session_names": "right lobe"}, "is given in cycles, but names sessions"),
        (CYCLES | {"course": "sessions", "occurrences_planned": 1, "session_names": "a\nb"}, "names 2 sessions, but has 1"),
    ],
)  # fmt: skip
def test_what_a_course_lacks_or_says_twice_stands_in_the_way_of_sign_off(steps, ana, values, words):
    [sentence] = told(steps[0], ana, **values)
    assert words in sentence


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"after_event": "begun"}, "says what of another step it waits for, but not which step"),
        ({"after_event": "occurrence", "after_occurrence": 2, "after": True}, "of step 1, which is done once"),
        ({"after_event": "begun", "after_occurrence": 2, "after": True}, "but waits for something else"),
        ({"after_event": "occurrence", "after": True, "before": CYCLES}, "but not after how many cycles"),
    ],
)
def test_a_gate_that_can_never_open_stands_in_the_way_of_sign_off(steps, ana, values, words):
    first, second = steps
    values = dict(values)
    edit_step(first, values.pop("before", {}), by=ana)
    if values.pop("after", False):
        values["after_step"] = first
    [sentence] = told(second, ana, **values)
    assert words in sentence


def test_the_fifth_of_four_cycles_is_refused_where_it_is_typed_and_where_the_number_shrinks(steps, ana):
    first, second = steps
    edit_step(first, CYCLES, by=ana)
    first.refresh_from_db()
    with pytest.raises(ValidationError) as error:
        edit_step(second, {"after_step": first, "after_event": "occurrence", "after_occurrence": 5}, by=ana)
    assert "which has 4" in error.value.message_dict["after_occurrence"][0]
    edit_step(second, {"after_step": first, "after_event": "occurrence", "after_occurrence": 4}, by=ana)
    assert told(second, ana) == []
    edit_step(first, {"occurrences_planned": 3}, by=ana)
    assert "waits for cycle 4 of step 1, which has 3" in told(second, ana)[0]


def test_a_removed_step_leaves_nothing_of_its_gate_behind(steps, ana):
    first, second = steps
    edit_step(second, {"after_step": first, "after_event": "begun"}, by=ana)
    remove_step(first, by=ana)
    second.refresh_from_db()
    assert (second.after_step, second.after_event) == (None, "ended")


def test_a_step_that_is_done_once_signs_what_it_signed_before_there_were_courses(steps):
    content = canonical_content(steps[0].plan, steps, [])["steps"][0]
    assert not {"course", "interval", "agent", "after_event", "monitoring"} & set(content)


def running_ongoing(board, ana, chloe):
    """A plan in force whose first step is ongoing and runs; returns its two steps."""
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=2)
    edit_step(plan.steps.order_by("position")[0], ONGOING, by=ana)
    makers.submit(plan, by=ana)
    makers.release(plan, by=chloe)
    first = plan.steps.select_related("plan__case", "case", "board").order_by("position")[0]
    one = Occurrence.objects.for_page().get(step=first)
    give_occurrence(one, by=ana, expected_version=1, on=board.today, move_later=True, why="agreed")
    return plan.steps.select_related("plan", "board").order_by("position")


def test_an_ongoing_step_as_planned_makes_no_later_one_out_of_order(board, ana, chloe):
    first, second = running_ongoing(board, ana, chloe)
    assert order_concerns(second, board.today) == []
    with rewriting():
        Step.objects.filter(pk=first.pk).update(course="once")
    assert "Out of order" in order_concerns(second, board.today)[0]


def test_a_step_that_waits_for_a_start_is_not_out_of_order_once_that_has_come(board, ana, chloe):
    first, second = running_ongoing(board, ana, chloe)
    with rewriting():
        Step.objects.filter(pk=first.pk).update(course="once")
    with rewriting():
        Step.objects.filter(pk=second.pk).update(after_step=first, after_event="begun")
    assert order_concerns(Step.objects.select_related("board").get(pk=second.pk), board.today) == []


def test_a_gate_that_waits_for_a_start_opens_with_it(board, ana, chloe):
    first, second, _ = makers.make_gated_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, after_event="begun")
    start_step(first, by=ana, expected_version=first.version, on=board.today)
    event = Event.objects.get(step=second, kind="gate_moved")
    assert (event.old, event.new) == ("waiting", "open")


def test_the_api_takes_and_serves_a_course(board, ana):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=1)
    step = plan.steps.get()
    answer = Api(ana).patch(f"/steps/{step.pk}/", CYCLES | {"agent": "177Lu-DOTATATE"}, version=step.version)
    assert answer.status_code == 200, answer.content
    assert answer.json()["course_in_words"] == "4 cycles, every 8 weeks"
    refused = Api(ana).patch(f"/steps/{step.pk}/", {"interval": "1.000"}, version=step.version + 1)
    assert refused.status_code == 400
    assert Plan.objects.get(pk=plan.pk).steps.get().interval == 8
