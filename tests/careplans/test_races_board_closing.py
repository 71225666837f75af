"""A board is put out of use while something is going out, or somebody opens a case."""

import pytest

from accounts.models import AuditEvent, Board, Membership, Role
from accounts.services.systems import end_board
from careplans.models import Case, OutboxMessage
from careplans.outbox.sending import send_due
from careplans.services.board_closing import close_board
from careplans.services.cases import close_case, open_case, reopen_case
from careplans.services.leaving import change_membership, end_membership
from careplans.services.plan_ending import complete_plan
from careplans.services.step_progress import skip_step
from tests.careplans import makers
from tests.careplans.outbox.mail import Remembering

pytestmark = pytest.mark.django_db(transaction=True)


def now(row):
    return type(row).objects.get(pk=row.pk)


@pytest.fixture
def closing(board, admin):
    def close():
        found = now(board)
        return close_board(found, by=now(admin), expected_version=found.version, reason="Joined with another")

    return close


def meetings(track, *calls, count=60):
    for met in track.rounds(*calls, count=count):
        yield met
        Board.objects.update(is_active=True)


def test_what_a_worker_holds_goes_out_before_the_board_is_closed_or_not_at_all(track, board, ana, omar, chloe, closing):
    case = makers.make_case(board, by=ana)
    plan = makers.make_active_plan(case, by=ana, chair=chloe, owner=omar)
    step = plan.steps.get()
    skip_step(step, by=ana, expected_version=step.version, reason="patient_choice")
    plan = now(plan)
    complete_plan(plan, by=chloe, expected_version=plan.version, ahead=makers.NOTHING_AHEAD, **makers.OUTCOME)
    close_case(now(case), by=ana, reason="discharged")
    # In the app only: there the moment of going out is a row's.
    OutboxMessage.objects.filter(channel="email").update(status="cancelled")

    for met in meetings(track, lambda: send_due(open_mail=Remembering), closing):
        assert met.is_clean and met.won[1], str(met)
        closed_at = AuditEvent.objects.filter(action="board_closed").latest("id").at
        assert not OutboxMessage.objects.filter(sent_at__gt=closed_at).exists(), str(met)
        assert not OutboxMessage.objects.filter(status__in=("pending", "claimed")).exists(), str(met)


def test_nobody_opens_a_case_on_a_board_that_is_closed_meanwhile(track, board, ana, closing):
    patient = makers.make_patient(board, by=ana)

    def make():
        return open_case(
            now(patient), by=now(ana), title="-", responsible=now(ana), status="accepted", board=now(board)
        )

    for met in meetings(track, make, closing):
        assert met.is_clean and sum(met.won) == 1, str(met)
        assert now(board).is_active == Case.objects.exists(), str(met)


def test_nobody_reopens_one_either(track, board, ana, closing):
    case = close_case(makers.make_case(board, by=ana), by=ana, reason="discharged")

    def reopen():
        return reopen_case(now(case), by=now(ana), reason="-")

    for met in meetings(track, reopen, closing):
        assert met.is_clean and sum(met.won) == 1, str(met)
        assert now(board).is_active == Case.objects.open().exists(), str(met)


def test_whoever_leads_leaves_while_the_board_is_closed(track, board, chloe, admin, closing):
    """The leads of a board are told of in its row, which comes before its memberships: taken after them, the two waited for each
    other in a circle."""
    seat = chloe.memberships.get()

    def leave():
        return end_membership(now(seat), by=now(admin))

    def read_only():
        seen = (seat.role, seat.discipline)
        return change_membership(now(seat), seen=seen, role=Role.OBSERVER, discipline="", by=now(admin))

    def as_a_system_does():
        return end_board(None, now(seat), by=now(admin))

    for verb in (leave, read_only, as_a_system_does):
        for met in meetings(track, verb, closing, count=30):
            assert met.is_clean and all(met.won), str(met)
            row = now(seat)
            assert row.ended_at is not None or row.role == Role.OBSERVER, str(met)
            Membership.objects.filter(pk=seat.pk).update(ended_at=None, role=seat.role, discipline=seat.discipline)
