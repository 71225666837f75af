import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import AuditEvent
from common.errors import Conflict
from modalities.models import Draft, Modality
from modalities.services.drafts import (
    begin_draft,
    discard_draft,
    edit_draft,
    rebase_draft,
    recall_draft,
    send_to_review,
)
from tests.factories import make_user
from tests.modalities.makers import NEW, approve, begin, fresh, review


@pytest.fixture
def eli(db):
    return make_user("eli@consilium.example", "Eli Editor", is_content_editor=True)


def test_a_draft_starts_from_what_is_in_force(prrt, edda):
    draft = begin_draft(prrt, by=edda)
    assert (draft.base_revision, draft.indication) == (prrt.current_revision, prrt.current_revision.indication)
    assert AuditEvent.objects.filter(action="reference.draft_begun", actor=edda, subject_id=str(draft.pk)).exists()


def test_a_reader_may_not_begin_one(prrt, omar):
    with pytest.raises(PermissionDenied):
        begin_draft(prrt, by=omar)


def test_one_open_draft_per_page(prrt, edda, eli):
    begin_draft(prrt, by=edda)
    with pytest.raises(ValidationError, match="open draft already"):
        begin_draft(prrt, by=eli)


def test_a_group_has_no_draft(pages, edda):
    with pytest.raises(ValidationError, match="group"):
        begin_draft(Modality.objects.get(slug="liver-directed"), by=edda)


def test_two_editors_of_two_sections_both_keep_their_words(prrt, edda, eli):
    draft = begin_draft(prrt, by=edda)
    seen = {"indication": draft.indication, "goal": draft.goal}
    edit_draft(draft, {"indication": "Hers. [—]"}, by=edda, base=seen)
    saved, theirs = edit_draft(draft, {"goal": "His. [—]"}, by=eli, base=seen)
    assert (saved.indication, saved.goal, theirs) == ("Hers. [—]", "His. [—]", {})


def test_two_editors_of_one_section_see_both_texts_and_none_is_overwritten(prrt, edda, eli):
    draft = begin_draft(prrt, by=edda)
    seen = {"goal": draft.goal}
    edit_draft(draft, {"goal": "Hers. [—]"}, by=edda, base=seen)
    saved, theirs = edit_draft(draft, {"goal": "His. [—]"}, by=eli, base=seen)
    assert (saved.goal, theirs) == ("Hers. [—]", {"goal": "Hers. [—]"})


def test_a_draft_in_review_is_not_written_on(prrt, edda):
    draft = review(prrt, edda, indication=NEW)
    with pytest.raises(ValidationError, match="Take it back"):
        edit_draft(draft, {"goal": "Late. [—]"}, by=edda)


def test_taken_back_it_is_open_again(prrt, edda):
    draft = review(prrt, edda, indication=NEW)
    draft = recall_draft(draft, by=edda, expected_version=draft.version)
    assert draft.state == Draft.State.DRAFT


def test_a_discarded_draft_makes_room_for_another(prrt, edda):
    draft = begin(prrt, edda, indication=NEW)
    discard_draft(draft, by=edda, expected_version=draft.version)
    assert begin_draft(prrt, by=edda).indication == prrt.current_revision.indication


def test_a_stale_button_changes_nothing(prrt, edda):
    draft = begin(prrt, edda, indication=NEW)
    with pytest.raises(Conflict):
        send_to_review(draft, by=edda, expected_version=draft.version - 1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("It helps.", "names no source"),
        ("It helps. It cures. [S24]", "names no source"),
        ("It helps. [S99]", "no statement S99"),
        ("It helps. [E7]", "no source E7"),
        ("", "Write something"),
    ],
)
def test_an_unsourced_sentence_is_not_sent_to_review(prrt, edda, text, says):
    draft = begin(prrt, edda, goal=text)
    with pytest.raises(ValidationError, match=says):
        send_to_review(draft, by=edda, expected_version=draft.version)


def test_the_same_text_is_not_sent_to_review(prrt, edda):
    draft = begin(prrt, edda)
    with pytest.raises(ValidationError, match="Nothing differs"):
        send_to_review(draft, by=edda, expected_version=draft.version)


def test_bringing_a_draft_up_to_date_keeps_every_typed_word(prrt, edda, eli):
    approve(review(prrt, edda, title="PRRT, theirs", goal="Theirs. [—]"))
    draft = begin(fresh(prrt), eli, indication=NEW)
    Draft.objects.filter(pk=draft.pk).update(
        base_revision=prrt.revisions.get(number=1), goal=prrt.current_revision.goal
    )
    draft = rebase_draft(draft, by=eli)
    assert (draft.indication, draft.goal, draft.base_revision.number) == (NEW, "Theirs. [—]", 2)
