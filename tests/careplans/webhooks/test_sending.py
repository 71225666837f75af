"""What a program is told, in which order, and what becomes of it when the program dies, refuses, hangs or sends elsewhere."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import AuditEvent, Membership, Notice
from careplans.models import SendingHold, Webhook, WebhookDelivery
from careplans.webhooks import posting, registering, sending
from careplans.webhooks.posting import Outcome
from tests.careplans import makers
from tests.careplans.webhooks.makers import due_now, is_signed, make_webhook, rounds, title

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hook(case, board, ana, program):
    return make_webhook(board, by=ana, url=program.url)


def test_it_is_told_of_what_changes_and_of_nothing_before(hook, case, ana, program):
    rounds(1)
    assert program.taken == []
    title(case, ana, "Jejunal NET")
    rounds()
    [body] = program.bodies
    assert (body["type"], body["sequence"], body["board"]) == ("changes", 1, case.board_id)
    assert [(one["noun"], one["id"]) for one in body["entries"]] == [("cases", case.pk)]
    assert "Jejunal" not in str(program.taken)
    assert WebhookDelivery.objects.get().status == "arrived"
    read = AuditEvent.objects.get(action="list", subject_type="change")
    assert (read.actor, read.data) == (ana, {"webhook": hook.pk, "ids": {"cases": [case.pk]}})


def test_it_is_signed_and_says_its_id_and_moment(case, board, ana, program):
    hook, secret = registering.register_webhook(board, by=ana, name="W", url=program.url, nouns=["cases"])
    registering.send_test(hook, by=ana)
    rounds()
    headers, body = program.taken[0]
    assert is_signed(headers, body, secret)
    assert not is_signed(headers, body + b" ", secret)
    assert not is_signed(headers, body, "whsec_" + "A" * 43 + "=")


def test_two_secrets_sign_for_a_day(case, board, ana, program):
    hook, old = registering.register_webhook(board, by=ana, name="W", url=program.url, nouns=["cases"])
    new = registering.rotate_secret(hook, by=ana)
    registering.send_test(hook, by=ana)
    rounds()
    assert is_signed(*program.taken[0], old) and is_signed(*program.taken[0], new)
    assert timedelta(hours=23) < Webhook.objects.get().old_secret_until - timezone.now() <= timedelta(days=1)
    Webhook.objects.update(old_secret_until=timezone.now())
    hook.refresh_from_db()
    registering.send_test(hook, by=ana)
    rounds()
    assert program.numbers == [1, 2]
    assert is_signed(*program.taken[-1], new) and not is_signed(*program.taken[-1], old)


def test_after_the_key_of_the_server_was_changed_a_new_secret_is_enough(case, board, ana, program, settings):
    """What was sealed with the key before cannot sign beside it, and does not keep the new one from signing."""
    hook = make_webhook(board, by=ana, url=program.url)
    settings.SECRET_KEY = "another-key-of-the-same-server-0123456789-0123456789"
    registering.send_test(hook, by=ana)
    rounds()
    assert program.taken == [] and not Webhook.objects.get().is_on
    hook.refresh_from_db()
    new = registering.rotate_secret(hook, by=ana)
    registering.switch_on(hook, by=ana)
    rounds()
    assert is_signed(*program.taken[-1], new) and Webhook.objects.get().is_on


def test_who_takes_it_over_in_another_role_is_told_nothing_twice(hook, case, ana, chloe, program):
    title(case, ana, "Jejunal NET")
    rounds()
    registering.switch_off(hook, by=ana)
    hook.refresh_from_db()
    assert registering.switch_on(hook, by=chloe)
    title(case, ana, "Ileal NET")
    rounds()
    assert [[(one["noun"], one["id"]) for one in body["entries"]] for body in program.bodies] == [
        [("cases", case.pk)]
    ] * 2


def test_another_noun_is_passed_by(case, board, ana, program):
    make_webhook(board, by=ana, url=program.url, nouns=["plans"])
    title(case, ana, "Jejunal NET")
    rounds()
    assert program.taken == []
    assert not WebhookDelivery.objects.exists()


@pytest.mark.parametrize("behaviour", [500, 404, 302, "redirects", "dies"])
def test_what_did_not_arrive_goes_out_again_under_the_same_id(hook, case, ana, program, behaviour):
    program.behaves = [behaviour, behaviour, 200]
    title(case, ana, "Jejunal NET")
    rounds(5)
    assert program.numbers == [1, 1, 1]
    assert len({headers["webhook-id"] for headers, _ in program.taken}) == 1
    assert len({body for _, body in program.taken}) == 1
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.attempts, delivery.last_status) == ("arrived", 3, 200)


def test_a_redirect_is_not_followed(hook, case, ana, program):
    program.behaves = ["redirects"]
    title(case, ana, "Jejunal NET")
    rounds(1)
    assert len(program.taken) == 1
    assert WebhookDelivery.objects.get().last_status == 307


@pytest.mark.parametrize("behaviour", ["hangs", "drips"])
def test_it_waits_no_longer_than_it_says(hook, case, ana, program, monkeypatch, behaviour):
    monkeypatch.setattr(posting, "SECONDS", 0.5)
    program.behaves = [behaviour]
    title(case, ana, "Jejunal NET")
    began = timezone.now()
    rounds(1)
    assert timezone.now() - began < timedelta(seconds=2.5)
    assert WebhookDelivery.objects.get().last_error.startswith("No answer within")


def test_later_changes_wait_for_the_first(hook, case, ana, program):
    program.behaves = [500, 200]
    title(case, ana, "One")
    rounds(1)
    title(case, ana, "Two")
    makers.make_plan(case, by=ana)
    rounds(4)
    assert program.numbers == [1, 1, 2]
    assert {one["noun"] for one in program.bodies[2]["entries"]} == {"cases", "plans"}


def test_the_pauses_double_up_to_an_hour(hook, case, ana, program):
    program.behaves = [500]
    title(case, ana, "One")
    pauses = []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        Webhook.objects.update(due_at=timezone.now() - timedelta(days=1))
        for _ in range(10):
            sending.work(taken(hook))
            hook.refresh_from_db()
            pauses.append((hook.due_at - timezone.now()).total_seconds())
            clock.move_to(hook.due_at)
    assert pauses == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def taken(hook):
    """Held as `claim` does, whatever the database's clock says."""
    Webhook.objects.filter(pk=hook.pk).update(token="00000000-0000-0000-0000-000000000001")
    return Webhook.objects.select_related("board", "made_by").get(pk=hook.pk)


