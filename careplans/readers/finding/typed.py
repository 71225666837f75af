"""What was typed into the search, taken apart: words to look for, the number of a plan, kinds of follow-up. Pure."""

import re
from dataclasses import dataclass
from functools import cached_property

from careplans.models import Kind
from common.folding import fold, query_words
from modalities.highlighting import Piece

# One letter finds nearly everybody.
SHORTEST = 2
WORD = re.compile(r"\w+", re.UNICODE)
PLANS, FOLLOW_UPS = ("plan", "plans"), ("followup", "followups", "due")


@dataclass(frozen=True)
class Typed:
    text: str

    @cached_property
    def words(self) -> list[tuple[str, ...]]:
        """Each with its other spellings, the longest first."""
        return query_words(self.text)

    @property
    def is_enough(self) -> bool:
        return any(len(word[0]) >= SHORTEST for word in self.words)

    @cached_property
    def of_case(self) -> list[tuple[str, ...]]:
        """Without what only says which of the plans or follow-ups of a case is meant; all of them where nothing is left."""
        left = [word for word in self.words if word[0] not in (*PLANS, *FOLLOW_UPS) and not _is_number(word[0])]
        found = [word for word in left if not self._kinds_of(word[0])]
        return found or left or self.words

    @cached_property
    def plan_number(self) -> int | None:
        """“Ashdown 2”, “Ashdown plan 2”."""
        numbers = [int(word[0]) for word in self.words if _is_number(word[0])]
        return numbers[0] if numbers and len(self.words) > len(numbers) else None

    @cached_property
    def kinds(self) -> set[str]:
        """Kinds of follow-up that are named beside something else: “Ashdown ct”."""
        named = [self._kinds_of(word[0]) for word in self.words]
        return set().union(*named) if len([one for one in named if not one]) else set()

    def _kinds_of(self, word: str) -> set[str]:
        """As one types: “echo” is an echocardiogram already, “ct” a CT and no more."""
        return {kind for kind, label in Kind.choices if _names(word, fold(str(label)).split())}

    def marked(self, text: str) -> list[Piece]:
        """The text in pieces; a word that begins as something that was looked for is marked whole."""
        wanted = tuple(one for word in self.words for one in word)
        pieces, at = [], 0
        for found in WORD.finditer(text) if wanted else ():
            if fold(found.group()).replace(" ", "").startswith(wanted):
                pieces += [Piece(text[at : found.start()])] if found.start() > at else []
                pieces.append(Piece(found.group(), is_hit=True))
                at = found.end()
        return [*pieces, Piece(text[at:])] if at < len(text) else pieces


def _names(word: str, label: list[str]) -> bool:
    return word in label if len(word) <= SHORTEST else any(one.startswith(word) for one in label)


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) < 3
