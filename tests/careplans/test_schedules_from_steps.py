"""Schedules that count from the day on which a step of the plan begins or ends: they wait, begin, or ask."""

import importlib
import re
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from careplans.models import CareEnded, Event, FollowUp, Plan, PlanSchedule, Step
from careplans.models.plan_content import canonical_content, content_hash
from careplans.readers.holdings import held_by
from careplans.readers.plan_changes import compare_plans
from careplans.readers.schedules.plan_schedules import has_follow_up
from careplans.services.arm_choice import choose_arm, correct_decision
from careplans.services.care_back import bring_back_case, bring_back_plan
from careplans.services.care_ends import correct_death, record_death
from careplans.services.occurrence_progress import give_occurrence
from careplans.services.plan_ending import complete_plan
from careplans.services.plan_schedules import add_schedule, change_schedule
from careplans.services.plans import amend_plan, recall_plan
from careplans.services.scheduled_follow_ups import extend_schedules
from careplans.services.schedules import regenerate
from careplans.services.step_progress import complete_step, skip_step, start_step, stop_step
from careplans.services.steps import edit_step, remove_step
from common.local_time import add_months
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.doors import browser, url
from tests.careplans.makers import NOTHING_AHEAD, OUTCOME

pytestmark = pytest.mark.django_db
TODAY = makers.TODAY
NOT_BEGUN = "Follow-up has not begun"


@pytest.fixture
def visits(board):
    return makers.make_template(board, name="Resected", kinds=["visit"])


@pytest.fixture
def draft(board, ana, omar):
    return makers.make_plan(makers.make_case(board, by=ana), by=ana, owner=omar)


def choose(plan, schedule, by, event="ended", step=None, **values):
    values = {"from_step": step or plan.steps.get(), "from_event": event, "assignee": by} | values
    return add_schedule(Plan.objects.get(pk=plan.pk), by=by, schedule=schedule, **values)


def put_in_force(plan, *, by, chair, **extra):
    makers.submit(plan, by=by)
    makers.release(plan, by=chair, **extra)
    return Plan.objects.get(pk=plan.pk)


@pytest.fixture
def waiting(draft, visits, ana, chloe):
    """In force, with a schedule that counts from the day on which its one step has ended."""
    choose(draft, visits, ana)
    return put_in_force(draft, by=ana, chair=chloe)


def now(row):
    return type(row).objects.get(pk=row.pk)


def start(plan, by, on=None, **extra):
    step = plan.steps.get()
    return start_step(step, by=by, expected_version=step.version, on=on or TODAY(), **extra)


def complete(step, by, on=None):
    step = now(step)
    on = on or TODAY()
    return complete_step(step, by=by, expected_version=step.version, on=on, fulfilment="full", **OUTCOME)


def days(plan):
    return list(FollowUp.objects.open().filter(plan=plan).order_by("due_on", "pk").values_list("due_on", flat=True))


def asked(plan):
    return FollowUp.objects.open().filter(plan=plan, title__startswith=NOT_BEGUN)


# Waiting


def test_until_its_step_has_ended_nothing_is_written(waiting, ana):
    start(waiting, ana)
    assert not FollowUp.objects.exists()
    assert extend_schedules() == 0


def test_the_day_on_which_its_step_ends_is_where_it_counts_from(waiting, ana):
    complete(start(waiting, ana), ana)
    assert days(waiting) == [add_months(TODAY(), months) for months in (6, 12, 18, 24)]
    assert set(FollowUp.objects.values_list("assignee", flat=True)) == {ana.pk}


def test_one_may_count_from_the_day_on_which_its_step_begins(draft, visits, ana, chloe):
    choose(draft, visits, ana, "begun")
    plan = put_in_force(draft, by=ana, chair=chloe)
    start(plan, ana)
    assert days(plan)[0] == add_months(TODAY(), 6)


def test_the_first_cycle_that_is_given_begins_it(draft, visits, ana, chloe):
    edit_step(draft.steps.get(), {"planned_start": TODAY(), **makers.CYCLES}, by=ana)
    choose(draft, visits, ana, "begun")
    plan = put_in_force(draft, by=ana, chair=chloe)
    first = plan.steps.get().occurrences.first()
    give_occurrence(first, by=ana, expected_version=first.version, on=TODAY())
    assert days(plan)[0] == add_months(TODAY(), 6)


