import pytest
from django.urls import reverse

from modalities.forms.revisions import RevisionForm
from modalities.models import Modality
from tests.modalities.makers import NEW, publish

URL = "/reference/prrt/edit/"


def typed(modality, **changes):
    """What a browser sends: the form as it stood, with some of it typed over."""
    fields = RevisionForm.initial_from(modality, modality.current_revision)
    fields |= {"change_note": "Plainer words.", "do": "publish", **changes}
    return {name: "" if value is None else str(value).replace("\n", "\r\n") for name, value in fields.items()}


def test_publishing_makes_a_revision_and_shows_the_page(client, prrt, edda):
    client.force_login(edda)
    response = client.post(URL, typed(prrt, indication=NEW))
    assert response.url == reverse("modalities:page", args=["prrt"])
    assert prrt.revisions.get(number=2).indication == NEW


def test_only_the_changed_section_differs_although_browsers_send_other_line_ends(client, prrt, edda):
    client.force_login(edda)
    client.post(URL, typed(prrt, indication=NEW))
    assert prrt.revisions.get(number=2).availability == prrt.revisions.get(number=1).availability


def test_a_preview_shows_the_change_and_saves_nothing(client, prrt, edda):
    client.force_login(edda)
    text = client.post(URL, typed(prrt, indication=NEW, do="preview")).content.decode()
    assert "Preview: not published yet" in text
    assert "<ins>" in text
    assert prrt.revisions.count() == 1


def test_a_preview_keeps_what_was_typed(client, prrt, edda):
    client.force_login(edda)
    response = client.post(URL, typed(prrt, indication=NEW, do="preview"))
    assert response.context["form"]["indication"].value() == NEW


def test_a_reader_may_not_open_the_form(client, prrt, omar):
    client.force_login(omar)
    assert client.get(URL).status_code == 403


def test_a_reader_may_not_post_the_form(client, prrt, omar):
    client.force_login(omar)
    assert client.post(URL, typed(prrt, indication=NEW)).status_code == 403
    assert prrt.revisions.count() == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("It helps.", "names no source"),
        ("It helps. [S99]", "There is no statement S99"),
        ("", "This field is required"),
    ],
)
def test_a_text_without_a_known_source_is_refused_in_words(client, prrt, edda, text, says):
    client.force_login(edda)
    assert says in client.post(URL, typed(prrt, goal=text)).content.decode()
    assert prrt.revisions.count() == 1


def test_a_review_in_the_future_is_refused(client, prrt, edda):
    client.force_login(edda)
    text = client.post(URL, typed(prrt, indication=NEW, last_reviewed_on="2999-01-01")).content.decode()
    assert "A review cannot lie in the future" in text


def test_the_day_of_the_next_review_is_kept(client, prrt, edda):
    client.force_login(edda)
    client.post(URL, typed(prrt, review_due_on="2027-05-01"))
    prrt.refresh_from_db()
    assert str(prrt.review_due_on) == "2027-05-01"


@pytest.fixture
def overtaken(client, prrt, edda):
    """Edda typed a new indication and a new title, and meanwhile the title and the goal changed under her."""
    stale = typed(
        Modality.objects.select_related("current_revision").get(pk=prrt.pk), indication=NEW, title="PRRT, mine"
    )
    publish(prrt, edda, title="PRRT, theirs", goal="Theirs. [—]")
    client.force_login(edda)
    return client.post(URL, stale)


def test_a_conflict_publishes_nothing(overtaken, prrt):
    assert (overtaken.status_code, prrt.revisions.count()) == (409, 2)


def test_a_conflict_keeps_every_typed_word_and_takes_over_what_was_not_touched(overtaken):
    form = overtaken.context["form"]
    assert form["indication"].value() == NEW
    assert form["title"].value() == "PRRT, mine"
    assert form["goal"].value() == "Theirs. [—]"


def test_a_conflict_shows_both_texts(overtaken):
    text = overtaken.content.decode()
    assert "PRRT, mine" in text
    assert "theirs" in text
    assert "Nothing was published yet" in text


def test_publishing_again_after_a_conflict_succeeds(overtaken, client, prrt):
    again = {field.html_name: field.value() or "" for field in overtaken.context["form"]} | {"do": "publish"}
    assert client.post(URL, again).status_code == 302
    assert prrt.revisions.get(number=3).goal == "Theirs. [—]"
