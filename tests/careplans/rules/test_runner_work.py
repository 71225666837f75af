"""A run over every open plan: right, once, and taken up again whatever happens to its worker."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEvent
from careplans import tasks
from careplans.management.commands import run_reminders
from careplans.models import Advisory, Plan, RuleRun
from careplans.rules import runner
from careplans.rules.drafts import change_rule, discard_rule_set
from careplans.rules.reviewing import publish_rule_set
from careplans.rules.runner import claim, work_rule_runs
from careplans.rules.runs import queue_trial, resume_run, stop_run
from tests.careplans import makers
from tests.careplans.rules.makers import (
    approver,
    begin,
    fresh,
    in_review,
    publish,
    reworded,
    with_own,
    without,
    work_all,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def plans(board, ana, chloe):
    """Two open plans and one that has ended."""
    draft = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    active = makers.make_active_plan(makers.make_case(board, by=ana, record_number="SYN-2"), by=ana, chair=chloe)
    ended = makers.make_plan(makers.make_case(board, by=ana, record_number="SYN-3"), by=ana)
    Plan.objects.filter(pk=ended.pk).update(status="entered_in_error", end_reason="x")
    return draft, active


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(runner, "TRIAL_CHUNK", 1)
    monkeypatch.setattr(runner, "APPLY_CHUNK", 1)
    monkeypatch.setattr(runner, "SHORTEST_GAP_SECONDS", 0)


def three_changes(by):
    """TRI-01 says something else, DATA-01 stops, OWN-01 fires on every plan."""
    return without(with_own(reworded(by), by), by)


def trial(by):
    return queue_trial(three_changes(by), by=by)


def again(run):
    return RuleRun.objects.get(pk=run.pk)


def lease_is_over(run):
    RuleRun.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def die(*args):
    raise SystemExit  # not caught by the worker: as if it had been killed there


def test_a_trial_counts_what_would_change_and_changes_nothing(plans, edda, board):
    before = list(Advisory.objects.values())
    run = trial(edda)
    work_all()
    run = again(run)
    assert (run.state, run.total, run.done) == ("done", 2, 2)
    assert run.result == {
        "rules": {"TRI-01": [0, 0, 2], "DATA-01": [0, 2, 0], "OWN-01": [2, 0, 0]},
        "boards": {str(board.pk): [2, 2, 2]},
    }
    assert list(Advisory.objects.values()) == before
    assert AuditEvent.objects.filter(action="rules.run_done", subject_id=str(run.pk)).exists()


def test_publishing_needs_a_trial_of_exactly_these_rules(plans, edda):
    row = three_changes(edda)
    queue_trial(row, by=edda)
    work_all()
    row = in_review(change_rule(row, "TRI-01", {"advice": "New."}, by=edda, expected_version=row.version), edda)
    with pytest.raises(ValidationError, match="Try exactly these rules"):
        publish_rule_set(row, by=approver(), expected_version=row.version)
    assert fresh(row).state == "in_review"


def test_publishing_brings_the_new_rules_to_every_open_plan(plans, edda):
    row = publish(three_changes(edda), edda)
    standing = Advisory.objects.standing().filter(rule="OWN-01")
    assert not standing.exists()
    work_all()
    run = row.runs.get(purpose="apply")
    assert (run.state, run.done) == ("done", 2)
    assert {advisory.plan for advisory in standing} == set(plans)
    assert run.result["fired"] == Advisory.objects.standing().filter(rule_set="centre-1").count() > 0
    assert not Advisory.objects.standing().filter(rule="DATA-01", plan__in=plans).exists()


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("where", ["claim", "count", "between"])
def test_a_trial_is_taken_up_from_a_worker_that_was_killed(plans, edda, monkeypatch, where):
    run = trial(edda)
    if where == "claim":
        claim()
    else:
        with monkeypatch.context() as patch, pytest.raises(SystemExit):
            patch.setattr(
                *{"count": (runner.Trial, "count", die), "between": (runner, "monotonic", DiesLater())}[where]
            )
            work_rule_runs()
    assert not work_rule_runs()  # the lease is still good
    lease_is_over(run)
    work_all()
    assert (again(run).done, again(run).result["rules"]["OWN-01"]) == (2, [2, 0, 0])


class DiesLater:
    """A clock that is asked when a call begins, and kills the worker after its first chunk."""

    asked = 0

    def __call__(self):
        self.asked += 1
        return 0.0 if self.asked == 1 else die()


@pytest.mark.usefixtures("small_chunks")
def test_an_apply_run_killed_inside_a_chunk_leaves_none_out_and_writes_none_twice(plans, edda, monkeypatch):
    row = publish(three_changes(edda), edda)
    real, calls = runner.keep, []

    def dies_after_the_second(chunk):
        calls.append(chunk)
        made = real(chunk)
        return made if len(calls) == 1 else die()

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(runner, "keep", dies_after_the_second)
        work_rule_runs()
    run = row.runs.get(purpose="apply")
    assert (run.done, Advisory.objects.standing().filter(rule="OWN-01").count()) == (1, 1)
    lease_is_over(run)
    work_all()
    assert (again(run).done, Advisory.objects.filter(rule="OWN-01").count()) == (2, 2)


def test_two_workers_do_not_hold_the_same_run(edda):
    trial(edda)
    assert claim() is not None
    assert claim() is None


@pytest.mark.usefixtures("small_chunks")
def test_a_worker_that_lost_its_run_writes_nothing_more(plans, edda, monkeypatch):
    run = trial(edda)

    def stolen(self, plan, result):
        RuleRun.objects.filter(pk=run.pk).update(token="00000000-0000-0000-0000-000000000001")

    monkeypatch.setattr(runner.Trial, "count", stolen)
    work_rule_runs()
    assert (again(run).done, again(run).state) == (0, "running")


@pytest.mark.usefixtures("small_chunks")
def test_a_call_works_for_a_while_and_gives_the_run_back(plans, edda):
    run = trial(edda)
    work_rule_runs(seconds=0)
    assert (again(run).state, again(run).done, again(run).token) == ("running", 1, None)
    work_rule_runs(seconds=0)
    assert again(run).done == 2


def test_a_trial_is_stopped_and_keeps_what_it_counted(edda):
    run = trial(edda)
    stop_run(run, by=edda)
    assert not work_rule_runs()
    assert (again(run).state, again(run).reason) == ("stopped", "Edda Editor stopped it")
    assert AuditEvent.objects.filter(action="rules.run_stopped").count() == 1


def test_what_is_in_force_has_to_reach_every_plan(edda):
    row = publish(three_changes(edda), edda)
    with pytest.raises(ValidationError, match="cannot be stopped"):
        stop_run(row.runs.get(purpose="apply"), by=edda)


def test_newer_rules_end_the_run_of_older_ones(plans, edda):
    first = publish(three_changes(edda), edda).runs.get(purpose="apply")
    RuleRun.objects.filter(pk=first.pk).update(state="running", started_at=timezone.now())
    second = begin(edda)
    second = change_rule(second, "TRI-01", {"advice": "Again."}, by=edda, expected_version=second.version)
    RuleRun.objects.create(rule_set=second, content_hash=second.content_hash, purpose="trial", state="done", total=0,
                           requested_by=edda)  # fmt: skip
    second = in_review(second, edda)
    publish_rule_set(second, by=approver(), expected_version=second.version)
    assert (again(first).state, again(first).reason) == ("stopped", "rule set centre-2 was put into force")
    work_all()
    standing = Advisory.objects.standing().filter(rule="TRI-01", plan__in=plans)
    assert set(standing.values_list("advice", flat=True)) == {"Again."}


def test_a_changed_draft_ends_its_trial(plans, edda):
    row = three_changes(edda)
    run = queue_trial(row, by=edda)
    change_rule(row, "TRI-01", {"advice": "Later."}, by=edda, expected_version=row.version)
    work_rule_runs()
    assert (again(run).state, again(run).reason) == ("stopped", "the draft was changed")


def test_a_discarded_draft_ends_its_trial(edda):
    row = three_changes(edda)
    run = queue_trial(row, by=edda)
    discard_rule_set(row, by=edda, expected_version=row.version)
    assert again(run).state == "stopped"


def test_the_same_rules_are_tried_once_at_a_time(edda):
    row = three_changes(edda)
    queue_trial(row, by=edda)
    with pytest.raises(ValidationError, match="under way already"):
        queue_trial(row, by=edda)


def test_a_plan_that_cannot_be_looked_at_fails_the_run_where_people_see_it(plans, edda, monkeypatch):
    run = trial(edda)
    with monkeypatch.context() as patch:
        patch.setattr(runner.Trial, "count", lambda *_: {}["Ashdown"])
        work_rule_runs()
    assert (again(run).state, again(run).reason) == ("failed", "KeyError behind plan 0")
    resume_run(run, by=edda)
    work_all()
    assert (again(run).state, again(run).done) == ("done", 2)


def test_without_a_database_the_run_waits_for_its_lease(plans, edda, monkeypatch):
    run = trial(edda)

    def gone(*_):
        raise OperationalError

    monkeypatch.setattr(runner.Trial, "count", gone)
    with pytest.raises(OperationalError):
        work_rule_runs()
    assert again(run).state == "running"


def test_who_is_no_editor_starts_and_stops_none(edda, admin):
    row = three_changes(edda)
    with pytest.raises(PermissionDenied):
        queue_trial(row, by=admin)
    with pytest.raises(PermissionDenied):
        stop_run(queue_trial(row, by=edda), by=admin)


def test_a_chunk_costs_the_same_for_two_plans_and_for_twelve(board, ana, edda):
    counts = []
    row = three_changes(edda)
    for wanted in (2, 12):
        for number in range(Plan.objects.count(), wanted):
            makers.make_plan(makers.make_case(board, by=ana, record_number=f"SYN-{number}"), by=ana)
        run = queue_trial(row, by=edda)
        with CaptureQueriesContext(connection) as asked:
            work_rule_runs()
        assert again(run).done == wanted
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("tick", [tasks.work_rule_runs, lambda: call_command("run_reminders", once=True)])
def test_both_ticks_work_on_what_waits(plans, edda, tick, monkeypatch):
    monkeypatch.setattr(run_reminders, "close_old_connections", lambda: None)  # the test holds the connection
    run = trial(edda)
    tick()
    assert again(run).done == 2
