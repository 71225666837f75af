"""Follow-ups over the API: added, done, missed, cancelled, changed."""

from datetime import timedelta

import pytest

from accounts.models import AuditEvent
from careplans.models import FollowUp, Reminder
from tests.careplans import makers
from tests.careplans.api import Api, attrs, version_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def follow_up(case, ana):
    return makers.make_follow_up(case, by=ana)


@pytest.fixture
def api(ana):
    return Api(ana)


def day(offset=0):
    return (makers.TODAY() + timedelta(days=offset)).isoformat()


def test_a_follow_up_is_added_with_its_reminders(case, api, ana, omar):
    body = {"kind": "echo", "due_on": day(30), "assignee": omar.pk, "window_days": 5}
    answer = api.post(f"/cases/{case.pk}/follow-ups/", body)
    assert answer.status_code == 201
    row = FollowUp.objects.get(pk=answer.json()["id"])
    assert (row.case, row.board, row.status, row.created_by, row.assignee) == (case, case.board, "planned", ana, omar)
    assert row.due_until.isoformat() == day(35)
    assert Reminder.objects.filter(follow_up=row).exists()
    assert AuditEvent.objects.filter(action="follow_up_added", actor=ana).exists()


def test_an_observer_adds_none(case, nina, ana):
    body = {"kind": "echo", "due_on": day(30), "assignee": ana.pk}
    assert Api(nina).post(f"/cases/{case.pk}/follow-ups/", body).status_code == 403
    assert not FollowUp.objects.exists()


def test_a_follow_up_is_done(follow_up, api):
    answer = api.post(f"/follow-ups/{follow_up.pk}/complete/", {"done_on": day(), "result": "CgA stable"}, version=1)
    assert (answer.status_code, answer.json()["status"], version_in(answer)) == (200, "done", 2)


def test_it_is_not_done_in_the_future(follow_up, api):
    answer = api.post(f"/follow-ups/{follow_up.pk}/complete/", {"done_on": day(3)}, version=1)
    assert (answer.status_code, attrs(answer)) == (400, ["done_on"])


def test_one_that_was_missed_makes_a_new_one(case, api, ana):
    follow_up = makers.make_follow_up(case, by=ana, due_on=makers.TODAY())
    answer = api.post(f"/follow-ups/{follow_up.pk}/missed/", {"new_due_on": day(60)}, version=1)
    assert (answer.status_code, answer.json()["status"]) == (200, "did_not_attend")
    new = api.get(f"/follow-ups/{answer.json()['replaced_by']}/").json()
    assert (new["due_on"], new["replaces"], new["status"]) == (day(60), follow_up.pk, "planned")


def test_it_is_cancelled_with_a_reason(follow_up, api):
    assert api.post(f"/follow-ups/{follow_up.pk}/cancel/", {}, version=1).status_code == 400
    answer = api.post(f"/follow-ups/{follow_up.pk}/cancel/", {"reason": "Done elsewhere"}, version=1)
    assert answer.json()["status"] == "cancelled"


def test_it_moves_to_another_day_and_person(follow_up, api, omar):
    body = {"due_on": day(45), "assignee": omar.pk, "reason": "Holiday"}
    answer = api.post(f"/follow-ups/{follow_up.pk}/change/", body, version=1)
    assert (answer.status_code, answer.json()["due_on"], answer.json()["assignee"]["id"]) == (200, day(45), omar.pk)
    follow_up.refresh_from_db()
    assert (follow_up.status, follow_up.version) == ("planned", 2)


def test_it_does_not_move_without_a_reason(follow_up, api):
    answer = api.post(f"/follow-ups/{follow_up.pk}/change/", {"due_on": day(45)}, version=1)
    assert (answer.status_code, attrs(answer)) == (400, ["reason"])


def test_one_that_was_settled_meanwhile_is_shown(follow_up, api, omar):
    Api(omar).post(f"/follow-ups/{follow_up.pk}/cancel/", {"reason": "Done elsewhere"}, version=1)
    answer = api.post(f"/follow-ups/{follow_up.pk}/complete/", {"done_on": day()}, version=1)
    assert (answer.status_code, answer.json()["current"]["status"]) == (412, "cancelled")


@pytest.mark.parametrize("verb", ["change", "complete", "missed", "cancel"])
def test_every_verb_asks_the_door_the_role_and_the_version(verb, follow_up, nina, otto, omar):
    path = f"/follow-ups/{follow_up.pk}/{verb}/"
    assert Api(otto).post(path, {}, version=1).status_code == 404
    assert Api(nina).post(path, {}, version=1).status_code == 403
    assert Api(omar).post(path, {}).status_code == 428
    assert Api(omar).post(path, {}, version=7).status_code == 412
    assert FollowUp.objects.get(pk=follow_up.pk).version == 1
