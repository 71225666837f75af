"""The day of the step from which a schedule counts is corrected, recorded late, or was none: what it wrote follows, and what has
passed is asked about."""

from datetime import timedelta

import pytest
import time_machine

from careplans.models import CareEnded, Event, FollowUp, FollowUpSchedule, Plan, PlanSchedule, Step
from careplans.readers.plan_changes import compare_plans
from careplans.readers.steps.taking_back import effects_of_taking_back
from careplans.services.arm_choice import choose_arm, correct_decision
from careplans.services.care_back import bring_back_case, bring_back_plan
from careplans.services.care_ends import correct_death, record_death
from careplans.services.followups import change_follow_up, complete_follow_up
from careplans.services.occurrence_corrections import correct_as_given, correct_as_omitted, take_back_occurrence
from careplans.services.occurrence_progress import give_occurrence
from careplans.services.plan_schedules import change_schedule
from careplans.services.plans import amend_plan
from careplans.services.scheduled_follow_ups import extend_schedules
from careplans.services.schedules import regenerate
from careplans.services.step_progress import skip_step, stop_step
from careplans.services.steps import edit_step, move_in_order
from common.local_time import add_months
from tests.careplans import makers
from tests.careplans.doors import browser, url
from tests.careplans.makers import OUTCOME
from tests.careplans.test_schedules_from_steps import (
    asked,
    choose,
    complete,
    draft,
    now,
    put_in_force,
    start,
    visits,
    waiting,
)

pytestmark = pytest.mark.django_db
TODAY = makers.TODAY
DAY = timedelta(days=1)
WHY = "read from another line"
__all__ = ["draft", "visits", "waiting"]


@pytest.fixture
def cycles(draft, visits, ana, chloe):
    """In force: four cycles, the first given yesterday; a schedule counts from its start."""
    edit_step(draft.steps.get(), {"planned_start": TODAY(), **makers.CYCLES}, by=ana)
    choose(draft, visits, ana, "begun")
    plan = put_in_force(draft, by=ana, chair=chloe)
    give(plan, ana, TODAY() - DAY)
    return plan


def first(plan):
    return plan.steps.get().occurrences.order_by("number").first()


def give(plan, by, on):
    one = first(plan)
    give_occurrence(one, by=by, expected_version=one.version, on=on, move_later=False, why="As the test needs it.")


def correct(plan, by, on, **said):
    one = first(plan)
    return correct_as_given(one, by=by, expected_version=one.version, on=on, why=WHY, move_later=False, **said)


def written(plan):
    rows = FollowUp.objects.open().filter(plan=plan, scheduled_for__isnull=False).order_by("due_on")
    return list(rows.values_list("due_on", flat=True))


def months(day, *many):
    return [add_months(day, one) for one in many]


def passed(plan):
    return FollowUp.objects.open().filter(plan=plan, title__startswith="Dates have passed: ")


def move(follow_up, by, on):
    return change_follow_up(follow_up, by=by, expected_version=follow_up.version, reason="travels", due_on=on)


def earliest(plan):
    return FollowUp.objects.open().filter(plan=plan, scheduled_for__isnull=False).earliest("due_on")


# Corrected


def test_what_somebody_moved_is_held_against_the_day_that_the_schedule_asks_for_now(cycles, ana):
    """Moved by three days, and then its start was twenty days earlier: it stays where they put it."""
    one = earliest(cycles)
    asked_for = one.due_on
    moved = move(one, ana, asked_for + 3 * DAY)
    assert moved.agreed_on == asked_for
    correct(cycles, ana, TODAY() - 20 * DAY)
    after = now(moved)
    assert after.due_on == moved.due_on
    assert after.agreed_on == after.scheduled_for == months(TODAY() - 20 * DAY, 6)[0]


def test_a_corrected_day_moves_every_date_that_counts_from_it(cycles, ana):
    before = earliest(cycles)
    correct(cycles, ana, TODAY() - 20 * DAY)
    assert written(cycles) == months(TODAY() - 20 * DAY, 6, 12, 18, 24)
    after = now(before)
    assert (after.status, after.scheduled_for) == ("planned", add_months(TODAY() - 20 * DAY, 6))
    assert after.due_until == after.due_on + 14 * DAY
    assert Event.objects.filter(kind="follow_up_changed", follow_up=after).exists()
    assert PlanSchedule.objects.live().get().starts_on == TODAY() - 20 * DAY


def test_what_somebody_moved_keeps_its_day_and_is_not_written_again(cycles, visits, ana, chloe):
    own_day = add_months(TODAY(), 7)
    moved = move(earliest(cycles), ana, own_day)
    correct(cycles, ana, TODAY() - 20 * DAY)
    assert written(cycles) == [own_day, *months(TODAY() - 20 * DAY, 12, 18, 24)]
    assert now(moved).scheduled_for == add_months(TODAY() - 20 * DAY, 6)
    regenerate(visits, by=chloe, expected_version=visits.version)
    assert len(written(cycles)) == 4


