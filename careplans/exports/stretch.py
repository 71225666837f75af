"""The next rows of a list as lines: written by the database where it can (`in_database/`), else told by Python, row by row."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from careplans.exports.fhir.lists import FhirListing
from careplans.exports.in_database.lines import FIRST, KEYS, LAST, Told, UntoldError, statement_of
from careplans.exports.in_database.marks import GoneError, written
from careplans.exports.in_database.nouns import DECLARED
from careplans.exports.sources import Listing
from careplans.exports.spool import line

# What a chunk is to weigh: so much that what is done once for each counts for little, and no more than can be held.
BYTES = 10 * 2**20
LEAST, MOST = 500, 10_000
# Nothing is compiled for a few thousand rows, and their keys lie close together. Days are written as ISO has them.
SETTINGS = "SET LOCAL jit = off; SET LOCAL random_page_cost = 1; SET LOCAL datestyle = 'ISO'"


@dataclass(frozen=True)
class Stretch:
    """Lines of rows that follow each other, their number, the key of the last one, and of which boards they are."""

    lines: bytes
    rows: int
    last: int
    boards: frozenset[int]


def size_of_next(rows: int, written: int) -> int:
    """How many rows come next, by what those before took."""
    return LEAST if not rows or not written else max(LEAST, min(MOST, BYTES * rows // written))


def next_stretch(listing: Listing | FhirListing, below: int | None, size: int) -> Stretch | None:
    """None behind the last row."""
    found = None
    if connection.vendor == "postgresql" and isinstance(listing, Listing):
        found = _by_database(listing, below, size)
    return found or _by_python(listing, below, size)


def _by_python(listing: Listing | FhirListing, below: int | None, size: int) -> Stretch | None:
    rows = listing.stretch(below, min(size, LEAST))
    if not rows:
        return None
    # A row becomes several resources of FHIR, or none.
    told = listing.told(rows)
    return Stretch(b"".join(map(line, told)), len(told), rows[-1].pk, frozenset(listing.boards_of(rows)))


def told_by_database(listing: Listing) -> Told | None:
    """Not where a row has to go through Python: within a reporting project, which masks it; where the reader may read free text
    on some of the boards alone; and in lists that are not declared."""
    texts = set(listing.text_boards)
    if listing.name not in DECLARED or listing.is_masked or (texts and texts != set(listing.boards)):
        return None
    return Told(listing.view.get_serializer_class(), DECLARED[listing.name], with_text=bool(texts))


def _by_database(listing: Listing, below: int | None, size: int) -> Stretch | None:
    told = told_by_database(listing)
    if told is None:
        return None
    try:
        statement_of(told)
        with transaction.atomic():
            keys = listing.keys(below, size)
            if not keys:
                return None
            text, rows, boards = _read(told, keys)
        return Stretch(written(text, told, _rows_of(listing)), rows, keys[-1], boards)
    except (UntoldError, GoneError):
        # A field is told in a way of its own to this reader, or a row that was asked about went meanwhile.
        return None


def _read(told: Told, keys: list[int]) -> tuple[bytes, int, frozenset[int]]:
    """The rows of these keys, which came through the door."""
    sql, params = statement_of(told)
    given = {FIRST: keys[-1], LAST: keys[0], KEYS: keys}
    # One value for all rows: to hand over each by itself takes longer than to write it. The rows come in their order.
    whole = (
        "SELECT convert_to(string_agg(told.line, chr(10)), 'UTF8'), count(*), array_agg(DISTINCT told.board)"  # noqa: S608  # as the query set has it, with its values apart
        f" FROM ({sql}) told (line, board)"
    )
    with connection.cursor() as cursor:
        cursor.execute(SETTINGS)
        # As bytes, which Django's own cursor would be sent as twice as many digits.
        with connection.connection.cursor(binary=True) as plain:
            values = [given.get(one, one) if isinstance(one, int) else one for one in params]
            text, count, boards = plain.execute(whole, values).fetchone()
    return (text + b"\n" if count else b""), count, frozenset(boards or ())


def _rows_of(listing: Listing) -> Any:
    def rows(keys: Collection[int]) -> Mapping[int, Mapping[str, Any]]:
        found = listing.of_keys(keys)
        return {row.pk: told for row, told in zip(found, listing.told(found), strict=True)}

    return rows
