"""The five queues whose rows workers hold for a while: of two at once one takes a row, and whoever lost it writes nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from careplans.exports import work as exports
from careplans.models import Export, OutboxMessage, ReportSummary, RuleRun, Webhook
from careplans.outbox import claims as outbox
from careplans.readers.known import settled_now
from careplans.rules import runner as rules
from careplans.rules.runs import queue
from careplans.summaries import making as summaries
from careplans.webhooks import sending as webhooks
from common.leases import LET_GO, LostError, pause_before
from tests.careplans import makers
from tests.careplans.exports.makers import make_export
from tests.careplans.outbox.mail import due_message
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
