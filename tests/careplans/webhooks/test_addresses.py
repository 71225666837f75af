"""A host with several addresses, of which one is down."""

import pytest

from careplans.models import WebhookDelivery
from careplans.webhooks import posting
from tests.careplans.webhooks.makers import make_webhook, rounds, silent, title

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hook(case, board, ana, program):
    return make_webhook(board, by=ana, url=program.url)


@pytest.fixture
def addresses(monkeypatch):
    """Which addresses the host of the program has."""

    def have(*found):
        monkeypatch.setattr(posting, "addresses_of", lambda place: list(found))

    return have


def test_where_one_address_refuses_the_next_is_asked(hook, case, ana, program, addresses):
    addresses("127.0.0.2", "127.0.0.1")
    title(case, ana, "Jejunal NET")
    rounds(1)
    assert program.numbers == [1] and WebhookDelivery.objects.get().status == "arrived"


def test_an_address_that_is_silent_leaves_time_for_the_next(hook, case, ana, program, addresses, monkeypatch):
    monkeypatch.setattr(posting, "SECONDS", 1.0)
    addresses("127.0.0.2", "127.0.0.1")
    port = int(program.url.split(":")[2].split("/")[0])
    with silent("127.0.0.2", port):
        title(case, ana, "Jejunal NET")
        rounds(1)
    assert program.numbers == [1] and WebhookDelivery.objects.get().status == "arrived"


def test_what_was_sent_to_one_address_is_not_sent_to_the_next(hook, case, ana, program, addresses):
    """It may have been taken: the next attempt says by its id that it is the same."""
    addresses("127.0.0.1", "127.0.0.1")
    program.behaves = ["dies"]
    title(case, ana, "Jejunal NET")
    rounds(1)
    assert program.numbers == [1] and WebhookDelivery.objects.get().status == "waiting"


def test_where_none_takes_it_the_attempt_says_what_the_last_one_did(hook, case, ana, addresses):
    addresses("127.0.0.2", "127.0.0.3")
    title(case, ana, "Jejunal NET")
    rounds(1)
    assert WebhookDelivery.objects.get().last_error == "No answer: ConnectionRefusedError."
