"""A webhook that is switched off by itself is told to whoever made it and to the coordinators of its board, once."""

import pytest

from accounts.models import AuditEvent, Membership, Notice
from careplans.models import Webhook
from careplans.webhooks.sending import claim, switch_off_by_itself
from tests.careplans.webhooks.makers import make_webhook
from tests.factories import join, make_board, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def of_the_chair(board, ana, chloe):
    """Made by the chair, so that the coordinators are others than who made it; one of them came later."""
    second = make_user("cora@northgate.example", "Cora Coordinator")
    join(second, board, "coordinator", "coordination")
    return make_webhook(board, by=chloe), second


def switched_off(reason="Nothing arrived for three days."):
    webhook = claim()
    assert webhook is not None
    switch_off_by_itself(webhook, reason)
    return webhook


def told():
    return set(Notice.objects.filter(kind="webhook").values_list("user__email", flat=True))


def test_whoever_made_it_and_every_coordinator_is_told(of_the_chair, ana, chloe, omar, nina, anselm):
    webhook, second = of_the_chair
    switched_off()
    assert told() == {ana.email, second.email, chloe.email}
    notice = Notice.objects.get(kind="webhook", user=ana)
    assert webhook.name in notice.text
    assert "Nothing arrived for three days." in notice.text
    assert notice.path == f"/webhooks/{webhook.pk}/"
    assert AuditEvent.objects.filter(action="webhook_given_up", subject_id=str(webhook.pk)).count() == 1


def test_a_coordinator_who_has_left_or_is_of_another_board_is_not(of_the_chair, ana, chloe, eve):
    _, second = of_the_chair
    join(make_user("far@south.example", "Far Away"), make_board("Far"), "coordinator", "coordination")
    Membership.objects.filter(user=second).update(ended_at="2026-01-02T00:00:00Z")
    switched_off()
    assert told() == {ana.email, chloe.email}


def test_two_workers_tell_it_once(of_the_chair, ana):
    webhook = switched_off()
    switch_off_by_itself(webhook, "Again.")
    assert Notice.objects.filter(kind="webhook", user=ana).count() == 1
    assert "Again." not in Webhook.objects.get().off_reason
