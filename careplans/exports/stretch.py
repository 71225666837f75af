"""The next rows of a list as lines: written by the database where it can (`in_database/`), else told by Python, row by row."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from careplans.exports.fhir.lists import FhirListing
from careplans.exports.in_database.declared import UntoldError
from careplans.exports.in_database.layout import Told
from careplans.exports.in_database.lines import GoneError, Lines, UncleanError, is_dense, statement_of
from careplans.exports.in_database.nested import FIRST, KEYS, LAST
from careplans.exports.in_database.nouns import DECLARED
from careplans.exports.sources import Listing
from careplans.exports.spool import line

# What a chunk is to weigh: so much that what is done once for each counts for little, and no more than can be held.
BYTES = 10 * 2**20
LEAST, MOST = 500, 10_000
# Nothing is compiled for a few thousand rows, no second process begun, and their keys lie close together. Days and moments are
# written as ISO has them.
SETTINGS = (
    "SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL random_page_cost = 1;"
    " SET LOCAL datestyle = 'ISO'; SET LOCAL timezone = 'UTC'"
)


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
        return _copied(told, listing, below, size, escaped=False) or _copied(told, listing, below, size, escaped=True)
    except (UntoldError, GoneError):
        # A field is told in a way of its own to this reader, or a row that was asked about went meanwhile.
        return None


def _copied(told: Told, listing: Listing, below: int | None, size: int, *, escaped: bool) -> Stretch | None:
    """None behind the last row, and where a text has to be escaped by the database."""
    lines = Lines(told, escaped=escaped)
    with transaction.atomic(), connection.cursor() as cursor:
        keys = listing.keys(below, size)
        if not keys:
            return None
        sql, params = statement_of(told, escaped, is_dense(keys))
        cursor.execute(SETTINGS)
        given = {FIRST: keys[-1], LAST: keys[0], KEYS: keys}
        values = [given.get(one, one) if isinstance(one, int) else one for one in params]
        try:
            with cursor.copy(sql, values) as copy:
                lines.take(copy)
        except UncleanError:
            # What was left of the rows is thrown away, and the transaction with it: it only read.
            transaction.set_rollback(True)
            return None
    return Stretch(lines.text(_rows_of(listing)), lines.count, keys[-1], frozenset(lines.boards))


def _rows_of(listing: Listing) -> Any:
    def rows(keys: Collection[int]) -> Mapping[int, Mapping[str, Any]]:
        found = listing.of_keys(keys)
        return {row.pk: told for row, told in zip(found, listing.told(found), strict=True)}

    return rows