def test_what_was_done_is_not_asked_for_again(cycles, ana):
    done = earliest(cycles)
    complete_follow_up(done, by=ana, expected_version=done.version, done_on=TODAY())
    correct(cycles, ana, TODAY() - 20 * DAY)
    assert written(cycles) == months(TODAY() - 20 * DAY, 12, 18, 24)
    assert not passed(cycles).exists()


def test_dates_that_have_passed_by_the_right_day_are_asked_about(cycles, ana):
    on = add_months(TODAY(), -13)
    correct(cycles, ana, on)
    assert written(cycles) == months(on, 18, 24)
    question = passed(cycles).get()
    assert (question.assignee, question.due_on, question.kind) == (ana, TODAY(), "rediscussion")
    told = Event.objects.get(kind="follow_up_passed", follow_up=question).reason
    assert all(f"{day:%-d %b %Y}" in told for day in months(on, 6, 12))


def test_what_was_asked_is_withdrawn_where_the_right_day_brings_it_ahead_again(cycles, ana):
    correct(cycles, ana, add_months(TODAY(), -13))
    correct(cycles, ana, TODAY())
    assert written(cycles) == months(TODAY(), 6, 12, 18, 24) and not passed(cycles).exists()


def test_a_shift_by_one_interval_lets_no_date_stand_in_the_way_of_another(draft, visits, ana, chloe):
    visits.lines.update(interval=1, ends_after=6)
    edit_step(draft.steps.get(), {"planned_start": TODAY(), **makers.CYCLES}, by=ana)
    choose(draft, visits, ana, "begun")
    plan = put_in_force(draft, by=ana, chair=chloe)
    give(plan, ana, add_months(TODAY(), -1))
    correct(plan, ana, TODAY())
    assert written(plan) == months(TODAY(), 1, 2, 3, 4, 5, 6)
    correct(plan, ana, add_months(TODAY(), -1))
    assert written(plan)[-1] == add_months(add_months(TODAY(), -1), 6)


def test_what_is_written_later_goes_on_in_the_right_rhythm(cycles, visits, ana):
    visits.lines.update(ends_after=60)
    correct(cycles, ana, TODAY() - 20 * DAY)
    right = TODAY() - 20 * DAY
    with time_machine.travel(add_months(TODAY(), 6).isoformat() + "T12:00:00Z", tick=False):
        extend_schedules()
    assert written(cycles) == months(right, 6, 12, 18, 24, 30)


def test_a_corrected_decision_day_moves_what_counts_from_it(board, visits, ana, chloe):
    found = makers.make_branched_draft(makers.make_case(board, by=ana), by=ana)
    choose(found.plan, visits, ana, step=found.decision)
    makers.submit(found.plan, by=ana)
    makers.release(found.plan, by=chloe)
    found = makers.reread(found)
    seen = {"by": ana, "expected_version": found.decision.version, "reason": "re-staged"}
    decision = choose_arm(found.decision, **seen, on=TODAY(), chosen_arm=found.other, why="scan was early", **OUTCOME)
    assert written(found.plan) == months(TODAY(), 6, 12, 18, 24)
    seen["expected_version"] = decision.version
    correct_decision(decision, **seen, on=TODAY() - 9 * DAY, chosen_arm=None)
    assert written(found.plan) == months(TODAY() - 9 * DAY, 6, 12, 18, 24)


# Taken back


def test_what_somebody_gave_a_day_of_its_own_outlives_a_start_that_was_none(cycles, ana):
    own_day = add_months(TODAY(), 7)
    moved = move(earliest(cycles), ana, own_day)
    one = first(cycles)
    words = " ".join(effects_of_taking_back(one))
    assert "3 of its follow-ups are cancelled: Visit, due" in words and "handed over stays: Visit, due" in words
    take_back_occurrence(one, by=ana, expected_version=one.version, why=WHY, move_later=False)
    assert list(FollowUp.objects.open().filter(plan=cycles)) == [moved]
    give(cycles, ana, TODAY())
    assert len(FollowUp.objects.open().filter(plan=cycles)) == 4


def test_the_page_says_what_leaving_out_the_first_cycle_cancels(cycles, ana):
    page = browser(ana).get(url("occurrence", first(cycles).pk)).content.decode()
    assert page.count("4 of its follow-ups are cancelled") == 2
    one = first(cycles)
    correct_as_omitted(one, by=ana, expected_version=one.version, reason="patient_choice", why=WHY, move_later=False)
    assert not FollowUp.objects.open().exists()


