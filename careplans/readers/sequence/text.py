"""How wide text is drawn, as far as that can be known without its font, and how it is broken into lines. Pure."""

import re
import unicodedata
from html import escape

# Widths in thousandths of the size, as of Arial, by groups of letters; others by their kind.
_GROUPS = {
    222: "ijl'|", 278: " .,:;!ftI/\\[]", 333: "-()r`", 389: "*^", 500: "cksvxyzJ", 556: "abdeghnopquL0123456789?_$#–",
    584: "+<>=~", 611: "FTZ", 667: "ABEKPSVXY&", 722: "CDHNRUw", 778: "GOQ", 833: "mM", 889: "%", 944: "W", 1015: "@",
}  # fmt: skip


class _Widths(dict[str, int]):
    """What is not in the table is looked at each time: so it does not grow with what people write."""

    def __missing__(self, letter: str) -> int:
        if unicodedata.category(letter) in ("Mn", "Cf", "Me"):
            return 0
        return 1000 if unicodedata.east_asian_width(letter) in "WF" or ord(letter) > 0x2E80 else 800


_WIDTHS = _Widths({letter: width for width, letters in _GROUPS.items() for letter in letters})
# The fonts of a page are up to so much wider than Arial; bold ones more.
SAFETY = 1.07
SAFETY_BOLD = SAFETY * 1.08
# What XML cannot hold: most control characters, and halves of a pair.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NOT_PLAIN = re.compile("[&<>\"'\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def plain(words: str) -> str:
    """On one line, without what a picture cannot hold."""
    return " ".join(_NOT_XML.sub("", words).split())


def escaped(words: str) -> str:
    # Most words are plain, and looking is five times as quick as replacing.
    return escape(_NOT_XML.sub("", words)) if _NOT_PLAIN.search(words) else words


def width_of(words: str, size: float, *, bold: bool = False) -> float:
    return sum(map(_WIDTHS.__getitem__, words)) * size * (SAFETY_BOLD if bold else SAFETY) / 1000


def wrapped(words: str, width: float, size: float, *, most: int, bold: bool = False) -> list[str]:
    """In at most so many lines of this width; what is left out is told by an ellipsis."""
    lines: list[str] = []
    line, reached = "", 0.0
    space = width_of(" ", size, bold=bold)
    for word in plain(words).split(" "):
        wide = width_of(word, size, bold=bold)
        if (line and reached + space + wide <= width) or (not line and wide <= width):
            line, reached = (f"{line} {word}", reached + space + wide) if line else (word, wide)
            continue
        if line:
            lines.append(line)
        line, reached = word, wide
        while reached > width and len(lines) < most:
            head = fitting(line, width, size, bold=bold)
            lines.append(head)
            line = line[len(head) :]
            reached = width_of(line, size, bold=bold)
        if len(lines) >= most:
            break
    if not line or len(lines) < most:
        return [*lines, line] if line else lines
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
