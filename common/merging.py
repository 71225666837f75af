"""Three-way merge of typed fields, so that two people drafting at once never lose a word.

Each field arrives with the value that its writer last saw. A field that nobody else touched is saved; one that a
colleague changed meanwhile is not, and both texts go back to the writer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Merge:
    changes: dict[str, Any] = field(default_factory=dict)
    conflicts: dict[str, Any] = field(default_factory=dict)


def merge(*, current: Mapping[str, Any], base: Mapping[str, Any] | None, posted: Mapping[str, Any]) -> Merge:
    """What to write and what is in dispute. Without `base` the caller has proved by version that it saw `current`."""
    result = Merge()
    for name, mine in posted.items():
        theirs = current[name]
        seen = theirs if base is None or name not in base else base[name]
        if mine == theirs:
            continue
        if seen == theirs:
            result.changes[name] = mine
        elif mine != seen:
            result.conflicts[name] = theirs
    return result
