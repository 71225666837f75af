"""Reads a picture back: where its words and its shapes stand. Widths of letters by a table of its own kind: `text.width_of` is
what the layout believes, and a browser test measures what a browser makes of it."""

import re
from dataclasses import dataclass
from xml.etree import ElementTree

from careplans.readers.sequence.text import width_of

TEXT, TITLE, PATTERN = "text", "title", "pattern"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
COMMAND = re.compile(r"([MLHVQZ])([^MLHVQZ]*)")


@dataclass(frozen=True)
class Box:
    words: str
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other):
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


def tree_of(svg):
    """Every picture is well-formed XML, in which nothing has a name space of its own."""
    root = ElementTree.fromstring(re.sub(r' xmlns="[^"]*"', "", svg))
    assert root.tag == "svg"
    return root


def size_of(root):
    left, top, width, height = map(float, root.get("viewBox").split())
    assert (left, top) == (0, 0)
    return width, height


def texts_of(root):
    size = float(root.get("font-size"))
    return [_box(one, float(one.get("font-size", size))) for one in root.iter(TEXT)]


def _box(one, size):
    words, x, y = "".join(one.itertext()), float(one.get("x")), float(one.get("y"))
    width = width_of(words, size, bold=one.get("font-weight") == "700")
    left = x - width / 2 if one.get("text-anchor") == "middle" else x
    # Of the usual fonts nothing that is written here reaches higher or lower.
    return Box(words, left, y - 0.78 * size, left + width, y + 0.22 * size)


def points_of(root):
    """Each corner of each shape. Curves stay within their corners."""
    for one in _shapes(root):
        number = {name: float(value) for name, value in one.attrib.items() if NUMBER.fullmatch(value)}
        if one.tag == "rect":
            x, y = number.get("x", 0.0), number.get("y", 0.0)
            yield from ((x, y), (x + number["width"], y + number["height"]))
        elif one.tag == "circle":
            for sign in (-1, 1):
                yield number["cx"] + sign * number["r"], number["cy"] + sign * number["r"]
        elif one.tag == "path":
            yield from _corners(one.get("d"))


def _shapes(root):
    for one in root:
        if one.tag != "defs":
            yield one
            yield from _shapes(one)


def _corners(path):
    x = y = 0.0
    for command, rest in COMMAND.findall(path):
        numbers = [float(one) for one in NUMBER.findall(rest)]
        assert "".join(COMMAND.findall(path)[0][0]) == "M", path
        if command == "H":
            x = numbers[0]
        elif command == "V":
            y = numbers[0]
        elif command != "Z":
            for x, y in zip(numbers[::2], numbers[1::2], strict=True):
                yield x, y
        yield x, y


def meeting(texts):
    return [(one.words, other.words) for i, one in enumerate(texts) for other in texts[i + 1 :] if one.meets(other)]


def marked(root, name):
    return [one.get(name) for one in root.iter() if one.get(name) is not None]
