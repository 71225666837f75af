"""CSV files that a spreadsheet will open: every one is written here."""

import csv
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.http import HttpResponse

# What makes a spreadsheet read a cell as a formula; U+2212 is the minus of typesetters.
RISKY = ("=", "+", "-", "@", "\N{MINUS SIGN}")
# Without it, Excel takes UTF-8 for its own old alphabet and spoils every accent.
BYTE_ORDER_MARK = "\ufeff"


def plain(value: object) -> str:
    """The value as text that no spreadsheet runs: a formula is one behind blanks and in full width, too. Numbers stay numbers."""
    text = str(value)
    if isinstance(value, int | float | Decimal):
        return text
    starts = text.startswith(("\t", "\r", "\n")) or _first_sign(text).startswith(RISKY)
    return f"'{text}" if starts else text


def _first_sign(text: str) -> str:
    """The first character that is seen, in its usual width."""
    for sign in text:
        # Z: blanks of every kind; C: what is not seen at all, such as a NUL, a zero-width blank or a byte-order mark.
        if unicodedata.category(sign)[0] not in "ZC":
            return unicodedata.normalize("NFKC", sign)
    return ""


def csv_file(name: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """`name` without its ending."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response.write(BYTE_ORDER_MARK)
    writer = csv.writer(response)
    for row in (headings, *rows):
        writer.writerow([plain(cell) for cell in row])
    return response
