"""Nothing is published in which a sentence names no source, whichever way it goes."""

import shutil
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from modalities.content import FOLDER, ContentError
from modalities.markup import unsourced_sentences
from modalities.models import Draft, Modality, Revision
from modalities.services import load_pages
from modalities.services.attachments import attach, withdraw_attachment
from modalities.services.drafts import rebase_draft, send_to_review
from modalities.services.sourcing import add_source
from modalities.services.trials import add_trial
from tests.careplans.api import Api
from tests.modalities import files
from tests.modalities.makers import NEW, approve, approver, begin, fresh, publish, review

UNSOURCED = [
    "It cures.",
    "It helps. [S24]\n\nIt cures.",
    "- It helps. [S24]\n- It cures.",
    "1. It helps. [S24]\n2. It cures.",
    "> It cures.",
    "It helps. It cures. [S24]\nAnd it lasts.",
    "### Effect\nIt cures.",
    "#It cures",
    "### It cures.",
    "It **cures**",
    "[S24] It cures.",
    "[image 3]\nIt cures.",
    "It cures.\n---",
    "    It cures.",
    "`It cures.`",
]


@pytest.mark.parametrize("text", UNSOURCED)
def test_a_block_without_a_source_is_noticed(text):
    assert unsourced_sentences(text)


@pytest.mark.parametrize(
    "text",
    ["It helps. [S24]", "### Effect\nIt helps. [S24]", "- It helps. [S24]\n- It lasts. [—]", "### Effect\n\n[image 3]"],
)
def test_a_sourced_text_is_let_through(text):
    assert unsourced_sentences(text) == []


@pytest.mark.parametrize("text", UNSOURCED)
def test_it_is_not_sent_to_review(prrt, edda, text):
    draft = begin(prrt, edda, goal=text)
    with pytest.raises(ValidationError):
        send_to_review(draft, by=edda, expected_version=draft.version)
    assert Draft.objects.get(pk=draft.pk).state == "draft"


def test_it_is_not_sent_by_the_button_either(client, prrt, edda):
    draft = begin(prrt, edda, goal="It cures.")
    client.force_login(edda)
    url = reverse("modalities:draft_act", args=["prrt"])
    response = client.post(url, {"verb": "send", "version": draft.version})
    assert (response.status_code, Draft.objects.get(pk=draft.pk).state) == (409, "draft")


def in_review_unsourced(page, by):
    """As if something had got past the first check."""
    draft = review(page, by, indication=NEW)
    Draft.objects.filter(pk=draft.pk).update(goal="It cures.")
    return Draft.objects.get(pk=draft.pk)


def test_it_is_not_approved(prrt, edda):
    with pytest.raises(ValidationError, match="names no source"):
        approve(in_review_unsourced(prrt, edda))
    assert fresh(prrt).current_revision.number == 1


def test_it_is_not_approved_for_a_later_day(prrt, edda):
    with pytest.raises(ValidationError, match="names no source"):
        approve(in_review_unsourced(prrt, edda), in_force_on=timezone.now().date() + timedelta(days=90))
    assert prrt.revisions.count() == 1


def test_it_is_not_approved_by_the_button_either(client, prrt, edda):
    draft = in_review_unsourced(prrt, edda)
    client.force_login(approver())
    typed = {"version": draft.version, "matters_to_plans": "no", "why": "Wording only."}
    assert client.post(reverse("modalities:draft_approve", args=["prrt"]), typed).status_code == 409
    assert fresh(prrt).current_revision.number == 1


def test_what_came_in_by_bringing_a_draft_up_to_date_is_checked_too(prrt, edda):
    publish(prrt, edda, indication=NEW)
    draft = begin(fresh(prrt), edda, goal="It cures.")
    Draft.objects.filter(pk=draft.pk).update(base_revision=prrt.revisions.get(number=1))
    draft = rebase_draft(draft, by=edda)
    with pytest.raises(ValidationError, match="names no source"):
        send_to_review(draft, by=edda, expected_version=draft.version)


def test_an_image_that_was_withdrawn_meanwhile_is_not_approved(prrt, edda):
    image = attach(prrt, by=edda, data=files.image(), title="T", alternative_text="A line.", source="S20")
    draft = review(prrt, edda, goal=f"Ours. [—]\n{image.marker}")
    withdraw_attachment(image, by=edda, reason="Wrong.")
    with pytest.raises(ValidationError, match="has been withdrawn"):
        approve(draft)


def test_it_is_not_loaded_from_a_file(pages, tmp_path):
    folder = shutil.copytree(FOLDER, tmp_path / "content")
    path = folder / "pages" / "prrt.md"
    path.write_text(path.read_text().replace("## Goal\n", "## Goal\n\nIt cures.\n"))
    with pytest.raises(ContentError, match=r"prrt\.md: “It cures\.” names no source"):
        load_pages(folder)
    assert Revision.objects.count() == 11


@pytest.mark.parametrize("path", ["/modalities/", "/modalities/prrt/", "/modalities/prrt/revisions/"])
def test_the_api_publishes_nothing(pages, edda, path):
    assert Api(edda).post(path, {"goal": "It cures."}).status_code == 405


def test_every_sentence_of_every_page_in_force_names_its_source(pages):
    revisions = [
        page.current_revision for page in Modality.objects.select_related("current_revision").exclude(is_group=True)
    ]
    texts = [getattr(revision, name) for revision in revisions for name, _ in Revision.SECTIONS]
    assert len(texts) == 66
    assert [sentence for text in texts for sentence in unsourced_sentences(text)] == []


def make_source(number, by):
    add_source(
        by=by, title=f"Source {number}", publisher="A society", published_on="2024", accessed_on=date(2026, 1, 5)
    )


def make_trial(number, by):
    values = {"name": f"Trial {number}", "register_id": f"NCT{number}", "link": "", "opened_on": date(2026, 1, 5)}
    add_trial(values | {"closed_on": None, "criteria": "Grade 1", "contact": "Ward"}, by=by)


@pytest.mark.parametrize(
    ("make", "url"), [(make_source, "/reference/sources/"), (make_trial, "/reference/clinical-trials/")]
)
def test_a_list_costs_the_same_for_2_rows_and_for_12(
    client, pages, edda, nina, django_assert_max_num_queries, make, url
):
    counts = []
    for numbers in (range(2), range(2, 12)):
        for number in numbers:
            make(number, edda)
        client.force_login(nina)
        client.get(url)
        with django_assert_max_num_queries(11) as queries:
            assert client.get(url).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
