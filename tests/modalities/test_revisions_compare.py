import pytest
from django.urls import reverse

from common.worddiff import Piece, is_changed, word_diff
from tests.modalities.makers import publish


def test_only_the_words_that_differ_are_marked():
    assert word_diff("a smaller tumour", "a much smaller tumour") == [
        Piece("same", "a"),
        Piece("added", "much"),
        Piece("same", "smaller tumour"),
    ]


def test_a_replaced_word_is_taken_away_and_added():
    assert [piece.kind for piece in word_diff("may ease", "can ease")] == ["removed", "added", "same"]


def test_a_moved_line_break_is_no_change():
    assert not is_changed(word_diff("one\ntwo three", "one two\nthree"))


def test_a_new_paragraph_is_a_change():
    assert Piece("added", "¶\n\n") in word_diff("one two", "one\n\ntwo")


@pytest.fixture
def compared(client, prrt, edda, nina):
    publish(prrt, edda, goal="The goal is control. [S24]")
    client.force_login(nina)
    return client.get(reverse("modalities:compare", args=["prrt"]), {"old": 1, "new": 2}).content.decode()


def test_the_difference_is_marked_in_words_too(compared):
    assert "<ins>" in compared
    assert "Added: " in compared
    assert "Taken away: " in compared


def test_sections_without_a_difference_are_only_named(compared):
    assert "Unchanged: Title, What it is, Indication, Limits, Availability, References." in compared


def test_an_unreadable_number_shows_the_last_two(client, pages, nina):
    client.force_login(nina)
    assert client.get("/reference/prrt/compare/?old=x&new=").status_code == 200


def test_a_number_that_does_not_exist_is_not_found(client, pages, nina):
    client.force_login(nina)
    assert client.get("/reference/prrt/compare/?old=1&new=9").status_code == 404


def test_the_difference_is_shown_as_it_is_read(client, prrt, edda, nina):
    publish(prrt, edda, goal="The goal is **control**. [S24]")
    client.force_login(nina)
    text = client.get(reverse("modalities:compare", args=["prrt"]), {"old": 1, "new": 2}).content.decode()
    assert "<strong>control</strong>" in text
    assert "Difference of the source text" in text
    assert "**control**" in text


def test_a_difference_of_layout_alone_is_said_in_words(client, prrt, edda, nina):
    publish(prrt, edda, goal="One. [—]\n\nTwo. [—]")
    prrt.refresh_from_db()
    publish(prrt, edda, goal="- One. [—]\n- Two. [—]")
    client.force_login(nina)
    text = client.get(reverse("modalities:compare", args=["prrt"]), {"old": 2, "new": 3}).content.decode()
    assert "No words differ as they are read" in text
