"""While somebody is away their reminders go to a deputy too; nobody is told twice, and nobody is lost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Absence, Membership, Notice
from careplans.forms.followups import FollowUpForm
from careplans.models import OutboxMessage, Reminder
from careplans.outbox import digests, sending
from careplans.reminders import deputies
from careplans.services.followups import complete_follow_up
from tests.careplans import makers
from tests.careplans.outbox.mail import Remembering, due_message
from tests.careplans.outbox.test_claims import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


def go_away(person, deputy, board, last=3):
    today = board.today
    return Absence.objects.create(person=person, deputy=deputy, first_day=today, last_day=today + timedelta(days=last))


def run():
    mail = Remembering()
    sending.send_due(open_mail=mail)
    sending.send_due(open_mail=mail)
    return [message.to for message in mail.sent]


def told():
    return sorted(
        (notice.user.name, notice.text.removeprefix("Ashdown, Synthetic. ").split(":")[0])
        for notice in Notice.objects.all()
    )


def both_channels(case, *, by, to):
    """A reminder that is due now on both channels."""
    follow_up = makers.make_follow_up(case, by=by, assignee=to)
    first = Reminder.objects.filter(follow_up=follow_up, recipient=to).order_by("pk").first()
    OutboxMessage.objects.exclude(reminder=first).delete()
    Reminder.objects.exclude(pk=first.pk).delete()
    Reminder.objects.update(due_at=timezone.now())
    OutboxMessage.objects.update(due_at=timezone.now())
    return first


def test_the_deputy_is_told_too_and_the_absent_person_gets_no_mail(case, board, ana, omar, ravi):
    both_channels(case, by=ana, to=omar)
    absence = go_away(omar, ravi, board)
    assert run() == ["ravi@northgate.example"]
    until = f"{absence.last_day:%-d %b %Y}"
    assert told() == [
        ("Omar Oncologist", "Coming up"),
        ("Ravi Radiologist", f"Coming up for Omar Oncologist, who is away until {until}"),
    ]


def test_after_the_last_day_all_is_as_before(case, board, ana, omar, ravi):
    both_channels(case, by=ana, to=omar)
    absence = go_away(omar, ravi, board)
    yesterday = board.today - timedelta(days=1)
    Absence.objects.filter(pk=absence.pk).update(first_day=yesterday, last_day=yesterday)
    assert run() == ["omar@northgate.example"]


def test_the_mail_alone_tells_the_deputy_too(case, board, ana, omar, ravi):
    """The notice stood in the app before the absence began; the mail waited for the end of quiet hours."""
    due_message(case, by=ana, to=omar)
    go_away(omar, ravi, board)
    assert run() == ["ravi@northgate.example"]


def test_a_daily_mail_that_was_collected_before_tells_the_deputy(case, board, ana, omar, ravi):
    row = due_message(case, by=ana, to=omar)
    omar.digest_at = (timezone.now() + timedelta(hours=2)).time()
    omar.save()
    assert run() == []
    go_away(omar, ravi, board)
    OutboxMessage.objects.filter(reminder__kind="digest").update(due_at=timezone.now())
    assert run() == ["ravi@northgate.example"]
    row.refresh_from_db()
    assert (row.status, row.last_error) == ("cancelled", deputies.AWAY)
    assert Reminder.objects.get(kind="digest").status == "cancelled"
    assert OutboxMessage.objects.get(reminder__kind="digest").last_error == digests.NOTHING_OPEN


@pytest.mark.parametrize("gone", ["away", "left", "deactivated"])
def test_without_the_deputy_the_coordinators_are_told(case, board, ana, omar, ravi, gone):
    both_channels(case, by=ana, to=omar)
    go_away(omar, ravi, board)
    if gone == "away":
        go_away(ravi, omar, board)
    elif gone == "left":
        Membership.objects.filter(user=ravi).update(ended_at=timezone.now())
    else:
        ravi.is_active = False
        ravi.save()
    assert run() == ["ana@northgate.example"]


def test_two_who_stand_in_for_each_other_make_no_loop(case, board, ana, omar):
    both_channels(case, by=ana, to=omar)
    go_away(omar, ana, board)
    go_away(ana, omar, board)
    run()
    assert Reminder.objects.count() == 1


def test_when_nobody_else_is_there_the_mail_goes_out_as_ever(case, board, ana, omar):
    both_channels(case, by=ana, to=omar)
    go_away(omar, ana, board)
    go_away(ana, omar, board)
    assert run() == ["omar@northgate.example"]


def test_what_is_settled_is_withdrawn_from_the_deputy(case, board, ana, omar, ravi):
    reminder = both_channels(case, by=ana, to=omar)
    go_away(omar, ravi, board)
    sending.send_due(1, open_mail=Remembering())
    complete_follow_up(reminder.follow_up, by=ana, expected_version=1, done_on=makers.TODAY())
    assert Reminder.objects.get(instead_of=reminder).status == "cancelled"


def test_a_signature_that_is_awaited_is_told_to_the_deputy(case, board, ana, omar, ravi):
    makers.require_disciplines(board, "medical_oncology")
    go_away(omar, ravi, board)
    makers.submit(makers.make_plan(case, by=ana), by=ana)
    run()
    [notice] = Notice.objects.filter(user=ravi)
    assert notice.text.startswith("Ashdown, Synthetic: plan 1 waits for a signature, for Omar Oncologist, who is away")


def test_who_is_away_says_so_where_owners_are_chosen(case, board, ana, omar, ravi):
    absence = go_away(omar, ravi, board)
    shown = str(FollowUpForm(board=board)["assignee"])
    assert f"Omar Oncologist (away until {absence.last_day:%-d %b}, Ravi Radiologist stands in)" in shown
    assert "Ravi Radiologist</option>" in shown


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_tell_the_deputy_once(transactional_db, case, board, ana, omar, ravi):
    reminder = both_channels(case, by=ana, to=omar)
    go_away(omar, ravi, board)
    at_once(lambda: deputies.tell_instead(Reminder.objects.select_related("board").get(pk=reminder.pk)))
    assert Reminder.objects.filter(instead_of=reminder).count() == 1