def test_nothing_is_overdue_when_its_step_is_recorded_late(waiting, ana):
    step = start(waiting, ana, on=TODAY() - timedelta(days=500))
    complete(step, ana, on=TODAY() - timedelta(days=400))
    assert days(waiting)[0] == TODAY() and len(days(waiting)) == 3
    question = FollowUp.objects.get(due_on=TODAY())
    assert question.title.startswith("Dates have passed") and question.assignee == ana
    assert "done elsewhere" in Event.objects.get(kind="follow_up_passed", follow_up=question).reason


def test_it_goes_on_and_is_brought_up_as_any_other(waiting, visits, ana, chloe):
    complete(start(waiting, ana), ana)
    PlanSchedule.objects.update(written_until=TODAY())
    assert extend_schedules() == 1 and len(days(waiting)) == 4
    visits.lines.update(interval=12)
    regenerate(visits, by=chloe, expected_version=visits.version)
    assert days(waiting) == [add_months(TODAY(), 12), add_months(TODAY(), 24)]


# Where the day will not come


@pytest.mark.parametrize("begun", [False, True])
def test_a_step_that_is_not_done_or_stopped_asks_the_coordinator(waiting, visits, ana, omar, begun):
    step = start(waiting, omar) if begun else waiting.steps.get()
    seen = {"by": omar, "expected_version": step.version, "reason": "patient_choice"}
    stop_step(step, **seen, on=TODAY(), **OUTCOME) if begun else skip_step(step, **seen)
    [follow_up] = FollowUp.objects.open()
    assert (follow_up.kind, follow_up.assignee, follow_up.due_on) == ("rediscussion", ana, TODAY())
    assert follow_up.title == f"{NOT_BEGUN}: “Resected”, step 1 is {'stopped' if begun else 'not done'}"


def test_what_begins_with_its_step_has_begun_when_that_is_stopped(draft, visits, ana, chloe):
    choose(draft, visits, ana, "begun")
    plan = put_in_force(draft, by=ana, chair=chloe)
    step = start(plan, ana)
    stop_step(step, by=ana, expected_version=step.version, on=TODAY(), reason="patient_choice", **OUTCOME)
    assert len(days(plan)) == 4 and not asked(plan).exists()


def test_a_step_set_aside_asks_and_a_corrected_decision_takes_that_back(board, visits, ana, omar, chloe):
    found = makers.make_branched_draft(makers.make_case(board, by=ana), by=ana, owner=omar)
    choose(found.plan, visits, ana, step=found.surgery)
    makers.submit(found.plan, by=ana)
    makers.release(found.plan, by=chloe)
    found = makers.reread(found)
    seen = {"by": ana, "expected_version": found.decision.version, "on": TODAY(), "reason": "re-staged"}
    decision = choose_arm(found.decision, **seen, chosen_arm=found.other, why="early", **OUTCOME)
    assert asked(found.plan).get().assignee == ana
    seen["expected_version"] = decision.version
    decision = correct_decision(decision, **seen, chosen_arm=found.responds)
    assert not asked(found.plan).exists()
    correct_decision(decision, **seen | {"expected_version": decision.version}, chosen_arm=found.other)
    assert asked(found.plan).count() == 1


def test_what_was_settled_is_not_asked_again(board, visits, ana, chloe, omar):
    first, second, _ = gated = makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=3).steps.order_by(
        "position"
    )
    plan = first.plan
    choose(plan, visits, ana, step=first)
    plan = put_in_force(plan, by=ana, chair=chloe)
    step = now(first)
    skip_step(step, by=omar, expected_version=step.version, reason="patient_choice")
    follow_up = asked(plan).get()
    from careplans.services.followups import cancel_follow_up

    cancel_follow_up(follow_up, by=ana, expected_version=follow_up.version, reason="Followed elsewhere")
    step = now(second)
    skip_step(step, by=omar, expected_version=step.version, reason="patient_choice")
    assert len(gated) == 3 and not asked(plan).exists()


