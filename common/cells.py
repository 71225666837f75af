"""Cells of a table that a spreadsheet will open: every CSV file of the app goes through here."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal

# What makes a spreadsheet read a cell as a formula; U+2212 is the minus of typesetters.
RISKY = ("=", "+", "-", "@", "\N{MINUS SIGN}")
# Without it, Excel takes UTF-8 for its own old alphabet and spoils every accent.
BYTE_ORDER_MARK = "\ufeff"
A_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", re.ASCII)


def plain(value: object) -> str:
    """The value as text that no spreadsheet runs: a formula is one behind blanks and in full width, too. Numbers stay numbers."""
    text = str(value)
    if isinstance(value, int | float | Decimal):
        return text
    starts = text.startswith(("\t", "\r", "\n")) or _first_sign(text).startswith(RISKY)
    return f"'{text}" if starts else text


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A small table as the text of a CSV file; a large one is written as it is read (careplans/exports/csv_file.py)."""
    text = io.StringIO(newline="")
    text.write(BYTE_ORDER_MARK)
    csv.writer(text).writerows([plain(cell) for cell in row] for row in (headings, *rows))
    return text.getvalue()


def plain_number_or_text(text: str) -> str:
    """The same of a text that may be a number, as JSON carries decimals: `-4.0` runs nothing and stays what it is."""
    return text if A_NUMBER.fullmatch(text) else plain(text)


def _first_sign(text: str) -> str:
    """The first character that is seen, in its usual width."""
    for sign in text:
        # Z: blanks of every kind; C: what is not seen at all, such as a NUL, a zero-width blank or a byte-order mark.
        if unicodedata.category(sign)[0] not in "ZC":
            return unicodedata.normalize("NFKC", sign)
    return ""
