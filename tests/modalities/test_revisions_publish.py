import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.errors import Conflict
from accounts.models import AuditEvent
from modalities.models import Modality
from modalities.reading import texts_of
from modalities.services import publish_revision
from tests.modalities.makers import NEW, draft_of, publish


def test_an_editor_puts_a_new_revision_in_force(prrt, edda):
    made = publish(prrt, edda, indication=NEW)
    prrt.refresh_from_db()
    assert (made.number, made.published_by, prrt.current_revision_id) == (2, edda, made.pk)


def test_publishing_leaves_an_audit_event(prrt, edda):
    made = publish(prrt, edda, indication=NEW)
    event = AuditEvent.objects.get(action="reference.publish", actor=edda)
    assert (event.subject_type, event.subject_id) == ("revision", str(made.pk))


def test_the_earlier_revision_stays_as_it_was(prrt, edda):
    before = texts_of(prrt.current_revision)
    publish(prrt, edda, indication=NEW)
    assert texts_of(prrt.revisions.get(number=1)) == before


def test_a_reader_may_not_publish(prrt, omar):
    with pytest.raises(PermissionDenied, match="edit the reference pages"):
        publish(prrt, omar, indication=NEW)
    assert prrt.revisions.count() == 1


def test_a_second_editor_gets_a_conflict_and_writes_nothing(prrt, edda):
    stale = Modality.objects.select_related("current_revision").get(pk=prrt.pk)
    publish(prrt, edda, indication=NEW)
    with pytest.raises(Conflict):
        publish(stale, edda, indication="Another text. [S24]")
    assert prrt.revisions.count() == 2


def test_publishing_the_same_text_again_is_refused(prrt, edda):
    with pytest.raises(ValidationError, match="nothing to publish"):
        publish(prrt, edda)


def test_a_group_has_no_page_to_publish(pages, prrt, edda):
    group = Modality.objects.get(slug="liver-directed")
    with pytest.raises(ValidationError, match="group"):
        publish_revision(group, by=edda, expected_revision=None, draft=draft_of(prrt))
