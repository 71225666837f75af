"""Several who send at once, and what somebody does while a delivery is under way."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Notice
from careplans.models import Webhook, WebhookDelivery
from careplans.webhooks import registering, sending, tidying
from tests.careplans.webhooks.makers import due_now, is_signed, make_webhook, rounds, title

pytestmark = pytest.mark.django_db(transaction=True)
SENDERS, ROUNDS = 4, 8


@pytest.fixture
def registered(case, board, ana, program):
    return registering.register_webhook(board, by=ana, name="W", url=program.url, nouns=["cases"])


@pytest.fixture
def hook(registered):
    return registered[0]


def sent_by_many():
    """What each webhook's program took, by its ids, from some workers at once."""

    def worker(_):
        try:
            for _ in range(ROUNDS):
                due_now()
                sending.send_webhooks()
        finally:
            connection.close()

    with ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(worker, range(SENDERS)))


def slowly():
    time.sleep(0.05)


def naive_claim():
    """As one would write it first: whoever looks takes what is due."""
    return (
        Webhook.objects.select_related("board", "made_by").filter(due_at__lte=timezone.now()).order_by("due_at").first()
    )


def test_of_many_senders_each_delivery_leaves_once_and_in_its_order(hook, case, ana, board, program):
    program.behaves = [slowly]
    make_webhook(board, by=ana, url=program.url, name="Another", nouns=["cases"])
    for _ in range(4):
        registering.send_test(Webhook.objects.get(pk=hook.pk), by=ana)
    title(case, ana, "Jejunal NET")
    sent_by_many()
    rounds(2)
    ids = Counter(headers["webhook-id"] for headers, _ in program.taken)
    assert set(ids.values()) == {1}
    assert len(ids) == 6 == WebhookDelivery.objects.filter(status="arrived", attempts=1).count()
    mine = [body["sequence"] for body in program.bodies if body["type"] == "test" or body["sequence"] > 1]
    assert mine == sorted(mine)


def test_without_the_claim_some_would_leave_twice(hook, ana, program, monkeypatch):
    """So that the test above is one."""
    monkeypatch.setattr(sending, "claim", naive_claim)
    program.behaves = [slowly]
    for _ in range(4):
        registering.send_test(Webhook.objects.get(pk=hook.pk), by=ana)
    sent_by_many()
    assert max(Counter(headers["webhook-id"] for headers, _ in program.taken).values()) > 1


@pytest.mark.parametrize("answer", [200, 500, 410])
def test_switched_off_meanwhile_it_stays_off(hook, case, ana, program, answer):
    def meanwhile():
        registering.switch_off(Webhook.objects.get(pk=hook.pk), by=ana)
        return answer

    program.behaves = [meanwhile, 200]
    title(case, ana, "One")
    rounds(1)
    title(case, ana, "Two")
    rounds(3)
    row = Webhook.objects.get()
    assert (len(program.taken), row.status, row.off_reason) == (1, "off", registering.BY_HAND)
    assert WebhookDelivery.objects.get().status == ("arrived" if answer == 200 else "waiting")
    assert not Notice.objects.filter(kind="webhook").exists(), "somebody did it by hand"
    assert registering.switch_on(row, by=ana)
    rounds(3)
    assert program.numbers == ([1, 2] if answer == 200 else [1, 1, 2])


def test_a_secret_that_is_changed_meanwhile_signs_from_the_next_on(registered, case, ana, program):
    hook, old = registered
    new = []
    program.behaves = [lambda: new.append(registering.rotate_secret(Webhook.objects.get(pk=hook.pk), by=ana)), 200]
    title(case, ana, "One")
    rounds(1)
    title(case, ana, "Two")
    rounds(2)
    assert program.numbers == [1, 2]
    assert is_signed(*program.taken[0], old) and not is_signed(*program.taken[0], new[0])
    assert is_signed(*program.taken[1], old) and is_signed(*program.taken[1], new[0])


def test_a_test_that_is_asked_for_meanwhile_comes_next(hook, case, ana, program):
    program.behaves = [lambda: registering.send_test(Webhook.objects.get(pk=hook.pk), by=ana) and 500, 200]
    title(case, ana, "One")
    rounds(4)
    assert [(one["sequence"], one["type"]) for one in program.bodies] == [(1, "changes"), (1, "changes"), (2, "test")]


def test_one_that_is_registered_meanwhile_is_told_of_nothing_before(hook, case, board, ana, program):
    program.behaves = [lambda: make_webhook(board, by=ana, url=program.url, name="Later", nouns=["cases"]) and 200, 200]
    title(case, ana, "One")
    rounds(3)
    assert len(program.taken) == 1
    title(case, ana, "Two")
    rounds(3)
    assert len(program.taken) == 3


@pytest.mark.parametrize("behaviour", ["huge", "half"])
def test_of_an_answer_only_its_beginning_is_read(hook, ana, program, behaviour):
    program.behaves = [behaviour]
    registering.send_test(hook, by=ana)
    began = time.monotonic()
    rounds(1)
    assert time.monotonic() - began < 5
    assert WebhookDelivery.objects.get().status == "arrived"


def test_a_header_without_end_is_no_answer(hook, ana, program):
    program.behaves = ["huge header"]
    registering.send_test(hook, by=ana)
    rounds(1)
    row = WebhookDelivery.objects.get()
    assert (row.status, row.last_error) == ("waiting", "No answer: LineTooLong.")


def test_somebody_is_told_once_before_it_is_given_up(hook, case, ana, chloe, program):
    program.behaves = [500]
    title(case, ana, "One")
    rounds(2)
    assert not Notice.objects.exists()
    since = timezone.now() - timedelta(hours=6)
    Webhook.objects.update(failing_since=since)
    rounds(3)
    [notice] = Notice.objects.filter(kind="webhook")
    assert notice.user == ana
    assert "Nothing has arrived at the webhook “W” since" in notice.text and "it answered 500." in notice.text
    Webhook.objects.update(failing_since=since - timedelta(minutes=1))
    rounds(1)
    assert Notice.objects.count() == 2, "another spell"


def test_what_arrived_long_ago_is_removed_and_what_waits_is_not(hook, ana, program, settings):
    for _ in range(3):
        registering.send_test(Webhook.objects.get(pk=hook.pk), by=ana)
        rounds(1)
    program.behaves = [500]
    registering.send_test(Webhook.objects.get(pk=hook.pk), by=ana)
    rounds(1)
    now = timezone.now()
    first, second, third, waiting = WebhookDelivery.objects.order_by("number")
    WebhookDelivery.objects.filter(pk=first.pk).update(arrived_at=now - timedelta(days=31))
    WebhookDelivery.objects.filter(pk=second.pk).update(arrived_at=now - timedelta(days=29))
    WebhookDelivery.objects.filter(pk=waiting.pk).update(made_at=now - timedelta(days=400))
    assert tidying.remove_old_deliveries() == 1
    assert list(WebhookDelivery.objects.order_by("number")) == [second, third, waiting]
    settings.WEBHOOK_DAYS = 20
    assert (tidying.remove_old_deliveries(), tidying.remove_old_deliveries()) == (1, 0)
    program.behaves = [200]
    rounds(2)
    assert program.numbers[-1] == 4


def test_the_last_that_arrived_stays(hook, ana, program):
    registering.send_test(hook, by=ana)
    rounds(1)
    WebhookDelivery.objects.update(arrived_at=timezone.now() - timedelta(days=99))
    assert tidying.remove_old_deliveries() == 0
