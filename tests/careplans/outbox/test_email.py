"""The bytes of an e-mail, read by a parser that did not write them."""

import dataclasses
from email.parser import BytesParser
from email.policy import default

import pytest

from tests.careplans.outbox.mail import LETTER


def read(letter):
    return BytesParser(policy=default).parsebytes(letter.as_bytes())


@pytest.mark.parametrize(
    "text", ["Hello\n", "Grüße von Łukasz, 東京\n", "https://consilium.example/" + "a" * 200 + "\n"]
)
def test_what_was_written_is_what_is_read(text):
    found = read(dataclasses.replace(LETTER, text=text))
    assert found.get_content() == text
    assert (found["To"], found["Subject"], found["Message-ID"]) == (LETTER.to, LETTER.subject, LETTER.message_id)
    assert found["Date"].datetime == LETTER.sent_on


def test_a_sender_may_have_a_name_in_any_script():
    letter = dataclasses.replace(LETTER, sender="Tumorboard Zürich <consilium@localhost>")
    assert letter.as_bytes().isascii()
    [sender] = read(letter)["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Tumorboard Zürich", "consilium@localhost")


def test_a_reminder_says_that_nobody_wrote_it():
    """So that an absence notice does not answer it (RFC 3834)."""
    assert read(LETTER)["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("field", ["to", "subject", "message_id"])
def test_a_line_break_cannot_smuggle_a_header_in(field):
    letter = dataclasses.replace(LETTER, **{field: "omar@northgate.example\nBcc: all@elsewhere.example"})
    with pytest.raises(ValueError, match="line break"):
        letter.as_bytes()


def test_a_header_of_the_relay_goes_with_it():
    assert read(dataclasses.replace(LETTER, headers={"Idempotency-Key": "7.1"}))["Idempotency-Key"] == "7.1"
