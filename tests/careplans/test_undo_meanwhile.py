"""Something has happened between an act and its undoing: it is refused with what is so, and nothing changes."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from accounts.models import User
from accounts.services.memberships import end_membership
from careplans.models import Event, Occurrence, OutboxMessage, Plan, RecentAct, Step
from careplans.services import followups, occurrence_progress, step_progress
from careplans.services.bulk import Chosen, change_many
from careplans.services.care_ends import record_death, record_transfer
from careplans.services.cases import close_case
from careplans.services.plan_ending import revoke_plan
from careplans.services.plans import amend_plan
from careplans.services.proforma import save_proforma
from careplans.services.record_moves import ask_merge, ask_move_case
from common.asked import asking
from common.errors import Conflict
from tests.careplans import makers
from tests.careplans.doors import browser
from tests.careplans.test_record_moves import confirmed
from tests.careplans.undoing import check_refused, check_undone, fresh, record, stands

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
REASON = {"reason": "patient_choice"}


@pytest.fixture
def plan(board, ana, omar, chloe):
    return makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, owner=omar, steps=2)


@pytest.fixture
def act(plan, omar):
    day = plan.board.today + 5 * DAY
    return record(plan.steps.first(), step_progress.hand_over_step, omar, due_on=day, why="theatre").act


def again(row):
    return type(row)._default_manager.get(pk=row.pk)


def dies(act, ana, chloe):
    patient, today = again(act.case).patient, act.board.today
    when = {"year": today.year, "month": today.month, "day": today.day}
    record_death(patient, by=ana, expected_version=patient.version, source="Ward", **when)


def goes_elsewhere(act, ana, chloe):
    patient = again(act.case).patient
    told = {"to_centre": "Southbank", "on": act.board.today, "taken_over_by": "Dr Reed", "confirmed": "yes"}
    record_transfer(patient, by=ana, expected_version=patient.version, **told)


def is_discharged(act, ana, chloe):
    is_revoked(act, ana, chloe)
    close_case(again(act.case), by=ana, reason="discharged")


def is_merged(act, ana, chloe):
    into = makers.make_patient(act.board, by=ana, record_number="SYN-2")
    confirmed(ask_merge(again(act.case).patient, by=ana, into=into.pk, reason="one person"), by=chloe)


def is_moved(act, ana, chloe):
    to = makers.make_patient(act.board, by=ana, record_number="SYN-2")
    confirmed(ask_move_case(again(act.case), by=ana, to=to.pk, reason="the other sister's"), by=chloe)


def now_of(act):
    return Plan.objects.select_related("case__patient", "board").get(pk=act.step.plan_id)


def is_amended(act, ana, chloe):
    amend_plan(now_of(act), by=ana, reason="progression")


def is_superseded(act, ana, chloe):
    amendment = amend_plan(now_of(act), by=ana, reason="progression")
    makers.submit(amendment, by=ana)
    makers.release(amendment, by=chloe)


def is_revoked(act, ana, chloe):
    plan = now_of(act)
    revoke_plan(
        plan,
        by=chloe,
        expected_version=plan.version,
        reason_code="patient_choice",
        reason="wrong patient",
        ahead=makers.NOTHING_AHEAD,
    )


def is_held(act, ana, chloe):
    step = fresh(act.step)
    days = {"on": step.board.today, "due_on": step.board.today + DAY}
    step_progress.hold_step(step, by=ana, expected_version=step.version, **days, **REASON)


def is_moved_with_many(act, ana, chloe):
    step = fresh(act.step)
    day = step.board.today + 9 * DAY
    [done] = change_many([Chosen(step, step.version)], "move", by=ana, due_on=day, reason="the scanner is down")
    assert not done.why_not


def has_other_facts(act, ana, chloe):
    save_proforma(again(act.case), {"grade": "G3"}, by=ana)


SINCE = "Something else was recorded of this case since, by"
MEANWHILE = {
    dies: "closed, because the patient died",
    goes_elsewhere: "This case is closed",
    is_discharged: "Reopen it before you change it",
    is_merged: f"{SINCE} Chloe",
    is_moved: f"{SINCE} Chloe",
    is_amended: f"{SINCE} Ana",
    is_superseded: f"{SINCE} Chloe",
    is_revoked: f"{SINCE} Chloe",
    is_held: f"{SINCE} Ana",
    is_moved_with_many: f"{SINCE} Ana",
    has_other_facts: f"{SINCE} Ana",
}


@pytest.mark.parametrize("happens", MEANWHILE, ids=lambda one: one.__name__)
def test_it_is_not_undone_under_what_has_happened_since(act, ana, omar, chloe, happens):
    happens(act, ana, chloe)
    check_refused(act, omar, MEANWHILE[happens], (ValidationError, Conflict))


def leaves(person, admin):
    end_membership(person.memberships.get(), by=admin)
    return User.objects.get(pk=person.pk)


def test_work_does_not_go_back_to_who_has_left(plan, ana, omar, admin):
    step = plan.steps.first()
    handed = record(step, step_progress.hand_over_step, ana, assignee=ana, why="away").act
    leaves(omar, admin)
    check_refused(handed, ana, "cannot act on this board any more")


def test_what_was_over_when_its_person_left_does_not_open_again(plan, ana, omar, admin):
    """Nobody took it over, since it was not open."""
    skipped = record(plan.steps.first(), step_progress.skip_step, ana, **REASON).act
    leaves(omar, admin)
    check_refused(skipped, ana, "cannot act on this board any more")


def test_a_follow_up_that_was_over_does_not_open_again_for_who_left(plan, ana, omar, admin):
    row = makers.make_follow_up(plan.case, by=ana, assignee=omar)
    cancelled = record(row, followups.cancel_follow_up, ana, reason="not needed").act
    leaves(omar, admin)
    check_refused(cancelled, ana, "cannot act on this board any more")


@pytest.mark.parametrize("role", ["observer", "analyst"])
def test_who_has_lost_the_role_undoes_nothing(act, omar, role):
    omar.memberships.update(role=role)
    check_refused(act, User.objects.get(pk=omar.pk), "may not", PermissionDenied)


def test_who_has_left_undoes_nothing(act, omar, admin):
    check_refused(act, leaves(omar, admin), "may not", PermissionDenied)


def test_on_a_board_out_of_use_nothing_is_undone(act, board, omar):
    type(board).objects.filter(pk=board.pk).update(is_active=False)
    check_refused(act, User.objects.get(pk=omar.pk), "is out of use", PermissionDenied)


def test_what_somebody_may_have_been_told_is_not_undone(board, ana, omar, chloe):
    """Handed over for sending, and nobody knows whether it went out."""
    first, *_ = makers.make_gated_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, owner=ana)
    act = record(first, step_progress.skip_step, omar, **REASON).act
    sent = OutboxMessage.objects.filter(reminder__in=act.changed["reminders"]["new"])
    assert sent.update(marked_at=act.event.at)
    check_refused(act, omar, "has been told of it already")


def test_an_unlikely_day_that_was_confirmed_is_undone_like_any_other(plan, board, omar):
    before, day = stands(plan.case), board.today - 40 * DAY
    with asking(f"due_on:past:{day.isoformat()}"):
        act = record(plan.steps.first(), step_progress.hand_over_step, omar, due_on=day, why="was then").act
    assert "confirmed_dates" in Event.objects.get(kind="step_handed_over").data
    with asking():
        check_undone(plan.case, before, act, omar)
    assert "confirmed_dates" not in Event.objects.get(kind="step_undone").data


def test_sent_twice_it_is_undone_once_and_said(act, omar):
    client, url = browser(omar), f"{reverse('careplans:undo', args=[act.pk])}?where=card"
    headers = {"HTTP_HX_REQUEST": "true"}
    assert "Everything stands as before" in client.post(url, **headers).content.decode()
    html = client.post(url, **headers).content.decode()
    assert "It is undone already." in html and "data-undo-seconds" not in html
    assert Event.objects.filter(kind="step_undone").count() == 1 and RecentAct.objects.get().undone_at
    assert Step.objects.get(pk=act.step_id).due_on != act.board.today + 5 * DAY


def test_card_and_picture_stand_after_undoing_as_before_recording(board, ana, omar, chloe):
    course = makers.make_course(board, by=ana, chair=chloe, owner=omar)
    client, page = browser(omar), reverse("careplans:plan", args=[course.plan_id])

    def drawn():
        """Without what counts the changes of a row, or tells of them."""
        html = client.get(page).content.decode()
        pieces = re.findall(r"<svg.*?</svg>|<li[^>]*id=\"step-\d+\".*?</li>", html, re.DOTALL)
        return [re.sub(r'name="version" value="\d+"', "", piece) for piece in pieces]

    before = drawn()
    row = Occurrence.objects.get(step=course, number=1)
    act = record(row, occurrence_progress.give_occurrence, omar, on=board.today).act
    recorded = drawn()
    assert recorded != before
    url = f"{reverse('careplans:undo', args=[act.pk])}?where=card"
    html = client.post(url, HTTP_HX_REQUEST="true").content.decode()
    assert drawn() == before
    [picture] = [piece for piece in before if "c-seq" in piece][:1]
    assert picture in html
