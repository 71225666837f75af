"""The five queues whose rows workers hold for a while: of two at once one takes a row, and whoever lost it writes nothing."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts.models import Notice
from careplans.exports import work as exports
from careplans.models import Export, OutboxMessage, ReportSummary, RuleRun, Webhook
from careplans.outbox import claims as outbox
from careplans.outbox.relays import NoRelay
from careplans.outbox.sweeper import sweep
from careplans.readers.known import settled_now
from careplans.rules import runner as rules
from careplans.rules.runs import queue, resume_run
from careplans.summaries import making as summaries
from careplans.webhooks import sending as webhooks
from careplans.webhooks.posting import Outcome
from common.leases import LET_GO, MOST_LOST, CountsLost, LostError, pause_before
from tests.careplans import makers
from tests.careplans.exports.makers import make_export
from tests.careplans.outbox.mail import due_message
from tests.careplans.rules.makers import approver
from tests.careplans.webhooks.makers import due_now, make_webhook

LONG_AGO = timezone.now() - timedelta(days=1)


def one_message():
    return next(iter(outbox.claim(1).rows()), None)


QUEUES = {
    "outbox": (OutboxMessage, one_message, outbox.LEASE, {"status": "pending", "due_at": LONG_AGO}),
    "exports": (Export, exports.claim, exports.LEASE, {"state": "queued"}),
    "webhooks": (Webhook, webhooks.claim, webhooks.LEASE, {}),
    "rules": (RuleRun, rules.claim, rules.LEASE, {"state": "queued"}),
    "summaries": (ReportSummary, summaries._claim, summaries.LEASE, {"state": "making"}),
}


@pytest.fixture(params=QUEUES)
def waiting(request, transactional_db, board, ana):
    """A queue in which one row waits."""
    match request.param:
        case "outbox":
            due_message(makers.make_case(board, by=ana), by=ana)
        case "exports":
            make_export(ana, work_it=False)
        case "webhooks":
            make_webhook(board, by=ana)
            due_now()
        case "rules":
            queue(None, RuleRun.Purpose.APPLY, by=None)
        case "summaries":
            ReportSummary.objects.create(moment=settled_now(), begun_at=timezone.now())
    return QUEUES[request.param]


def test_of_two_workers_at_once_one_takes_it(waiting, track):
    model, claim, _, free = waiting
    for met in track.rounds(claim, claim):
        assert met.is_clean, str(met)
        assert [outcome.value is not None for outcome in met.outcomes].count(True) == 1, str(met)
        model.objects.update(**free, **LET_GO)


def test_whoever_stood_still_past_the_lease_writes_nothing_more(waiting):
    model, claim, lease, free = waiting
    late = claim()
    assert claim() is None, "it is held"
    # A message comes back into the queue by the sweeper; the others are taken up where they stand.
    model.objects.update(lease_until=LONG_AGO, **(free if model is OutboxMessage else {}))
    now = claim()
    assert (now.pk, now.token != late.token) == (late.pk, True)
    for write in (lease.write, lease.renew, lease.give_back):
        with pytest.raises(LostError):
            write(late)
    assert lease.held(now).exists()
    lease.give_back(now, **free)
    assert claim() is not None, "it was given back"


def test_a_row_that_was_held_by_a_clock_that_was_set_back_is_free(waiting):
    model, claim, _, _ = waiting
    assert claim() is not None and claim() is None
    model.objects.update(lease_until=timezone.now() + timedelta(hours=3))
    if model is OutboxMessage:
        assert sweep(NoRelay()) == 1
    assert claim() is not None


def test_a_row_counts_the_workers_that_it_has_lost_and_none_that_gave_it_back(waiting):
    model, claim, lease, free = waiting
    if not issubclass(model, CountsLost):
        return  # a message counts attempts, and a summary that is late is begun anew
    for lost in range(MOST_LOST):
        held = claim()
        assert (held.lost_workers, lease.has_lost_too_many(held)) == (lost, False)
        lease.give_back(held)
        held = claim()
        assert (held.lost_workers, lease.has_lost_too_many(held)) == (lost, False)
        model.objects.update(lease_until=LONG_AGO)
    assert lease.has_lost_too_many(claim())


def test_a_database_that_refuses_is_no_lost_worker(waiting):
    model, claim, lease, _ = waiting
    if not issubclass(model, CountsLost):
        return
    for _ in range(MOST_LOST + 1):
        held = claim()
        assert held.lost_workers == 0
        with pytest.raises(OperationalError), lease.outlived(held):
            raise OperationalError("database is locked")
        assert claim() is None, "it is taken up after its lease"
        with pytest.raises(LostError):
            lease.write(held)
        model.objects.update(lease_until=LONG_AGO)


def test_a_run_of_the_rules_that_kills_its_workers_is_given_up_where_it_stands(transactional_db, board, ana):
    makers.make_plan(makers.make_case(board, by=ana), by=ana)
    run = queue(None, RuleRun.Purpose.APPLY, by=None)
    for _ in range(MOST_LOST):
        assert rules.claim() is not None
        RuleRun.objects.update(lease_until=LONG_AGO)
    assert rules.work_rule_runs()
    run.refresh_from_db()
    assert (run.state, run.reason) == ("failed", "the process that worked on it ended 5 times behind plan 0")
    assert RuleRun.objects.standing().failed == 1
    assert not rules.work_rule_runs()
    resume_run(run, by=approver())
    assert rules.work_rule_runs()
    run.refresh_from_db()
    assert (run.state, run.done) == ("done", 1)


def test_a_webhook_that_kills_its_workers_is_switched_off_and_its_people_are_told(transactional_db, board, ana):
    webhook = make_webhook(board, by=ana)
    due_now()
    for _ in range(MOST_LOST):
        assert webhooks.claim() is not None
        Webhook.objects.update(lease_until=LONG_AGO)
    assert webhooks.send_webhooks() == 1
    webhook.refresh_from_db()
    assert (webhook.status, webhook.off_reason, webhook.lost_workers) == ("off", webhooks.LOST, 0)
    assert webhooks.LOST in Notice.objects.get(user=ana).text
    assert webhooks.send_webhooks() == 0


def test_a_row_that_was_ended_is_nobodys(waiting):
    model, claim, lease, _ = waiting
    held = claim()
    model.objects.update(**LET_GO, **({"status": "pending"} if model is OutboxMessage else {}))
    with pytest.raises(LostError):
        lease.renew(held)


def test_a_row_that_nobody_took_is_written_to_by_nobody(waiting):
    model, _, lease, _ = waiting
    with pytest.raises(LostError):
        lease.renew(model.objects.get())


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(0, 30), (2, 30), (3, 60), (4, 120), (8, 1920), (9, 3600), (10**9, 3600)]
)
def test_the_pause_doubles_up_to_the_longest(attempt, seconds):
    pause = pause_before(attempt, first=timedelta(seconds=30), longest=timedelta(hours=1))
    assert pause == timedelta(seconds=seconds)


def test_whoever_gets_anywhere_begins_to_count_anew(transactional_db, board, ana, monkeypatch):
    """Five lost in three years are no row that kills its workers."""
    makers.make_plan(makers.make_case(board, by=ana), by=ana)
    run = queue(None, RuleRun.Purpose.APPLY, by=None)
    RuleRun.objects.update(lost_workers=3)
    assert rules.work_rule_runs()
    run.refresh_from_db()
    assert (run.state, run.lost_workers) == ("done", 0)
    webhook = make_webhook(board, by=ana)
    for outcome, waits in ((Outcome(status=204), False), (Outcome(status=500), True)):
        monkeypatch.setattr(webhooks, "attempt", lambda *_, outcome=outcome: outcome)
        due_now()
        Webhook.objects.update(lost_workers=3)
        assert webhooks.send_webhooks() >= 1
        webhook.refresh_from_db()
        assert (webhook.lost_workers, webhook.failing_since is not None) == (0, waits)
        makers.make_case(board, by=ana, record_number=f"SYN-{outcome.status}")