# Recorded late


def test_dates_that_passed_before_the_step_was_recorded_are_asked_about_each(waiting, visits, ana):
    visits.lines.update(interval=3, ends_after=24)
    on = TODAY() - 450 * DAY
    start_on = start(waiting, ana, on=on - DAY)
    complete(start_on, ana, on=on)
    assert all(day > TODAY() for day in written(waiting)) and written(waiting)
    question = passed(waiting).get()
    told = Event.objects.get(kind="follow_up_passed", follow_up=question).reason
    assert all(f"visit on {day:%-d %b %Y}" in told for day in months(on, 3, 6, 9, 12))
    assert question.title.endswith("and 3 more")
    page = browser(ana).get(url("followup", question.pk)).content.decode()
    assert "Asks what became of dates that had passed" in page and "done elsewhere" in page


# An end that is a stop


@pytest.fixture
def ongoing(draft, visits, ana, chloe):
    edit_step(draft.steps.get(), {"planned_start": TODAY(), **makers.ONGOING}, by=ana)
    choose(draft, visits, ana)
    plan = put_in_force(draft, by=ana, chair=chloe)
    give(plan, ana, TODAY())
    return plan


def stop(plan, by, on=None):
    step = plan.steps.get()
    return stop_step(step, by=by, expected_version=step.version, on=on or TODAY(), reason="progression", **OUTCOME)


def test_an_ongoing_step_that_was_stopped_has_ended_and_the_coordinator_is_asked(ongoing, ana):
    stop(ongoing, ana)
    row = PlanSchedule.objects.live().get()
    assert row.starts_on == TODAY() and not row.never_starts and not asked(ongoing).exists()
    assert row in PlanSchedule.objects.started()
    assert written(ongoing) == months(TODAY(), 6, 12, 18, 24)
    question = FollowUp.objects.open().get(title__startswith="Follow-up has begun: ")
    assert question.assignee == ana and "step 1 was stopped" in question.title


# After a death that was none


def test_what_counted_from_a_step_that_had_begun_goes_on_after_a_death_that_was_none(cycles, ana, omar, chloe):
    patient = cycles.case.patient
    record_death(patient, by=ana, expected_version=patient.version, source="ward", year=None, month=None, day=None)
    correct_death(patient, by=omar, expected_version=patient.version, reason="another patient")
    bring_back_case(CareEnded.objects.get(case=cycles.case, plan=None, step=None, follow_up=None), by=ana)
    plan = bring_back_plan(CareEnded.objects.get(plan=cycles, step=None), by=ana)
    row = plan.schedules.get()
    assert (row.counts_from, row.from_step, row.from_event) == (TODAY() - DAY, None, "")
    Step.objects.filter(plan=plan).update(planned_start=TODAY())
    put_in_force(plan, by=ana, chair=chloe)
    assert written(plan) == months(TODAY() - DAY, 6, 12, 18, 24)


# From one plan to the next


def test_a_schedule_whose_step_moved_to_another_place_reads_as_unchanged(board, visits, ana, chloe):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=2)
    choose(plan, visits, ana, step=plan.steps.order_by("position")[1])
    plan = put_in_force(plan, by=ana, chair=chloe)
    new = amend_plan(plan, by=ana, reason="Progression")
    move_in_order(new, new.steps.order_by("position")[1], "up", by=ana)
    assert not compared(plan, new).fields
    row = new.schedules.get()
    change_schedule(row, by=ana, expected_version=row.version, from_event="begun")
    [change] = compared(plan, new).fields
    told = {kind: text for kind, text in change.pieces if kind != "same"}
    assert told == {"removed": "ended,", "added": "begun,"}


def compared(old, new):
    plans = Plan.objects.for_editing()
    return compare_plans(plans.get(pk=old.pk), plans.get(pk=new.pk))


def test_an_amendment_that_counts_from_the_end_instead_of_the_beginning_does_not_keep_the_old_dates(
    draft, visits, ana, chloe
):
    choose(draft, visits, ana, "begun")
    plan = put_in_force(draft, by=ana, chair=chloe)
    complete(start(plan, ana, on=TODAY() - 40 * DAY), ana)
    assert written(plan) == months(TODAY() - 40 * DAY, 6, 12, 18, 24)
    new = amend_plan(plan, by=ana, reason="Progression")
    row = new.schedules.get()
    change_schedule(row, by=ana, expected_version=row.version, from_event="ended")
    put_in_force(new, by=ana, chair=chloe)
    assert written(new) == months(TODAY(), 6, 12, 18, 24)


