"""What an act changes beside its own row is put back with it; and the tests look at more than undo does."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from accounts.services.memberships import end_membership
from careplans.models import Advisory, Arm, Case, Monitoring, NothingAhead, Occurrence, Proforma, Signature
from careplans.services import followups, occurrence_corrections, occurrence_progress, step_progress
from careplans.services.act_images import TABLES
from careplans.services.done_follow_ups import correct_done_day, take_back_done
from careplans.services.plans import amend_plan
from careplans.services.proforma import save_proforma
from careplans.services.recent_acts import NOT_UNDONE, record_act
from careplans.views import followups as followup_views
from careplans.views import occurrences as occurrence_views
from careplans.views import step_progress as step_progress_views
from tests.careplans import makers
from tests.careplans.test_monitoring import BLOOD, ECHO
from tests.careplans.undoing import LEFT_OUT, check_undone, compared, fresh, record, stands

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
REASON = {"reason": "patient_choice"}


def only_a_follow_up(board, ana, omar, chloe):
    plan = makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, owner=omar)
    row = makers.make_follow_up(plan.case, by=ana, due_on=board.today, assignee=omar)
    step = plan.steps.get()
    step_progress.skip_step(step, by=ana, expected_version=step.version, **REASON)
    return row


@pytest.mark.parametrize("before", [[], ["Lives abroad until autumn."]])
def test_why_nothing_lies_ahead_is_put_back_as_it_was(board, ana, omar, chloe, before):
    row = only_a_follow_up(board, ana, omar, chloe)
    for reason in before:
        NothingAhead.objects.create(
            board=board, case=row.case, reason=reason, look_again_on=board.today + DAY, recorded_by=ana
        )
    was = stands(row.case)
    done = {"done_on": board.today, "ahead": makers.NOTHING_AHEAD}
    act = record(row, followups.complete_follow_up, omar, **done).act
    assert NothingAhead.objects.standing().get().reason == makers.NOTHING_AHEAD["nothing_ahead_reason"]
    check_undone(row.case, was, act, omar)
    assert [one.reason for one in NothingAhead.objects.standing()] == before


def test_what_the_rules_say_is_put_back_also_in_an_amendment_in_work(board, ana, omar, chloe):
    case = makers.make_case(board, by=ana)
    save_proforma(case, {"functional_status": "functional", "extent": "localized", "surgery_option": "yes"}, by=ana)
    plan = makers.make_active_plan(case, by=ana, chair=chloe, owner=omar)
    amend_plan(plan, by=ana, reason="progression")
    step, today = plan.steps.get(), board.today

    def rules():
        return Counter(Advisory.objects.standing().values_list("plan", "rule", "answer"))

    was, said = stands(case), rules()
    act = record(step, step_progress.hold_step, omar, on=today, due_on=today + DAY, **REASON).act
    assert rules() != said
    check_undone(case, was, act, omar)
    assert rules() == said
    record(step, step_progress.hold_step, omar, on=today, due_on=today + DAY, **REASON)
    was, said = stands(case), rules()
    act = record(step, step_progress.replan_step, omar, due_on=today + 20 * DAY, why="operated on").act
    assert rules() != said
    check_undone(case, was, act, omar)
    assert rules() == said


def test_all_that_undo_looks_at_is_compared_and_so_is_what_it_does_not():
    assert not set(TABLES) & set(LEFT_OUT)
    assert {Signature, Monitoring, Arm, Proforma, Case, *TABLES} <= set(compared())


def corrections_of_a_cycle(today):
    why = {"why": "another patient's"}
    yield occurrence_corrections.correct_as_given, {"on": today - DAY, "move_later": True, **why}
    yield occurrence_corrections.correct_as_otherwise, {"on": today, **REASON, **why}
    yield occurrence_corrections.correct_as_omitted, {**REASON, **why}


def test_each_correction_of_a_cycle_is_put_back_exactly(board, ana, omar, chloe):
    course = makers.make_course(board, by=ana, chair=chloe, owner=omar, hanging=[*BLOOD, *ECHO])
    first = Occurrence.objects.get(step=course, number=1)
    record(first, occurrence_progress.give_occurrence, omar, on=board.today)
    for service, values in corrections_of_a_cycle(board.today):
        was = stands(course.case)
        check_undone(course.case, was, record(first, service, omar, **values).act, omar)


@pytest.fixture
def done(board, ana, omar, chloe):
    plan = makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, owner=omar)
    row = fresh(makers.make_follow_up(plan.case, by=ana, due_on=board.today, assignee=omar))
    followups.complete_follow_up(row, by=omar, expected_version=row.version, done_on=board.today)
    return row


CORRECTIONS = {"correct": correct_done_day, "not_done": take_back_done}


@pytest.mark.parametrize("verb", CORRECTIONS)
@pytest.mark.parametrize("left", [False, True])
def test_each_correction_of_a_follow_up_is_put_back_exactly(done, ana, omar, admin, verb, left):
    """Also where whoever it was with has left: it is over again, and nobody has to see to it."""
    if left:
        end_membership(omar.memberships.get(), by=admin)
    was, row = stands(done.case), fresh(done)
    values = {"done_on": row.board.today - DAY} if verb == "correct" else {}
    act = record_act(
        row, CORRECTIONS[verb], by=ana, verb=verb, say=str, expected_version=row.version, reason="a slip", **values
    ).act
    check_undone(row.case, was, act, ana)


def test_each_verb_of_the_pages_is_put_back_in_these_tests_or_declared():
    tests = (Path(__file__).parent / name for name in ("test_recent_acts.py", "test_undo_beside.py"))
    text = "".join(path.read_text() for path in tests)
    services = {**step_progress_views.SERVICES, **occurrence_views.SERVICES}
    told = [service for verb, service in services.items() if verb not in NOT_UNDONE] + [
        *followup_views.SERVICES.values()
    ]
    assert [service.__name__ for service in told if service.__name__ not in text] == []
