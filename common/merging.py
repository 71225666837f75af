"""Three-way merge of typed fields, so that two people drafting at once never lose a word.

Each field arrives with the value that its writer last saw. A field that nobody else touched is saved; one that a
colleague changed meanwhile is not, and both texts go back to the writer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class AsShown:
    """What a writer saw where it is no value of the field any more: a person who has left, a number that is none.

    It is compared as the control showed it, so that it never counts as something else than it was.
    """

    texts: tuple[str, ...]

    @classmethod
    def of(cls, value: Any) -> "AsShown":
        return cls(tuple(text for text in _texts(value) if text))

    def is_of(self, value: Any) -> bool:
        return self.texts == self.of(value).texts


def _texts(value: Any) -> list[str]:
    if isinstance(value, list | tuple):
        return [str(item) for item in value]
    if hasattr(value, "pk"):
        return [str(value.pk)]
    if hasattr(value, "isoformat"):
        return [value.isoformat()]
    return [] if value is None or value is False else [str(value)]


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
        if _plain(mine) == _plain(theirs):
            continue
        if _is_same(seen, theirs):
            result.changes[name] = mine
        elif isinstance(seen, AsShown) or not _is_same(seen, mine):
            result.conflicts[name] = theirs
    return result


def _is_same(seen: Any, value: Any) -> bool:
    return seen.is_of(value) if isinstance(seen, AsShown) else bool(_plain(seen) == _plain(value))


def _plain(value: Any) -> Any:
    """A text may hold either kind of line break, and codes may stand in any order: neither is a change."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n")
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return sorted(value)
    return value
