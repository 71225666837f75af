"""The text of a section: Markdown in which every sentence names what stands behind it.

`[S20]` or `[S28, S29]` after a sentence points to statements of the source document, `[E1]` to a source that the centre
added; `[—]` marks a sentence of our own. `[image 3]` on a line of its own shows an attached image and `[file 4]` links a
PDF; each brings its own source.
Raw HTML is off, and what comes out is cleaned again before it is trusted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from itertools import pairwise

import nh3
from django.template.defaultfilters import filesizeformat
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from modalities.htmldiff import has_marks, html_diff

MARKER = re.compile(r"\[((?:S\d\d|E[1-9]\d{0,4})(?:,\s*(?:S\d\d|E[1-9]\d{0,4}))*|—)\]")
OUR_OWN = "—"
FILE = re.compile(r"\[file ([1-9]\d{0,8})\]")
IMAGE = re.compile(r"\[image ([1-9]\d{0,8})\]")
IMAGE_LINE = re.compile(r"^\[image [1-9]\d{0,8}\][ \t]*$", re.MULTILINE)
IMAGE_BLOCK = re.compile(r"<p>\[image ([1-9]\d{0,8})\]</p>")
# A heading names what follows and claims nothing; one that ends like a sentence is one.
HEADING_LINE = re.compile(r"^ {0,3}#{1,6}[ \t][^\n]*[^\n.!?\s][ \t]*$", re.MULTILINE)
SIGN = re.compile(f"{IMAGE_BLOCK.pattern}|{FILE.pattern}|{MARKER.pattern}")
# A sentence is sourced by a marker, or by the source of the file that it names last.
SOURCED = re.compile(f"{MARKER.pattern}|{FILE.pattern}")
# Where one sentence ends and the next begins: after "e.g. Ki-67" or "3. line" none has ended.
SENTENCE_END = re.compile(r"(?<!\be\.g)(?<!\bi\.e)(?<!\bcf)(?<!\bvs)(?<!\bca)(?<!\bapprox)(?<!\bNo)[.!?]\s+(?=[A-Z])")
# A block ends at an empty line or where the next list item begins.
BLOCK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*+]|\d+[.)])\s)")

TAGS = {"p", "ul", "ol", "li", "strong", "em", "a", "br", "sub", "sup", "blockquote", "h3", "h4"}
ATTRIBUTES = {"a": {"href"}}
SCHEMES = {"http", "https", "mailto"}
# What markers, images and marks add to that in a difference.
MARKED_TAGS = {"ins", "del", "span", "figure", "figcaption", "img"}
MARKED_ATTRIBUTES = {
    "span": {"class", "aria-hidden"},
    "figure": {"class"},
    "img": {"src", "alt", "width", "height", "loading"},
}
HIDDEN = '<span class="nhsuk-u-visually-hidden">'
# Marked by signs and words, and not by colour alone.
IN_WORDS = {
    "<ins>": f'<ins><span aria-hidden="true">[+ </span>{HIDDEN}Added: </span>',
    "</ins>": f'<span aria-hidden="true"> +]</span>{HIDDEN}, end of addition.</span></ins>',
    "<del>": f'<del><span aria-hidden="true">[− </span>{HIDDEN}Taken away: </span>',
    "</del>": f'<span aria-hidden="true"> −]</span>{HIDDEN}, end of what was taken away.</span></del>',
}

_markdown = MarkdownIt("commonmark", {"html": False})

OURS = (
    '<span class="c-marker c-marker--ours">[<span aria-hidden="true">—</span>'
    '<span class="nhsuk-u-visually-hidden">our note, not from the source</span>]</span>'
)


@dataclass(frozen=True)
class Shown:
    """An attachment as a text shows it; `source` is what stands inside its marker, sizes are in pixels and bytes."""

    url: str
    title: str
    source: str
    is_image: bool
    alternative_text: str = ""
    width: int | None = None
    height: int | None = None
    size: int = 0


def render(
    text: str, states: Mapping[str, str] | None = None, attachments: Mapping[int, Shown] | None = None
) -> SafeString:
    """Safe HTML. `states` holds what stands at a statement's marker: how its newest note left it (`Statement.mark`).

    `attachments` holds what `[image 3]` and `[file 4]` stand for, by number; a number without one stays as typed.
    """
    apart = IMAGE_LINE.sub(lambda found: f"\n{found.group().strip()}\n", text)
    html = nh3.clean(_markdown.render(apart), tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES)
    shown = attachments or {}
    # All at once: the title of a file may itself look like a marker.
    linked = SIGN.sub(lambda found: _sign(found, shown, states or {}), html)
    return mark_safe(linked)  # noqa: S308  (cleaned by nh3; what is added is built from [S00] numbers and escaped)


def render_difference(old: str, new: str, attachments: Mapping[int, Shown] | None = None) -> SafeString:
    """Safe HTML of the new text with `<ins>` and `<del>`, told in words too; empty when no word differs."""
    html = html_diff(render(old, attachments=attachments), render(new, attachments=attachments))
    if not has_marks(html):
        return SafeString()
    cleaned = nh3.clean(html, tags=TAGS | MARKED_TAGS, attributes=ATTRIBUTES | MARKED_ATTRIBUTES, url_schemes=SCHEMES)
    for bare, told in IN_WORDS.items():
        cleaned = cleaned.replace(bare, told)
    return mark_safe(cleaned)  # noqa: S308  (cleaned by nh3; what is added is fixed)


@lru_cache(maxsize=1024)
def plain(text: str) -> str:
    """The words of a text alone, on one line: no markup and no markers. Kept by the text itself, since a search needs all."""
    html = nh3.clean(_markdown.render(IMAGE_LINE.sub("", SOURCED.sub("", text))), tags=set())
    return " ".join(unescape(html).split())


def numbers_in(*texts: str) -> list[str]:
    """Statement numbers that these texts point to, each once, in order."""
    found = {number for text in texts for group in MARKER.findall(text) for number in re.findall(r"S\d\d", group)}
    return sorted(found)


def added_in(*texts: str) -> list[int]:
    """Numbers of added sources that these texts point to, each once, in order."""
    found = {int(n) for text in texts for group in MARKER.findall(text) for n in re.findall(r"E(\d+)", group)}
    return sorted(found)


def attached_in(*texts: str) -> set[int]:
    """Numbers of the images and files that these texts show."""
    return {int(n) for text in texts for pattern in (IMAGE, FILE) for n in pattern.findall(text)}


def misplaced_images(text: str) -> list[int]:
    """Images whose marker does not stand on a line of its own, and so would show as typed."""
    return [int(number) for number in IMAGE.findall(IMAGE_LINE.sub("", text))]


def unsourced_sentences(text: str) -> list[str]:
    """Sentences without a marker of their own: each ends with one before the next begins."""
    found = []
    for block in BLOCK.split(HEADING_LINE.sub("\n\n", IMAGE_LINE.sub("\n\n", text))):
        if not block.strip():
            continue
        *marked, rest = _between_markers(block.strip())
        for part in marked:
            found += SENTENCE_END.split(part)[:-1]
        found += [rest] if rest else []
    return [" ".join(sentence.split()) for sentence in found]


def _between_markers(block: str) -> list[str]:
    """What stands before each marker, and last what stands after the last one."""
    ends = [(0, 0), *(found.span() for found in SOURCED.finditer(block)), (len(block), len(block))]
    return [block[before[1] : after[0]].strip() for before, after in pairwise(ends)]


def _sign(found: re.Match[str], shown: Mapping[int, Shown], states: Mapping[str, str]) -> str:
    image, file, group = found.groups()
    if image:
        return _figure(found, shown.get(int(image)), states)
    return _file(found, shown.get(int(file)), states) if file else _marker(group, states)


def _figure(found: re.Match[str], image: Shown | None, states: Mapping[str, str]) -> str:
    if image is None or not image.is_image:
        return found.group()
    return format_html(
        '<figure class="c-figure"><img src="{}" alt="{}" width="{}" height="{}" loading="lazy">'
        "<figcaption>{} {}</figcaption></figure>",
        image.url, image.alternative_text, image.width, image.height, image.title, _source(image, states),
    )  # fmt: skip


def _file(found: re.Match[str], file: Shown | None, states: Mapping[str, str]) -> str:
    if file is None or file.is_image:
        return found.group()
    return format_html(
        '<a href="{}">{} (PDF, {})</a> {}', file.url, file.title, filesizeformat(file.size), _source(file, states)
    )


def _source(attachment: Shown, states: Mapping[str, str]) -> SafeString:
    return mark_safe(_marker(attachment.source, states))  # noqa: S308  (built from [S00] numbers and escaped)


def _marker(group: str, states: Mapping[str, str]) -> str:
    if group == OUR_OWN:
        return OURS
    links = ", ".join(_link(number, states.get(number, "")) for number in re.split(r",\s*", group))
    return f'<span class="c-marker">[{links}]</span>'


def _link(number: str, state: str) -> str:
    shown = f'{number} <span class="c-marker__state">{escape(state)}</span>' if state else number
    kind = "Source" if number.startswith("E") else "Statement"
    return f'<a href="#{number}"><span class="nhsuk-u-visually-hidden">{kind} </span>{shown}</a>'