def test_a_step_that_goes_on_elsewhere_when_the_plan_is_completed_asks(draft, visits, ana, chloe):
    edit_step(draft.steps.get(), {"planned_start": TODAY(), **makers.ONGOING}, by=ana)
    choose(draft, visits, ana)
    plan = put_in_force(draft, by=ana, chair=chloe)
    step = plan.steps.get()
    first = step.occurrences.first()
    give_occurrence(first, by=ana, expected_version=first.version, on=TODAY())
    plan = now(plan)
    goes_on = {step.pk: "Dr Elm"}
    complete_plan(plan, by=chloe, expected_version=plan.version, goes_on=goes_on, ahead=NOTHING_AHEAD, **OUTCOME)
    assert "goes on under the care" in asked(plan).get().title


def test_it_is_a_follow_up_only_as_long_as_its_step_may_still_end(waiting, ana):
    plans = Plan.objects.with_schedules()
    assert has_follow_up(plans.get(pk=waiting.pk))
    step = waiting.steps.get()
    skip_step(step, by=ana, expected_version=step.version, reason="patient_choice")
    assert not has_follow_up(plans.get(pk=waiting.pk))


# Drafting and signing


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"counts_from": date(2026, 1, 1)}, "from a day or from a step"),
        ({"from_event": ""}, "has begun, or has ended"),
        ({"from_step": None}, "Choose the step"),
    ],
)
def test_it_counts_from_one_thing_that_is_said_in_full(draft, visits, ana, values, words):
    with pytest.raises(ValidationError, match=words):
        choose(draft, visits, ana, **{"step": draft.steps.get()} | values)


def test_it_counts_from_a_step_of_its_own_plan(board, draft, visits, ana):
    other = makers.make_plan(makers.make_case(board, by=ana, record_number="SYN-2"), by=ana)
    with pytest.raises(ValidationError, match="Choose a step of this plan"):
        choose(draft, visits, ana, step=other.steps.get())


def test_a_decision_has_no_beginning(board, visits, ana):
    found = makers.make_branched_draft(makers.make_case(board, by=ana), by=ana)
    with pytest.raises(ValidationError, match="made on one day"):
        choose(found.plan, visits, ana, "begun", step=found.decision)
    choose(found.plan, visits, ana, step=found.decision)


def test_a_step_that_is_taken_out_leaves_the_schedule_without_a_start(board, visits, ana):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=2)
    first = plan.steps.order_by("position")[0]
    choose(plan, visits, ana, step=first)
    remove_step(first, by=ana)
    with pytest.raises(ValidationError, match="needs the date it counts from"):
        makers.submit(plan, by=ana)


def test_step_and_event_are_signed(draft, visits, ana):
    row = choose(draft, visits, ana)
    [told] = canonical_content(draft, list(draft.steps.all()), [now(row)])["schedules"]
    assert (told["from"], told["from_place"], told["from_event"]) == (None, 1, "ended")
    before = Plan.objects.get(pk=draft.pk).content_version
    change_schedule(row, by=ana, expected_version=1, from_event="begun")
    assert Plan.objects.get(pk=draft.pk).content_version == before + 1


def test_its_page_takes_a_step_instead_of_a_day(draft, visits, ana):
    client, path = browser(ana), url("plan_schedule_new", draft.pk)
    typed = {"schedule": visits.pk, "from_step": f"ended-{draft.steps.get().pk}", "assignee": ana.pk}
    both = client.post(path, typed | {"counts_from": TODAY().isoformat()})
    assert both.status_code == 400 and "Empty one of the two" in both.content.decode()
    assert client.post(path, typed).status_code == 302
    row = PlanSchedule.objects.get()
    assert (row.from_event, row.counts_from) == ("ended", None)
    page = client.get(url("plan_schedule", draft.pk, row.pk)).content.decode()
    assert f'value="{typed["from_step"]}" selected' in page and "Its dates are set when" in page
    for name in ("plan_edit", "plan", "plan_print"):
        assert "from the day on which step 1 (" in client.get(url(name, draft.pk), follow=True).content.decode()


