import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import AuditEvent
from modalities.markup import Shown, plain, render, unsourced_sentences
from modalities.models import Attachment, Modality
from modalities.services.attachments import attach, withdraw_attachment
from modalities.services.drafts import send_to_review
from tests.modalities import files
from tests.modalities.makers import add, begin, fresh, publish


def attach_one(page, by, data=None, **given):
    values = {"title": "Dose over time", "alternative_text": "A falling line.", "source": "S20", **given}
    return attach(page, by=by, data=files.image() if data is None else data, **values)


def fetch(client, user, attachment, **headers):
    client.force_login(user)
    return client.get(reverse("modalities:attachment", args=[attachment.pk]), **headers)


def post(client, user, data, name="picture.png", **typed):
    client.force_login(user)
    values = {"title": "Dose over time", "alternative_text": "A falling line.", "source": "S20", **typed}
    file = SimpleUploadedFile(name, data, content_type="image/png")
    return client.post(reverse("modalities:attachment_new", args=["prrt"]), values | {"file": file})


def read(client, user, name, *args):
    client.force_login(user)
    return client.get(reverse(f"modalities:{name}", args=args)).content.decode()


def test_an_editor_attaches_an_image(prrt, edda):
    made = attach_one(prrt, edda)
    assert (made.content_type, made.source, made.uploaded_by) == ("image/png", "S20", edda)
    assert AuditEvent.objects.filter(action="reference.attachment_added", actor=edda, subject_id=str(made.pk)).exists()


def test_a_reader_attaches_none(prrt, omar):
    with pytest.raises(PermissionDenied):
        attach_one(prrt, omar)


def test_an_image_needs_words_for_those_who_cannot_see_it(prrt, edda):
    with pytest.raises(ValidationError, match="Say what the image shows"):
        attach_one(prrt, edda, alternative_text=" ")


def test_the_database_wants_them_too(prrt, edda):
    made = attach_one(prrt, edda)
    with pytest.raises(IntegrityError), transaction.atomic():
        Attachment.objects.filter(pk=made.pk).update(alternative_text="")


@pytest.mark.parametrize(("typed", "kept"), [("s20", "S20"), ("[S28,S29]", "S28, S29"), ("our own", "—"), ("—", "—")])
def test_a_source_is_written_in_several_ways(prrt, edda, typed, kept):
    assert attach_one(prrt, edda, source=typed).source == kept


@pytest.mark.parametrize("typed", ["", "S99", "E7", "a book", "S20]<b>"])
def test_a_source_must_exist(prrt, edda, typed):
    with pytest.raises(ValidationError) as refused:
        attach_one(prrt, edda, source=typed)
    assert "source" in refused.value.message_dict


def test_a_refused_file_keeps_the_words(client, prrt, edda):
    response = post(client, edda, b"<html>")
    assert "whatever its name says" in response.content.decode()
    assert 'value="Dose over time"' in response.content.decode()
    assert "Choose the file again" in response.content.decode()
    assert Attachment.objects.count() == 0


def test_the_type_is_that_of_the_content_and_not_of_the_name(client, prrt, edda):
    post(client, edda, files.pdf(), name="picture.png")
    assert Attachment.objects.get().content_type == "application/pdf"


def test_a_file_above_the_limit_is_refused_by_its_size(client, prrt, edda, settings):
    settings.ATTACHMENT_MAX_BYTES = 20
    assert "at most" in post(client, edda, files.image()).content.decode()


def test_an_image_is_served_so_that_it_can_do_nothing_else(client, prrt, edda, nina):
    made = attach_one(prrt, edda)
    response = fetch(client, nina, made)
    assert response.content == bytes(Attachment.objects.get(pk=made.pk).content)
    assert response["Content-Type"] == "image/png"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Content-Disposition"] == 'inline; filename="dose-over-time.png"'
    assert "private" in response["Cache-Control"]


def test_a_pdf_is_saved_and_not_opened_in_the_page(client, prrt, edda, nina):
    made = attach_one(prrt, edda, files.pdf(), title='Leaflet "2024"/é')
    assert fetch(client, nina, made)["Content-Disposition"] == 'attachment; filename="leaflet-2024e.pdf"'


def test_what_the_browser_has_already_is_not_sent_again(client, prrt, edda, nina):
    made = attach_one(prrt, edda)
    response = fetch(client, nina, made, HTTP_IF_NONE_MATCH=f'"{made.sha256}"')
    assert (response.status_code, response.content) == (304, b"")


def test_a_file_of_an_unpublished_page_does_not_exist_for_readers(client, pages, edda, nina):
    made = attach_one(add(edda), edda)
    assert fetch(client, nina, made).status_code == 404
    assert fetch(client, edda, made).status_code == 200


def test_a_withdrawn_file_is_off_the_list_and_still_served(client, prrt, edda, nina):
    made = attach_one(prrt, edda)
    withdraw_attachment(made, by=edda, reason="Wrong scale.")
    assert "Dose over time" not in read(client, nina, "attachments", "prrt")
    assert "Wrong scale." in read(client, edda, "attachments", "prrt")
    assert fetch(client, nina, made).status_code == 200
    assert AuditEvent.objects.filter(action="reference.attachment_withdrawn", subject_id=str(made.pk)).exists()


