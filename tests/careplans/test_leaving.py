"""Somebody leaves: what they had to do passes to others in the same moment, or they do not leave."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.models import AuditEvent, CalendarKey, Membership, Notice, User
from accounts.services.absences import plan_absence
from accounts.services.calendars import make_calendar_key
from careplans.models import Case, Event, FollowUp, Plan, Reminder, Signature, Step
from careplans.readers.holdings import held_by, left_behind_on, left_over, work_of
from careplans.services.leaving import change_membership, deactivate_person, end_membership, hand_over_work
from careplans.services.plan_schedules import add_schedule
from careplans.services.plans import draft_plan
from careplans.services.signatures import delegate_signature, unanswerable
from common.errors import Conflict
from tests.careplans import makers
from tests.factories import join

pytestmark = pytest.mark.django_db


@pytest.fixture
def seat(omar):
    return omar.memberships.select_related("user", "board").get()


@pytest.fixture
def held(board, ana, omar, chloe):
    """Omar has one of each kind."""
    schedule = makers.make_template(board, kinds=["visit"], every=24)
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana, owner=omar)
    add_schedule(plan, by=ana, schedule=schedule, counts_from=makers.TODAY(), assignee=omar)
    makers.submit(plan, by=ana)
    plan = makers.release(plan, by=chloe)
    other = makers.make_case(board, by=omar, record_number="SYN-2")
    draft_plan(other, by=omar)
    return plan


ALL = ("steps", "follow_ups", "cases", "drafts")


def to(user, *kinds):
    return dict.fromkeys(kinds or ALL, user)


def fresh(user):
    return User.objects.get(pk=user.pk)


def test_the_question_tells_what_they_have_in_numbers(held, board, omar):
    [work] = work_of(omar, [board])
    assert work.counts == {"steps": 1, "follow_ups": 1, "schedules": 1, "cases": 1, "drafts": 1}
    assert work.asks == list(ALL)


def test_it_asks_as_little_of_the_database_for_many_as_for_one(held, board, ana, omar, django_assert_num_queries):
    for _ in range(10):
        makers.make_follow_up(Case.objects.first(), by=ana, assignee=omar, due_on=makers.TODAY())
    with django_assert_num_queries(14):
        [work] = work_of(omar, [board])
    assert work.counts["follow_ups"] == 11


def test_nobody_leaves_while_something_has_no_successor(held, seat, admin, ravi):
    with pytest.raises(ValidationError) as refused:
        end_membership(seat, by=admin, successors=to(ravi, "steps", "cases"))
    assert list(refused.value.message_dict) == [f"b{seat.board_id}-follow_ups", f"b{seat.board_id}-drafts"]
    assert Membership.objects.get(pk=seat.pk).ended_at is None
    assert not Step.objects.filter(assignee=ravi).exists()


def test_everything_passes_to_the_successors_and_what_was_signed_stays(held, seat, admin, ana, omar, ravi):
    end_membership(seat, by=admin, successors=to(ravi, "steps", "drafts") | to(ana, "follow_ups", "cases"))
    step, plan = held.steps.get(), Plan.objects.get(pk=held.pk)
    assert (step.owner, step.assignee) == (omar, ravi)
    row = makers.schedule_of(plan)
    assert (row.assignee, row.done_with) == (omar, ana)
    assert FollowUp.objects.get().assignee == ana
    assert not Case.objects.filter(responsible=omar).exists()
    assert Plan.objects.get(status="draft").draft_with == ravi
    assert not Reminder.objects.scheduled().filter(recipient=omar, kind__in=("lead", "due", "overdue")).exists()
    assert Reminder.objects.scheduled().filter(step=step, recipient=ravi, kind="due").exists()
    assert Membership.objects.get(pk=seat.pk).ended_at is not None


def test_each_leaves_its_line_in_the_timeline_and_the_audit_trail(held, seat, admin, ana):
    end_membership(seat, by=admin, successors=to(ana))
    kinds = Event.objects.filter(by=admin).values_list("kind", flat=True)
    assert sorted(kinds) == [
        "case_changed", "follow_up_changed", "plan_handed_over", "plan_handed_over", "step_handed_over"
    ]  # fmt: skip
    assert {event.reason for event in Event.objects.filter(by=admin)} == {"Omar Oncologist has left Northgate"}
    step = held.steps.get()
    assert AuditEvent.objects.filter(action="step_handed_over", subject_id=str(step.pk), actor=admin).exists()


def test_who_takes_over_is_told_once_with_everything(held, seat, admin, ravi, ana):
    end_membership(seat, by=admin, successors=to(ravi, "steps", "follow_ups", "drafts") | to(ana, "cases"))
    notice = Notice.objects.get(user=ravi, kind="handed_over")
    assert notice.text == (
        "Omar Oncologist has left Northgate. You have taken over on Northgate: 1 open step, 1 follow-up, 1 schedule of a plan "
        "that goes on, 1 plan in work."
    )
    assert "Ashdown" not in notice.text


def test_a_draft_stands_in_the_successors_work(held, seat, admin, ravi, client):
    end_membership(seat, by=admin, successors=to(ravi))
    client.force_login(fresh(ravi))
    assert "My drafts" in client.get("/").content.decode()


def test_three_hundred_rows_pass_on_in_few_statements(held, seat, admin, ana, omar, django_assert_max_num_queries):
    follow_up = FollowUp.objects.get()
    rows = [
        FollowUp(
            board=follow_up.board, case=follow_up.case, kind="markers", due_on=follow_up.due_on,
            due_until=follow_up.due_until, assignee=omar, created_by=ana,
        )
        for _ in range(300)
    ]  # fmt: skip
    FollowUp.objects.bulk_create(rows)
    with django_assert_max_num_queries(200):
        end_membership(seat, by=admin, successors=to(ana))
    assert FollowUp.objects.filter(assignee=ana).count() == 301


@pytest.mark.parametrize("role", ["analyst", "observer"])
def test_a_role_that_only_reads_asks_as_well(held, seat, admin, ravi, role):
    change = {"seen": ("member", "medical_oncology"), "role": role, "discipline": "", "by": admin}
    with pytest.raises(ValidationError, match="Choose who takes over"):
        change_membership(seat, **change)
    change_membership(seat, **change, successors=to(ravi))
    assert (Membership.objects.get(pk=seat.pk).role, held.steps.get().assignee) == (role, ravi)


def test_a_role_that_still_acts_keeps_its_work(held, seat, admin, omar):
    change_membership(seat, seen=("member", "medical_oncology"), role="coordinator", discipline="", by=admin)
    assert held.steps.get().assignee == omar


def test_a_deactivation_hands_over_on_every_board_at_once(held, board, other_board, admin, ana, omar, otto):
    join(omar, other_board, "member", "radiology")
    makers.make_follow_up(makers.make_case(other_board, by=otto), by=otto, assignee=omar)
    with pytest.raises(ValidationError) as refused:
        deactivate_person(omar, by=admin, successors={board.pk: to(ana)})
    assert list(refused.value.message_dict) == [f"b{other_board.pk}-follow_ups"]
    assert fresh(omar).is_active
    deactivate_person(fresh(omar), by=admin, successors={board.pk: to(ana), other_board.pk: to(otto, "follow_ups")})
    assert not fresh(omar).is_active
    assert not FollowUp.objects.filter(assignee=omar).exists() and not Step.objects.filter(assignee=omar).exists()


def test_the_calendar_of_who_is_deactivated_is_gone(omar, admin):
    make_calendar_key(omar, by=omar)
    deactivate_person(omar, by=admin)
    assert not CalendarKey.objects.exists()


def test_where_nobody_else_is_there_it_is_left_over_and_does_not_stop_a_deactivation(other_board, admin, otto):
    makers.make_follow_up(makers.make_case(other_board, by=otto), by=otto)
    deactivate_person(otto, by=admin)
    [left] = left_behind_on(other_board)
    assert (left.person, left.held) == (otto, ["1 follow-up", "1 case to be responsible for"])


def test_a_successor_who_has_left_meanwhile_is_refused(held, seat, board, admin, ravi):
    Membership.objects.filter(user=ravi).update(ended_at=timezone.now())
    with pytest.raises(ValidationError, match="Ravi Radiologist cannot act on Northgate"):
        end_membership(seat, by=admin, successors=to(ravi))


def test_nobody_takes_over_from_themselves(held, seat, admin, omar):
    with pytest.raises(ValidationError, match="Omar Oncologist cannot act"):
        change_membership(
            seat, seen=("member", "medical_oncology"), role="analyst", discipline="", by=admin, successors=to(omar)
        )


def test_the_second_of_two_administrators_is_told(held, seat, admin, ana, ravi):
    end_membership(Membership.objects.get(pk=seat.pk), by=admin, successors=to(ana))
    with pytest.raises(Conflict):
        end_membership(seat, by=admin, successors=to(ravi))
    assert held.steps.get().assignee == ana


@pytest.mark.parametrize("who", ["ana", "chloe"])
def test_only_administrators_end_memberships(request, held, seat, who):
    with pytest.raises(PermissionDenied):
        end_membership(seat, by=request.getfixturevalue(who), successors={})


# Signatures, delegations, deputies


@pytest.fixture
def asked(board, ana):
    makers.require_disciplines(board, "medical_oncology", "radiology")
    return makers.submit(makers.make_plan(makers.make_case(board, by=ana), by=ana), by=ana)


def test_the_chair_is_told_that_nobody_can_sign_any_more(asked, seat, admin, ana, chloe, ravi):
    end_membership(seat, by=admin)
    for user in (ana, chloe):
        assert Notice.objects.get(user=user, kind="signatures").text == (
            "Ashdown, Synthetic, plan 1: Omar Oncologist has left Northgate, and nobody on the board can sign for medical "
            "oncology now."
        )


def test_with_a_second_of_the_discipline_nobody_has_to_be_told(asked, seat, board, admin, chloe, otto):
    join(otto, board, "member", "medical_oncology")
    end_membership(seat, by=admin)
    assert not Notice.objects.filter(kind="signatures").exists()


def test_another_discipline_is_told_too(asked, seat, admin, chloe):
    change = {"role": "member", "discipline": "radiology", "by": admin}
    change_membership(seat, seen=("member", "medical_oncology"), **change)
    assert Notice.objects.filter(user=chloe, kind="signatures").count() == 1


def test_the_sign_off_shows_it_to_the_chair(asked, seat, admin, chloe, client):
    end_membership(seat, by=admin)
    client.force_login(chloe)
    page = client.get(f"/plans/{asked.pk}/sign-off/").content.decode()
    assert "Nobody on this board can sign for medical oncology" in page


def test_what_was_delegated_to_them_is_asked_of_the_discipline_again(asked, board, admin, omar, ravi, otto):
    join(otto, board, "member", "radiology")
    signature = Signature.objects.select_related("plan__case").get(discipline="radiology")
    join_delegate = otto
    delegate_signature(signature, by=ravi, to=join_delegate)
    end_membership(Membership.objects.select_related("user", "board").get(user=otto, board=board), by=admin)
    signature.refresh_from_db()
    assert (signature.status, signature.delegated_to) == ("pending", None)
    asked_again = Reminder.objects.scheduled().filter(signature=signature)
    assert set(asked_again.values_list("recipient", flat=True)) == {ravi.pk}


def lend(board, *, by, to, lacking):
    """To somebody of another discipline, where the board allows it, or of the same."""
    if not lacking:
        join(to, board, "member", "radiology")
    type(board).objects.filter(pk=board.pk).update(delegates_may_lack_discipline=lacking)
    signature = Signature.objects.select_related("plan__case", "board").get(discipline="radiology")
    return delegate_signature(signature, by=fresh(by), to=fresh(to))


def test_who_changes_discipline_gives_back_what_they_can_no_longer_answer(asked, board, admin, ravi, otto):
    signature = lend(board, by=ravi, to=otto, lacking=False)
    there = Membership.objects.select_related("user", "board").get(user=otto, board=board)
    change_membership(there, seen=("member", "radiology"), role="member", discipline="surgery", by=admin)
    signature.refresh_from_db()
    assert (signature.status, signature.delegated_to) == ("pending", None)
    assert set(Reminder.objects.scheduled().filter(signature=signature).values_list("recipient", flat=True)) == {
        ravi.pk
    }


def test_a_signature_lent_to_who_may_no_longer_give_it_counts_as_nobodys(asked, board, admin, omar, ravi, chloe):
    lend(board, by=ravi, to=chloe, lacking=True)
    end_membership(Membership.objects.select_related("user", "board").get(user=ravi), by=admin)
    assert unanswerable(Plan.objects.get(pk=asked.pk)) == []
    type(board).objects.filter(pk=board.pk).update(delegates_may_lack_discipline=False)
    assert unanswerable(Plan.objects.get(pk=asked.pk)) == ["Radiology"]
    # Of all that a page has at hand, what was answered is not waited for.
    at_hand = list(Signature.objects.filter(plan=asked))
    assert unanswerable(Plan.objects.get(pk=asked.pk), at_hand) == ["Radiology"]
    for signature in at_hand:
        signature.status = "approved"
    assert unanswerable(Plan.objects.get(pk=asked.pk), at_hand) == []


def test_the_sign_off_says_that_nobody_can_release(asked, board, admin, ana, chloe, client):
    end_membership(Membership.objects.select_related("user", "board").get(user=chloe), by=admin)
    client.force_login(ana)
    assert "has no chair, so nobody can release" in client.get(f"/plans/{asked.pk}/sign-off/").content.decode()


def test_who_is_away_hears_that_their_deputy_has_left(board, seat, admin, ana, omar):
    plan_absence(ana, by=ana, first_day=board.today, last_day=board.today, deputy=omar)
    end_membership(seat, by=admin)
    assert "Omar Oncologist has left Northgate, who was to stand in for you" in Notice.objects.get(user=ana).text


# Before or after they leave: the coordinator


def test_a_coordinator_hands_over_what_they_choose(held, board, ana, omar, ravi):
    hand_over_work(omar, board, by=ana, successors=to(ravi, "steps"))
    assert held.steps.get().assignee == ravi
    assert FollowUp.objects.get().assignee == omar


@pytest.mark.parametrize("who", ["ravi", "nina"])
def test_others_do_not(request, held, board, omar, who):
    user = request.getfixturevalue(who)
    with pytest.raises(PermissionDenied):
        hand_over_work(omar, board, by=user, successors=to(user, "steps"))


def test_what_was_left_over_before_is_found_and_handed_over(held, board, ana, omar, ravi):
    Membership.objects.filter(user=omar).update(ended_at=timezone.now())
    [left] = left_behind_on(board)
    assert left.person == omar and left.why == "not on the board any more"
    hand_over_work(omar, board, by=ana, successors=to(ravi))
    assert left_behind_on(board) == []


def test_what_is_with_a_colleague_already_stays_there_and_is_said(asked, board, omar, otto):
    join(otto, board, "member", "medical_oncology")
    signature = Signature.objects.select_related("plan__case").get(discipline="medical_oncology")
    delegate_signature(signature, by=omar, to=otto)
    [work] = work_of(omar, [board])
    assert work.noted == {"given": 1}


@pytest.mark.parametrize("how", ["there", "ended", "observer", "inactive"])
def test_what_is_left_over_is_what_nobody_who_acts_there_has(held, board, other_board, omar, otto, how):
    makers.make_follow_up(makers.make_case(other_board, by=otto), by=otto)
    seat = Membership.objects.filter(user=omar)
    if how == "ended":
        seat.update(ended_at=timezone.now())
    elif how == "observer":
        seat.update(role="observer")
    elif how == "inactive":
        User.objects.filter(pk=omar.pk).update(is_active=False)
    boards = [board, other_board]
    found = {kind: sorted(rows.values_list("pk", flat=True)) for kind, rows in left_over(boards).items()}
    of_omar = {kind: sorted(rows.values_list("pk", flat=True)) for kind, rows in held_by(omar, boards).items()}
    assert found == ({kind: [] for kind in found} if how == "there" else of_omar)
    assert all(of_omar.values())
