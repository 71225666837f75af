"""A follow-up that was recorded as done on a wrong day, or by mistake, is put right; what was recorded first stays on record."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from careplans.models import Event, FollowUp, NothingAhead, Reminder
from careplans.readers.timeline import entries
from careplans.services.done_follow_ups import correct_done_day, take_back_done
from careplans.services.followups import complete_follow_up
from common.asked import Asked, asking
from common.errors import Conflict
from tests.careplans import makers
from tests.careplans.api import Api, problem
from tests.careplans.doors import browser, url
from tests.careplans.makers import NOTHING_AHEAD, TODAY

pytestmark = pytest.mark.django_db


def day(ahead):
    return TODAY() + timedelta(days=ahead)


@pytest.fixture
def done(board, ana):
    row = makers.make_follow_up(makers.make_case(board, by=ana), by=ana, due_on=day(-6))
    FollowUp.objects.update(created_at=timezone.now() - timedelta(days=30))
    row.refresh_from_db()
    complete_follow_up(
        row, by=ana, expected_version=row.version, done_on=day(-5), result="Stable.", ahead=NOTHING_AHEAD
    )
    return FollowUp.objects.get(pk=row.pk)


def test_its_day_is_corrected_with_the_old_and_the_new_one_kept(done, ana):
    correct_done_day(done, by=ana, expected_version=done.version, done_on=day(-4), reason="Mistyped.")
    row = FollowUp.objects.get()
    assert (row.status, row.done_on, row.result) == ("done", day(-4), "Stable.")
    [line] = entries(Event.objects.filter(kind="follow_up_corrected").for_timeline())
    assert "corrected the day of the follow-up" in line.title and line.text == "Mistyped."
    assert [(one.old, one.new) for one in line.changes] == [(f"{day(-5):%-d %b %Y}", f"{day(-4):%-d %b %Y}")]


def test_the_right_day_is_asked_about_like_the_first(done, ana):
    with asking(), pytest.raises(Asked):
        correct_done_day(done, by=ana, expected_version=done.version, done_on=day(-3650), reason="-")


@pytest.mark.parametrize("on, words", [(1, "lies in the future"), (-5, "is the day that is recorded")])
def test_a_day_that_corrects_nothing_or_cannot_be_is_refused(done, ana, on, words):
    with pytest.raises(ValidationError, match=words):
        correct_done_day(done, by=ana, expected_version=done.version, done_on=day(on), reason="-")


@pytest.mark.parametrize("service, more", [(correct_done_day, {"done_on": day(-4)}), (take_back_done, {})])
def test_a_correction_has_its_reason_and_its_permission_and_meets_nobody_elses(done, ana, nina, service, more):
    with pytest.raises(ValidationError, match="Give a reason"):
        service(done, by=ana, expected_version=done.version, reason=" ", **more)
    with pytest.raises(PermissionDenied):
        service(done, by=nina, expected_version=done.version, reason="-", **more)
    with pytest.raises(Conflict):
        service(done, by=ana, expected_version=done.version - 1, reason="-", **more)


def test_taken_back_it_is_open_again_with_its_reminders(done, ana):
    take_back_done(done, by=ana, expected_version=done.version, reason="Another patient.")
    row = FollowUp.objects.get()
    assert (row.status, row.done_on, row.due_on, row.assignee) == ("planned", None, day(-6), ana)
    assert Reminder.objects.filter(follow_up=row, status="planned").exists() or row.state_on(TODAY()) == "overdue"
    assert not NothingAhead.objects.standing().exists()
    [line] = entries(Event.objects.filter(kind="follow_up_corrected").for_timeline())
    assert "took back that the follow-up" in line.title and "was done" in line.title


def test_it_can_be_done_again_after_it_was_taken_back(done, ana):
    take_back_done(done, by=ana, expected_version=done.version, reason="-")
    row = FollowUp.objects.get()
    complete_follow_up(row, by=ana, expected_version=row.version, done_on=day(-1), ahead=NOTHING_AHEAD)
    assert FollowUp.objects.get().done_on == day(-1)


def test_only_what_is_recorded_as_done_is_corrected(done, ana):
    row = makers.make_follow_up(done.case, by=ana, due_on=day(9))
    with pytest.raises(ValidationError, match="Only one that is recorded as done"):
        take_back_done(row, by=ana, expected_version=row.version, reason="-")


def test_the_page_offers_both_and_says_afterwards_what_was_recorded(done, ana):
    client, address = browser(ana), url("followup", done.pk)
    page = client.get(address).content.decode()
    assert "Correct the day" in page and "It has not happened: take it back" in page and "It was done" not in page
    typed = {"verb": "correct", "version": done.version, "done_on": day(-4).isoformat(), "reason": "Mistyped."}
    assert client.post(address, typed).status_code == 302
    assert f"Day corrected; recorded was {day(-5):%-d %b %Y}" in client.get(address).content.decode()
    typed = {"verb": "not_done", "version": done.version + 1, "reason": "Not at all."}
    assert client.post(address, typed).status_code == 302
    assert FollowUp.objects.get().is_open


def test_the_page_offers_a_reader_nothing(done, nina):
    assert "take it back" not in browser(nina).get(url("followup", done.pk)).content.decode()


def test_programs_correct_and_take_back_too(done, ana):
    base = f"/follow-ups/{done.pk}"
    body = {"done_on": day(-4).isoformat(), "reason": "Mistyped."}
    assert Api(ana).post(f"{base}/correct/", body, version=done.version).json()["done_on"] == day(-4).isoformat()
    again = Api(ana).post(f"{base}/correct/", body, version=done.version + 1)
    assert again.status_code == 400 and "is the day that is recorded" in problem(again)
    back = Api(ana).post(f"{base}/not-done/", {"reason": "Not at all."}, version=done.version + 1)
    assert (back.status_code, back.json()["status"], back.json()["done_on"]) == (200, "planned", None)
