"""A daily tablet: it begins, may pause, and runs until a reason to stop. It has no administrations, and a day on which somebody
asks whether it goes on."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from careplans.models import FollowUp, Occurrence, Plan, Reminder, Step
from careplans.models.plan_content import canonical_content
from careplans.outbox.messages import notice_text
from careplans.services.plan_ending import complete_plan
from careplans.services.plans import missing_in_step
from careplans.services.step_order import order_concerns
from careplans.services.step_progress import hand_over_step, hold_step, resume_step, start_step, stop_step
from careplans.services.steps import edit_step
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.doors import browser, url
from tests.careplans.test_monitoring import BLOOD, ECHO, planned

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TABLET = {"course": "continuous", "agent": "everolimus", "stop_when": "progression"}


@pytest.fixture
def drafted(board, ana):
    return makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=2).steps.order_by("position").first()


@pytest.fixture
def tablet(board, ana, omar, chloe):
    """Everolimus of a plan in force with a second step, to be looked at again in four weeks; Omar's."""
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, hanging=ECHO, steps=2, **TABLET)
    return begin(step, omar)


def begin(step, by):
    today = step.board.today
    start_step(step, by=by, expected_version=step.version, on=today, due_on=today + 28 * DAY)
    step.refresh_from_db()
    return step


def told(step, ana, **values):
    edit_step(step, values, by=ana)
    return missing_in_step(Step.objects.for_plan().get(pk=step.pk))


def test_it_is_signed_and_read_in_words(drafted, ana):
    assert told(drafted, ana, **TABLET) == []
    step = Step.objects.for_plan().get(pk=drafted.pk)
    assert step.course_words == "continuous, until progression"
    content = next(one for one in canonical_content(step.plan, [step], [])["steps"])
    assert (content["course"], content["agent"], content["stop_when"]) == ("continuous", "everolimus", "progression")
    assert not {"interval", "occurrences_planned"} & set(content)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"stop_when": ""}, "needs a reason at which it stops"),
        ({"interval": 1, "interval_unit": "days"}, "is continuous, but gives a number, an interval"),
        ({"occurrences_planned": 3}, "is continuous, but gives a number, an interval"),
    ],
)
def test_what_it_lacks_or_says_twice_stands_in_the_way_of_sign_off(drafted, ana, values, words):
    [sentence] = told(drafted, ana, **(TABLET | values))
    assert words in sentence


def test_nothing_hangs_on_cycles_that_it_does_not_have(board, ana, omar, chloe):
    with pytest.raises(ValidationError, match="has a follow-up after each cycle or session, but is continuous"):
        makers.make_course(board, by=ana, chair=chloe, hanging=BLOOD, **TABLET)


def test_it_begins_without_an_administration_and_is_looked_at_again_on_a_day(tablet, omar):
    today = tablet.board.today
    assert (tablet.status, tablet.started_on, tablet.due_on) == ("in_progress", today, today + 28 * DAY)
    assert not Occurrence.objects.exists()
    reminder = Reminder.objects.scheduled().get(step=tablet, kind="due")
    assert "its review: does it go on?" in notice_text(reminder)
    hand_over_step(tablet, by=omar, expected_version=tablet.version, why="tolerated well", due_on=today + 60 * DAY)
    assert Step.objects.get(pk=tablet.pk).due_on == today + 60 * DAY


def test_what_hangs_on_its_course_begins_and_ends_with_it(tablet, omar):
    assert [what for what, _ in planned(tablet)] == ["Echocardiogram"]
    stop_step(
        tablet, by=omar, expected_version=tablet.version, on=tablet.board.today, reason="toxicity_or_not_tolerated",
        **makers.OUTCOME,
    )  # fmt: skip
    assert FollowUp.objects.get(monitoring__step=tablet).status == "cancelled"


def test_it_pauses_and_goes_on(tablet, omar):
    today = tablet.board.today
    hold_step(
        tablet, by=omar, expected_version=tablet.version, on=today, until=today + 7 * DAY, reason="medical_reason"
    )
    tablet.refresh_from_db()
    assert tablet.due_on == today + 7 * DAY
    resume_step(tablet, by=omar, expected_version=tablet.version, on=today, due_on=today + 30 * DAY)
    tablet.refresh_from_db()
    assert (tablet.status, tablet.breaks.get().ended_on) == ("in_progress", today)


def test_while_it_runs_no_later_step_is_out_of_order(tablet, board):
    second = Step.objects.select_related("board").get(plan=tablet.plan_id, position=2)
    assert order_concerns(second, board.today) == []


def test_completing_the_plan_asks_under_whose_care_it_goes_on(tablet, ana, chloe):
    Step.objects.filter(plan=tablet.plan_id, position=2).update(status="not_done", due_on=None, reason="progression")
    plan = Plan.objects.get(pk=tablet.plan_id)
    values = {"by": chloe, "expected_version": plan.version, "ahead": makers.NOTHING_AHEAD, **makers.OUTCOME}
    with pytest.raises(ValidationError, match="is ongoing. Say under whose care it goes on"):
        complete_plan(plan, **values)
    complete_plan(plan, goes_on={tablet.pk: "Dr Hale"}, **values)
    assert Step.objects.get(pk=tablet.pk).goes_on_with == "Dr Hale"


def test_its_page_asks_when_to_look_at_it_again(board, ana, omar, chloe):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, **TABLET)
    client = browser(omar)
    page = client.get(url("step_deliver", step.pk)).content.decode()
    assert "It has started" in page and "Look at it again on" in page and "Expected to end by" not in page
    begin(step, omar)
    for name in ("plan", "plan_print"):
        assert "continuous, until progression" in client.get(url(name, step.plan_id)).content.decode()


def test_the_api_takes_and_serves_it(drafted, ana):
    answer = Api(ana).patch(f"/steps/{drafted.pk}/", TABLET, version=drafted.version)
    assert (answer.status_code, answer.json()["course"]) == (200, "continuous")
    assert answer.json()["course_in_words"] == "continuous, until progression"
