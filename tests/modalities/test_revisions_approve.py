from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from common.errors import Conflict
from modalities.models import Draft, Publication
from modalities.reading import texts_of
from modalities.services import load_pages, put_into_force_due
from modalities.services.publications import withdraw_revision
from modalities.services.reviewing import approve_draft, send_back
from tests.modalities.makers import NEW, approve, approver, begin, fresh, publish, review

NEXT_WEEK = timedelta(days=7)


def test_approval_puts_a_revision_in_force(prrt, edda):
    made = publish(prrt, edda, indication=NEW)
    assert (made.number, made.indication, fresh(prrt).current_revision) == (2, NEW, made)
    assert AuditEvent.objects.filter(action="reference.publish", subject_id=str(made.pk)).count() == 1


def test_the_answer_on_open_plans_is_kept(prrt, edda):
    made = approve(review(prrt, edda, indication=NEW), matters_to_plans=True, why="Narrower than before.")
    assert (made.publication.matters_to_plans, made.publication.why) == (True, "Narrower than before.")
    assert (made.publication.written_by, made.publication.approved_by) == (edda, approver())


def test_the_earlier_revision_stays_as_it_was(prrt, edda):
    before = texts_of(prrt.current_revision)
    publish(prrt, edda, indication=NEW)
    assert texts_of(prrt.revisions.get(number=1)) == before


def test_whoever_wrote_may_not_approve(prrt, edda):
    draft = review(prrt, edda, indication=NEW)
    edda.is_content_approver = True
    with pytest.raises(PermissionDenied, match="another person"):
        approve(draft, by=edda)
    assert prrt.revisions.count() == 1


def test_an_editor_may_not_approve(prrt, edda):
    with pytest.raises(PermissionDenied, match="approve reference pages"):
        approve(review(prrt, edda, indication=NEW), by=edda)


def test_a_draft_that_was_not_sent_is_not_approved(prrt, edda):
    with pytest.raises(ValidationError, match="not possible"):
        approve(begin(prrt, edda, indication=NEW))


def test_an_approver_approves_only_what_they_saw(prrt, edda):
    draft = review(prrt, edda, indication=NEW)
    with pytest.raises(Conflict):
        approve(draft, expected_version=draft.version - 1)


def test_sent_back_it_carries_the_comment(prrt, edda):
    draft = review(prrt, edda, indication=NEW)
    send_back(draft, by=approver(), expected_version=draft.version, comment="Name the trial.")
    draft.refresh_from_db()
    assert draft.state == Draft.State.SENT_BACK
    assert draft.events.last().comment == "Name the trial."


def test_sending_back_needs_words(prrt, edda):
    draft = review(prrt, edda, indication=NEW)
    with pytest.raises(ValidationError, match="Say what should change"):
        send_back(draft, by=approver(), expected_version=draft.version, comment=" ")


def scheduled(prrt, edda):
    return approve(review(prrt, edda, indication=NEW), in_force_on=timezone.localdate() + NEXT_WEEK)


def test_a_scheduled_revision_waits_for_its_day(prrt, edda):
    scheduled(prrt, edda)
    assert put_into_force_due() == []
    assert fresh(prrt).current_revision.number == 1


def test_on_its_day_readers_see_it_although_nobody_switched(client, prrt, edda, nina):
    scheduled(prrt, edda)
    with time_machine.travel(timezone.now() + NEXT_WEEK):
        client.force_login(nina)
        response = client.get(reverse("modalities:page", args=["prrt"]))
        assert response.context["revision"].number == 2
        assert "Revision</dt><dd>2, in force" in response.content.decode()


def test_a_draft_begun_on_its_day_starts_from_it(prrt, edda):
    made = scheduled(prrt, edda)
    with time_machine.travel(timezone.now() + NEXT_WEEK):
        draft = begin(prrt, edda, goal="Else. [—]")
        assert (draft.base_revision, draft.indication) == (made, NEW)


def test_the_switch_moves_the_page_once(prrt, edda):
    made = scheduled(prrt, edda)
    day = timezone.localdate() + NEXT_WEEK
    assert (put_into_force_due(day), put_into_force_due(day)) == ([made], [])
    assert fresh(prrt).current_revision == made


def test_a_cancelled_one_never_comes(prrt, edda):
    made = scheduled(prrt, edda)
    withdraw_revision(made, by=approver(), reason="Too early.")
    assert put_into_force_due(timezone.localdate() + NEXT_WEEK) == []
    assert Publication.objects.get(revision=made).was_cancelled


def test_a_second_approval_waits_for_the_scheduled_one(prrt, edda):
    scheduled(prrt, edda)
    with pytest.raises(ValidationError, match="Cancel that one first"):
        publish(prrt, edda, goal="Else. [—]")


def test_a_withdrawn_revision_gives_way_to_the_one_before(prrt, edda):
    made = publish(prrt, edda, indication=NEW)
    now = withdraw_revision(made, by=approver(), reason="The trial was retracted.")
    assert (now.number, fresh(prrt).current_revision.number) == (1, 1)
    assert AuditEvent.objects.filter(action="reference.withdraw", subject_id=str(made.pk)).exists()


def test_with_nothing_left_the_page_says_so_and_loading_brings_nothing_back(client, prrt, nina):
    assert withdraw_revision(prrt.current_revision, by=approver(), reason="Wrong throughout.") is None
    load_pages()
    client.force_login(nina)
    assert "Nothing is in force on this page" in client.get(reverse("modalities:page", args=["prrt"])).content.decode()
    assert client.get(reverse("modalities:history", args=["prrt"])).status_code == 200
    assert client.get(reverse("modalities:index")).status_code == 200


def test_after_a_withdrawal_numbers_go_on(prrt, edda):
    withdraw_revision(publish(prrt, edda, indication=NEW), by=approver(), reason="Wrong.")
    assert publish(fresh(prrt), edda, goal="Else. [—]").number == 3


def test_withdrawing_needs_a_reason_and_an_approver(prrt, edda):
    with pytest.raises(ValidationError, match="Say why"):
        withdraw_revision(prrt.current_revision, by=approver(), reason="")
    with pytest.raises(PermissionDenied):
        withdraw_revision(prrt.current_revision, by=edda, reason="Wrong.")


def test_a_day_in_the_past_is_refused(prrt, edda):
    with pytest.raises(ValidationError, match="in the past"):
        approve(review(prrt, edda, indication=NEW), in_force_on=timezone.localdate() - NEXT_WEEK)


def test_a_base_that_is_no_longer_in_force_is_a_conflict(prrt, edda):
    made = publish(prrt, edda, indication=NEW)
    draft = review(fresh(prrt), edda, goal="Else. [—]")
    withdraw_revision(made, by=approver(), reason="Wrong.")
    with pytest.raises(Conflict, match="up to date"):
        approve_draft(draft, by=approver(), expected_version=draft.version, matters_to_plans=False, why="No.")
