"""What an upload says, whichever format it came in: people, tumours, findings, and records that are of one person. Pure.

A reader makes it (`bundles`, `adt`); `carrying_out` takes it into the record. What a reader cannot take over it names.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from common.partial_dates import PartialDate

MOST_BYTES = 500_000
# Each part is carried out by itself, and looked at by a person.
MOST_PARTS = 300


class NotRead(ValueError):
    """The upload, or a part of it, cannot be read: with its place and a sentence for whoever sent it."""

    def __init__(self, place: str, words: str) -> None:
        super().__init__(words)
        self.place, self.words = place, words


@dataclass(frozen=True)
class Told:
    """A sentence about one place of the upload."""

    place: str
    words: str


@dataclass(frozen=True)
class LeftOut(Told):
    """`asks`: the record could hold it, so a person confirms that it is not taken. What it has no place for is listed alone: each
    message of a hospital has some of that, and a question that is always answered by yes is none."""

    asks: bool = True


@dataclass(frozen=True)
class Number:
    """An identifier. `systems`: by which names its system goes, the best first; none where nobody says whose it is."""

    systems: tuple[str, ...]
    value: str
    is_record: bool = False
    """Its type says that it is a medical record number."""


@dataclass(frozen=True)
class OtherName:
    kind: str
    """One of `PatientName.Kind`."""
    family_name: str
    given_name: str


@dataclass(frozen=True)
class Person:
    place: str
    key: str
    numbers: Sequence[Number]
    family_name: str = ""
    given_name: str = ""
    other_names: Sequence[OtherName] = ()
    born: PartialDate | None = None
    sex: str = ""
    """Empty: not said."""
    is_dead: bool | None = None
    """None: not said."""
    died: PartialDate | None = None
    places: Mapping[str, str] = field(default_factory=dict)
    """Of each field, where it stands."""


@dataclass(frozen=True)
class Finding:
    """One fact of the proforma, with the day and the scan or specimen of its finding as far as they are said."""

    place: str
    person: str
    tumour: str
    """Key of its tumour; empty where it is not said."""
    name: str
    value: Any
    on: PartialDate | None = None
    by: str = ""
    specimen: str = ""
    """How the upload names the specimen of which it is; empty where it does not. Kept nowhere, so that it parts those of one
    upload only."""

    def is_older(self, other: "Finding") -> bool:
        """Certainly."""
        return bool(self.on and other.on and self.on.is_before(other.on))

    @property
    def when(self) -> str:
        return f"found {self.on.when}" if self.on else "without a day"


@dataclass(frozen=True)
class Tumour:
    place: str
    key: str
    names: Sequence[str]
    """How its sender names it, the best first."""
    person: str
    title: str
    question: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    global_names: Collection[str] = ()
    """Those of `names` that are this tumour's alone, whoever says them."""


@dataclass(frozen=True)
class Merge:
    """The sender holds the two records for one: that of `old` ends."""

    place: str
    old: Sequence[Number]
    new: Sequence[Number]
    why: str


@dataclass
class Upload:
    format: str
    """One of `Import.Format`."""
    source: str
    number: str
    content_hash: str
    sent_at: datetime | None = None
    event: str = ""
    """What the message tells, in words."""
    is_test: bool = False
    """It says of itself that it is no data of a real patient."""
    people: list[Person] = field(default_factory=list)
    tumours: list[Tumour] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    refused: list[Told] = field(default_factory=list)

    def leave_out(self, place: str, words: str, *, asks: bool = True) -> None:
        self.left_out.append(LeftOut(place, words, asks))

    @property
    def parts(self) -> int:
        return len(self.people) + len(self.tumours) + len(self.findings) + len(self.merges)