def test_it_is_withdrawn_once(prrt, edda):
    made = attach_one(prrt, edda)
    withdraw_attachment(made, by=edda, reason="Wrong scale.")
    with pytest.raises(ValidationError, match="already"):
        withdraw_attachment(made, by=edda, reason="Again.")


def test_a_page_shows_its_image_with_words_and_source(client, prrt, edda, nina):
    made = attach_one(prrt, edda)
    publish(prrt, edda, goal=f"Ours. [—]\n{made.marker}")
    text = read(client, nina, "page", "prrt")
    assert f'<img src="/reference/attachments/{made.pk}/" alt="A falling line."' in text
    assert 'id="S20"' in text


def test_a_page_links_its_file(client, prrt, edda, nina):
    made = attach_one(prrt, edda, files.pdf())
    publish(prrt, edda, goal=f"See the leaflet. {made.marker}")
    assert f'<a href="/reference/attachments/{made.pk}/">Dose over time (PDF' in read(client, nina, "page", "prrt")


def test_an_old_revision_still_shows_a_withdrawn_image(client, prrt, edda, nina):
    made = attach_one(prrt, edda)
    publish(prrt, edda, goal=f"Ours. [—]\n{made.marker}")
    withdraw_attachment(made, by=edda, reason="Wrong scale.")
    assert "<img src=" in read(client, nina, "revision", "prrt", 2)


def refused_for(prrt, by, goal, says):
    draft = begin(fresh(prrt), by, goal=goal)
    with pytest.raises(ValidationError, match=says):
        send_to_review(draft, by=by, expected_version=draft.version)


def test_an_image_that_does_not_exist_is_not_sent_to_review(prrt, edda):
    refused_for(prrt, edda, "Ours. [—]\n[image 999]", "no image 999")


def test_a_file_is_not_shown_as_an_image(prrt, edda):
    made = attach_one(prrt, edda, files.pdf())
    refused_for(prrt, edda, f"Ours. [—]\n[image {made.pk}]", "no image")


def test_an_image_of_another_page_is_not_sent_to_review(prrt, edda):
    made = attach_one(Modality.objects.get(slug="tae"), edda)
    refused_for(prrt, edda, f"Ours. [—]\n{made.marker}", "no image")


def test_a_withdrawn_image_is_not_sent_to_review(prrt, edda):
    made = attach_one(prrt, edda)
    withdraw_attachment(made, by=edda, reason="Wrong scale.")
    refused_for(prrt, edda, f"Ours. [—]\n{made.marker}", "has been withdrawn")


def test_an_image_inside_a_sentence_is_not_sent_to_review(prrt, edda):
    made = attach_one(prrt, edda)
    refused_for(prrt, edda, f"Look at {made.marker} here. [—]", "line of its own")


def test_an_image_brings_its_own_source_and_excuses_no_sentence():
    assert unsourced_sentences("[image 3]") == []
    assert unsourced_sentences("It helps.\n[image 3]\nIt cures. [S20]") == ["It helps."]


def test_a_file_brings_its_own_source():
    assert unsourced_sentences("See the leaflet. [file 3]") == []
    assert unsourced_sentences("See [file 3] for more.") == ["for more."]


def test_a_title_cannot_smuggle_anything_into_the_page():
    shown = Shown("/x/", '[file 3] [S20] "><script>', "—", True, '" onerror="x [file 3]', 1, 1)
    html = render("[image 3]", attachments={3: shown})
    assert "<script" not in html
    assert 'onerror="' not in html
    assert html.count("<a ") == 0


def test_the_search_reads_no_markers():
    assert plain("It helps. [S20]\n\n[image 3]\n\nSee it. [file 4]") == "It helps. See it."


def test_the_list_costs_the_same_for_2_and_for_12(client, prrt, edda, nina, django_assert_max_num_queries):
    counts = []
    for more in (2, 10):
        for _ in range(more):
            attach_one(prrt, edda)
        client.force_login(nina)
        with django_assert_max_num_queries(8) as queries:
            client.get(reverse("modalities:attachments", args=["prrt"]))
        assert not any('"modalities_attachment"."content",' in query["sql"] for query in queries)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_page_costs_the_same_for_2_images_and_for_12(client, prrt, edda, nina, django_assert_max_num_queries):
    counts = []
    for more in (2, 10):
        made = [attach_one(prrt, edda, source="our own") for _ in range(more)]
        publish(fresh(prrt), edda, goal="Ours. [—]\n" + "\n".join(one.marker for one in made))
        client.force_login(nina)
        client.get(reverse("modalities:page", args=["prrt"]))
        with django_assert_max_num_queries(12) as queries:
            client.get(reverse("modalities:page", args=["prrt"]))
        counts.append(len(queries))
    assert counts[0] == counts[1]
