"""A board that let others answer for a discipline changes its mind: what is not signed yet is asked of the discipline again."""

import pytest

from accounts.models import Board, Membership, Notice
from accounts.permissions import forget_memberships
from careplans.models import Event, Reminder, Signature
from careplans.services.delegations import take_back_lapsed
from careplans.services.signatures import delegate_signature
from tests.careplans import makers

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(board, ana, omar, ravi):
    """Oncology of a plan in sign-off is delegated to the radiologist, as the board's settings let it."""
    Board.objects.filter(pk=board.pk).update(delegates_may_lack_discipline=True)
    makers.require_disciplines(board, "medical_oncology", "surgery")
    case = makers.make_case(board, by=ana)
    plan = makers.submit(makers.make_plan(case, by=ana), by=ana)
    signature = Signature.objects.select_related("plan__case", "board").get(plan=plan, discipline="medical_oncology")
    return delegate_signature(signature, by=omar, to=ravi)


def changes_its_mind(board, *people):
    Board.objects.filter(pk=board.pk).update(delegates_may_lack_discipline=False)
    for one in people:
        forget_memberships(one)


def state(signature):
    signature.refresh_from_db()
    return signature.status, signature.delegated_to


def test_as_long_as_the_board_lets_it_the_delegation_stands(asked, ravi):
    assert take_back_lapsed() == 0
    assert state(asked) == ("delegated", ravi)


def test_an_open_delegation_is_asked_of_the_discipline_again(asked, board, omar, ravi):
    changes_its_mind(board, omar, ravi)
    assert [take_back_lapsed(), take_back_lapsed()] == [1, 0]
    assert state(asked) == ("pending", None)
    assert Event.objects.filter(kind="signature_asked_again", by=None).count() == 1
    waiting = Reminder.objects.filter(signature=asked, status="scheduled")
    assert {row.recipient for row in waiting} == {omar}


def test_chair_and_coordinator_are_told_with_the_patient(asked, board, ana, chloe, omar, ravi):
    changes_its_mind(board, omar, ravi)
    take_back_lapsed()
    told = {notice.user: notice for notice in Notice.objects.filter(kind="signatures")}
    assert set(told) == {ana, chloe} and told[chloe].board == board
    assert told[chloe].text.startswith(
        "Ashdown, Synthetic, plan 1: Ravi Radiologist, to whom it was delegated, cannot answer"
    )


def test_what_the_delegate_has_signed_stands_and_the_page_says_that_it_was_delegated(
    client, asked, board, chloe, omar, ravi
):
    makers.sign(asked.plan, by=ravi)
    changes_its_mind(board, chloe, omar, ravi)
    assert take_back_lapsed() == 0
    assert state(asked) == ("approved", ravi)
    client.force_login(chloe)
    page = client.get(f"/plans/{asked.plan_id}/sign-off/").content.decode()
    assert "Ravi Radiologist, to whom it was delegated" in page


def test_a_delegate_who_holds_the_discipline_keeps_it(asked, board, omar, ravi):
    Membership.objects.filter(user=ravi).update(discipline="medical_oncology")
    changes_its_mind(board, omar, ravi)
    assert take_back_lapsed() == 0


def test_a_delegate_without_any_discipline_does_not_hold_the_one_that_has_no_alternative(asked, board, omar, ravi):
    Membership.objects.filter(user=ravi).update(role="chair", discipline="")
    changes_its_mind(board, omar, ravi)
    assert take_back_lapsed() == 1


@pytest.mark.parametrize("change", [{"role": "observer"}, {"ended_at": "2026-03-01T09:00Z"}])
def test_a_delegate_who_may_not_sign_lapses_whatever_the_board_lets(asked, ravi, change):
    Membership.objects.filter(user=ravi).update(**change)
    assert take_back_lapsed() == 1


def test_a_board_out_of_use_asks_nobody(asked, board, omar, ravi):
    changes_its_mind(board, omar, ravi)
    Board.objects.filter(pk=board.pk).update(is_active=False)
    assert take_back_lapsed() == 0
