"""What comes from no rows, and what any source gives."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from accounts.permissions import can, require
from careplans.api.fhir.datatypes import Resource
from careplans.api.fhir.search.params import Asked


@dataclass(frozen=True)
class Found:
    """What one row became, and where to go on after it."""

    after: str
    board: int | None
    resources: list[Resource]
    row: Any = None


@dataclass(frozen=True)
class Opened:
    """Where resources come from; `reads` is the action that opens it."""

    reads: str

    def may(self, person: User) -> bool:
        return can(person, self.reads)

    def check(self, person: User) -> None:
        require(person, self.reads)


@dataclass(frozen=True)
class Shelf(Opened):
    """What comes from no rows of a patient or a board, and is little: read whole."""

    build: Callable[[User], Iterator[Resource]]
    gives: int = 1
    is_dated = False

    def page(
        self, person: User, asked: Sequence[Asked], *, after: str, size: int, order: tuple[str, ...]
    ) -> tuple[list[Found], bool]:
        return [Found("", None, sorted(self.build(person), key=lambda one: str(one["id"])))], False

    def one(self, person: User, id: str) -> Found:
        require(person, self.reads)
        return Found("", None, [one for one in self.build(person) if one["id"] == id])

    def has(self, id: str) -> bool:
        return True

    def counts(self, asked: Sequence[Asked]) -> bool:
        return False

    def count(self, person: User, asked: Sequence[Asked]) -> int:
        raise NotImplementedError
