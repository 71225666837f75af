"""Failed reminders where the coordinator sees them, and putting one off."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Notice
from careplans.models import OutboxMessage, Reminder
from careplans.services.followups import complete_follow_up
from tests.careplans import makers
from tests.careplans.outbox.mail import due_message

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def failed(case, ana, omar):
    row = due_message(case, by=ana, to=omar)
    words = "the mail server answered 550 no such user"
    OutboxMessage.objects.filter(pk=row.pk).update(status="failed", attempts=3, ambiguous=1, last_error=words)
    Reminder.objects.filter(pk=row.reminder_id).update(status="failed")
    row.refresh_from_db()
    return row


def page(client, user, board, **params):
    client.force_login(user)
    return client.get(reverse("careplans:reminders", args=[board.pk]), params)


def send_again(client, user, board, row, **data):
    client.force_login(user)
    return client.post(reverse("careplans:send_again", args=[board.pk, row.pk]), data)


def test_a_failed_one_says_to_whom_why_and_how_often(client, board, ana, failed):
    text = page(client, ana, board).content.decode()
    for words in (
        "Omar Oncologist",
        "omar@northgate.example",
        "550 no such user",
        "3 attempts",
        "may have arrived once",
    ):
        assert words in text


def test_each_state_has_its_list(client, board, case, ana, failed):
    makers.make_follow_up(case, by=ana)
    assert [row.pk for row in page(client, ana, board).context["page"]] == [failed.reminder_id]
    assert len(page(client, ana, board, state="waiting").context["page"].rows) == 4
    assert [row.pk for row in page(client, ana, board, state="ambiguous").context["page"]] == [failed.reminder_id]
    assert page(client, ana, board, state="x").context["state"] == "failed"


@pytest.mark.parametrize(
    ("who", "code"), [("chloe", 200), ("omar", 403), ("nina", 403), ("anselm", 403), ("otto", 404), ("admin", 404)]
)
def test_who_sees_them(client, request, board, failed, who, code):
    user = request.getfixturevalue(who)
    assert page(client, user, board).status_code == code
    assert send_again(client, user, board, failed).status_code == (302 if code == 200 else code)


def test_send_again_puts_it_back_into_the_queue(client, board, ana, failed):
    response = send_again(client, ana, board, failed, next=f"/boards/{board.pk}/reminders/?state=failed")
    failed.refresh_from_db()
    failed.reminder.refresh_from_db()
    assert response.url == f"/boards/{board.pk}/reminders/?state=failed"
    assert (failed.status, failed.attempts, failed.reminder.status) == ("pending", 0, "scheduled")
    assert timezone.now() - failed.reminder.due_at < timedelta(minutes=1)
    assert AuditEvent.objects.filter(action="reminder_sent_again", actor=ana).exists()


def test_send_again_twice_says_that_it_is_no_longer_failed(client, board, ana, failed):
    send_again(client, ana, board, failed)
    text = client.post(reverse("careplans:send_again", args=[board.pk, failed.pk]), follow=True).content.decode()
    assert "no longer failed" in text


def test_one_of_another_board_is_not_found(client, other_board, otto, failed):
    assert send_again(client, otto, other_board, failed).status_code == 404


def test_a_failed_one_goes_when_its_subject_is_settled(client, board, ana, failed):
    complete_follow_up(failed.reminder.follow_up, by=ana, expected_version=1, done_on=makers.TODAY())
    assert page(client, ana, board).context["page"].rows == []


def test_a_follow_up_is_put_off_by_its_person(client, case, ana):
    follow_up = makers.make_follow_up(case, by=ana)
    client.force_login(ana)
    url = reverse("careplans:snooze_followup", args=[follow_up.pk])
    assert client.get(url).status_code == 200
    until = (makers.TODAY() + timedelta(days=9)).isoformat()
    assert client.post(url, {"until": until, "reason": "scan booked"}).status_code == 302
    assert Reminder.objects.get(kind="snoozed").snooze_reason == "scan booked"


def test_a_step_is_put_off_by_its_person(client, case, ana, chloe, omar):
    step = makers.make_active_plan(case, by=ana, chair=chloe, owner=omar).steps.get()
    client.force_login(omar)
    url = reverse("careplans:snooze_step", args=[step.pk])
    until = (makers.TODAY() + timedelta(days=9)).isoformat()
    assert client.post(url, {"until": until, "reason": "bed"}).url.endswith(f"#step-{step.pk}")
    refused = client.post(url, {"until": makers.TODAY().isoformat(), "reason": "typed words"})
    assert refused.status_code == 400
    assert "typed words" in refused.content.decode()


@pytest.mark.parametrize(("who", "code"), [("nina", 403), ("anselm", 403), ("otto", 404)])
def test_who_may_not_put_off(client, request, case, ana, who, code):
    follow_up = makers.make_follow_up(case, by=ana)
    client.force_login(request.getfixturevalue(who))
    assert client.get(reverse("careplans:snooze_followup", args=[follow_up.pk])).status_code == code


def test_the_page_costs_the_same_for_two_rows_and_twelve(client, board, case, ana, django_assert_max_num_queries):
    Notice.objects.create(user=ana, kind="due", text="-", path="/", dedupe_key="x")
    page(client, ana, board)
    counted = []
    for numbers in (range(2), range(2, 12)):
        for _ in numbers:
            makers.make_follow_up(case, by=ana)
        Reminder.objects.update(status="failed")
        with django_assert_max_num_queries(10) as queries:
            assert len(client.get(reverse("careplans:reminders", args=[board.pk])).context["page"].rows) >= 2
        counted.append(len(queries))
    assert counted[0] == counted[1]
