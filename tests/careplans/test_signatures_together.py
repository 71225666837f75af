"""No one person alone brings a plan into force, and nobody answers for a discipline that they do not hold."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Board, Notice
from accounts.permissions import forget_memberships
from careplans.models import Plan, Signature
from careplans.services.plans import draft_plan, edit_plan
from careplans.services.signatures import delegate_signature, dissent_from_plan, gaps_under
from tests.careplans import makers
from tests.factories import join, make_user

pytestmark = pytest.mark.django_db
ALONE = "one person alone does not bring a plan into force"


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


def own_plan(case, who):
    """Written and sent to sign-off by one person."""
    return makers.submit(makers.make_plan(case, by=who), by=who)


def test_whoever_wrote_and_signed_a_plan_does_not_release_it(board, case, chloe):
    makers.require_disciplines(board, "surgery")
    plan = own_plan(case, chloe)
    makers.sign(plan, by=chloe)
    with pytest.raises(ValidationError, match=ALONE):
        makers.release(plan, by=chloe)
    assert Plan.objects.get(pk=plan.pk).status == "in_signoff"


def test_a_second_signature_releases_it(board, case, chloe, omar):
    makers.require_disciplines(board, "surgery", "medical_oncology")
    plan = own_plan(case, chloe)
    makers.sign(plan, by=chloe)
    makers.sign(plan, by=omar)
    assert makers.release(plan, by=chloe).status == "active"


def test_a_signature_that_nobody_had_asked_for_counts_too(case, chloe, omar):
    plan = own_plan(case, chloe)
    with pytest.raises(ValidationError, match=ALONE):
        makers.release(plan, by=chloe)
    makers.sign(plan, by=omar)
    assert makers.release(plan, by=chloe).status == "active"


def test_a_dissent_does_not_stand_behind_it(case, chloe, omar):
    plan = own_plan(case, chloe)
    dissent_from_plan(
        plan, by=omar, expected_version=plan.content_version, expected_hash=plan.content_hash, reason="the scan"
    )
    with pytest.raises(ValidationError, match=ALONE):
        makers.release(plan, by=chloe, note="all the same")


@pytest.mark.parametrize("share", ["wrote", "sent"])
def test_who_wrote_of_it_or_sent_it_stands_behind_it(board, case, ana, chloe, share):
    makers.require_disciplines(board, "surgery")
    plan = makers.make_plan(case, by=chloe)
    if share == "wrote":
        edit_plan(plan, {"aim": "Keep the bowel open"}, by=ana)
    makers.submit(plan, by=chloe if share == "wrote" else ana)
    makers.sign(plan, by=chloe)
    assert makers.release(plan, by=chloe).status == "active"


def test_to_open_an_empty_draft_is_not_enough(board, case, ana, chloe):
    plan = draft_plan(case, by=ana)
    edit_plan(plan, {"no_treatment": True, "no_treatment_reason": "Frail"}, by=chloe)
    makers.submit(plan, by=chloe)
    with pytest.raises(ValidationError, match=ALONE):
        makers.release(plan, by=chloe, ahead=makers.NOTHING_AHEAD)


def test_a_plan_that_somebody_else_wrote_is_released_by_a_chair_without_more(case, ana, chloe):
    assert makers.release(own_plan(case, ana), by=chloe).status == "active"


def may_lack(board):
    Board.objects.filter(pk=board.pk).update(delegates_may_lack_discipline=True)


def asked(board, case, ana, *disciplines):
    makers.require_disciplines(board, *disciplines)
    return own_plan(case, ana)


def wanted(plan, discipline):
    return Signature.objects.select_related("plan__case", "board").get(plan=plan, discipline=discipline)


def test_a_signature_is_delegated_only_to_who_holds_the_discipline(board, case, ana, omar, ravi):
    plan = asked(board, case, ana, "medical_oncology")
    with pytest.raises(ValidationError) as refused:
        delegate_signature(wanted(plan, "medical_oncology"), by=omar, to=ravi)
    assert "does not hold medical oncology" in refused.value.message_dict["to"][0]
    second = make_user("olga@northgate.example", "Olga Oncologist")
    join(second, board, "member", "medical_oncology")
    delegate_signature(wanted(plan, "medical_oncology"), by=omar, to=second)
    assert makers.sign(plan, by=second).signed_discipline == "medical_oncology"


def test_a_board_may_let_another_discipline_answer(board, case, ana, omar, ravi):
    may_lack(board)
    plan = asked(board, case, ana, "medical_oncology")
    delegate_signature(wanted(plan, "medical_oncology"), by=omar, to=ravi)
    assert makers.sign(plan, by=ravi).discipline == "medical_oncology"


def test_three_delegations_do_not_make_a_chair_the_whole_board(board, case, ana, chloe, omar, ravi):
    plan = asked(board, case, ana, "surgery", "medical_oncology", "radiology")
    for one, who in (("medical_oncology", omar), ("radiology", ravi)):
        with pytest.raises(ValidationError):
            delegate_signature(wanted(plan, one), by=who, to=chloe)


def test_with_the_boards_leave_the_chair_still_does_not_do_it_alone(board, case, chloe, omar):
    may_lack(board)
    makers.require_disciplines(board, "surgery", "medical_oncology")
    second = draft_plan(case, by=omar)
    edit_plan(second, {"no_treatment": True, "no_treatment_reason": "Frail"}, by=chloe)
    plan = makers.submit(second, by=chloe)
    delegate_signature(wanted(plan, "medical_oncology"), by=omar, to=chloe)
    makers.sign(plan, by=chloe)
    makers.sign(plan, by=chloe)
    with pytest.raises(ValidationError, match=ALONE):
        makers.release(plan, by=chloe, ahead=makers.NOTHING_AHEAD)


def test_a_delegation_from_before_does_not_lend_the_discipline(board, case, ana, omar, ravi):
    """The board has changed its mind meanwhile: the delegate may not answer, and whoever holds the discipline still may."""
    may_lack(board)
    plan = asked(board, case, ana, "medical_oncology")
    delegate_signature(wanted(plan, "medical_oncology"), by=omar, to=ravi)
    Board.objects.filter(pk=board.pk).update(delegates_may_lack_discipline=False)
    for user in (ravi, omar):
        forget_memberships(user)
    assert makers.sign(plan, by=ravi).discipline == "radiology"
    assert makers.sign(plan, by=omar).discipline == "medical_oncology"


def test_what_nobody_can_sign_for_is_said_on_the_draft_and_at_sign_off(client, board, case, ana):
    makers.require_disciplines(board, "pathology", "medical_oncology")
    plan = makers.make_plan(case, by=ana)
    client.force_login(ana)
    for page in ("edit", "sign-off"):
        assert (
            "Nobody on this board can sign for pathology." in client.get(f"/plans/{plan.pk}/{page}/").content.decode()
        )


def test_a_discipline_that_this_plan_does_not_need_is_not_missed(board, case, ana, chloe):
    makers.require_disciplines(board, "surgery")
    board.required_disciplines.create(discipline="cardiology", when="carcinoid_heart")
    plan = Plan.objects.for_detail().get(pk=makers.make_plan(case, by=ana).pk)
    assert gaps_under(plan, list(plan.steps.all())) == []


def test_a_board_that_requires_nobody_is_told_on_the_draft(client, case, ana):
    client.force_login(ana)
    page = client.get(f"/plans/{makers.make_plan(case, by=ana).pk}/edit/").content.decode()
    assert "its plans come into force without a signature" in page
    assert not Notice.objects.filter(kind="board").exists()
