"""Word by word, what one text took away from another and what it added. No Django, no HTML."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "added", "removed"]
PARAGRAPH = "\n\n"


@dataclass(frozen=True)
class Piece:
    kind: Kind
    text: str


def word_diff(old: str, new: str) -> list[Piece]:
    """Line breaks inside a paragraph are no change: only words and paragraphs count."""
    before, after = _words(old), _words(new)
    pieces: list[Piece] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", _text(before[i1:i2])))
            continue
        if i2 > i1:
            pieces.append(Piece("removed", _marked(before[i1:i2])))
        if j2 > j1:
            pieces.append(Piece("added", _marked(after[j1:j2])))
    return pieces


def is_changed(pieces: list[Piece]) -> bool:
    return any(piece.kind != "same" for piece in pieces)


def _words(text: str) -> list[str]:
    return [PARAGRAPH if not word.strip() else word for word in re.findall(r"\n\s*\n|\S+", text.strip())]


def _text(words: list[str]) -> str:
    return " ".join(words).replace(f" {PARAGRAPH} ", PARAGRAPH)


def _marked(words: list[str]) -> str:
    """A paragraph that was split or joined has no words to mark, so its break gets a sign of its own."""
    return _text(words).replace(PARAGRAPH, f"¶{PARAGRAPH}")
