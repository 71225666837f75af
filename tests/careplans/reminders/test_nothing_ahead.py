"""Once a month the coordinators are told which cases in care have nothing ahead: in the app by name, by e-mail without."""

from datetime import UTC, datetime

import pytest
import time_machine

from careplans.models import Case, OutboxMessage, Reminder
from careplans.outbox.messages import mail_for, notice_text, path_of
from careplans.outbox.obstacles import obstacle_to
from careplans.reminders.nothing_ahead import tell_nothing_ahead
from careplans.services.nothing_ahead import record_nothing_ahead
from careplans.services.step_progress import skip_step
from tests.careplans import makers
from tests.factories import join, make_user

pytestmark = pytest.mark.django_db
FEBRUARY, MARCH = datetime(2027, 2, 10, 11, 0, tzinfo=UTC), datetime(2027, 3, 1, 11, 0, tzinfo=UTC)


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
