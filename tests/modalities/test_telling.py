"""Whoever must act on a draft hears of it in the app, and so does whoever wrote on it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Notice, User
from common.centre_day import centre_today
from modalities.models import Publication
from modalities.services.drafts import discard_draft, edit_draft, recall_draft, send_to_review
from modalities.services.publications import put_into_force_due, withdraw_revision
from modalities.services.reviewing import send_back
from tests.factories import make_admin, make_user
from tests.modalities.makers import NEW, approve, approver, begin, review

pytestmark = pytest.mark.django_db


def told(person):
    return list(Notice.objects.filter(user=person).order_by("pk").values_list("text", flat=True))


def sent_back(draft, **changes):
    given = {"by": approver(), "expected_version": draft.version, "comment": "Name the dose.", **changes}
    return send_back(draft, **given)


def test_a_draft_sent_to_review_is_told_to_every_approver(prrt, edda):
    abel, second = approver(), make_user("ada@consilium.example", "Ada", is_content_approver=True)
    draft = review(prrt, edda, indication=NEW)
    asked = Notice.objects.filter(text__contains="Edda Editor asks you to review")
    assert {notice.user for notice in asked} == {abel, second}
    assert {notice.path for notice in asked} == {reverse("modalities:draft", args=["prrt"])}
    assert draft.title in told(abel)[0]


def test_who_wrote_on_it_is_not_asked_to_approve(prrt, edda):
    abel = approver()
    User.objects.filter(pk=edda.pk).update(is_content_approver=True)
    review(prrt, edda, indication=NEW)
    assert (told(edda), len(told(abel))) == ([], 1)


def test_where_nobody_may_approve_the_administrators_hear_of_it(prrt, edda):
    admin = make_admin()
    review(prrt, edda, indication=NEW)
    assert "nobody may approve it" in told(admin)[0]
    assert Notice.objects.get(user=admin).path == reverse("accounts:people")


def test_a_draft_sent_back_is_told_to_everybody_who_wrote_on_it_with_the_comment(prrt, edda):
    ed = make_user("ed@consilium.example", "Ed", is_content_editor=True)
    abel, draft = approver(), begin(prrt, edda, indication=NEW)
    edit_draft(draft, {"goal": "New. [—]"}, by=ed)
    draft.refresh_from_db()
    sent_back(send_to_review(draft, by=edda, expected_version=draft.version))
    assert [words[-1] for words in (told(edda), told(ed))] == [
        "Abel Approver sent back the draft of “Peptide receptor radionuclide therapy (PRRT)”: Name the dose."
    ] * 2
    assert told(abel) == []


def test_what_was_answered_or_taken_back_is_no_longer_asked(prrt, edda):
    second = make_user("ada@consilium.example", "Ada", is_content_approver=True)
    draft = review(prrt, edda, indication=NEW)
    recall_draft(draft, by=edda, expected_version=draft.version)
    assert told(second) == []
    draft.refresh_from_db()
    draft = send_to_review(draft, by=edda, expected_version=draft.version)
    assert len(told(second)) == 1
    approve(draft)
    assert told(second) == []


def test_each_round_of_review_asks_anew(prrt, edda):
    abel, draft = approver(), review(prrt, edda, indication=NEW)
    draft = sent_back(draft)
    send_to_review(draft, by=edda, expected_version=draft.version)
    assert len(told(abel)) == 1


def test_an_approval_is_told_to_who_wrote_with_its_day_and_comment(prrt, edda):
    day = centre_today() + timedelta(days=9)
    made = approve(review(prrt, edda, indication=NEW), in_force_on=day, comment="Well said.")
    assert f"revision 2 goes into force on {day:%-d %B %Y}: Well said." in told(edda)[0]
    assert Notice.objects.get(user=edda).path == reverse("modalities:revision", args=["prrt", made.number])


def test_the_day_of_a_revision_is_told_to_who_wrote_and_who_approved_it(prrt, edda):
    made = approve(review(prrt, edda, indication=NEW), in_force_on=centre_today() + timedelta(days=9))
    Publication.objects.filter(revision=made).update(in_force_on=centre_today())
    put_into_force_due()
    put_into_force_due()
    for person in (edda, approver()):
        assert len([words for words in told(person) if words.endswith("is in force: its day has come.")]) == 1


def test_a_revision_withdrawn_by_another_is_told_to_who_wrote_it(prrt, edda):
    made = approve(review(prrt, edda, indication=NEW))
    withdraw_revision(made, by=approver(), reason="A wrong dose.")
    assert told(edda)[-1].endswith("was withdrawn by Abel Approver: A wrong dose.")


def test_a_draft_discarded_by_a_colleague_is_told_to_its_writer(prrt, edda):
    ed = make_user("ed@consilium.example", "Ed", is_content_editor=True)
    draft = begin(prrt, edda, indication=NEW)
    discard_draft(draft, by=ed, expected_version=draft.version)
    assert told(edda) == ["Ed discarded the draft of “Peptide receptor radionuclide therapy (PRRT)”."]
    assert told(ed) == []


def test_who_left_is_not_told(prrt, edda):
    draft = review(prrt, edda, indication=NEW)
    User.objects.filter(pk=edda.pk).update(is_active=False)
    sent_back(draft)
    assert told(edda) == []


def test_nobody_is_told_of_what_came_with_the_program(pages):
    assert not Notice.objects.exists()
