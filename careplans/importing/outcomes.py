"""What an upload does to the record, part by part: what a preview shows, and what is confirmed. Writes nothing."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import audit
from accounts.models import Board, IdentifierSystem, User
from careplans.importing.numbers import systems_of
from careplans.importing.uploads import LeftOut, Told, Upload
from careplans.models import Case, Import, ImportedPart, Patient
from common import asked
from common.asked import Asked

Does = ImportedPart.Does
Answer = TypeVar("Answer")
LEFT_OUT = "left_out"


@dataclass(frozen=True)
class Change:
    """One field, as it stands and as it will, in words."""

    field: str
    old: str
    new: str


@dataclass(frozen=True)
class Question:
    """What nobody but a person decides. Confirmed by its key, which says what was shown."""

    key: str
    words: str


@dataclass
class Part:
    place: str
    kind: str
    """Patient, Case, Fact or Merge."""
    about: str
    does: Does = Does.ALREADY
    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[Told] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    patient: Patient | None = None
    case: Case | None = None
    key: str = ""
    is_new_patient: bool = False
    is_new_case: bool = False

    def refuse(self, place: str, words: str) -> None:
        self.does = Does.REFUSED
        self.problems.append(Told(place, words))

    def leave_out(self) -> None:
        if self.does == Does.ALREADY:
            self.does = Does.LEFT_OUT

    def ask(self, about: str, words: str) -> None:
        self.questions.append(Question(f"{about}:{self.place}:{_digest(words)[:12]}", words))

    @property
    def does_words(self) -> str:
        return self.does.label

    def shown(self) -> dict[str, Any]:
        """Of what is confirmed; the keys of rows that do not exist yet are no part of it."""
        changes = [[one.field, one.old, one.new] for one in self.changes]
        problems = [[one.place, one.words] for one in self.problems]
        known = [None if self.is_new_patient or not self.patient else self.patient.pk]
        known += [None if self.is_new_case or not self.case else self.case.pk]
        return {
            "place": self.place, "about": self.about, "does": self.does, "changes": changes, "notes": self.notes,
            "problems": problems, "questions": [one.key for one in self.questions], "known": known,
        }  # fmt: skip


@dataclass
class Outcome:
    """`before`: the same upload was carried out already, and nothing is done now. `done`: it was carried out by this call."""

    upload: Upload
    parts: list[Part] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    before: Import | None = None
    done: Import | None = None

    @property
    def digest(self) -> str:
        left_out = [[one.place, one.words] for one in self.left_out]
        shown = [self.upload.content_hash, [part.shown() for part in self.parts], left_out]
        return _digest(json.dumps(shown, sort_keys=True))

    @property
    def problems(self) -> list[Told]:
        return [*self.upload.refused, *(one for part in self.parts for one in part.problems)]

    @property
    def questions(self) -> list[Question]:
        """None where nothing is going to be done."""
        if self.before is not None:
            return []
        found = [one for part in self.parts for one in part.questions]
        if asking := [one.place for one in self.left_out if one.asks]:
            found.append(Question(LEFT_OUT, _not_taken(asking)))
        return found

    @property
    def changes_nothing(self) -> bool:
        return all(part.does in (Does.ALREADY, Does.LEFT_OUT) for part in self.parts)

    @property
    def can_apply(self) -> bool:
        return not self.problems and self.before is None


@dataclass
class Work:
    """One upload on its way into one board, inside the transaction that is kept or taken back."""

    board: Board
    by: User
    upload: Upload
    parts: list[Part] = field(default_factory=list)
    people: dict[str, Part] = field(default_factory=dict)
    tumours: dict[str, Part] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    refusals: list[audit.TellingRefusal] = field(default_factory=list)
    guessed: dict[str, str] = field(default_factory=dict)
    """By the place of a person, why they were refused before the transaction."""
    _systems: list[IdentifierSystem] | None = None

    @property
    def systems(self) -> list[IdentifierSystem]:
        """Of the institution, asked for once; and again after `forget_systems`."""
        if self._systems is None:
            self._systems = systems_of(self.board)
        return self._systems

    def forget_systems(self) -> None:
        """A number was kept of a system that nobody had set up."""
        self._systems = None

    def leave_out(self, part: Part, words: str) -> None:
        """Named beside its part, and among what is not taken over."""
        part.leave_out()
        part.notes.append(words)
        self.left_out.append(LeftOut(part.place, words))

    @contextmanager
    def refusing(self, part: Part, places: dict[str, str] | None = None) -> Iterator[None]:
        """What a service refuses is told beside the part that asked for it, and nothing of that part is done."""
        try:
            with transaction.atomic():
                yield
        except ValidationError as error:
            self.tell(part, error, places or {})

    def tell(self, part: Part, error: ValidationError, places: dict[str, str]) -> None:
        if isinstance(error, audit.TellingRefusal):
            self.refusals.append(error)
        told = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for name, sentences in told.items():
            for words in sentences:
                part.refuse(places.get(name, part.place), words)

    def sure(self, part: Part, do: Callable[[], Answer]) -> Answer:
        """Days that are unlikely are asked about in the preview, and taken as confirmed here: nothing is kept unless they are."""
        try:
            with transaction.atomic(), asked.asking():
                return do()
        except Asked as error:
            for one in error.questions:
                part.ask("date", one.words)
            with transaction.atomic(), asked.asking(*(one.key for one in error.questions)):
                return do()


def _not_taken(places: Sequence[str]) -> str:
    if len(places) == 1:
        return f"1 thing in it that the record could hold is not taken over: {places[0]}."
    return f"{len(places)} things in it that the record could hold are not taken over, as marked in the list."


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
