"""A board is put out of use when nobody depends on it any more; then it is read, and sends nothing."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import AuditEvent, Board, Notice, User
from accounts.permissions import can
from careplans.models import Case, OutboxMessage, PlanSchedule, Reminder
from careplans.outbox.obstacles import OUT_OF_USE, obstacle_to
from careplans.outbox.sending import send_due
from careplans.services.board_closing import close_board, reopen_board
from careplans.services.cases import close_case, open_case, reopen_case
from careplans.services.plan_ending import complete_plan
from careplans.services.scheduled_follow_ups import extend_schedules
from careplans.services.step_progress import skip_step
from common.errors import Conflict
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.outbox.mail import Remembering

pytestmark = pytest.mark.django_db
WHY = "The boards of the two hospitals were joined"


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def close(board, admin, **seen):
    board = fresh(board)
    close_board(board, by=admin, reason=WHY, **({"expected_version": board.version} | seen))
    return board


@pytest.fixture
def ended(board, ana, omar, chloe):
    """A case that is over; that its step was not done is still to be told."""
    case = makers.make_case(board, by=ana)
    plan = makers.make_active_plan(case, by=ana, chair=chloe, owner=omar)
    step = plan.steps.get()
    skip_step(step, by=ana, expected_version=step.version, reason="patient_choice")
    plan = fresh(plan)
    complete_plan(plan, by=chloe, expected_version=plan.version, ahead=makers.NOTHING_AHEAD, **makers.OUTCOME)
    return close_case(fresh(case), by=ana, reason="discharged")


def test_a_board_with_an_open_case_stays_in_use(board, ana, admin):
    makers.make_case(board, by=ana)
    with pytest.raises(ValidationError, match="1 case of this board is still open"):
        close(board, admin)
    assert fresh(board).is_active


def test_a_board_on_which_nothing_is_open_goes_out_of_use(board, ended, admin, ana, chloe):
    close(board, admin)
    assert not fresh(board).is_active
    assert AuditEvent.objects.get(action="board_closed").data == {"reason": WHY}
    told = Notice.objects.filter(kind="board")
    assert set(told.values_list("user", flat=True)) == {ana.pk, chloe.pk}


def test_a_reason_is_asked_for(board, admin):
    with pytest.raises(ValidationError, match="reason"):
        close_board(board, by=admin, expected_version=board.version, reason=" ")


@pytest.mark.parametrize("who", ["ana", "chloe"])
def test_only_an_administrator_does_it(request, board, who):
    with pytest.raises(PermissionDenied):
        close_board(board, by=request.getfixturevalue(who), expected_version=board.version, reason=WHY)


def test_the_second_of_two_administrators_is_told(board, admin):
    close(board, admin)
    with pytest.raises(Conflict):
        close(board, admin, expected_version=1)


def test_it_is_read_as_before_and_changed_by_nobody(board, ended, admin, ana, client):
    close(board, admin)
    client.force_login(fresh(ana))
    page = client.get(f"/cases/{ended.pk}/").content.decode()
    assert "Ashdown" in page and "Northgate is out of use" in page
    with pytest.raises(PermissionDenied, match="Northgate is out of use"):
        reopen_case(fresh(ended), by=fresh(ana), reason="A mistake")
    assert client.get(f"/boards/{board.pk}/patients/new/").status_code == 403


def test_the_api_reads_and_refuses_too(board, ended, admin, ana):
    close(board, admin)
    api = Api(fresh(ana))
    assert api.get(f"/cases/{ended.pk}/").status_code == 200
    body = {"title": "-", "responsible": ana.pk, "needs_triage": False}
    assert api.post(f"/patients/{ended.patient_id}/cases/", body).status_code == 403


def test_nothing_that_was_waiting_goes_out(board, ended, admin):
    assert OutboxMessage.objects.filter(status="pending").exists()
    close(board, admin)
    mail = Remembering()
    send_due(open_mail=lambda: mail)
    assert not OutboxMessage.objects.filter(status__in=("pending", "sent")).exists()
    assert set(Reminder.objects.filter(step__isnull=False).values_list("cancel_reason", flat=True)) >= {OUT_OF_USE}


def test_what_was_written_before_boards_were_asked_does_not_go_out_either(board, ana):
    """A board that was put out of use with open follow-ups, as was possible once."""
    makers.make_follow_up(makers.make_case(board, by=ana), by=ana, due_on=makers.TODAY())
    message = OutboxMessage.objects.for_sending().filter(reminder__kind="due").first()
    assert obstacle_to(message) == ""
    Board.objects.update(is_active=False)
    assert obstacle_to(OutboxMessage.objects.for_sending().get(pk=message.pk)) == OUT_OF_USE


def test_nobody_opens_a_case_on_it_who_was_about_to(board, admin, ana):
    patient = makers.make_patient(board, by=ana)
    close(board, admin)
    # Ana's page was drawn before.
    assert can(ana, "cases.edit", board)
    with pytest.raises(ValidationError, match="not a current member"):
        open_case(patient, by=ana, title="-", responsible=ana, status="accepted")


def test_no_schedule_goes_on_there(board, ana, chloe):
    schedule = makers.make_template(board)
    makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, schedule=schedule)
    PlanSchedule.objects.update(written_until=makers.TODAY())
    Board.objects.update(is_active=False)
    assert extend_schedules() == 0


def test_it_can_be_used_again(board, ended, admin, ana):
    board = close(board, admin)
    reopen_board(fresh(board), by=admin, expected_version=fresh(board).version)
    assert fresh(board).is_active
    assert reopen_case(fresh(ended), by=User.objects.get(pk=ana.pk), reason="Back again").status == "accepted"


def test_the_page_shows_what_is_open_in_numbers_and_no_patient(board, ana, chloe, admin, client):
    makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe)
    client.force_login(admin)
    page = client.get(f"/administration/boards/{board.pk}/close/").content.decode()
    assert "cannot be put out of use yet" in page and "Plans in force" in page
    assert "Ashdown" not in page and "Ileal" not in page


def test_the_page_does_it_and_undoes_it(board, ended, admin, client):
    client.force_login(admin)
    url = f"/administration/boards/{board.pk}/"
    assert client.post(f"{url}close/", {"version": fresh(board).version, "reason": ""}).status_code == 400
    assert client.post(f"{url}close/", {"version": fresh(board).version, "reason": WHY}).status_code == 302
    assert not fresh(board).is_active
    client.post(f"{url}reopen/", {"version": fresh(board).version})
    assert fresh(board).is_active


def test_with_an_open_case_the_page_refuses_what_was_sent_all_the_same(board, ana, admin, client):
    makers.make_case(board, by=ana)
    client.force_login(admin)
    typed = {"version": fresh(board).version, "reason": WHY}
    assert client.post(f"/administration/boards/{board.pk}/close/", typed).status_code == 400
    assert fresh(board).is_active and Case.objects.open().exists()