def test_after_three_days_it_is_switched_off_with_a_notice_and_nothing_is_lost(hook, case, ana, chloe, program):
    program.behaves = [500]
    title(case, ana, "One")
    rounds(1)
    Webhook.objects.update(failing_since=timezone.now() - timedelta(days=2, hours=23))
    rounds(1)
    assert Webhook.objects.get().is_on
    Webhook.objects.update(failing_since=timezone.now() - timedelta(days=3))
    rounds(2)
    row = Webhook.objects.get()
    assert not row.is_on
    assert "it answered 500" in row.off_reason
    assert [one.user for one in Notice.objects.filter(kind="webhook", text__contains="was switched off")] == [ana]
    seen = len(program.taken)
    rounds(2)
    assert len(program.taken) == seen
    program.behaves = [200]
    assert registering.switch_on(row, by=chloe)
    rounds(2)
    assert program.numbers[seen] == 1
    assert Webhook.objects.get().made_by == chloe


def test_gone_is_taken_at_its_word(hook, case, ana, program):
    program.behaves = [410]
    title(case, ana, "One")
    rounds(1)
    assert "410" in Webhook.objects.get().off_reason


def test_who_leaves_the_board_takes_the_webhook_along(hook, case, ana, chloe, program):
    Membership.objects.filter(user=ana).update(role="member", discipline="surgery")
    title(case, chloe, "One")
    rounds(2)
    assert program.taken == []
    assert "does not manage" in Webhook.objects.get().off_reason


def test_a_place_of_another_state_of_the_database_is_not_gone_on_from(hook, case, ana, program):
    Webhook.objects.update(cursor="x")
    title(case, ana, "One")
    rounds(2)
    row = Webhook.objects.get()
    assert (program.taken, row.is_on) == ([], False)
    assert "restored" in row.off_reason
    assert registering.switch_on(row, by=ana) is False
    title(case, ana, "Two")
    rounds()
    assert program.numbers == [1]


def test_nothing_leaves_while_sending_is_held(hook, case, ana, program):
    title(case, ana, "One")
    SendingHold.objects.update_or_create(pk=1, defaults={"held_why": "by_hand", "held_at": timezone.now()})
    rounds(2)
    assert program.taken == []


def test_a_worker_that_dies_after_sending_sends_the_same_once_more(hook, case, ana, program, monkeypatch):
    """At least once: the program tells by the id."""
    title(case, ana, "One")
    due_now()
    monkeypatch.setattr(sending, "settle", lambda *args: (_ for _ in ()).throw(SystemExit))
    with pytest.raises(SystemExit):
        sending.send_webhooks()
    monkeypatch.undo()
    due_now()
    sending.send_webhooks()
    assert len(program.taken) == 1, "its lease has not ended"
    Webhook.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    rounds(2)
    assert program.numbers == [1, 1]
    assert len({headers["webhook-id"] for headers, _ in program.taken}) == 1


def test_whoever_comes_late_changes_nothing(hook, case, ana, program):
    """A worker was stopped for so long that another has taken and settled its webhook."""
    title(case, ana, "One")
    due_now()
    late = sending.claim()
    delivery = sending._next(late)
    Webhook.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    rounds(2)
    assert WebhookDelivery.objects.get().status == "arrived"
    before = Webhook.objects.values().get()
    sending.settle(late, delivery, Outcome(status=500))
    sending.settle(late, delivery, Outcome(status=410))
    after = Webhook.objects.values().get()
    assert before == after
    assert sending._next(late) is None


def test_what_has_arrived_can_be_sent_again(hook, case, ana, program):
    title(case, ana, "One")
    rounds(2)
    registering.send_again(WebhookDelivery.objects.select_related("webhook__board").get(), by=ana)
    rounds(2)
    assert program.numbers == [1, 2]
    assert program.bodies[0]["entries"] == program.bodies[1]["entries"]
    assert [one["type"] for one in program.bodies] == ["changes", "again"]
