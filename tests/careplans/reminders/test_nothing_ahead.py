"""Once a month the coordinators are told which cases in care have nothing ahead: in the app by name, by e-mail without."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.models import Absence, Membership
from accounts.permissions import forget_memberships
from careplans.models import Case, OutboxMessage, Reminder
from careplans.outbox import sending
from careplans.outbox.digests import count_open
from careplans.outbox.messages import mail_for, notice_text, path_of
from careplans.outbox.obstacles import obstacle_to
from careplans.reminders.nothing_ahead import tell_nothing_ahead
from careplans.services import leaving
from careplans.services.nothing_ahead import record_nothing_ahead
from careplans.services.step_progress import skip_step
from tests.careplans import makers
from tests.factories import join, make_user

pytestmark = pytest.mark.django_db
FEBRUARY, MARCH = datetime(2027, 2, 10, 11, 0, tzinfo=UTC), datetime(2027, 3, 1, 11, 0, tzinfo=UTC)
# By the clock of the database, which does not travel.
LONG_DUE = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def case(board, ana, chloe):
    """In care, and its one step is not done."""
    with time_machine.travel(FEBRUARY, tick=False):
        case = makers.make_case(board, by=ana)
        plan = makers.make_active_plan(case, by=ana, chair=chloe)
        step = plan.steps.get()
        skip_step(step, by=ana, expected_version=step.version, reason="patient_choice")
    return Case.objects.get(pk=case.pk)


def told():
    return Reminder.objects.filter(kind="ahead")


def test_the_coordinators_are_told_once_a_month_however_often_it_ticks(board, case, ana):
    join(make_user("cleo@northgate.example", "Cleo"), board, "coordinator", "coordination")
    with time_machine.travel(FEBRUARY, tick=False):
        assert [tell_nothing_ahead(), tell_nothing_ahead()] == [2, 0]
    with time_machine.travel(MARCH, tick=False):
        assert [tell_nothing_ahead(), tell_nothing_ahead()] == [2, 0]
    assert set(told().values_list("recipient__name", flat=True)) == {"Ana Coordinator", "Cleo"}


def messages():
    return {row.channel: row for row in OutboxMessage.objects.for_sending().filter(reminder__kind="ahead")}


def test_the_app_names_the_patient_and_the_mail_does_not(board, case):
    with time_machine.travel(FEBRUARY, tick=False):
        tell_nothing_ahead()
        rows = messages()
        assert [obstacle_to(row) for row in rows.values()] == ["", ""]
        reminder, letter = rows["in_app"].reminder, mail_for(rows["email"])
        assert "Ashdown" in notice_text(reminder) and path_of(reminder) == f"/boards/{board.pk}/nothing-ahead/"
    assert "nothing ahead" in letter.subject
    assert "Ashdown" not in letter.text and path_of(reminder) in letter.text


def test_a_list_that_was_cleared_before_it_went_out_is_not_told(board, case, ana):
    with time_machine.travel(FEBRUARY, tick=False):
        tell_nothing_ahead()
        record_nothing_ahead(case, by=ana, **makers.NOTHING_AHEAD)
        assert {obstacle_to(row) for row in messages().values()} == {"already settled"}


def test_nothing_is_told_where_nothing_is_missing(board, case, other_board):
    with time_machine.travel(FEBRUARY, tick=False):
        tell_nothing_ahead()
    assert set(told().values_list("board", flat=True)) == {board.pk}


def test_a_board_out_of_use_is_told_nothing(board, case):
    type(board).objects.filter(pk=board.pk).update(is_active=False)
    with time_machine.travel(FEBRUARY, tick=False):
        assert tell_nothing_ahead() == 0


def test_it_stands_among_the_boards_reminders(client, board, case, ana):
    with time_machine.travel(FEBRUARY, tick=False):
        tell_nothing_ahead()
        client.force_login(ana)
        page = client.get(f"/boards/{board.pk}/reminders/?state=waiting").content.decode()
    assert "in care, nothing ahead" in page


def go_out():
    """The monthly notice is due now, and alone; everybody whom it reaches, with the state of each message."""
    OutboxMessage.objects.exclude(reminder__kind="ahead").update(status="cancelled")
    for _ in range(2):
        OutboxMessage.objects.filter(reminder__kind="ahead", status="pending").update(due_at=LONG_DUE)
        sending.send_due()
    rows = OutboxMessage.objects.filter(reminder__kind="ahead").order_by("pk")
    return [(row.recipient.name.split()[0], row.channel, row.status) for row in rows.select_related("recipient")]


def test_while_the_coordinator_is_away_their_deputy_has_it_on_both_channels(board, case, ana, omar):
    with time_machine.travel(FEBRUARY, tick=False):
        day = board.today
        Absence.objects.create(person=ana, deputy=omar, first_day=day, last_day=day + timedelta(days=20))
        tell_nothing_ahead()
        assert go_out() == [
            ("Ana", "in_app", "sent"), ("Ana", "email", "cancelled"), ("Omar", "in_app", "sent"), ("Omar", "email", "sent"),
        ]  # fmt: skip
        stand_in = told().get(recipient=omar)
        assert stand_in.instead_of.recipient == ana
        assert "for Ana Coordinator, who is away until 2 Mar 2027" in notice_text(stand_in)
        assert tell_nothing_ahead() == 0


def test_a_deputy_who_was_told_as_coordinator_is_not_told_twice(board, case, ana):
    cleo = make_user("cleo@northgate.example", "Cleo")
    join(cleo, board, "coordinator", "coordination")
    with time_machine.travel(FEBRUARY, tick=False):
        Absence.objects.create(person=ana, deputy=cleo, first_day=board.today, last_day=board.today)
        tell_nothing_ahead()
        assert sorted(go_out()) == [
            ("Ana", "email", "cancelled"), ("Ana", "in_app", "sent"), ("Cleo", "email", "sent"), ("Cleo", "in_app", "sent"),
        ]  # fmt: skip


@pytest.mark.parametrize(("role", "discipline"), [("observer", ""), ("member", "surgery")])
def test_who_coordinates_no_longer_is_not_told_and_the_chair_is(board, case, ana, chloe, admin, role, discipline):
    with time_machine.travel(FEBRUARY, tick=False):
        tell_nothing_ahead()
        leaving.change_membership(
            Membership.objects.get(user=ana), seen=("coordinator", "coordination"), role=role, discipline=discipline, by=admin,
            successors=dict.fromkeys(("cases", "steps", "follow_ups", "drafts"), chloe),
        )  # fmt: skip
        assert go_out() == [
            ("Ana", "in_app", "cancelled"), ("Ana", "email", "cancelled"),
            ("Chloe", "in_app", "sent"), ("Chloe", "email", "sent"),
        ]  # fmt: skip


def test_on_a_board_that_nobody_leads_whoever_acts_is_told(board, case, ana, chloe, omar, nina):
    Membership.objects.filter(user__in=[ana, chloe]).update(ended_at=FEBRUARY)
    with time_machine.travel(FEBRUARY, tick=False):
        assert tell_nothing_ahead() == 1
        assert go_out() == [("Omar", "in_app", "sent"), ("Omar", "email", "sent")]


def test_a_daily_mail_counts_each_board_that_it_speaks_of(board, case, ana, chloe, other_board):
    for person, role in ((ana, "coordinator"), (chloe, "chair")):
        join(person, other_board, role, "surgery")
        forget_memberships(person)
    with time_machine.travel(FEBRUARY, tick=False):
        other = makers.make_case(other_board, by=ana, record_number="SYN-2")
        step = makers.make_active_plan(other, by=ana, chair=chloe).steps.get()
        skip_step(step, by=ana, expected_version=step.version, reason="patient_choice")
        type(ana).objects.filter(pk=ana.pk).update(digest_at="13:00")
        tell_nothing_ahead()
        go_out()
    assert count_open(Reminder.objects.get(kind="digest")) == 2
