import re

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent
from careplans.models import Webhook
from careplans.webhooks import registering
from tests.careplans.webhooks.makers import NOUNS, OPEN, make_webhook

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(ana):
    client = Client()
    client.force_login(ana)
    return client


def test_one_is_registered_and_its_secret_shown_once(browser, board):
    url = reverse("careplans:webhooks", args=[board.pk])
    page = browser.post(url, {"name": "Warehouse", "url": OPEN, "nouns": NOUNS})
    secret = re.search(r'id="secret"[^>]*>([^<]+)<', page.content.decode()).group(1)
    assert (page.status_code, page["Cache-Control"], secret[:6]) == (200, "no-store", "whsec_")
    row = Webhook.objects.get()
    assert secret.removeprefix("whsec_") not in str(Webhook.objects.values().get()) + str(
        list(AuditEvent.objects.values())
    )
    assert secret not in browser.get(reverse("careplans:webhook", args=[row.pk])).content.decode()


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"name": ""}, "name"), ({"url": "http://93.184.215.14/"}, "url"), ({"url": "https://169.254.169.254/latest/"}, "url"),
        ({"url": "https://no-such-host.invalid/"}, "url"), ({"nouns": []}, "nouns"), ({"nouns": ["billing"]}, "nouns"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_at_its_field(browser, board, other, field):
    url = reverse("careplans:webhooks", args=[board.pk])
    page = browser.post(url, {"name": "Warehouse", "url": OPEN, "nouns": NOUNS} | other)
    assert (page.status_code, list(page.context["form"].errors)) == (400, [field])
    assert not Webhook.objects.exists()


def test_a_name_is_once_on_a_board(board, ana):
    make_webhook(board, by=ana)
    with pytest.raises(ValidationError, match="of this name"):
        make_webhook(board, by=ana)


def test_only_who_leads_the_board_has_to_do_with_it(board, ana, omar, admin):
    for who in (omar, admin):
        with pytest.raises(PermissionDenied):
            make_webhook(board, by=who)
    row = make_webhook(board, by=ana)
    for verb in (registering.rotate_secret, registering.switch_off, registering.switch_on, registering.send_test):
        with pytest.raises(PermissionDenied):
            verb(row, by=omar)


def test_it_is_tried_switched_off_and_on(browser, board, ana):
    row = make_webhook(board, by=ana)
    page = reverse("careplans:webhook", args=[row.pk])
    browser.post(f"{page}test/")
    assert "Test" in browser.get(page).content.decode()
    browser.post(f"{page}switch-off/")
    assert "Switched off by hand" in browser.get(page).content.decode()
    browser.post(f"{page}test/")
    assert Webhook.objects.get().last_number == 1
    browser.post(f"{page}switch-on/")
    assert Webhook.objects.get().is_on
    assert browser.post(f"{page}deliveries/7/again/").status_code == 404
    actions = set(AuditEvent.objects.filter(action__startswith="webhook").values_list("action", flat=True))
    assert actions == {"webhook_registered", "webhook_tested", "webhook_switched_off", "webhook_switched_on"}


def test_the_list_takes_as_many_queries_for_two_as_for_twelve(browser, board, ana):
    url = reverse("careplans:webhooks", args=[board.pk])

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(url).status_code == 200
        return len(queries)

    for number in range(2):
        make_webhook(board, by=ana, name=f"W{number}")
    browser.get(url)
    two = count()
    for number in range(2, 12):
        make_webhook(board, by=ana, name=f"W{number}")
    assert count() == two
