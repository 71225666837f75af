"""Finding words in a text whatever their case and accents, and marking them. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

EXCERPT = 240
# A phrase in double quotes is one term; a quotation mark that is never closed is nothing.
TERM = re.compile(r'"([^"]+)"|([^\s"]+)')


@dataclass(frozen=True)
class Piece:
    text: str
    is_hit: bool = False


@dataclass(frozen=True)
class Folded:
    """A text without case and accents, and where each of its signs stands in the original."""

    text: str
    origin: list[int]


@lru_cache(maxsize=4096)
def fold(text: str) -> Folded:
    """Kept by the text itself: every search folds the same few hundred texts, sign by sign."""
    signs: list[str] = []
    origin: list[int] = []
    for index, sign in enumerate(text):
        plain = [part for part in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(part)]
        for part in "".join(plain).casefold():
            signs.append(part)
            origin.append(index)
    return Folded("".join(signs), [*origin, len(text)])


def terms_of(query: str) -> list[str]:
    """Words and quoted phrases of a query, folded, each once."""
    found = [" ".join((phrase or word).split()) for phrase, word in TERM.findall(query)]
    return list(dict.fromkeys(folded for term in found if (folded := fold(term).text.strip())))


def holds_all(text: str, terms: list[str]) -> bool:
    folded = fold(text).text
    return all(term in folded for term in terms)


def holds_any(text: str, terms: list[str]) -> bool:
    folded = fold(text).text
    return any(term in folded for term in terms)


def marked(text: str, terms: list[str]) -> list[Piece]:
    """The text in pieces, those that a term covers marked; joined they are the text."""
    pieces, at = [], 0
    for start, end in _spans(text, terms):
        pieces += [Piece(text[at:start])] if start > at else []
        pieces.append(Piece(text[start:end], is_hit=True))
        at = end
    return [*pieces, Piece(text[at:])] if at < len(text) else pieces


def excerpt(text: str, terms: list[str]) -> list[Piece]:
    """What stands around the first hit, cut between words."""
    if len(text) <= EXCERPT:
        return marked(text, terms)
    first = next((start for start, _ in _spans(text, terms)), 0)
    start = text.rfind(" ", 0, max(first - EXCERPT // 3, 0)) + 1
    end = text.find(" ", start + EXCERPT)
    end = len(text) if end < 0 else end
    return marked(f"{'… ' if start else ''}{text[start:end]}{' …' if end < len(text) else ''}", terms)


def _spans(text: str, terms: list[str]) -> list[tuple[int, int]]:
    """Where terms stand in the original, overlapping ones joined."""
    folded = fold(text)
    found = sorted(
        (folded.origin[hit.start()], folded.origin[hit.end()])
        for term in terms
        for hit in re.finditer(re.escape(term), folded.text)
    )
    joined: list[tuple[int, int]] = []
    for start, end in found:
        # Half of a ligature is shown as the whole sign.
        end = max(end, start + 1)
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
