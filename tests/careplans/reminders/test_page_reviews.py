"""Reviews of the reference pages are reminded of by the same rows and the same delivery as clinical work."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Mail, Notice, User
from careplans.models import OutboxMessage, Reminder
from careplans.outbox import sending
from careplans.reminders.page_reviews import remind_of_reviews
from modalities.models import Modality
from modalities.services.reviews import plan_review
from tests.careplans import makers
from tests.modalities.makers import approver

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(db):
    return makers.make_modality("PRRT")


def plan(page, edda, days):
    plan_review(page, by=edda, review_due_on=timezone.localdate() + timedelta(days=days), responsible=edda)
    return remind_of_reviews()


def scheduled():
    rows = Reminder.objects.filter(reference_page__isnull=False, status="scheduled").order_by("local_day", "pk")
    return [(r.kind, r.recipient.name, (r.local_day - timezone.localdate()).days) for r in rows]


def test_a_planned_review_writes_its_reminders(page, edda):
    approver()
    assert plan(page, edda, 30) == 4
    assert scheduled() == [
        ("lead", "Edda Editor", 16), ("due", "Edda Editor", 30), ("overdue", "Edda Editor", 37),
        ("escalation", "Abel Approver", 51),
    ]  # fmt: skip


def test_looking_twice_writes_nothing_more(page, edda):
    plan(page, edda, 30)
    assert remind_of_reviews() == 0
    assert OutboxMessage.objects.count() == 2 * 3


def test_another_day_withdraws_the_old_reminders(page, edda):
    plan(page, edda, 30)
    plan(page, edda, 60)
    assert [days for _, _, days in scheduled()] == [46, 60, 67]
    assert Reminder.objects.filter(status="cancelled", cancel_reason="the review was planned anew").count() == 3


def test_another_editor_gets_them_instead(page, edda):
    plan(page, edda, 30)
    ed = User.objects.create_user("ed@consilium.example", "Ed Other", is_content_editor=True)
    plan_review(page, by=edda, review_due_on=timezone.localdate() + timedelta(days=30), responsible=ed)
    remind_of_reviews()
    assert {name for _, name, _ in scheduled()} == {"Ed Other"}


def test_without_a_day_there_is_nothing_to_remind_of(page, edda):
    plan(page, edda, 30)
    Modality.objects.filter(pk=page.pk).update(review_due_on=None)
    remind_of_reviews()
    assert scheduled() == []


def test_the_review_of_a_page_that_is_nobodys_is_told_to_every_editor(page, edda):
    User.objects.create_user("ed@consilium.example", "Ed Other", is_content_editor=True)
    Modality.objects.filter(pk=page.pk).update(review_due_on=timezone.localdate(), responsible=None)
    remind_of_reviews()
    OutboxMessage.objects.filter(reminder__kind="due").update(due_at=timezone.now() - timedelta(minutes=1))
    sending.send_due()
    assert set(Notice.objects.values_list("user__name", flat=True)) == {"Edda Editor", "Ed Other"}


def test_of_what_lies_in_the_past_only_the_latest_goes_out(page, edda):
    plan(page, edda, -3)
    assert scheduled() == [("due", "Edda Editor", -3), ("overdue", "Edda Editor", 4)]


def test_they_go_out_in_the_app_and_by_mail(page, edda):
    plan(page, edda, 0)
    OutboxMessage.objects.filter(reminder__kind="due").update(due_at=timezone.now() - timedelta(minutes=1))
    sending.send_due()
    notice, mail = Notice.objects.get(kind="due"), Mail.objects.get(subject__contains="review")
    assert "review of the reference page “PRRT”" in notice.text
    assert notice.path == reverse("modalities:page", args=["prrt"])
    assert "the review of a reference page is open" in mail.body


def test_a_review_that_was_done_meanwhile_is_not_reminded_of(page, edda):
    plan(page, edda, 0)
    OutboxMessage.objects.filter(reminder__kind="due").update(due_at=timezone.now() - timedelta(minutes=1))
    plan_review(page, by=edda, review_due_on=timezone.localdate() + timedelta(days=365), responsible=edda)
    sending.send_due()
    assert not Notice.objects.exists()


def test_an_editor_who_left_is_told_of_by_the_approvers(page, edda):
    approver()
    plan(page, edda, 0)
    User.objects.filter(pk=edda.pk).update(is_content_editor=False)
    OutboxMessage.objects.filter(reminder__kind="due").update(due_at=timezone.now() - timedelta(minutes=1))
    sending.send_due()
    sending.send_due()
    assert Notice.objects.get().user == approver()


def test_editors_see_them_and_send_a_failed_one_again(page, edda):
    plan(page, edda, 0)
    row = OutboxMessage.objects.filter(channel="email").first()
    OutboxMessage.objects.filter(pk=row.pk).update(status="failed", last_error="the mail server answered 550")
    Reminder.objects.filter(pk=row.reminder_id).update(status="failed")
    client = Client()
    client.force_login(edda)
    assert "550" in client.get(reverse("careplans:review_reminders")).content.decode()
    client.post(reverse("careplans:review_send_again", args=[row.pk]))
    row.refresh_from_db()
    assert row.status == "pending"


def test_no_board_lists_them(page, edda, ana, client):
    plan(page, edda, 0)
    client.force_login(ana)
    shown = client.get(reverse("careplans:reminders", args=[ana.memberships.get().board_id]), {"state": "waiting"})
    assert "PRRT" not in shown.content.decode()
