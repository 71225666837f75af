"""Whose word is kept when two type in one field."""

from datetime import date

import pytest

from common.merging import AsShown, merge


def kept(current, base, posted):
    found = merge(current={"it": current}, base={"it": base}, posted={"it": posted})
    return "mine" if found.changes else "theirs" if found.conflicts else "nobody's"


@pytest.mark.parametrize(
    ("current", "base", "posted", "whose"),
    [
        ("old", "old", "new", "mine"), ("theirs", "old", "new", "theirs"), ("theirs", "old", "old", "nobody's"),
        ("same", "old", "same", "nobody's"),
        # A program writes CR LF, a form LF.
        ("one\r\ntwo", "one\ntwo", "three", "mine"), ("one\r\ntwo", "one\ntwo", "one\ntwo", "nobody's"),
        # Codes in another order.
        (["cure", "palliation"], ["palliation", "cure"], ["cure"], "mine"),
        # What cannot be read, or did not arrive.
        ("theirs", AsShown.of([]), "", "theirs"), ("theirs", AsShown.of(["gone"]), "new", "theirs"),
        (date(2026, 1, 1), AsShown.of(["2026-01-01"]), date(2026, 2, 1), "mine"), (None, AsShown.of([]), "new", "mine"),
    ],
)  # fmt: skip
def test_a_word_is_kept_or_disputed_and_never_lost(current, base, posted, whose):
    assert kept(current, base, posted) == whose
