"""What an act changes beside its own row is put back with it; and the tests look at more than undo does."""

from collections import Counter
from datetime import timedelta

import pytest

from careplans.models import Advisory, Arm, Case, Monitoring, NothingAhead, Proforma, Signature
from careplans.services import followups, step_progress
from careplans.services.act_images import TABLES
from careplans.services.plans import amend_plan
from careplans.services.proforma import save_proforma
from tests.careplans import makers
from tests.careplans.undoing import LEFT_OUT, check_undone, compared, record, stands

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