def test_its_page_lets_it_count_from_a_day_again(draft, visits, ana):
    row = choose(draft, visits, ana)
    typed = {"version": 1, "from_step": "", "counts_from": TODAY().isoformat(), "assignee": ana.pk}
    assert browser(ana).post(url("plan_schedule", draft.pk, row.pk), typed).status_code == 302
    row = now(row)
    assert (row.counts_from, row.from_step, row.from_event) == (TODAY(), None, "")


def test_the_api_takes_and_serves_it(draft, visits, ana):
    step = draft.steps.get()
    told = {"schedule": visits.pk, "from_step": step.pk, "from_event": "ended", "assignee": ana.pk}
    answer = Api(ana).post(f"/plans/{draft.pk}/schedules/", {"schedules": [told]}, draft.version)
    assert answer.status_code == 200
    [row] = answer.json()["schedules"]
    assert (row["from_step"], row["from_event"], row["starts_on"]) == (step.pk, "ended", None)


def test_the_plan_says_that_it_waits_and_since_when_it_counts(waiting, ana):
    client = browser(ana)
    assert "It waits:" in client.get(url("plan", waiting.pk)).content.decode()
    complete(start(waiting, ana), ana)
    assert "It waits:" not in client.get(url("plan", waiting.pk)).content.decode()


# From one plan to the next


def test_an_amendment_waits_for_its_own_copy_of_the_step(waiting, ana, chloe):
    new = amend_plan(waiting, by=ana, reason="Progression")
    row = new.schedules.get()
    assert row.from_step == new.steps.get()
    plans = Plan.objects.for_editing()
    assert not compare_plans(plans.get(pk=waiting.pk), plans.get(pk=new.pk)).fields
    new = put_in_force(new, by=ana, chair=chloe)
    complete(start(new, ana), ana)
    assert len(days(new)) == 4


def test_an_amendment_keeps_what_has_begun(waiting, ana, chloe):
    complete(start(waiting, ana), ana)
    before = set(FollowUp.objects.open().values_list("pk", flat=True))
    new = put_in_force(amend_plan(waiting, by=ana, reason="Progression"), by=ana, chair=chloe)
    assert set(FollowUp.objects.open().filter(plan=new).values_list("pk", flat=True)) == before


def test_an_amendment_begins_what_ended_while_it_was_drafted(waiting, ana, chloe):
    new = amend_plan(waiting, by=ana, reason="Progression")
    step = waiting.steps.get()
    skip = start_step(step, by=ana, expected_version=step.version, on=TODAY())
    complete(skip, ana)
    new = put_in_force(new, by=ana, chair=chloe)
    assert len(days(new)) == 4


def test_an_amendment_does_not_wait_for_a_step_that_was_stopped(waiting, ana):
    step = start(waiting, ana)
    stop_step(step, by=ana, expected_version=step.version, on=TODAY(), reason="patient_choice", **OUTCOME)
    new = amend_plan(waiting, by=ana, reason="Progression")
    with pytest.raises(ValidationError, match="counts from step 1, which is stopped"):
        makers.submit(new, by=ana)
    change_schedule(new.schedules.get(), by=ana, expected_version=1, from_step=None, from_event="", counts_from=TODAY())
    makers.submit(new, by=ana)


def test_what_comes_back_after_a_death_that_was_none_waits_for_the_step_that_comes_back(board, waiting, ana, omar):
    patient = waiting.case.patient
    record_death(patient, by=ana, expected_version=patient.version, source="ward", year=None, month=None, day=None)
    correct_death(patient, by=omar, expected_version=patient.version, reason="another patient")
    bring_back_case(CareEnded.objects.get(case=waiting.case, plan=None, step=None, follow_up=None), by=ana)
    plan = bring_back_plan(CareEnded.objects.get(plan=waiting, step=None), by=ana)
    row = plan.schedules.get()
    assert row.from_step == plan.steps.get() and row.from_event == "ended"


def test_who_is_to_do_what_still_waits_hands_it_over_when_leaving(board, waiting, ana):
    assert held_by(ana, [board])["schedules"].count() == 1


# What was signed and cancelled before


MIGRATION = importlib.import_module("careplans.migrations.0016_schedules_from_steps")


def migrated(function):
    function(apps, SimpleNamespace(connection=connection))


