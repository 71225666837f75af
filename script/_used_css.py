"""The last step of `npm run build`: leaves out of the stylesheet what is for `nhsuk-` classes that no page has.

nhsuk-frontend brings cards, tables and utilities with the components that use them: half of what it compiles to, read by every
browser before it draws the first page.

    python script/_used_css.py static/css/consilium.css
"""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = (
    "templates/**/*.html",
    "static/js/*.js",
    "common/**/*.py",
    "accounts/**/*.py",
    "modalities/**/*.py",
    "careplans/**/*.py",
)
CLASS = re.compile(r"nhsuk-[a-zA-Z0-9_-]+")
PARENTHESES = re.compile(r"\([^()]*\)")


def used_blocks() -> set[str]:
    """What is written somewhere, as its block: a page may put the rest of the name together (`f"{kind}__item"`)."""
    files = (path for pattern in SOURCES for path in ROOT.glob(pattern))
    return {block(name) for path in files for name in CLASS.findall(path.read_text())}


def block(name: str) -> str:
    """Of `nhsuk-radios__item` and `nhsuk-radios--small`: `nhsuk-radios`."""
    return re.split("__|--", name)[0]


def without_unused(css: str, used: set[str]) -> str:
    def is_used(selector: str) -> bool:
        """What stands in parentheses may be there or not: `:not(.nhsuk-label--wide)` is true of a page that has none."""
        return all(block(name) in used for name in CLASS.findall(PARENTHESES.sub("", selector)))

    return "".join(_kept(css, is_used))


def _kept(css: str, is_used: Callable[[str], bool]) -> Iterator[str]:
    for head, body in _blocks(css):
        if body is None:
            yield head
        elif head.startswith(("@media", "@supports")):
            inner = "".join(_kept(body, is_used))
            yield f"{head}{{{inner}}}" if inner else ""
        elif head.startswith("@"):
            yield f"{head}{{{body}}}"
        else:
            selectors = [one for one in _selectors(head) if is_used(one)]
            yield f"{','.join(selectors)}{{{body}}}" if selectors else ""


def _blocks(css: str) -> Iterator[tuple[str, str | None]]:
    """Each rule as its head and what stands in its braces; a statement without braces as its head alone."""
    start = place = 0
    while place < len(css):
        if css[place] == ";":
            yield css[start : place + 1], None
            start = place + 1
        elif css[place] == "{":
            end = _closing(css, place)
            yield css[start:place], css[place + 1 : end]
            start = place = end + 1
            continue
        place += 1


def _closing(css: str, opening: int) -> int:
    depth = 0
    for match in re.compile(r"[{}]").finditer(css, opening):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return match.start()
    raise ValueError("A brace is not closed.")


def _selectors(head: str) -> list[str]:
    """By the commas outside of parentheses: `:not(.a, .b)` is one."""
    return re.split(r",(?![^(]*\))", head)


if __name__ == "__main__":
    sheet = Path(sys.argv[1])
    sheet.write_text(without_unused(sheet.read_text(), used_blocks()))
