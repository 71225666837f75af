"""“My work” of editors and approvers: what waits for their answer, came back, is due, or is being written."""

from datetime import timedelta

import pytest
from django.urls import reverse

from careplans.readers.editorial_work import editorial_work
from careplans.rules import drafts as rules
from careplans.rules import reviewing
from common.centre_day import centre_today
from modalities.models import Modality
from modalities.services.reviewing import send_back
from tests.careplans.rules.makers import in_review, reworded
from tests.factories import make_user
from tests.modalities.makers import NEW, approver, begin, review

pytestmark = pytest.mark.django_db


@pytest.fixture
def prrt(pages):
    return Modality.objects.select_related("current_revision").get(slug="prrt")


def listed(person):
    return [(task.title, task.label) for task in editorial_work(person)]


def test_a_draft_in_review_stands_on_the_work_of_an_approver(prrt, edda, client):
    abel, draft = approver(), review(prrt, edda, indication=NEW)
    client.force_login(abel)
    page = client.get(reverse("careplans:my_work")).content.decode()
    assert draft.title in page
    assert "Approve it or send it back" in page
    assert reverse("modalities:draft", args=["prrt"]) in page


def test_not_on_that_of_who_wrote_it(prrt, edda):
    review(prrt, edda, indication=NEW)
    edda.is_content_approver = True
    edda.save()
    assert listed(edda) == []


def test_what_came_back_stands_first_with_what_the_approver_said(prrt, edda):
    draft = review(prrt, edda, indication=NEW)
    send_back(draft, by=approver(), expected_version=draft.version, comment="Name the dose.")
    (task,) = editorial_work(edda)
    assert (task.label, task.asked) == ("Sent back", "Name the dose.")
    assert listed(approver()) == []


def test_a_draft_of_the_rules_is_asked_for_and_comes_back_too(edda):
    abel, row = approver(), in_review(reworded(edda), edda)
    assert listed(abel) == [(f"Rules, draft {row.label}", "In review")]
    reviewing.send_back(row, by=abel, expected_version=row.version, comment="Say why.")
    assert [(task.label, task.asked) for task in editorial_work(edda)] == [("Sent back", "Say why.")]
    assert listed(abel) == []


def test_changing_a_rule_does_not_hide_that_the_set_came_back(edda):
    row = in_review(reworded(edda), edda)
    reviewing.send_back(row, by=approver(), expected_version=row.version, comment="Say why.")
    row.refresh_from_db()
    given = {"severity": "info", "advice": "Say why a trial."}
    rules.change_rule(row, "TRI-01", given, by=edda, expected_version=row.version)
    assert [task.label for task in editorial_work(edda)] == ["Sent back"]


def test_what_one_writes_is_at_the_end(prrt, edda):
    begin(prrt, edda, indication=NEW)
    Modality.objects.filter(slug="surgery").update(review_due_on=centre_today(), responsible=edda)
    assert [label for _, label in listed(edda)] == ["Review due", "Draft"]


@pytest.mark.parametrize(("days", "label"), [(-1, "Review overdue"), (0, "Review due"), (14, "Review due"), (15, None)])
def test_a_review_is_listed_from_two_weeks_before_its_day(prrt, edda, days, label):
    Modality.objects.filter(pk=prrt.pk).update(review_due_on=centre_today() + timedelta(days=days), responsible=edda)
    assert [found for _, found in listed(edda)] == ([label] if label else [])


def test_a_review_of_another_is_not_mine_and_one_of_nobody_is_everybodys(prrt, edda):
    ed = make_user("ed@consilium.example", "Ed", is_content_editor=True)
    Modality.objects.filter(pk=prrt.pk).update(review_due_on=centre_today(), responsible=ed)
    assert listed(edda) == []
    Modality.objects.filter(pk=prrt.pk).update(responsible=None)
    assert len(listed(edda)) == len(listed(ed)) == 1


def test_who_neither_edits_nor_approves_is_asked_nothing_and_costs_nothing(prrt, edda, omar, django_assert_num_queries):
    review(prrt, edda, indication=NEW)
    with django_assert_num_queries(0):
        assert editorial_work(omar) == []


def test_it_asks_the_same_for_two_drafts_as_for_twelve(pages, edda, django_assert_num_queries):
    counted = Modality.objects.filter(is_group=False, current_revision__isnull=False)[:12]
    for number, page in enumerate(counted):
        begin(page, edda)
        if number in (1, 11):
            # Drafts and reviews of pages and of templates, and the draft of the rules.
            with django_assert_num_queries(5):
                editorial_work(edda)


def test_a_board_member_who_edits_sees_both(prrt, edda, ana, client):
    ana.is_content_editor = True
    ana.save()
    begin(prrt, ana, indication=NEW)
    client.force_login(ana)
    page = client.get(reverse("careplans:my_work")).content.decode()
    assert 'id="editorial"' in page
    assert 'aria-label="What waits"' in page
