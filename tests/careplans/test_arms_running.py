"""A treatment still runs when an arm is chosen: whoever decides says whether it goes on or is stopped."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from careplans.models import Event, Occurrence, Plan, Reminder, Step
from careplans.services.arm_choice import choose_arm, correct_decision
from careplans.services.steps import edit_step
from tests.careplans import makers
from tests.careplans.api import Api, problem
from tests.careplans.doors import browser, url
from tests.careplans.test_occurrences_record import give, give_first, row
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db


def found_today():
    return makers.OUTCOME | {"progression": "yes", "progressed_on": makers.TODAY()}


STOPPED = {"goes_on": False, "reason": "progression", "reason_note": ""}
GOES_ON = {"goes_on": True, "reason": "", "reason_note": ""}


@pytest.fixture
def plan(board, ana, omar, chloe):
    """Two cycles of four are given; the decision waits for the second."""
    made = makers.make_branched_draft(makers.make_case(board, by=ana), by=ana, owner=omar)
    edit_step(made.first, {"planned_start": makers.TODAY(), "planned_end": None, **makers.CYCLES}, by=ana)
    edit_step(made.decision, {"after_step": made.first, "after_event": "occurrence", "after_occurrence": 2}, by=ana)
    makers.submit(made.plan, by=ana)
    makers.release(made.plan, by=chloe)
    give_first(now(made.first), omar, days_ago=56)
    give(made.first, 2, omar)
    return makers.reread(made)


def now(step):
    return Step.objects.select_related("plan__case", "case", "board", "arm__decision", "after_step").get(pk=step.pk)


def choose(plan, arm, by, **values):
    step = now(plan.decision)
    told = {"on": step.board.today, "reason": "progression on CT", "expected_version": step.version, **found_today()}
    choose_arm(step, by=by, chosen_arm=arm, **(told | values))
    return makers.reread(plan)


def correct(plan, arm, by, **values):
    step = now(plan.decision)
    told = {"on": step.board.today, "reason": "read again", "expected_version": step.version}
    correct_decision(step, by=by, chosen_arm=arm, **(told | values))
    return makers.reread(plan)


def reminders(step):
    return Reminder.objects.scheduled().filter(step=step, kind__in=("lead", "due", "overdue"))


@pytest.mark.parametrize("name", ["responds", "other", None])
def test_a_decision_is_not_made_before_it_is_said_what_becomes_of_what_runs(plan, omar, name):
    with pytest.raises(ValidationError) as error:
        choose(plan, getattr(plan, name) if name else None, omar)
    [words] = error.value.message_dict["running"]
    assert words.endswith("still runs (2 of 4 cycles given). Say whether it goes on or is stopped.")
    assert now(plan.decision).status == "planned"


def test_what_is_stopped_with_the_decision_ends_on_its_day_with_its_cycles_and_reminders(plan, omar):
    choose(plan, plan.other, omar, running={plan.first.pk: STOPPED})
    first = plan.first
    assert (first.status, first.reason, first.ended_on) == ("stopped", "progression", first.board.today)
    assert (first.progression, first.progressed_on, first.fulfilment) == ("yes", makers.TODAY(), "partial")
    assert list(Occurrence.objects.filter(step=first).order_by("number").values_list("status", flat=True)) == [
        "given", "given", "omitted", "omitted",
    ]  # fmt: skip
    assert not reminders(first).exists() and reminders(plan.prrt).exists()
    event = Event.objects.get(step=plan.decision, kind="arm_chosen")
    assert event.reason.endswith(f"Step 1 ({first.title}) is stopped")


def test_what_goes_on_is_left_as_it_is_and_that_is_on_record(plan, omar):
    choose(plan, plan.responds, omar, running={plan.first.pk: GOES_ON})
    assert plan.first.status == "in_progress" and reminders(plan.first).exists()
    assert "goes on" in Event.objects.get(step=plan.decision, kind="arm_chosen").reason


@pytest.mark.parametrize(
    ("fate", "words"),
    [
        ({"reason": ""}, "Choose the reason from the list"),
        ({"reason": "other"}, "Say in words what the other reason is"),
        ({"reason": "died"}, "Record the death on the page of the patient"),
    ],
)
def test_a_stop_has_a_reason(plan, omar, fate, words):
    with pytest.raises(ValidationError, match=words):
        choose(plan, plan.other, omar, running={plan.first.pk: STOPPED | fate})
    assert (now(plan.decision).status, now(plan.first).status) == ("planned", "in_progress")


def test_a_treatment_that_the_decision_does_not_wait_for_is_asked_about_too(plan, omar):
    """CAPTEM before a re-staging that only follows it in the order, or an analogue beside."""
    with rewriting():
        Step.objects.filter(pk=plan.decision.pk).update(after_step=None, after_event="ended", after_occurrence=None)
    with pytest.raises(ValidationError, match="still runs"):
        choose(plan, plan.responds, omar)


def test_nothing_is_asked_of_a_treatment_that_has_ended(plan, omar):
    Step.objects.filter(pk=plan.first.pk).update(
        status="stopped", ended_on=makers.TODAY(), reason="progression", due_on=None
    )
    choose(plan, plan.other, omar)
    assert plan.decision.chosen_arm == plan.other
    assert "running" not in browser(omar).get(url("step_deliver", plan.decision.pk)).content.decode()


def test_what_is_said_of_another_step_is_refused(plan, omar):
    with pytest.raises(ValidationError, match="Look at the plan again"):
        choose(plan, plan.other, omar, running={plan.first.pk: GOES_ON, plan.after.pk: STOPPED})


def test_a_correction_asks_again_of_what_still_runs(plan, omar):
    choose(plan, plan.responds, omar, running={plan.first.pk: GOES_ON})
    with pytest.raises(ValidationError, match="still runs"):
        correct(plan, plan.other, omar)
    correct(plan, plan.other, omar, running={plan.first.pk: STOPPED})
    assert (plan.first.status, plan.first.progression) == ("stopped", "yes")
    assert (plan.surgery.status, plan.prrt.status) == ("set_aside", "planned")


def test_what_was_stopped_stays_stopped_when_the_decision_is_corrected(plan, omar):
    choose(plan, plan.other, omar, running={plan.first.pk: STOPPED})
    correct(plan, plan.responds, omar)
    assert plan.first.status == "stopped"


def test_a_step_that_waits_for_the_stopped_one_learns_it(plan, omar):
    """Its gate, in the arm that was chosen, fails: it waited for a cycle that will not come."""
    with rewriting():
        Step.objects.filter(pk=plan.prrt.pk).update(after_step=plan.first, after_event="occurrence", after_occurrence=4)
    choose(plan, plan.other, omar, running={plan.first.pk: STOPPED})
    assert Event.objects.filter(step=plan.prrt, kind="gate_moved", new="failed").exists()


def test_the_page_asks_for_it_and_keeps_what_was_typed(plan, omar):
    client, key = browser(omar), plan.first.pk
    path = url("step_deliver", plan.decision.pk)
    html = client.get(path).content.decode()
    assert f'name="running_{key}"' in html and "which still runs" in html
    assert "checked" not in html[html.index(f'name="running_{key}"') :][:400]
    told = {
        "verb": "choose", "version": plan.decision.version, "chosen_arm": plan.other.pk, "on": makers.TODAY().isoformat(),
        "reason": "progression on CT", **{name: str(value) for name, value in found_today().items()},
    }  # fmt: skip
    refused = client.post(path, told)
    assert refused.status_code == 400 and "still runs (2 of 4 cycles given)" in refused.content.decode()
    without = client.post(path, told | {f"running_{key}": "stopped"})
    assert without.status_code == 400 and "Choose the reason from the list" in without.content.decode()
    done = client.post(path, told | {f"running_{key}": "stopped", f"running_reason_{key}": "progression"})
    assert done.status_code == 302 and now(plan.first).status == "stopped"
    html = client.get(path).content.decode()
    assert "Correct the decision" in html and Plan.objects.get(pk=plan.plan.pk).status == "active"


def test_the_correction_says_that_what_was_stopped_stays_so(plan, omar):
    choose(plan, plan.responds, omar, running={plan.first.pk: GOES_ON})
    html = browser(omar).get(url("step_deliver", plan.decision.pk)).content.decode()
    assert "stays stopped: amend the plan" in html


def test_the_api_takes_it_by_the_step(plan, omar):
    api, path = Api(omar), f"/steps/{plan.decision.pk}/choose/"
    body = {"chosen_arm": plan.other.pk, "on": makers.TODAY().isoformat(), "reason": "progression on CT"}
    body |= {name: str(value) for name, value in found_today().items()}
    answer = api.post(path, body, plan.decision.version)
    assert answer.status_code == 400 and "still runs" in problem(answer)
    body["running"] = [{"step": plan.first.pk, "goes_on": False, "reason": "progression"}]
    answer = api.post(path, body, plan.decision.version)
    assert answer.status_code == 200, answer.json()
    assert now(plan.first).status == "stopped"


def test_the_next_cycle_is_no_longer_given(plan, omar):
    choose(plan, plan.other, omar, running={plan.first.pk: STOPPED})
    third = row(plan.first, 3)
    assert third.status == "omitted" and third.planned_on > makers.TODAY() + timedelta(days=1)
