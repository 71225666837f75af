"""Addresses of things whose name has no letter that an address may have."""

from collections.abc import Iterable
from itertools import count


def free_address(noun: str, taken: Iterable[str]) -> str:
    """“template-3”: the first of these that nothing has."""
    known = set(taken)
    return next(address for number in count(1) if (address := f"{noun}-{number}") not in known)
