"""What leaving does to each row, and to whom it is told: one test for each line that could be left out."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Absence, Membership, Notice
from careplans.models import Case, FollowUp, Plan, Signature
from careplans.readers.holdings import _not_acting, left_over
from careplans.services.followups import complete_follow_up
from careplans.services.leaving import change_membership, deactivate_person, end_membership, hand_over_work
from careplans.services.signatures import delegate_signature
from tests import factories
from tests.careplans import makers
from tests.careplans.test_leaving import asked, fresh, held, lend, seat, to  # noqa: F401  fixtures

pytestmark = pytest.mark.django_db


def seat_of(user, board):
    return Membership.objects.select_related("user", "board").get(user=user, board=board, ended_at=None)


def wanted(discipline):
    return Signature.objects.select_related("plan__case", "board").get(discipline=discipline)


def told(kind="signatures"):
    return {notice.user.name for notice in Notice.objects.filter(kind=kind)}


def test_whoever_has_a_row_on_the_screen_finds_that_it_was_handed_over(held, seat, admin, ravi):  # noqa: F811
    draft = Plan.objects.get(status="draft")

    def versions():
        rows = [held.steps.get(), FollowUp.objects.get(), draft.case, draft, held]
        return [type(row).objects.get(pk=row.pk).version for row in rows]

    before = versions()
    end_membership(seat, by=admin, successors=to(ravi))
    assert [now - then for now, then in zip(versions(), before, strict=True)] == [1, 1, 1, 1, 1]


def test_the_reminders_of_follow_ups_go_to_the_successor(held, seat, admin, ana, ravi):  # noqa: F811
    end_membership(seat, by=admin, successors=to(ravi))
    waiting = FollowUp.objects.get().reminders.filter(status="scheduled", kind="due")
    assert {row.recipient for row in waiting} == {ravi}


def test_schedules_alone_ask_for_a_successor(held, seat, board, admin, ana, omar, ravi):  # noqa: F811
    row = FollowUp.objects.get()
    complete_follow_up(row, by=ana, expected_version=row.version, done_on=board.today)
    FollowUp.objects.filter(assignee=omar).update(assignee=ana)
    with pytest.raises(ValidationError, match="the schedules that go on"):
        end_membership(seat, by=admin, successors=to(ravi, "steps", "cases", "drafts"))


def test_a_signing_role_that_ends_is_told_even_though_the_discipline_stays(asked, seat, admin, chloe):  # noqa: F811
    change_membership(
        seat, seen=("member", "medical_oncology"), role="observer", discipline="medical_oncology", by=admin
    )
    assert told() == {"Ana Coordinator", "Chloe Chair"}


def test_a_role_that_signs_as_before_is_not_told(asked, seat, admin):  # noqa: F811
    change_membership(seat, seen=("member", "medical_oncology"), role="chair", discipline="medical_oncology", by=admin)
    assert told() == set()


def test_a_board_that_lets_others_answer_keeps_its_delegate_of_another_discipline(asked, board, admin, ravi, chloe):  # noqa: F811
    signature = lend(board, by=ravi, to=chloe, lacking=True)
    change_membership(seat_of(chloe, board), seen=("chair", "surgery"), role="chair", discipline="cardiology", by=admin)
    signature.refresh_from_db()
    assert signature.delegated_to == chloe and told() == set()


def test_a_delegation_that_falls_back_to_nobody_is_told(asked, board, admin, chloe, ravi, otto):  # noqa: F811
    lend(board, by=ravi, to=otto, lacking=False)
    end_membership(seat_of(ravi, board), by=admin)
    assert told() == set()
    change_membership(seat_of(otto, board), seen=("member", "radiology"), role="member", discipline="surgery", by=admin)
    assert told() == {"Ana Coordinator", "Chloe Chair"}


def test_a_deactivation_tells_the_leads_of_each_board_of_its_own_plans(asked, admin, chloe, omar, other_board):  # noqa: F811
    factories.join(omar, other_board, "member", "pathology")
    olga = factories.make_user("olga@southbank.example", "Olga Southbank")
    factories.join(olga, other_board, "coordinator", "coordination")
    makers.require_disciplines(other_board, "pathology")
    makers.submit(makers.make_plan(makers.make_case(other_board, by=olga, record_number="SB-1"), by=olga), by=olga)
    deactivate_person(fresh(omar), by=admin)
    found = Notice.objects.filter(kind="signatures").values_list("user__name", "board__name")
    assert sorted(found) == [
        ("Ana Coordinator", "Northgate"), ("Chloe Chair", "Northgate"), ("Olga Southbank", "Southbank"),
    ]  # fmt: skip


def test_what_is_missing_on_two_boards_is_said_of_both(held, board, admin, omar, otto, other_board):  # noqa: F811
    factories.join(omar, other_board, "member", "pathology")
    makers.make_case(other_board, by=fresh(omar), record_number="SB-1")
    with pytest.raises(ValidationError) as refused:
        deactivate_person(fresh(omar), by=admin)
    assert {key.split("-")[0] for key in refused.value.message_dict} == {f"b{board.pk}", f"b{other_board.pk}"}


def test_each_board_has_a_successor_of_its_own(held, board, admin, omar, ravi, otto, other_board):  # noqa: F811
    factories.join(omar, other_board, "member", "pathology")
    makers.make_case(other_board, by=fresh(omar), record_number="SB-1")
    deactivate_person(fresh(omar), by=admin, successors={board.pk: to(ravi), other_board.pk: to(otto)})
    assert {case.responsible for case in Case.objects.filter(board=other_board)} == {otto}
    assert not Case.objects.filter(responsible=omar).exists()


def test_to_hand_over_nothing_is_refused(held, board, ana, omar):  # noqa: F811
    with pytest.raises(ValidationError, match="Choose who takes over"):
        hand_over_work(omar, board, by=ana, successors={})


@pytest.mark.parametrize(("there", "status"), [(True, "delegated"), (False, "pending")])
def test_handed_over_by_a_coordinator_a_delegation_falls_back_only_of_who_is_gone(asked, board, ana, omar, ravi, otto, there, status):  # fmt: skip # noqa: E501, F811
    factories.join(otto, board, "member", "radiology")
    signature = delegate_signature(wanted("radiology"), by=fresh(ravi), to=fresh(otto))
    row = makers.make_follow_up(asked.case, by=ana, assignee=otto)
    if not there:
        Membership.objects.filter(user=otto, board=board).update(ended_at=timezone.now())
    hand_over_work(fresh(otto), board, by=fresh(ana), successors=to(omar, "follow_ups"))
    row.refresh_from_db()
    signature.refresh_from_db()
    assert (row.assignee, signature.status) == (omar, status)


@pytest.mark.parametrize(("ago", "hears"), [(0, True), (1, False)])
def test_of_a_deputy_who_leaves_nobody_hears_whose_absence_is_over(board, seat, admin, ana, omar, ago, hears):  # noqa: F811
    day = board.today - timedelta(days=ago)
    Absence.objects.create(person=ana, deputy=omar, first_day=day, last_day=day)
    end_membership(seat, by=admin)
    assert (told("deputy") == {"Ana Coordinator"}) is hears


def test_of_a_deputy_who_leaves_one_board_nobody_hears_who_is_only_on_another(board, seat, admin, omar, otto):  # noqa: F811
    Absence.objects.create(person=otto, deputy=omar, first_day=board.today, last_day=board.today)
    end_membership(seat, by=admin)
    assert told("deputy") == set()


def test_whoever_was_never_on_a_board_is_not_asked_about_there(held, board, other_board, omar, otto):  # noqa: F811
    """A hospital has thousands of accounts: those of other boards went into the question of every board's home."""
    Membership.objects.filter(user=omar).update(ended_at=timezone.now())
    found = str(left_over([board])["steps"].values("pk").query)
    assert left_over([board])["steps"].exists()
    assert set(map(int, re.findall(r"\d+", found.partition("assignee_id")[2]))) >= {omar.pk}
    assert otto.pk not in _not_acting([board.pk])[board.pk]
