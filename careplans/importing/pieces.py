"""A large upload in pieces that know nothing of each other, so that a preview holds the board for a moment at a time.

Two people stay together where what is done to one may change what is said of the other: they share a number, they may be one
person, or they name one system in two ways. Rather too often than too seldom: a preview that says something else than the import
does could never be confirmed.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from accounts.models import Board, IdentifierSystem
from careplans.importing.holding import known_people
from careplans.importing.numbers import systems_of
from careplans.importing.uploads import Person, Upload
from careplans.models import Patient
from careplans.readers.likeness import may_be_same_day
from common.arriving import in_one_line
from common.folding import fold, name_parts, number_key, wholes
from common.partial_dates import PartialDate

# What is looked at in one transaction: well under a second.
MOST_AT_ONCE = 12


@dataclass
class Piece:
    """`positions`: where its parts stand among those of the whole upload."""

    upload: Upload
    positions: list[int]


def in_pieces(board: Board, upload: Upload) -> list[Piece]:
    """Of at most `MOST_AT_ONCE` parts each, but for people who stay together. Four queries."""
    if upload.parts <= MOST_AT_ONCE or upload.merges:
        return [Piece(upload, list(range(upload.parts)))]
    groups = _groups(board, upload)
    at: dict[str, int] = {}
    sizes: list[int] = []
    for group in groups:
        count = sum(one in group for one in _owners(upload))
        if not sizes or sizes[-1] + count > MOST_AT_ONCE:
            sizes.append(0)
        sizes[-1] += count
        at |= dict.fromkeys(group, len(sizes) - 1)
    return [_piece(upload, {key for key, number in at.items() if number == which}) for which in range(len(sizes))]


def _owners(upload: Upload) -> list[str]:
    """Of each part, whose it is, in the order in which an outcome has them."""
    return [
        *(one.key for one in upload.people), *(one.person for one in upload.tumours), *(one.person for one in upload.findings),
    ]  # fmt: skip


def _piece(upload: Upload, keys: set[str]) -> Piece:
    part = replace(
        upload,
        people=[one for one in upload.people if one.key in keys],
        tumours=[one for one in upload.tumours if one.person in keys],
        findings=[one for one in upload.findings if one.person in keys],
        left_out=[],
        refused=[],
    )
    return Piece(part, [at for at, owner in enumerate(_owners(upload)) if owner in keys])


def _groups(board: Board, upload: Upload) -> list[set[str]]:
    """The keys of people who stay together, in the order of the upload."""
    leads = {key: key for key in _owners(upload)}

    def lead(key: str) -> str:
        while leads[key] != key:
            key = leads[key]
        return key

    for one, other in _links(board, upload):
        leads[lead(one)] = lead(other)
    groups: dict[str, set[str]] = defaultdict(set)
    for key in leads:
        groups[lead(key)].add(key)
    return list(groups.values())


def _links(board: Board, upload: Upload) -> Iterator[tuple[str, str]]:
    of_tumour = {one.key: one.person for one in upload.tumours}
    yield from ((one.person, of_tumour[one.tumour]) for one in upload.findings if one.tumour in of_tumour)
    systems = systems_of(board)
    known = known_people(board, upload, systems)
    rows = {row.pk: row for row in Patient.objects.filter(pk__in=[one.pk for one in known.values()]).with_names()}
    said = {
        one.key: _Said.of(one, rows.get(known[one.place].pk) if one.place in known else None) for one in upload.people
    }
    together: dict[tuple[str, object], list[str]] = defaultdict(list)
    for key, one in said.items():
        for mark in one.marks:
            together[mark].append(key)
    for alike in together.values():
        yield from ((alike[0], other) for other in alike[1:])
    yield from _of_systems(upload.people, systems)
    for (key, one), (other_key, other) in combinations(said.items(), 2):
        if not one.words.isdisjoint(other.words) and one.may_be_born_with(other):
            yield key, other_key


def _of_systems(people: Sequence[Person], systems: Sequence[IdentifierSystem]) -> Iterator[tuple[str, str]]:
    """A system that nobody set up goes by the name that is read first: whoever writes it otherwise is told of that one."""
    named: Mapping[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    for person in people:
        for number in person.numbers:
            if not any(system.is_named(name) for name in number.systems for system in systems):
                for name in number.systems:
                    named[fold(name)].append((person.key, number.systems))
    for several in named.values():
        ways = {way for _, way in several}
        if len(ways) > 1 or any(in_one_line(name) != name for way in ways for name in way):
            yield from ((several[0][0], key) for key, _ in several[1:])


@dataclass
class _Said:
    """What an upload says of a person, with what is recorded: in whose stead the one or the other stands."""

    marks: set[tuple[str, object]] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    born: set[PartialDate | None] = field(default_factory=set)

    @classmethod
    def of(cls, person: Person, known: Patient | None) -> "_Said":
        one = cls(born={person.born})
        given = {person.given_name, *([known.given_name] if known else [])}
        one._name(person.family_name, given)
        for name in person.other_names:
            one._name(name.family_name, {name.given_name} if name.given_name else given)
        one.marks |= {("number", number_key(number.value)) for number in person.numbers}
        if known is not None:
            one.born = {known.birth_date, *(one.born - {None})}
            one._name(known.family_name, {known.given_name})
            for other in known.names.all():
                one._name(other.family_name, {other.given_name} if other.given_name else given)
            numbers = [known.record_number, *(row.value for row in known.identifiers.all())]
            one.marks |= {("patient", known.pk), *(("number", number_key(value)) for value in numbers)}
        return one

    def _name(self, family_name: str, given_names: set[str]) -> None:
        for given_name in given_names:
            self.marks |= {("name", whole) for whole in wholes(family_name, given_name)}
            self.words |= name_parts(family_name, given_name)

    def may_be_born_with(self, other: "_Said") -> bool:
        days = [(one, two) for one in self.born for two in other.born]
        return any(one is None or two is None or may_be_same_day(one, two) for one, two in days)
