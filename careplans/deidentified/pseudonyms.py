"""A number instead of a number: a permutation of all numbers of 52 bits, by a key and a noun.

A balanced Feistel network over two halves of 26 bits, each round a keyed BLAKE2b (Luby and Rackoff 1988; NIST SP 800-38G builds
FF1 in this way). So a pseudonym is as large as JavaScript can count, is no table that somebody could copy, leads back to the row
by the key alone, and of two keys nothing tells which pseudonyms are of one row.
"""

from functools import lru_cache
from hashlib import blake2b

HALF_BITS = 26
HALF = 1 << HALF_BITS
LARGEST = (1 << 2 * HALF_BITS) - 1
# FF1 has ten.
ROUNDS = 10


@lru_cache(maxsize=50_000)
def masked(key: bytes, noun: str, number: int) -> int:
    """The pseudonym of a row, 0 to 2**52 - 1. Raises ValueError for a number that no row has."""
    left, right = _halves(number)
    for step in range(ROUNDS):
        left, right = right, left ^ _round(key, noun, step, right)
    return left << HALF_BITS | right


def unmasked(key: bytes, noun: str, pseudonym: int) -> int:
    """The row of a pseudonym; of what is none, some number that hardly any row has. Raises ValueError where it is too large."""
    left, right = _halves(pseudonym)
    for step in reversed(range(ROUNDS)):
        left, right = right ^ _round(key, noun, step, left), left
    return left << HALF_BITS | right


def _halves(number: int) -> tuple[int, int]:
    if not 0 <= number <= LARGEST:
        raise ValueError(number)
    return number >> HALF_BITS, number & (HALF - 1)


def _round(key: bytes, noun: str, step: int, half: int) -> int:
    said = b"%s.%d.%d" % (noun.encode(), step, half)
    return int.from_bytes(blake2b(said, key=key, digest_size=4).digest(), "big") & (HALF - 1)
