"""The text of a section: Markdown in which every sentence names what stands behind it.

`[S20]` or `[S28, S29]` after a sentence points to statements of the source document, `[E1]` to a source that the centre
added; `[—]` marks a sentence of our own.
Raw HTML is off, and what comes out is cleaned again before it is trusted.
"""

import re
from collections.abc import Mapping
from html import unescape
from itertools import pairwise

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

MARKER = re.compile(r"\[((?:S\d\d|E[1-9]\d{0,4})(?:,\s*(?:S\d\d|E[1-9]\d{0,4}))*|—)\]")
# Where one sentence ends and the next begins: after "e.g. Ki-67" or "3. line" none has ended.
SENTENCE_END = re.compile(r"(?<!\be\.g)(?<!\bi\.e)(?<!\bcf)(?<!\bvs)(?<!\bca)(?<!\bapprox)(?<!\bNo)[.!?]\s+(?=[A-Z])")
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


def plain(text: str) -> str:
    """The words of a text alone, on one line: no markup and no markers."""
    html = nh3.clean(_markdown.render(MARKER.sub("", text)), tags=set())
    return " ".join(unescape(html).split())


def numbers_in(*texts: str) -> list[str]:
    """Statement numbers that these texts point to, each once, in order."""
    found = {number for text in texts for group in MARKER.findall(text) for number in re.findall(r"S\d\d", group)}
    return sorted(found)


def added_in(*texts: str) -> list[int]:
    """Numbers of added sources that these texts point to, each once, in order."""
    found = {int(n) for text in texts for group in MARKER.findall(text) for n in re.findall(r"E(\d+)", group)}
    return sorted(found)


def unsourced_sentences(text: str) -> list[str]:
    """Sentences without a marker of their own: each ends with one before the next begins."""
    found = []
    for block in BLOCK.split(text):
        if not block.strip() or block.strip().startswith("#"):
            continue
        *marked, rest = _between_markers(block.strip())
        for part in marked:
            found += SENTENCE_END.split(part)[:-1]
        found += [rest] if rest else []
    return [" ".join(sentence.split()) for sentence in found]


def _between_markers(block: str) -> list[str]:
    """What stands before each marker, and last what stands after the last one."""
    ends = [(0, 0), *(found.span() for found in MARKER.finditer(block)), (len(block), len(block))]
    return [block[before[1] : after[0]].strip() for before, after in pairwise(ends)]


def _marker(group: str, states: Mapping[str, str]) -> str:
    if group == "—":
        return OURS
    links = ", ".join(_link(number, states.get(number, "")) for number in re.split(r",\s*", group))
    return f'<span class="c-marker">[{links}]</span>'


def _link(number: str, state: str) -> str:
    shown = f'{number} <span class="c-marker__state">{escape(state)}</span>' if state else number
    kind = "Source" if number.startswith("E") else "Statement"
    return f'<a href="#{number}"><span class="nhsuk-u-visually-hidden">{kind} </span>{shown}</a>'
