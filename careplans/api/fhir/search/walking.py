"""A page of resources across the sources of a type. A row may become several resources, or none: so a place is a source, the
row after which it goes on, and how many resources of the next row were shown already."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.models import User
from careplans.api.fhir.datatypes import Resource
from careplans.api.fhir.finishing import finished
from careplans.api.fhir.search.params import Asked, fits_all
from careplans.api.fhir.sources import NEWEST_FIRST, AnySource, Source

# Where the rows that were read became no resource at all, more are read, so often, and each time so many times as many: a
# page that holds some is answered as it is, within the statements that a search may send.
MORE_ROUNDS, TIMES, MOST_ROWS = 3, 4, 1000


@dataclass(frozen=True)
class Place:
    source: int = 0
    after: str = ""
    skip: int = 0


@dataclass(frozen=True)
class Walked:
    """`then` is None where nothing follows. A page may hold fewer than were asked for, and be followed all the same."""

    resources: list[Resource]
    then: Place | None


@dataclass(frozen=True)
class Walk:
    person: User
    sources: Sequence[AnySource]
    asked: Sequence[Asked] = ()
    order: tuple[str, ...] = NEWEST_FIRST
    only: Callable[[Resource], bool] = lambda resource: True
    kept: dict[Any, dict[int, Any]] = field(default_factory=dict)
    """The rows that were read, by what reads the same (`Source.same_rows`)."""

    def page(self, at: Place, size: int) -> Walked:
        found: list[Resource] = []
        for number in range(at.source, len(self.sources)):
            then: Place | None = at if number == at.source else Place(number)
            for round in range(1 + MORE_ROUNDS):
                if then is None or (round and found):
                    break
                then = self._of_source(then, size, found, TIMES**round)
            if then is not None:
                return Walked(found, then)
        return Walked(found, None)

    def _of_source(self, at: Place, size: int, found: list[Resource], times: int = 1) -> Place | None:
        """Adds to `found`; where to go on, if there is more of this source. Reads as many rows as could fill the page, `times`
        over."""
        source = self.sources[at.source]
        rows, more = source.page(
            self.person,
            self.asked,
            after=at.after,
            size=min(max(-(-(size - len(found)) // source.gives), 1) * times, MOST_ROWS),
            order=self.order,
        )
        if isinstance(source, Source):
            kept = self.kept.setdefault(source.same_rows, {})
            for row in rows:
                kept[row.row.pk] = row.row
        after, skip = at.after, at.skip
        for row in rows:
            told = [
                one
                for one in finished(self.person, row.board, row.resources)
                if self.only(one) and fits_all(one, self.asked)
            ]
            for place, one in enumerate(told):
                if place < skip:
                    continue
                if len(found) == size:
                    return Place(at.source, after, place)
                found.append(one)
            after, skip = row.after, 0
        return Place(at.source, after, 0) if more else None
