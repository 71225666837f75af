"""One e-mail a day instead of many, exactly once, with whatever happens around it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Notice
from careplans.models import OutboxMessage, Reminder
from careplans.outbox import digests, sending
from careplans.outbox.relays import NoRelay
from careplans.outbox.smtp import AmbiguousError, TransportError, Trouble
from careplans.outbox.sweeper import sweep
from careplans.reminders.requests import send_again
from careplans.reminders.schedule import cancel_for_follow_up
from careplans.services.followups import complete_follow_up
from tests.careplans import makers
from tests.careplans.outbox.mail import Remembering, due_message
from tests.careplans.outbox.test_claims import at_once, dead_worker_held

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    """Ana takes her mail once a day, an hour from now."""
    ana.digest_at = (timezone.now().astimezone(board.zone) + timedelta(hours=1)).time().replace(second=0, microsecond=0)
    ana.save()
    return makers.make_case(board, by=ana)


def run(mail=None):
    mail = mail or Remembering()
    counts = sending.send_due(open_mail=mail)
    return mail.sent, counts


def come_due():
    """The hour of every digest that waits has come."""
    waiting = OutboxMessage.objects.filter(reminder__kind="digest", status="pending")
    waiting.update(due_at=timezone.now() - timedelta(seconds=1))


def digest_states():
    rows = OutboxMessage.objects.filter(reminder__kind="digest").order_by("reminder__local_day")
    return [(row.status, row.reminder.status) for row in rows.select_related("reminder")]


def states(rows):
    return [OutboxMessage.objects.get(pk=row.pk).status for row in rows]


def test_single_mails_wait_for_the_daily_one(case, ana):
    rows = [due_message(case, by=ana), due_message(case, by=ana)]
    sent, counts = run()
    assert (sent, counts.postponed, states(rows)) == ([], 2, ["collected", "collected"])
    assert digest_states() == [("pending", "scheduled")]


def test_the_daily_one_says_how_many_and_carries_them(case, ana):
    rows = [due_message(case, by=ana), due_message(case, by=ana)]
    run()
    come_due()
    [message], _ = run()
    assert message.subject == "Consilium: What waits for you today"
    assert "2 things are open and wait for you." in message.text
    assert states(rows) == ["sent", "sent"]
    assert {row.reminder.status for row in OutboxMessage.objects.select_related("reminder")} == {"delivered"}
    assert run()[0] == []


def test_no_word_of_the_case_is_in_it(case, ana):
    due_message(case, by=ana)
    run()
    come_due()
    [message], _ = run()
    for word in ("Ashdown", "SYN-1", "Ileal", "marker", "case"):
        assert word not in message.as_bytes().decode()


def test_the_app_does_not_wait(case, ana):
    due_message(case, by=ana, channel="in_app")
    run()
    assert Notice.objects.filter(user=ana).count() == 1


def test_on_a_day_without_anything_there_is_none(case, ana):
    assert run()[0] == []
    assert digest_states() == []


def test_what_is_settled_meanwhile_is_not_counted(case, ana):
    rows = [due_message(case, by=ana), due_message(case, by=ana)]
    run()
    done = rows[0].reminder.follow_up
    complete_follow_up(done, by=ana, expected_version=1, done_on=makers.TODAY())
    come_due()
    [message], _ = run()
    assert "1 thing is open" in message.text
    assert states(rows) == ["cancelled", "sent"]


def test_when_nothing_is_open_any_more_none_goes_out(case, ana):
    row = due_message(case, by=ana)
    run()
    complete_follow_up(row.reminder.follow_up, by=ana, expected_version=1, done_on=makers.TODAY())
    come_due()
    assert run()[0] == []
    assert digest_states() == [("cancelled", "cancelled")]


def test_what_comes_after_todays_goes_into_tomorrows(case, ana):
    due_message(case, by=ana)
    run()
    come_due()
    run()
    later = due_message(case, by=ana)
    run()
    assert digest_states() == [("sent", "delivered"), ("pending", "scheduled")]
    assert states([later]) == ["collected"]
    first, second = Reminder.objects.filter(kind="digest").order_by("local_day")
    assert second.local_day == first.local_day + timedelta(days=1)


def test_into_one_that_a_worker_holds_nothing_is_added(case, ana):
    due_message(case, by=ana)
    run()
    come_due()
    sending.claim(1)
    later = due_message(case, by=ana)
    run()
    assert (
        OutboxMessage.objects.get(pk=later.pk).digest.local_day
        > Reminder.objects.filter(kind="digest").first().local_day
    )


def test_into_one_that_may_have_gone_out_nothing_is_added(case, ana):
    """It is sent again under the same number; who got the first copy would never hear of what was added."""
    due_message(case, by=ana)
    run()
    come_due()
    run(Remembering(refusal=AmbiguousError("silence")))
    OutboxMessage.objects.filter(status="claimed").update(lease_until=timezone.now() - timedelta(seconds=1))
    sweep(NoRelay())
    later = due_message(case, by=ana)
    claimed = sending.claim(2).rows().get(pk=later.pk)
    assert digests.collect(OutboxMessage.objects.for_sending().get(pk=claimed.pk))
    assert Reminder.objects.filter(kind="digest").count() == 2


def test_an_ambiguous_one_is_sent_again_under_the_same_number(case, ana):
    row = due_message(case, by=ana)
    run()
    come_due()
    [first], _ = run()
    carrier = OutboxMessage.objects.get(reminder__kind="digest")
    dead_worker_held(carrier, marked_at=timezone.now(), sent_at=None)
    OutboxMessage.objects.filter(pk=row.pk).update(status="collected", sent_at=None)
    [second], _ = run()
    assert first.message_id == second.message_id
    assert states([row]) == ["sent"]


def test_when_it_cannot_be_sent_each_that_it_carried_has_failed_where_people_see_it(case, board, ana):
    row = due_message(case, by=ana)
    run()
    come_due()
    run(Remembering(refusal=TransportError("550 no such user", Trouble.ADDRESS)))
    row.refresh_from_db()
    assert (row.status, row.last_error) == ("failed", digests.UNSENT)
    assert list(Reminder.objects.filter(board=board, status="failed")) == [row.reminder]


def test_one_sent_again_by_hand_goes_out_on_its_own(case, ana):
    row = due_message(case, by=ana)
    run()
    come_due()
    run(Remembering(refusal=TransportError("550 no such user", Trouble.ADDRESS)))
    row.refresh_from_db()
    send_again(row, by=ana)
    assert len(run()[0]) == 1
    assert states([row]) == ["sent"]


def test_a_signature_is_asked_for_at_once_unless_the_person_says_otherwise(case, ana):
    rows = [due_message(case, by=ana), due_message(case, by=ana)]
    Reminder.objects.update(kind="signature")
    single = OutboxMessage.objects.for_sending()
    assert not digests.collect(single.get(pk=rows[0].pk))
    ana.signatures_at_once = False
    ana.save()
    sending.claim(5)
    assert digests.collect(single.get(pk=rows[1].pk))


def test_withdrawing_a_reminder_takes_it_out(case, ana):
    row = due_message(case, by=ana)
    run()
    cancel_for_follow_up(row.reminder.follow_up, reason="not needed")
    assert states([row]) == ["cancelled"]


def switch_off(person):
    person.digest_at = None
    person.save()


def test_switched_off_it_gives_back_what_it_collected(case, ana):
    rows = [due_message(case, by=ana), due_message(case, by=ana)]
    run()
    switch_off(ana)
    sent, _ = run()
    assert (len(sent), states(rows)) == (2, ["sent", "sent"])
    come_due()
    assert (run()[0], digest_states()) == ([], [("cancelled", "cancelled")])


def test_switched_off_and_on_again_it_collects_anew(case, ana):
    row, at = due_message(case, by=ana), ana.digest_at
    run()
    switch_off(ana)
    digests.release_unwanted()
    ana.digest_at = at
    ana.save()
    assert (run()[0], states([row])) == ([], ["collected"])


def test_what_a_worker_has_taken_or_may_have_sent_carries_it_still(case, ana):
    row = due_message(case, by=ana)
    run()
    switch_off(ana)
    OutboxMessage.objects.filter(reminder__kind="digest").update(ambiguous=1)
    assert (digests.release_unwanted(), states([row])) == (0, ["collected"])


def test_the_daily_mail_of_somebody_else_stays(case, ana, omar):
    omar.digest_at = ana.digest_at
    omar.save()
    rows = [due_message(case, by=ana), due_message(case, by=ana, to=omar)]
    run()
    switch_off(ana)
    run()
    assert states(rows) == ["sent", "collected"]


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_make_one_digest_and_send_it_once(transactional_db, case, ana):
    rows = [due_message(case, by=ana) for _ in range(8)]
    at_once(lambda: [sending.send_due(2, open_mail=Remembering()) for _ in range(3)])
    assert set(states(rows)) == {"collected"}
    assert digest_states() == [("pending", "scheduled")]
    come_due()
    transports = [Remembering() for _ in range(4)]
    free = list(transports)
    at_once(lambda: sending.send_due(open_mail=free.pop()))
    [message] = [message for mail in transports for message in mail.sent]
    assert "8 things" in message.text
    assert set(states(rows)) == {"sent"}
