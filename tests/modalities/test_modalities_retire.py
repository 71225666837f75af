import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from accounts.models import AuditEvent
from modalities.models import Modality
from modalities.services.drafts import begin_draft
from modalities.services.modalities import restore_page
from modalities.services.reviews import plan_review
from tests.modalities.makers import approver, fresh, publish_new, retire


def get(client, user, name, *args):
    client.force_login(user)
    return client.get(reverse(f"modalities:{name}", args=args))


@pytest.fixture
def retired(pages, edda):
    return retire(publish_new(edda))


def test_an_approver_retires_a_page_with_a_reason(retired):
    assert (retired.retired_by, retired.retired_reason) == (approver(), "Replaced.")
    assert AuditEvent.objects.filter(action="reference.page_retired", subject_id=str(retired.pk)).exists()


def test_without_a_reason_it_stays(prrt):
    with pytest.raises(ValidationError, match="Say why"):
        retire(prrt, reason=" ")
    assert fresh(prrt).retired_at is None


def test_an_editor_retires_none(prrt, edda):
    with pytest.raises(PermissionDenied):
        retire(prrt, by=edda)


def test_a_group_with_live_pages_stays(pages):
    with pytest.raises(ValidationError, match="live pages below"):
        retire(Modality.objects.get(slug="liver-directed"))


def test_a_retired_page_leaves_the_tree(client, retired, omar):
    assert "Lanreotide" not in get(client, omar, "index").content.decode()


@pytest.mark.parametrize(("name", "args"), [("page", []), ("history", []), ("revision", [1])])
def test_a_retired_page_stays_readable(client, retired, omar, name, args):
    assert get(client, omar, name, "lanreotide", *args).status_code == 200


def test_it_says_that_it_is_retired_and_why(client, retired, omar):
    text = get(client, omar, "page", "lanreotide").content.decode()
    assert "This page is retired" in text
    assert "Replaced." in text


def test_a_retired_page_has_no_review_due(client, retired, edda):
    assert "Lanreotide" not in get(client, edda, "reviews").content.decode()


def test_no_review_is_planned_on_it(retired, edda):
    with pytest.raises(ValidationError, match="nothing to review"):
        plan_review(retired, by=edda, review_due_on=None, responsible=None)


def test_no_draft_is_begun_on_it(retired, edda):
    with pytest.raises(ValidationError, match="retired"):
        begin_draft(retired, by=edda)


def test_brought_back_it_stands_in_the_tree_again(client, retired, omar):
    restore_page(retired, by=approver(), expected_version=retired.version)
    assert "Lanreotide" in get(client, omar, "index").content.decode()
    assert AuditEvent.objects.filter(action="reference.page_restored", subject_id=str(retired.pk)).exists()


def test_the_buttons_retire_and_bring_back(client, pages, edda):
    page = publish_new(edda)
    client.force_login(approver())
    client.post(reverse("modalities:retire", args=[page.slug]), {"reason": "Old.", "version": page.version})
    assert fresh(page).retired_reason == "Old."
    client.post(reverse("modalities:restore", args=[page.slug]), {"version": fresh(page).version})
    assert fresh(page).retired_at is None
