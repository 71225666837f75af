"""The text of a section: Markdown in which every sentence names the statements behind it.

`[S20]` or `[S28, S29]` after a sentence points to statements of the source; `[—]` marks a sentence of our own.
Raw HTML is off, and what comes out is cleaned again before it is trusted.
"""

import re
from collections.abc import Mapping

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

MARKER = re.compile(r"\[(S\d\d(?:,\s*S\d\d)*|—)\]")
# A block ends at an empty line or where the next list item begins.
BLOCK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*+]|\d+[.)])\s)")

TAGS = {"p", "ul", "ol", "li", "strong", "em", "a", "br", "sub", "sup", "blockquote", "h3", "h4"}
ATTRIBUTES = {"a": {"href"}}
SCHEMES = {"http", "https", "mailto"}

_markdown = MarkdownIt("commonmark", {"html": False})

OURS = (
    '<span class="c-marker c-marker--ours">[<span aria-hidden="true">—</span>'
    '<span class="nhsuk-u-visually-hidden">our note, not from the source</span>]</span>'
)


def render(text: str, states: Mapping[str, str] | None = None) -> SafeString:
    """Safe HTML. `states` holds the label of a statement's open flag, shown at the marker; see `open_states()`."""
    html = nh3.clean(_markdown.render(text), tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES)
    linked = MARKER.sub(lambda found: _marker(found.group(1), states or {}), html)
    return mark_safe(linked)  # noqa: S308  (cleaned by nh3; what is added is built from [S00] numbers and escaped)


def numbers_in(*texts: str) -> list[str]:
    """Statement numbers that these texts point to, each once, in order."""
    found = {number for text in texts for group in MARKER.findall(text) for number in re.findall(r"S\d\d", group)}
    return sorted(found)


def unsourced_blocks(text: str) -> list[str]:
    """Paragraphs and list items that do not end with a marker. Headings need none."""
    blocks = (block.strip() for block in BLOCK.split(text))
    return [block for block in blocks if block and not block.startswith("#") and not _ends_with_marker(block)]


def _ends_with_marker(block: str) -> bool:
    markers = list(MARKER.finditer(block))
    return bool(markers) and markers[-1].end() == len(block)


def _marker(group: str, states: Mapping[str, str]) -> str:
    if group == "—":
        return OURS
    links = ", ".join(_link(number, states.get(number, "")) for number in re.split(r",\s*", group))
    return f'<span class="c-marker">[{links}]</span>'


def _link(number: str, state: str) -> str:
    shown = f'{number} <span class="c-marker__state">{escape(state)}</span>' if state else number
    return f'<a href="#{number}"><span class="nhsuk-u-visually-hidden">Statement </span>{shown}</a>'
