"""What waits beside reminders: exports that nobody makes and webhooks that nobody looks at, on the health page and in the
metrics."""

from datetime import timedelta

import pytest
from django.utils import timezone

from careplans.exports import work
from careplans.models import Export, RuleRun, SendingHold, Webhook
from careplans.outbox import health, metrics
from careplans.rules import runner
from tests.careplans import makers
from tests.careplans.exports.makers import make_export

pytestmark = pytest.mark.django_db


@pytest.fixture
def export(pages, board, ana, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    makers.make_case(board, by=ana)
    return make_export(ana, "cases", work_it=False)


@pytest.fixture
def webhook(board, ana):
    return Webhook.objects.create(
        board=board, name="Warehouse", url="https://example.org/", made_by=ana, secret="sealed", due_at=timezone.now()
    )


def ago(**values):
    return timezone.now() - timedelta(**values)


def told(words):
    return [one for one in health.read().problems if words in one]


def figures():
    lines = metrics.exposition().decode().splitlines()
    return {line.split()[0]: float(line.split()[1]) for line in lines if line.startswith("consilium_")}


def test_an_export_that_was_asked_for_now_is_counted_and_no_problem(export):
    assert (health.read().exports.queued, told("export")) == (1, [])
    assert figures()["consilium_exports_queued"] == 1


def test_one_that_nobody_makes_is_one(export):
    Export.objects.update(requested_at=ago(minutes=20))
    assert told("export") == ["An export has been waiting for 20 minutes: is a worker running?"]
    assert 1190 < figures()["consilium_exports_oldest_waiting_seconds"] < 1300


def test_so_is_one_whose_worker_has_gone(export):
    Export.objects.update(state="running", started_at=ago(hours=1), lease_until=ago(minutes=30))
    assert told("export") == ["An export has been waiting for 30 minutes: is a worker running?"]
    assert figures()["consilium_exports_running"] == 1


def test_so_is_one_that_was_given_back_and_nobody_took_up(export):
    with pytest.MonkeyPatch.context() as stopping:
        stopping.setattr(work, "is_stopping", lambda: True)
        work.work_on(work.claim(), seconds=0)
    given_back = Export.objects.get()
    assert (given_back.state, given_back.token) == ("running", None)
    assert health.read().exports.oldest_waiting_seconds < 60
    Export.objects.update(lease_until=given_back.lease_until - timedelta(hours=5))
    assert health.read().exports.oldest_waiting_seconds >= 5 * 3600
    assert work.claim() is not None


def test_one_that_is_being_made_for_long_is_none(export):
    Export.objects.update(
        state="running",
        requested_at=ago(hours=9),
        started_at=ago(hours=9),
        lease_until=timezone.now() + timedelta(minutes=1),
    )
    assert told("export") == []


def test_failed_ones_are_counted_for_a_day(export):
    Export.objects.update(state="failed", reason="The disk is full.", finished_at=ago(hours=23))
    assert figures()["consilium_exports_failed"] == 1
    Export.objects.update(finished_at=ago(hours=25))
    assert figures()["consilium_exports_failed"] == 0


def test_a_webhook_that_fails_is_counted_and_one_that_is_off_is_not(webhook):
    Webhook.objects.update(failing_since=ago(minutes=3))
    assert (figures()["consilium_webhooks_failing"], told("webhook")) == (1, [])
    assert 179 < figures()["consilium_webhooks_failing_seconds"] < 300
    Webhook.objects.update(status="off", off_reason="Given up.")
    assert (figures()["consilium_webhooks_on"], figures()["consilium_webhooks_failing"]) == (0, 0)


def test_one_that_nobody_looks_at_is_a_problem_unless_sending_is_held(webhook):
    Webhook.objects.update(due_at=ago(minutes=7))
    assert told("webhook") == ["A webhook has not been looked at for 7 minutes: is a worker running?"]
    SendingHold.objects.update_or_create(pk=1, defaults={"held_why": "by_hand", "held_at": timezone.now()})
    assert told("webhook") == []


def test_the_page_says_how_both_stand(export, webhook, client, admin):
    client.force_login(admin)
    text = client.get("/operations/").content.decode()
    assert "1 waiting, 0 being made, 0 failed within a day" in text
    assert "1 on, 0 failing" in text
    assert "0 waiting, 0 under way, 0 failed within a day" in text


def run(**values):
    return RuleRun.objects.create(**{"content_hash": "-", "purpose": "apply", "total": 1, "state": "queued"} | values)


def test_a_look_of_the_rules_that_nobody_begins_is_a_problem():
    run(requested_at=ago(minutes=5))
    assert (told("rules"), figures()["consilium_rule_runs_queued"]) == ([], 1)
    RuleRun.objects.update(requested_at=ago(minutes=20))
    words = "A look of the rules at every open plan has not moved for 20 minutes: is a worker running?"
    assert told("rules") == [words]
    assert 1190 < figures()["consilium_rule_runs_still_seconds"] < 1300


def test_one_that_waits_behind_another_that_moves_is_none():
    run(requested_at=ago(hours=9))
    run(state="running", started_at=ago(hours=8), moved_at=ago(seconds=30))
    assert (told("rules"), figures()["consilium_rule_runs_running"]) == ([], 1)
    # The one before ended a moment ago: it is this one's turn since then.
    RuleRun.objects.filter(state="running").update(state="done", finished_at=ago(seconds=20))
    assert told("rules") == []


def test_one_that_gets_no_further_is_one_whoever_holds_it(board, ana):
    makers.make_plan(makers.make_case(board, by=ana), by=ana)
    made = run(state="running", started_at=ago(hours=1))
    # Passed from worker to worker: its lease is always in the future.
    RuleRun.objects.update(lease_until=timezone.now() + timedelta(minutes=1))
    assert told("rules") != []
    # Given back, and nobody has taken it up.
    RuleRun.objects.update(lease_until=None)
    assert told("rules") != []
    runner.work_rule_runs(-1)
    made.refresh_from_db()
    assert (made.done, told("rules")) == (1, [])


def test_one_that_failed_is_a_problem_until_somebody_takes_it_up_again():
    run(state="failed", reason="ValueError behind plan 3", finished_at=ago(hours=30))
    words = "The rules in force were not brought to every open plan: the run failed. An editor starts it again."
    assert (told("rules"), figures()["consilium_rule_runs_failed"]) == ([words], 0)
    RuleRun.objects.update(finished_at=ago(hours=1))
    assert figures()["consilium_rule_runs_failed"] == 1
    run(state="done", finished_at=timezone.now())
    assert told("rules") == []
    # A trial that failed is for its editor.
    run(purpose="trial", state="failed", reason="-", finished_at=timezone.now())
    assert told("rules") == []
