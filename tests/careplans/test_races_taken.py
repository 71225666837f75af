"""A row is taken with its parents by one statement: in the one order, and each as it stands once it is taken."""

import time

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from careplans.locks import take_plan, take_step, taken_for_rules, taken_with_plan
from careplans.models import Advisory, Case, Plan, Proforma, RuleRun, Step
from careplans.rules import runner
from careplans.rules.plan_advice import Rules
from careplans.rules.reviewing import publish_rule_set
from careplans.rules.runs import queue, queue_trial, stop_all
from careplans.services.proforma import save_proforma
from careplans.services.steps import edit_step
from common.writing import lock
from tests.careplans import makers
from tests.careplans.rules.makers import approver, in_review, reworded, with_own, work_all

pytestmark = pytest.mark.django_db(transaction=True)
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's transaction is the lock")
OPERABLE = {"functional_status": "functional", "extent": "localized", "surgery_option": "yes"}
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


@pytest.fixture
def draft(board, ana):
    return makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=2)


def wait_until_somebody_waits():
    with connection.cursor() as cursor:
        for _ in range(400):
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
            time.sleep(0.05)
    raise AssertionError("Nobody waits.")


def is_free(rows):
    with transaction.atomic():
        return bool(list(rows.select_for_update(nowait=True)))


@on_postgresql
@pytest.mark.parametrize("take", [take_plan, taken_for_rules, take_step, taken_with_plan])
def test_whoever_waits_for_the_case_holds_nothing_below_it(track, draft, take):
    step = draft.steps.select_related("plan__case", "case").first()
    row = step.plan if take in (take_plan, taken_for_rules) else step

    def taking():
        with transaction.atomic():
            take(row)

    with transaction.atomic():
        lock(Case.objects.filter(pk=draft.case_id))
        met = track.threads[0].submit(taking)
        wait_until_somebody_waits()
        below = (
            Proforma.objects.filter(pk=draft.case_id),
            Plan.objects.filter(pk=draft.pk),
            Step.objects.filter(pk=step.pk),
        )
        assert [is_free(rows) for rows in below] == [True, True, True]
    met.result(60)


def rests_on_what_stands(plan):
    """Kept is what the rules in force say of the plan as it stands."""
    fires = Rules.in_force().firings(Plan.objects.for_rules().get(pk=plan.pk))
    kept = Advisory.objects.filter(plan=plan).standing()
    return {(row.rule, row.advice) for row in kept} == {(one.rule, one.advice) for one in fires}


def test_an_edit_that_waited_for_the_facts_is_judged_by_them(track, draft, ana, omar):
    case, step = Case.objects.select_related("board").get(pk=draft.case_id), draft.steps.first()

    def find():
        return save_proforma(case, OPERABLE, by=omar)

    def edit():
        return edit_step(Step.objects.select_related("plan").get(pk=step.pk), {"rationale": "at the same time"}, by=ana)

    for met in track.rounds(find, edit):
        assert met.is_clean and all(met.won), str(met)
        assert Advisory.objects.filter(plan=draft, rule="SUR-01").standing().exists(), str(met)
        assert rests_on_what_stands(draft), str(met)


def test_a_run_that_read_the_rules_before_others_came_into_force_writes_nothing_by_them(draft, edda):
    row = in_review(with_own(reworded(edda), edda), edda)
    queue_trial(row, by=edda)
    work_all()
    queue(None, RuleRun.Purpose.APPLY, by=None)
    run, apply = runner.claim(), runner.Apply()
    publish_rule_set(row, by=approver(), expected_version=row.version)
    before = list(Advisory.objects.values())
    with pytest.raises(runner.LostError):
        apply.chunk(run)
    assert list(Advisory.objects.values()) == before
    work_all()
    assert rests_on_what_stands(draft)
    assert Advisory.objects.filter(plan=draft, rule="OWN-01").standing().count() == 1


def test_a_chunk_asks_as_much_for_twelve_plans_as_for_two(board, ana):
    def chunk():
        run = queue(None, RuleRun.Purpose.APPLY, by=None)
        apply = runner.Apply()
        claimed = runner.claim()
        assert claimed == run
        return lambda: apply.chunk(claimed)

    asked = []
    for number in (2, 10):
        for _ in range(number):
            key = f"SYN-{Case.objects.count()}"
            makers.make_plan(makers.make_case(board, by=ana, record_number=key), by=ana)
        go = chunk()
        with CaptureQueriesContext(connection) as captured:
            go()
        asked.append(len(captured))
        stop_all(RuleRun.objects.open(), "measured")
    assert asked[0] == asked[1]
