"""How wide text is drawn, as far as that can be known without its font, and how it is broken into lines. Pure."""

import re
import unicodedata
from html import escape

# Widths in thousandths of the size, as of Arial, by groups of letters; others by their kind.
_GROUPS = {
    222: "ijl'|", 278: " .,:;!ftI/\\[]", 333: "-()r`", 389: "*^", 500: "cksvxyzJ", 556: "abdeghnopquL0123456789?_$#–",
    584: "+<>=~", 611: "FTZ", 667: "ABEKPSVXY&", 722: "CDHNRUw", 778: "GOQ", 833: "mM", 889: "%", 944: "W", 1015: "@",
}  # fmt: skip
_WIDTHS = {letter: width for width, letters in _GROUPS.items() for letter in letters}
# The fonts of a page are up to so much wider than Arial; bold ones more.
SAFETY, BOLD = 1.07, 1.08
# What XML cannot hold: most control characters, and halves of a pair.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]")


def plain(words: str) -> str:
    """On one line, without what a picture cannot hold."""
    return " ".join(_NOT_XML.sub("", words).split())


def isolated(words: str) -> str:
    """Kept apart where it is written from right to left, so that the words around it keep their order."""
    return f"\u2068{words}\u2069" if _RIGHT_TO_LEFT.search(words) else words


def escaped(words: str) -> str:
    return escape(_NOT_XML.sub("", words))


def width_of(words: str, size: float, *, bold: bool = False) -> float:
    total = 0
    for letter in words:
        width = _WIDTHS.get(letter)
        total += _unusual(letter) if width is None else width
    return total * size * SAFETY * (BOLD if bold else 1.0) / 1000


def _unusual(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Cf", "Me"):
        return 0
    return 1000 if unicodedata.east_asian_width(letter) in "WF" or ord(letter) > 0x2E80 else 800


def wrapped(words: str, width: float, size: float, *, most: int, bold: bool = False) -> list[str]:
    """In at most so many lines of this width; what is left out is told by an ellipsis."""
    lines: list[str] = []
    line = ""
    for word in plain(words).split(" "):
        longer = f"{line} {word}" if line else word
        if width_of(longer, size, bold=bold) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while width_of(line, size, bold=bold) > width and len(lines) < most:
            head = fitting(line, width, size, bold=bold)
            lines.append(head)
            line = line[len(head) :]
        if len(lines) >= most:
            break
    if line and len(lines) < most:
        return [*lines, line]
    if not line:
        return lines
    lines[most - 1] = shortened(f"{lines[most - 1]} {line}", width, size, bold=bold)
    return lines[:most]


def shortened(words: str, width: float, size: float, *, bold: bool = False) -> str:
    """On one line of this width, with an ellipsis where it is cut."""
    if width_of(words, size, bold=bold) <= width:
        return words
    room = width - width_of("…", size, bold=bold)
    return f"{fitting(words, room, size, bold=bold).rstrip()}…"


def fitting(words: str, width: float, size: float, *, bold: bool = False) -> str:
    """The longest beginning that fits, one letter at least."""
    low, high = 1, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        if width_of(words[:middle], size, bold=bold) <= width:
            low = middle
        else:
            high = middle - 1
    return words[:low]
