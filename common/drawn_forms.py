"""The forms of a page as it was drawn: what stands in each control, and the same page with something else standing there.

Only for pages of our own templates: forms stand in no forms, and attributes are escaped.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html import escape, unescape
from html.parser import HTMLParser
from urllib.parse import urljoin

Values = dict[str, list[str]]
Attrs = dict[str, str]
BUTTONS = {"submit", "button", "reset", "image"}
TICKS = {"checkbox", "radio"}


@dataclass
class Tag:
    start: int
    end: int
    attrs: Attrs

    def written(self, name: str, **changes: str | None) -> str:
        """The tag anew, with attributes changed, or taken away where None."""
        attrs = {key: value for key, value in (self.attrs | changes).items() if value is not None}
        parts = [name, *(f'{key}="{escape(value)}"' for key, value in attrs.items())]
        return f"<{' '.join(parts)}>"


@dataclass
class Control(Tag):
    kind: str
    """The type of an input, or the name of the tag."""
    options: list[Tag] = field(default_factory=list)
    inner: tuple[int, int] = (0, 0)
    text: str = ""

    @property
    def name(self) -> str:
        return self.attrs["name"]

    @property
    def offered(self) -> str:
        return self.attrs.get("value", "on" if self.kind in TICKS else "")

    @property
    def values(self) -> list[str]:
        """What a browser would send of it; of a button, if it were pressed."""
        if self.kind in TICKS:
            return [self.offered] if "checked" in self.attrs else []
        if self.kind == "textarea":
            return [self.text]
        if self.kind != "select":
            return [self.offered]
        chosen = [one for one in self.options if "selected" in one.attrs]
        if not chosen and "multiple" not in self.attrs:
            chosen = self.options[:1]
        return [one.attrs.get("value", "") for one in chosen]


@dataclass
class DrawnForm(Tag):
    details: list[Tag]
    """The folded parts in which it stands."""
    controls: list[Control] = field(default_factory=list)

    @property
    def is_post(self) -> bool:
        return self.attrs.get("method", "").lower() == "post"

    def address(self, page: str) -> str:
        return urljoin(page, self.attrs.get("action", "")).partition("#")[0]

    def standing(self) -> Values:
        values: Values = {}
        for control in self.controls:
            values.setdefault(control.name, []).extend(control.values)
        return values


class _Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.forms = page, list[DrawnForm]()
        self._details: list[Tag] = []
        self._form: DrawnForm | None = None
        self._open: Control | None = None
        self._lines = [0]
        for line in page.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self.feed(page)
        self.close()

    def _at(self) -> int:
        line, offset = self.getpos()
        return self._lines[line - 1] + offset

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start, held = self._at(), {name: value or "" for name, value in attrs}
        end = start + len(self.get_starttag_text() or "")
        if tag == "details":
            self._details.append(Tag(start, end, held))
        elif tag == "form":
            self._form = DrawnForm(start, end, held, list(self._details))
            self.forms.append(self._form)
        elif tag == "option" and self._open is not None:
            self._open.options.append(Tag(start, end, held))
        elif tag in ("input", "textarea", "select", "button") and self._form is not None and held.get("name"):
            kind = held.get("type", "text").lower() if tag == "input" else tag
            control = Control(start, end, held, "submit" if kind == "button" else kind)
            self._form.controls.append(control)
            self._open = control if tag in ("textarea", "select") else self._open

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "details" and self._details:
            self._details.pop()
        elif self._open is not None and tag == self._open.kind:
            self._open.inner = (self._open.end, self._at())
            text = unescape(self.page[slice(*self._open.inner)])
            # A browser leaves out the first line break of a text area.
            self._open.text = text.removeprefix("\r").removeprefix("\n")
            self._open = None


def drawn_forms(page: str) -> list[DrawnForm]:
    return [form for form in _Reader(page).forms if form.is_post]


def same_text(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def not_in(form: DrawnForm, values: Values, *, leave: Callable[[str], bool]) -> set[str]:
    """The names of what was sent and does not stand in the form as it was sent: what was typed, chosen, ticked, or left unticked.
    `leave`: what a page sends along for itself, by its names."""
    standing = form.standing()
    ticked = {one.name for one in form.controls if one.kind == "checkbox" and one.values}
    off = {name for name in ticked if name not in values}
    for name, sent in values.items():
        if leave(name):
            continue
        here = [same_text(one) for one in standing.get(name, [])]
        if any(same_text(one) and same_text(one) not in here for one in sent):
            off.add(name)
        if name in ticked and set(here) - {same_text(one) for one in sent}:
            off.add(name)
    return {name for name in off if not leave(name)}


def filled(form: DrawnForm, values: Values) -> list[tuple[int, int, str]]:
    """What to write where, so that the form holds these values. A file cannot be put back."""
    edits = []
    left = {name: list(sent) for name, sent in values.items()}
    for control in form.controls:
        sent = left.get(control.name, [])
        if control.kind in BUTTONS or control.kind == "file":
            continue
        if control.kind in TICKS:
            edits.append((control.start, control.end, control.written("input", checked=_if(control.offered in sent))))
        elif control.kind == "select":
            for one in control.options:
                is_chosen = one.attrs.get("value", "") in sent
                edits.append((one.start, one.end, one.written("option", selected=_if(is_chosen))))
        elif sent and control.kind == "textarea":
            edits.append((*control.inner, "\n" + escape(sent.pop(0))))
        elif sent:
            edits.append((control.start, control.end, control.written("input", value=sent.pop(0))))
    return edits


def _if(is_so: bool) -> str | None:
    return "" if is_so else None


def edited(page: str, edits: Iterable[tuple[int, int, str]]) -> str:
    for start, end, text in sorted(edits, reverse=True):
        page = page[:start] + text + page[end:]
    return page
