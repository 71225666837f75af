"""Whoever cannot act is not told, and somebody who can is: on every channel, once, whoever it is by then."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Absence, Membership, Notice
from accounts.services.memberships import add_membership, change_membership, end_membership
from accounts.services.people import activate_person, deactivate_person
from careplans.models import OutboxMessage, Reminder
from careplans.outbox import sending
from careplans.outbox.withdrawals import NOBODY_PAUSE, RECIPIENT_LEFT, ROLE_PASSED_ON
from careplans.reminders.retime import retime_boards
from tests import factories
from tests.careplans import makers
from tests.careplans.outbox.mail import Remembering, due_message
from tests.careplans.reminders.test_deputies import both_channels, go_away

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


def run(times=2):
    """A round, and one for what the first has written."""
    mail = Remembering()
    for _ in range(times):
        sending.send_due(open_mail=mail)
    return sorted(message.to.partition("@")[0] for message in mail.sent)


def leave(person, **values):
    Membership.objects.filter(user=person).update(**values or {"ended_at": timezone.now()})


def told():
    notices = Notice.objects.filter(dedupe_key__startswith="reminder.")
    return sorted(name.partition(" ")[0] for name in notices.values_list("user__name", flat=True))


def test_a_mail_that_waits_after_the_notice_is_passed_on(case, ana, omar):
    row = due_message(case, by=ana, to=omar)
    leave(omar)
    assert run() == ["ana"]
    row.refresh_from_db()
    assert (row.status, row.last_error, told()) == ("cancelled", RECIPIENT_LEFT, ["Ana"])


def test_a_mail_collected_for_the_daily_one_is_passed_on(case, ana, omar):
    omar.digest_at = (timezone.now() + timedelta(hours=2)).time()
    omar.save()
    due_message(case, by=ana, to=omar)
    assert run() == []
    leave(omar)
    OutboxMessage.objects.filter(reminder__kind="digest").update(due_at=timezone.now())
    assert run() == ["ana"]


def test_two_channels_are_passed_on_once(case, ana, omar):
    reminder = both_channels(case, by=ana, to=omar)
    leave(omar)
    assert (run(), told()) == (["ana"], ["Ana"])
    assert Reminder.objects.filter(instead_of=reminder).count() == 1


def test_whoever_it_was_passed_on_to_and_who_leaves_too_passes_it_on(case, ana, omar, chloe):
    both_channels(case, by=ana, to=omar)
    leave(omar)
    run(times=1)
    leave(ana)
    assert (run(), told()) == (["chloe"], ["Chloe"])


def test_who_is_away_is_passed_over_for_who_is_there(case, board, ana, omar, chloe):
    both_channels(case, by=ana, to=omar)
    leave(omar)
    go_away(ana, omar, board)
    assert run() == ["chloe"]


def test_without_anybody_who_leads_a_member_is_told(case, ana, omar, ravi):
    both_channels(case, by=ana, to=omar)
    leave(omar)
    leave(ana)
    assert run() == ["ravi"]


def test_who_is_an_observer_by_now_is_not_told_and_the_coordinator_is(case, ana, omar):
    both_channels(case, by=ana, to=omar)
    leave(omar, role="observer", discipline="")
    assert run() == ["ana"]


def test_person_deputy_and_coordinator_away_the_chair_is_told(case, board, ana, omar, ravi, chloe):
    both_channels(case, by=ana, to=omar)
    go_away(omar, ravi, board)
    go_away(ravi, omar, board)
    go_away(ana, omar, board)
    assert run() == ["chloe"]
    assert told() == ["Chloe", "Omar"]


def nobody_left(board):
    Membership.objects.filter(board=board).update(ended_at=timezone.now())


def test_with_nobody_left_it_waits_and_is_a_problem(client, case, board, ana, omar, admin):
    row = due_message(case, by=ana, to=omar)
    assert "nobody left" not in str(client.get("/health/").json()["problems"])
    nobody_left(board)
    run()
    row.refresh_from_db()
    assert (row.status, row.reminder.status) == ("pending", "scheduled")
    assert "nobody is left" in row.last_error
    answer = client.get("/health/")
    assert answer.status_code == 503
    [problem] = answer.json()["problems"]
    assert problem.startswith("1 board has nobody left who could be reminded")
    assert board.name not in problem
    client.force_login(admin)
    page = client.get(reverse("careplans:operations")).content.decode()
    assert "Boards with nobody left" in page and f"<li>{board.name}</li>" in page


@pytest.mark.parametrize("channel", ["in_app", "email"])
def test_what_waited_for_somebody_goes_to_who_comes(case, board, ana, omar, ravi, channel):
    due_message(case, by=ana, to=omar, channel=channel)
    nobody_left(board)
    run()
    Membership.objects.filter(user=ravi).update(ended_at=None)
    assert run() == []
    OutboxMessage.objects.filter(status="pending").update(due_at=timezone.now())
    assert (run(), told()) == (["ravi"], ["Ravi"])
    assert timedelta(minutes=30) < NOBODY_PAUSE < timedelta(hours=2)


def test_news_that_somebody_has_to_act_on_is_passed_on_to_who_was_not_told(board, ana, omar, ravi, chloe):
    """Ready to release: the chair who would have done it left, and another came."""
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    makers.submit(plan, by=ana)
    OutboxMessage.objects.all().delete()
    Reminder.objects.all().delete()
    news = Reminder.objects.create(
        board=board, case=plan.case, plan=plan, recipient=chloe, kind="ready", local_day=board.today,
        local_time=board.reminder_time, zone=board.time_zone, due_at=timezone.now(),
    )  # fmt: skip
    OutboxMessage.objects.create(
        reminder=news, channel="email", recipient=chloe, due_at=timezone.now(), dedupe_key="news"
    )
    leave(chloe)
    new = factories.make_user("cora@northgate.example", "Cora Chair")
    factories.join(new, board, "chair", "surgery")
    run()
    passed = Reminder.objects.filter(instead_of=news)
    assert [(row.kind, row.recipient.name) for row in passed] == [("ready", "Ana Coordinator")]


def overdue(case, by, to):
    """Nobody has been told anything yet of a follow-up that escalates now."""
    follow_up = makers.make_follow_up(case, by=by, assignee=to, due_on=case.board.today - timedelta(days=40))
    rows = Reminder.objects.filter(follow_up=follow_up)
    keep = rows.filter(kind="escalation")
    OutboxMessage.objects.exclude(reminder__in=keep).delete()
    rows.exclude(pk__in=keep).delete()
    keep.update(due_at=timezone.now())
    OutboxMessage.objects.update(due_at=timezone.now())
    return follow_up


def join(board, admin, name="Cora", role="coordinator"):
    user = factories.make_user(f"{name.lower()}@northgate.example", f"{name} New")
    add_membership(user, board, role=role, discipline="coordination", by=admin)
    return user


@pytest.mark.parametrize("role", ["observer", "member", "left", "chair"])
def test_an_escalation_goes_to_who_coordinates_when_it_goes_out(case, board, ana, omar, admin, role):
    overdue(case, ana, omar)
    join(board, admin)
    leave(ana, **{"ended_at": timezone.now()} if role == "left" else {"role": role, "discipline": "surgery"})
    assert (run(), told()) == (["cora"], ["Cora"])


def test_who_leads_the_board_in_another_role_is_told_where_nobody_holds_it(case, board, ana, omar):
    overdue(case, ana, omar)
    leave(ana, role="chair", discipline="surgery")
    assert run() == ["ana"]


def test_a_new_coordinator_is_told_although_the_one_before_was_and_is_the_chair_now(case, board, ana, omar, admin):
    follow_up = overdue(case, ana, omar)
    assert run() == ["ana"]
    new = join(board, admin)
    leave(ana, role="chair", discipline="surgery")
    retime_boards()
    assert Reminder.objects.filter(follow_up=follow_up, recipient=new, kind="escalation").exists()


def test_who_was_told_of_an_escalation_already_is_not_told_twice(case, board, ana, omar, admin):
    new = join(board, admin)
    overdue(case, ana, omar)
    leave(ana, role="member", discipline="surgery")
    assert (run(), told()) == (["cora"], ["Cora"])
    assert OutboxMessage.objects.filter(recipient=ana, last_error=ROLE_PASSED_ON).count() == 2
    assert Reminder.objects.filter(recipient=new).count() == 1


def test_a_new_coordinator_is_written_to_in_time(case, board, ana, omar, admin):
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar)
    end_membership(Membership.objects.get(user=ana), by=admin)
    new = join(board, admin)
    retime_boards()
    ahead = Reminder.objects.filter(follow_up=follow_up, kind="escalation", status="scheduled")
    assert [row.recipient for row in ahead] == [new]


def test_a_member_who_becomes_the_coordinator_is_written_to(case, board, ana, omar, ravi, admin):
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar)
    change_membership(
        Membership.objects.get(user=ravi), seen=("member", "radiology"), role="coordinator", discipline="radiology", by=admin
    )  # fmt: skip
    retime_boards()
    assert Reminder.objects.filter(follow_up=follow_up, recipient=ravi, kind="escalation").exists()


def test_who_is_deactivated_and_back_is_written_to_again(case, board, ana, omar, admin):
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar)
    ahead = Reminder.objects.filter(follow_up=follow_up, kind="escalation", recipient=ana, status="scheduled")
    deactivate_person(ana, by=admin)
    retime_boards()
    assert not ahead.exists()
    activate_person(ana, by=admin)
    retime_boards()
    assert ahead.count() == 1


def test_a_board_that_had_no_coordinator_escalates_to_the_one_that_comes(case, board, ana, omar, admin):
    leave(ana)
    follow_up = makers.make_follow_up(case, by=omar, assignee=omar, due_on=board.today - timedelta(days=40))
    assert not Reminder.objects.filter(follow_up=follow_up, kind="escalation").exists()
    new = join(board, admin)
    retime_boards()
    [row] = Reminder.objects.filter(follow_up=follow_up, kind="escalation")
    assert (row.recipient, row.due_at <= timezone.now()) == (new, True)


def test_a_second_coordinator_hears_of_nothing_that_the_first_was_told(case, board, ana, omar, admin):
    overdue(case, ana, omar)
    run()
    new = join(board, admin)
    retime_boards()
    assert not Reminder.objects.filter(recipient=new).exists()


def test_an_absence_that_ended_passes_nobody_over(case, board, ana, omar, chloe):
    both_channels(case, by=ana, to=omar)
    leave(omar)
    go_away(ana, omar, board)
    Absence.objects.update(ended_at=timezone.now())
    assert run() == ["ana"]
