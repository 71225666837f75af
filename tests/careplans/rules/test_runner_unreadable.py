"""One plan whose rows were rewritten past the program keeps no run from the others, and the run says which one it was."""

import pytest
from django.db import connection
from django.urls import reverse

from accounts.models import AuditEvent
from careplans.models import Advisory, RuleRun
from careplans.rules.runs import queue_trial
from tests.careplans import makers
from tests.careplans.rules.makers import publish, reworded, with_own, without, work_all
from tests.rewriting import rewriting, unchecked

pytestmark = pytest.mark.django_db

BROKEN = [
    ("a figure for a list", "UPDATE careplans_step SET goals = '3' WHERE plan_id = %s"),
    ("a list in a list", "UPDATE careplans_step SET goals = '[[1]]' WHERE plan_id = %s"),
]
if connection.vendor == "sqlite":
    BROKEN += [("no day", "UPDATE careplans_step SET planned_start = '2026-99-99' WHERE plan_id = %s")]
WAYS = pytest.mark.parametrize("statement", [pytest.param(sql, id=name) for name, sql in BROKEN])


@pytest.fixture
def plans(board, ana):
    cases = [makers.make_case(board, by=ana, record_number=f"SYN-{number}") for number in "123"]
    return [makers.make_plan(case, by=ana) for case in cases]


def three_changes(by):
    return without(with_own(reworded(by), by), by)


def spoil(plan, statement=BROKEN[0][1]):
    with rewriting(), unchecked(), connection.cursor() as cursor:
        cursor.execute(statement, [plan.pk])


@WAYS
def test_a_trial_counts_the_others_and_names_the_one(plans, edda, statement):
    spoil(plans[1], statement)
    run = queue_trial(three_changes(edda), by=edda)
    work_all()
    run.refresh_from_db()
    assert (run.state, run.done, run.result["unjudged"]) == ("done", 3, [plans[1].pk])
    assert run.result["rules"]["OWN-01"] == [2, 0, 0]


@WAYS
def test_new_rules_reach_the_others(plans, edda, statement):
    row = publish(three_changes(edda), edda)
    spoil(plans[1], statement)
    work_all()
    run = row.runs.get(purpose="apply")
    assert (run.state, run.done, run.result["unjudged"]) == ("done", 3, [plans[1].pk])
    reached = Advisory.objects.standing().filter(rule="OWN-01").values_list("plan", flat=True)
    assert (set(reached), run.result["fired"]) == (
        {plans[0].pk, plans[2].pk},
        Advisory.objects.standing().filter(rule_set="centre-1").count(),
    )


def test_its_page_and_the_audit_trail_say_which(plans, edda, client):
    spoil(plans[1])
    queue_trial(three_changes(edda), by=edda)
    work_all()
    run = RuleRun.objects.get()
    client.force_login(edda)
    words = f"1 plan could not be judged, because its rows cannot be read (number of the row: {plans[1].pk})"
    for page in (reverse("careplans:rule_run", args=[run.pk]), reverse("careplans:rule_draft")):
        assert words in client.get(page).content.decode()
    assert AuditEvent.objects.get(action="rules.run_done", subject_id=str(run.pk)).data["unjudged"] == [plans[1].pk]


def test_a_run_that_judged_all_says_nothing_of_it(plans, edda, client):
    queue_trial(three_changes(edda), by=edda)
    work_all()
    run = RuleRun.objects.get()
    client.force_login(edda)
    assert "unjudged" not in run.result
    assert "could not be judged" not in client.get(reverse("careplans:rule_run", args=[run.pk])).content.decode()
