"""The bytes of an e-mail, read by a parser that did not write them."""

import dataclasses
from email.parser import BytesParser
from email.policy import default
from email.utils import formataddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careplans.outbox.email import LONGEST_LINE
from tests.careplans.outbox.mail import LETTER

HEADERS = [
    "From", "To", "Subject", "Message-ID", "Date", "Auto-Submitted", "MIME-Version", "Content-Type",
    "Content-Transfer-Encoding",
]  # fmt: skip
# What ends a line for Python, and what for anybody else.
BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
# What has a meaning of its own in a mail comes seldom by chance.
one_line = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters=BREAKS)), st.text(' =?utf-8q_ä😀\t",:<@>\\')
)
lines = st.one_of(st.text(), st.text("\r\n. =\tFä"))
# A board's name as an administrator would type it; parseaddr drops what no name has.
name = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), max_size=60).filter(
    lambda n: "=?" not in n
)


def read(letter):
    return BytesParser(policy=default).parsebytes(letter.as_bytes())


def changed(**changes):
    return dataclasses.replace(LETTER, **changes)


@given(subject=one_line, name=name, to=st.emails(), text=lines, key=one_line)
def test_whatever_is_written_is_what_is_read(subject, name, to, text, key):
    sender = formataddr((name, "consilium@hospital.example"))
    letter = changed(sender=sender, to=to, subject=subject, text=text, headers={"Idempotency-Key": key})
    found = read(letter)
    assert found.keys() == [*HEADERS, "Idempotency-Key"]
    assert (found["Subject"], found["Idempotency-Key"]) == (subject, key)
    assert [(one.display_name, one.addr_spec) for one in found["From"].addresses] == [
        (name, "consilium@hospital.example")
    ]
    assert [one.addr_spec for one in found["To"].addresses] == [to]
    assert found["Message-ID"] == LETTER.message_id
    assert found["Date"].datetime == LETTER.sent_on
    assert found.get_content() == text
    assert found.defects == []


@given(subject=one_line, text=lines, number=st.integers(1, 40))
def test_no_line_is_longer_than_a_relay_takes(subject, text, number):
    data = changed(subject=subject * number, text=text * number * 20).as_bytes()
    assert data.isascii()
    assert max(len(line) for line in data.split(b"\n")) <= LONGEST_LINE
    assert b"\r" not in data


@given(before=one_line, after=one_line, line_break=st.sampled_from(BREAKS))
@pytest.mark.parametrize("field", ["to", "subject", "message_id"])
def test_no_header_takes_a_line_break(field, before, after, line_break):
    with pytest.raises(ValueError):
        changed(**{field: f"{before}{line_break}{after}"}).as_bytes()


@pytest.mark.parametrize(
    "text",
    [
        "Hello\n",
        "Grüße von Łukasz, 東京\n",
        "https://consilium.example/" + "a" * 200 + "\n",
        "x" * 2000,
        "a\rb\r\nc",
        ".\n\n",
    ],
)
def test_a_text_arrives_as_it_was(text):
    assert read(changed(text=text)).get_content() == text


@pytest.mark.parametrize(
    "subject", ["Grüße", "ü" * 200, "x" * 1200, " between blanks ", "two  blanks", "=?utf-8?q?decoded?=", "a\tb", ""]
)
def test_a_subject_arrives_as_it_was(subject):
    assert read(changed(subject=subject))["Subject"] == subject


@pytest.mark.parametrize(
    "name", ["Tumorboard Zürich", "Board, NET (Zurich)", "Ärzte, " * 20 + "x", "The board, " * 9 + "x"]
)
def test_a_sender_may_have_any_name(name):
    letter = changed(sender=formataddr((name, "consilium@localhost")))
    assert letter.as_bytes().isascii()
    [sender] = read(letter)["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (name, "consilium@localhost")


def test_an_address_may_have_a_domain_in_any_script():
    letter = changed(to="omar@nørthgate.example", sender="Board <consilium@zürich.example>")
    assert read(letter)["To"] == "omar@xn--nrthgate-54a.example"
    assert read(letter)["From"] == "Board <consilium@xn--zrich-kva.example>"


def test_a_message_id_is_never_folded():
    long = f"<reminder.{'1' * 120}@hospital.example>"
    assert f"Message-ID: {long}\n".encode() in changed(message_id=long).as_bytes()


def test_a_reminder_says_that_nobody_wrote_it():
    """So that an absence notice does not answer it (RFC 3834)."""
    assert read(LETTER)["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("field", ["to", "subject", "message_id"])
def test_a_line_break_cannot_smuggle_a_header_in(field):
    with pytest.raises(ValueError, match="line break"):
        changed(**{field: "omar@northgate.example\nBcc: all@elsewhere.example"}).as_bytes()


def test_a_header_of_the_relay_goes_with_it():
    assert read(changed(headers={"Idempotency-Key": "7.1"}))["Idempotency-Key"] == "7.1"