@pytest.fixture
def signed_with_a_day(draft, ana, omar):
    """In sign-off before schedules had rows, with a day and a person, and no schedule."""
    makers.submit(draft, by=ana)
    values = {"follow_up_from": date(2026, 9, 30), "follow_up_assignee": omar}
    Plan.objects.filter(pk=draft.pk).update(**values, submitted_at=timezone.now() - timedelta(days=3650))
    plan = now(draft)
    # As it was worked out then: day and person stood in it.
    content = canonical_content(plan, list(Step.objects.filter(plan=plan).for_plan()), [])
    assert (content["follow_up_from"], content["follow_up_assignee_id"]) == ("2026-09-30", omar.pk)
    digest = content_hash(plan, list(Step.objects.filter(plan=plan).for_plan()), [])
    Plan.objects.filter(pk=plan.pk).update(content_hash=digest)
    return now(plan)


def test_a_plan_signed_with_a_day_and_no_schedule_keeps_its_fingerprint(signed_with_a_day, chloe):
    migrated(MIGRATION.keep_only_what_is_signed)
    assert makers.release(signed_with_a_day, by=chloe, ahead=NOTHING_AHEAD).status == "active"


def test_a_draft_keeps_nothing_that_nobody_sees(signed_with_a_day, ana):
    edit_step(signed_with_a_day.steps.get(), {"rationale": "another"}, by=ana)
    plan = now(signed_with_a_day)
    assert (plan.status, plan.follow_up_from, plan.follow_up_assignee) == ("draft", None, None)


def test_a_plan_that_is_taken_back_keeps_nothing_that_nobody_sees(signed_with_a_day, ana):
    plan = signed_with_a_day
    recall_plan(plan, by=ana, expected_version=plan.version, reason="one more step")
    assert (now(plan).status, now(plan).follow_up_from, now(plan).follow_up_assignee) == ("draft", None, None)


def test_what_was_signed_since_is_signed_without_it(signed_with_a_day, omar):
    Plan.objects.update(submitted_at=timezone.now())
    migrated(MIGRATION.keep_only_what_is_signed)
    assert now(signed_with_a_day).follow_up_from is None


@pytest.mark.parametrize(
    ("reason", "free"),
    [
        ("Replaced by the schedule of plan 2", True), ("The schedule “Resected” was changed", True),
        ("Plan 1 was revoked: wrong patient", True), ("Seen elsewhere", False),
    ],
)  # fmt: skip
def test_days_of_follow_ups_that_were_taken_back_are_free_again(board, visits, ana, reason, free):
    follow_up = makers.make_follow_up(makers.make_case(board, by=ana), by=ana)
    values = {"status": "cancelled", "reason": reason, "schedule": visits, "scheduled_for": TODAY()}
    FollowUp.objects.filter(pk=follow_up.pk).update(**values)
    migrated(MIGRATION.free_their_days)
    assert (now(follow_up).scheduled_for is None) is free


def test_the_message_of_what_is_completed_says_which_schedule_begins(waiting, ana, omar):
    step = now(start(waiting, omar))
    body = {"verb": "complete", "version": step.version, "on": TODAY().isoformat(), "fulfilment": "full"} | OUTCOME
    shown = browser(omar).post(url("step_deliver", step.pk), body, follow=True).content.decode()
    assert re.search(r"The schedule “Resected” begins, with \d+ follow-ups, the first on ", shown)


def test_dates_follow_when_the_day_of_a_decision_is_corrected(board, visits, ana, omar, chloe):
    found = makers.make_branched_draft(makers.make_case(board, by=ana), by=ana, owner=omar)
    choose(found.plan, visits, ana, step=found.decision)
    makers.submit(found.plan, by=ana)
    makers.release(found.plan, by=chloe)
    found = makers.reread(found)
    seen = {"by": ana, "expected_version": found.decision.version, "reason": "re-staged", "chosen_arm": found.other}
    decision = choose_arm(found.decision, **seen, on=TODAY(), why="the scan was early", **OUTCOME)
    before = days(found.plan)
    seen |= {"expected_version": decision.version, "reason": "it was two days before"}
    correct_decision(decision, **seen, on=TODAY() - timedelta(days=2))
    assert before and days(found.plan) == [day - timedelta(days=2) for day in before]
