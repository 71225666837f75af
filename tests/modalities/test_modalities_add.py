import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.urls import reverse

from accounts.models import AuditEvent
from common.errors import Conflict
from modalities import urls
from modalities.models import Modality
from modalities.services import load_pages
from modalities.services.modalities import move_page
from tests.careplans.api import Api
from tests.modalities.makers import add, approver, fresh, place, publish_new


def get(client, user, name, *args):
    client.force_login(user)
    return client.get(reverse(f"modalities:{name}", args=args))


def move(page, by, **changes):
    page = fresh(page)
    stands = {"title": page.title, "parent": page.parent, "order": page.order, "code": page.code}
    return move_page(page, place(**stands | changes), by=by, expected_version=page.version)


def test_an_editor_adds_a_page_without_text(pages, edda):
    page = add(edda)
    assert (page.code, page.current_revision, page.added_by, page.is_known) == ("OSA", None, edda, False)
    assert AuditEvent.objects.filter(action="reference.page_added", actor=edda, subject_id=str(page.pk)).exists()


def test_a_reader_adds_none(pages, omar):
    with pytest.raises(PermissionDenied):
        add(omar)


def test_an_address_is_given_once(pages, edda):
    add(edda)
    with pytest.raises(ValidationError, match="address is taken"):
        add(edda)


def test_no_page_takes_an_address_that_the_app_uses():
    firsts = {str(pattern.pattern).split("/")[0] for pattern in urls.urlpatterns}
    assert {first for first in firsts if first and "<" not in first} <= set(Modality.RESERVED_SLUGS)


def test_no_page_is_called_like_the_search(pages, edda):
    with pytest.raises(ValidationError, match="address is taken"):
        add(edda, slug="search")


def test_the_form_proposes_the_address_from_the_title(client, pages, edda):
    client.force_login(edda)
    parent = Modality.objects.get(slug="sequence-of-management")
    typed = {"title": "Microwave ablation", "parent": parent.pk, "order": 50, "code": "OTHER"}
    response = client.post(reverse("modalities:page_new"), typed)
    assert response.url == "/reference/microwave-ablation/draft/"


@pytest.mark.parametrize("title", ["新しい", "Лечение", "Θεραπεία", "علاج"])
def test_a_title_without_letters_for_an_address_is_numbered(client, pages, edda, title):
    client.force_login(edda)
    parent = Modality.objects.get(slug="sequence-of-management")
    typed = {"title": title, "parent": parent.pk, "order": 50, "code": "OTHER"}
    found = [client.post(reverse("modalities:page_new"), typed).url for _ in range(2)]
    assert found == ["/reference/reference-page-1/draft/", "/reference/reference-page-2/draft/"]


def test_a_refused_form_keeps_what_was_typed(client, pages, edda):
    client.force_login(edda)
    text = client.post(reverse("modalities:page_new"), {"title": "Microwave ablation", "order": "x"}).content.decode()
    assert 'value="Microwave ablation"' in text
    assert "Use a whole number" in text


@pytest.mark.parametrize("name", ["page", "history"])
def test_until_it_is_approved_a_reader_finds_nothing(client, pages, edda, omar, name):
    add(edda)
    assert get(client, omar, name, "lanreotide").status_code == 404
    assert "Lanreotide" not in get(client, omar, "index").content.decode()


def test_until_it_is_approved_editors_and_approvers_see_it(client, pages, edda):
    add(edda)
    for person in (edda, approver()):
        assert "Only editors and approvers see it" in get(client, person, "page", "lanreotide").content.decode()
        assert "Not published" in get(client, person, "index").content.decode()


def test_until_it_is_approved_the_api_does_not_list_it(pages, edda, ana):
    add(edda)
    assert Api(ana).get("/modalities/lanreotide/").status_code == 404
    assert Api(ana).get("/modalities/lanreotide/revisions/").status_code == 404


def test_once_approved_everybody_reads_it(client, pages, edda, omar):
    publish_new(edda)
    assert get(client, omar, "page", "lanreotide").status_code == 200
    assert "Lanreotide" in get(client, omar, "index").content.decode()


def test_a_code_has_one_main_page(pages):
    with pytest.raises(IntegrityError):
        Modality.objects.create(slug="other", title="Other", code="OSA")


def test_added_pages_may_share_a_code_and_the_main_one_stays(pages, edda):
    publish_new(edda)
    add(edda, slug="octreotide", title="Octreotide")
    assert Modality.objects.main().get(code="OSA").slug == "other-systemic-agents"


def test_a_page_moves_and_the_audit_says_from_where(pages, edda):
    page = add(edda)
    move(page, edda, parent=Modality.objects.get(slug="liver-directed"), code="")
    page = fresh(page)
    assert (page.parent.slug, page.code) == ("liver-directed", "")
    told = AuditEvent.objects.get(action="reference.page_moved", subject_id=str(page.pk)).data
    assert (told["old"]["parent"], told["new"]["parent"]) == ("sequence-of-management", "liver-directed")


def test_no_page_hangs_on_itself(pages, edda):
    group = Modality.objects.get(slug="liver-directed")
    with pytest.raises(ValidationError, match="below itself"):
        move(group, edda, parent=Modality.objects.get(slug="tae"), code="")


def test_of_two_who_move_a_page_the_second_is_told(pages, edda):
    page = add(edda)
    move(page, edda, order=1)
    with pytest.raises(Conflict):
        move_page(page, place(order=2), by=edda, expected_version=page.version)


def test_a_page_that_came_with_the_app_keeps_its_code(prrt, edda):
    with pytest.raises(ValidationError, match="by its code"):
        move(prrt, edda, code="OSA")


def test_the_title_of_a_published_page_changes_with_its_text(pages, edda):
    page = publish_new(edda)
    with pytest.raises(ValidationError, match="changes with its text"):
        move(page, edda, title="Lanreotide autogel")


def test_loading_again_leaves_a_moved_page_where_it_was_put(prrt, edda):
    move(prrt, edda, order=5)
    load_pages()
    assert fresh(prrt).order == 5


def test_loading_again_leaves_an_added_page_alone_even_when_a_file_has_its_name(pages, edda):
    Modality.objects.filter(slug="tae").update(added_by=edda)
    outcome = next(page.outcome for page in load_pages() if page.slug == "tae")
    assert outcome == "kept"


def test_an_empty_group_is_shown_to_editors_only(client, pages, edda, omar):
    add(edda, slug="local", title="Local measures", is_group=True, code="")
    assert "Local measures" not in get(client, omar, "index").content.decode()
    assert "Local measures" in get(client, edda, "index").content.decode()