def test_an_amendment_that_asks_for_both_does_not_keep_what_one_left_to_the_other(board, draft, visits, ana, chloe):
    other = makers.make_template(board, name="Surveillance", kinds=["visit"])
    day = {"counts_from": TODAY(), "from_step": None, "from_event": ""}
    choose(draft, visits, ana, **day)
    choose(draft, other, ana, overlap="one", **day)
    plan = put_in_force(draft, by=ana, chair=chloe)
    assert written(plan) == months(TODAY(), 6, 12, 18, 24)
    new = amend_plan(plan, by=ana, reason="Both are needed")
    row = new.schedules.get(schedule=other)
    assert row.overlap == "one"
    change_schedule(row, by=ana, expected_version=row.version, overlap="both")
    new = put_in_force(new, by=ana, chair=chloe)
    assert written(new) == sorted(months(TODAY(), 6, 12, 18, 24) * 2)
    last = amend_plan(new, by=ana, reason="One is enough")
    row = last.schedules.get(schedule=other)
    change_schedule(row, by=ana, expected_version=row.version, overlap="one")
    put_in_force(last, by=ana, chair=chloe)
    assert written(last) == months(TODAY(), 6, 12, 18, 24)


def test_an_amendment_keeps_what_was_said_of_dates_in_the_past(board, draft, visits, ana):
    day = add_months(TODAY(), -7)
    told = {"kind": "visit", "title": "", "day": add_months(day, 6), "fate": "elsewhere", "on": None}
    row = choose(draft, visits, ana, counts_from=day, from_step=None, from_event="", past=[told])
    makers.submit(draft, by=ana)
    plan = now(draft)
    Plan.objects.filter(pk=plan.pk).update(status="active")
    new = amend_plan(now(plan), by=ana, reason="Progression")
    assert new.schedules.get().past == row.past != []


def test_the_release_asks_about_a_step_that_failed_while_the_amendment_was_signed(board, visits, ana, chloe, omar):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=2)
    choose(plan, visits, ana, step=plan.steps.order_by("position")[0])
    plan = put_in_force(plan, by=ana, chair=chloe)
    new = amend_plan(plan, by=ana, reason="Progression")
    makers.submit(new, by=ana)
    step = plan.steps.order_by("position")[0]
    skip_step(step, by=omar, expected_version=step.version, reason="patient_choice")
    FollowUp.objects.open().update(status="cancelled", reason="Seen to")
    makers.release(new, by=chloe, ahead=makers.NOTHING_AHEAD)
    assert asked(new).exists()


# Two schedules, of which the upper one begins later


def test_what_a_schedule_above_asks_for_once_it_begins_is_taken_back_below(board, draft, visits, ana, chloe):
    below = makers.make_template(board, name="Surveillance", kinds=["visit"])
    choose(draft, visits, ana)
    choose(draft, below, ana, overlap="one", counts_from=TODAY() - 3 * DAY, from_step=None, from_event="")
    plan = put_in_force(draft, by=ana, chair=chloe)
    assert written(plan) == months(TODAY() - 3 * DAY, 6, 12, 18, 24)
    complete(start(plan, ana), ana)
    assert written(plan) == months(TODAY(), 6, 12, 18, 24)


# Known again by their words


@pytest.mark.parametrize(
    ("reason", "again"),
    [("Its step may come after all, so that the schedule begins then.", True), ("Seen elsewhere", False)],
)
def test_a_question_written_long_ago_is_known_again(waiting, visits, ana, omar, reason, again):
    """The words as they stand in the rows of a board: whoever rewords the constant asks twice, or never."""
    old = makers.make_follow_up(waiting.case, by=ana)
    words = {"plan": waiting, "schedule": visits, "title": "Follow-up has not begun: “Resected”, step 1 is not done"}
    FollowUp.objects.filter(pk=old.pk).update(**words, status="cancelled", reason=reason)
    step = waiting.steps.get()
    skip_step(step, by=omar, expected_version=step.version, reason="patient_choice")
    assert asked(waiting).exists() is again


def test_what_comes_at_the_end_written_long_ago_is_not_written_twice(board, draft, visits, ana, chloe):
    """Its title as it stands in the rows of a board."""
    choose(draft, visits, ana, counts_from=TODAY(), from_step=None, from_event="")
    plan = put_in_force(draft, by=ana, chair=chloe)
    ends = FollowUp.objects.filter(plan=plan, title__startswith="The schedule ends: ")
    FollowUpSchedule.objects.update(then="Come back to the board")
    visits.lines.update(ends_after=20)
    old = makers.make_follow_up(plan.case, by=ana)
    title = "The schedule ends: Come back to the board"
    FollowUp.objects.filter(pk=old.pk).update(plan=plan, schedule=visits, title=title, scheduled_for=None)
    PlanSchedule.objects.update(written_until=add_months(TODAY(), 22))
    extend_schedules()
    assert ends.count() == 1
