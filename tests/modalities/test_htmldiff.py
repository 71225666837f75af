"""The rendered difference, without a database: what holds for any two texts, and what a reader sees of some."""

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modalities.htmldiff import VOID, has_marks, html_diff
from modalities.markup import Shown, render, render_difference

IMAGE = {3: Shown("/x/", "Dose over time", "S20", True, "A line.", 4, 3), 4: Shown("/y/", "Leaflet", "E1", False)}

WORDS = "may can help **bold** *slant* [a](https://x.example) <b> & [S20] [E1] [—] 5 receptor"
words = st.sampled_from(WORDS.split())
sentence = st.lists(words, min_size=1, max_size=6).map(" ".join)
block = st.one_of(
    sentence,
    st.lists(sentence, min_size=1, max_size=3).map(lambda items: "\n".join(f"- {item}" for item in items)),
    st.lists(sentence, min_size=1, max_size=2).map(lambda items: "\n\n".join(f"1. {item}" for item in items)),
    sentence.map(lambda text: f"> {text}"),
    sentence.map(lambda text: f"### {text}"),
    st.just("[image 3]"),
    sentence.map(lambda text: f"{text} [file 4]"),
)  # fmt: skip
texts = st.lists(block, max_size=4).map("\n\n".join)


def text_of(html):
    """Words without tags and spaces: where the blocks end is not part of them."""
    return "".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def without(tag, html):
    return re.sub(f"<{tag}>.*?</{tag}>", "", html, flags=re.DOTALL)


class Balance(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.wrong = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            if tag in ("p", "ul", "ol", "blockquote", "h3", "figure", "li") and "p" in self.open:
                self.wrong.append(f"{tag} in p")
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        if data.strip() and self.open and self.open[-1] in ("ul", "ol"):
            self.wrong.append(f"{data!r} in a list")


def problems_of(html):
    balance = Balance()
    balance.feed(html)
    balance.close()
    return balance.wrong + balance.open


@given(texts, texts)
def test_without_what_was_taken_away_it_is_the_new_text(old, new):
    old, new = render(old, attachments=IMAGE), render(new, attachments=IMAGE)
    assert text_of(without("del", html_diff(old, new))) == text_of(new)


@given(texts, texts)
def test_without_what_was_added_it_is_the_old_text(old, new):
    old, new = render(old, attachments=IMAGE), render(new, attachments=IMAGE)
    assert text_of(without("ins", html_diff(old, new))) == text_of(old)


@given(texts, texts)
def test_it_is_well_formed(old, new):
    assert problems_of(html_diff(render(old, attachments=IMAGE), render(new, attachments=IMAGE))) == []


@given(texts)
def test_a_text_does_not_differ_from_itself(text):
    html = render(text, attachments=IMAGE)
    assert not has_marks(html_diff(html, html))


@given(texts, texts)
def test_no_tag_of_a_removed_block_is_left(old, new):
    old, new = render(f"### Gone\n\n{old}", attachments=IMAGE), render(new, attachments=IMAGE)
    assert html_diff(old, new).count("<h3>") == new.count("<h3>")


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("It may help.", "It can help.", "<p>It <del>may</del> <ins>can</ins> help.</p>"),
        ("It may help.", "It **may** help.", "<p>It <del>may</del> <ins><strong>may</strong></ins> help.</p>"),
        ("One.\n\nTwo.", "One.", "<p>One.</p><p><del>Two.</del></p>"),
        ("- One\n- Two", "- One", "<ul><li>One</li><li><del>Two</del></li></ul>"),
        ("- One\n- Two\n- Three", "- One\n- Three", "<ul><li>One</li><li><del>Two</del></li><li>Three</li></ul>"),
        ("One.\n\nTwo.\n\nThree.", "One.\n\nThree.", "<p>One.</p><p><del>Two.</del></p><p>Three.</p>"),
        ("One.", "One.\n\n- Two", "<p>One.</p><ul><li><ins>Two</ins></li></ul>"),
        ("Kidneys are watched. [—]\n\nKidneys are watched slowly.", "Kidneys are seen slowly.",
         f"<p>Kidneys are <del>watched. {render('[—]')[3:-5]}</del><br> <del>Kidneys are watched</del> "
         "<ins>seen</ins> slowly.</p>"),
        ("See [here](https://a.example).", "See [here](https://b.example).",
         '<p>See <del><a href="https://a.example" rel="noopener noreferrer">here</a></del> '
         '<ins><a href="https://b.example" rel="noopener noreferrer">here</a></ins>.</p>'),
    ],
)  # fmt: skip
def test_what_a_reader_sees(old, new, shown):
    assert re.sub(r">\s+<(?=/?(p|ul|li)\b)", "><", html_diff(render(old), render(new))) == shown


def test_a_changed_marker_is_one_thing():
    html = html_diff(render("It helps. [S20]"), render("It helps. [S24]"))
    assert re.findall(r"<del>(.*?)</del>", html) == [render("[S20]").strip()[3:-4]]


def test_an_image_that_is_gone_is_marked_as_a_whole():
    html = html_diff(render("One.\n\n[image 3]", attachments=IMAGE), render("One."))
    assert '<del><figure class="c-figure">' in html


def test_the_marks_are_told_in_words():
    html = render_difference("It may help.", "It can help.")
    assert "Added: </span>can" in html
    assert "Taken away: </span>may" in html


def test_where_no_word_differs_nothing_is_shown():
    assert render_difference("One two", "One\ntwo") == ""


@pytest.mark.parametrize(
    "bad", ["<script>alert(1)</script>", "[x](javascript:alert(1))", "<ins>", "<img src=x onerror=y>"]
)
def test_nothing_harmful_comes_through(bad):
    html = render_difference(f"One. {bad}", f"Two. {bad} {bad}")
    assert "<script" not in html
    assert "javascript:alert" not in re.findall(r'href="([^"]*)"', html)
    assert "<img" not in html
    assert problems_of(html) == []
