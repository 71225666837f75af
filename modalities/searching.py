"""Search over everything that a reader may read: pages in force, statements with their notes, added sources, trials.

The whole corpus is a few dozen pages, so it is read and looked through in Python: the same on SQLite and PostgreSQL,
with no index to keep in step with scheduled and withdrawn revisions. PostgreSQL's full text or SQLite's FTS5 would add
stemming in English and a second behaviour to test; parts of drug names and codes ("177Lu", "5-HIAA"), which people look
for here, are what they find worst. A centre with thousands of pages would think again.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse

from common.paging import position
from modalities.highlighting import Piece, excerpt, holds_all, holds_any, marked, terms_of
from modalities.markup import plain
from modalities.models import Modality, Revision, Source, Statement, Trial
from modalities.models.sources import NEWEST_FIRST
from modalities.reading import shown_in_tree


@dataclass(frozen=True)
class Hit:
    kind: str
    title: list[Piece]
    heading: str
    url: str
    text: list[Piece]


@dataclass(frozen=True)
class SearchEntry:
    """One thing that can be found: it is shown by its title, and its text is looked through together with that."""

    kind: str
    title: str
    heading: str
    url: str
    text: str


def search(query: str) -> list[Hit]:
    """Entries in which every word of the query occurs, titles first. Seven queries, however much there is."""
    terms = terms_of(query)
    return _hits([entry for entry in _entries() if _fits(entry, terms)], terms) if terms else []


def search_pages(query: str) -> list[Hit]:
    """The same in pages alone, each once: for a search that asks on each key. One query."""
    terms = terms_of(query)
    if not terms:
        return []
    firsts = (next((entry for entry in _of_page(page) if _fits(entry, terms)), None) for page in _pages())
    return _hits([entry for entry in firsts if entry is not None], terms)


def _hits(found: list[SearchEntry], terms: list[str]) -> list[Hit]:
    found.sort(key=lambda entry: not holds_all(entry.title, terms))
    return [Hit(e.kind, marked(e.title, terms), e.heading, e.url, excerpt(e.text, terms)) for e in found]


def _pages() -> list[Modality]:
    return [p for p in shown_in_tree(Modality.objects.for_tree(), to_editors=False) if p.current_revision]


def _fits(entry: SearchEntry, terms: list[str]) -> bool:
    """A section counts when a word stands in it: the title of its page alone would bring every section."""
    if entry.heading and entry.kind == "Page" and not holds_any(entry.text, terms):
        return False
    return holds_all(f"{entry.title} {entry.text}", terms)


def _entries() -> Iterator[SearchEntry]:
    pages = _pages()
    for page in pages:
        yield from _of_page(page)
    for statement in Statement.objects.with_flags():
        yield _of_statement(statement)
    for source in Source.objects.all():
        url = f"{reverse('modalities:sources')}?after={position([source.number + 1], NEWEST_FIRST)}#{source.marker}"
        text = f"{source.publisher}, {source.published_on}"
        yield SearchEntry("Added source", f"{source.marker}: {source.title}", "", url, text)
    trials = next((page for page in pages if page.is_supplied and page.code == Modality.Code.TRIAL), None)
    for trial in Trial.objects.for_page() if trials else ():
        url = f"{reverse('modalities:page', args=[trials.slug])}#trial-{trial.pk}" if trials else ""
        yield SearchEntry("Trial", trial.name, trial.register_id, url, f"{trial.register_id}. {trial.criteria}")


def _of_page(page: Modality) -> Iterator[SearchEntry]:
    url = reverse("modalities:page", args=[page.slug])
    yield SearchEntry("Page", page.title, "", url, "")
    for name, heading in Revision.SECTIONS:
        text = plain(getattr(page.current_revision, name))
        yield SearchEntry("Page", page.title, heading, f"{url}#{name}", text)


def _of_statement(statement: Statement) -> SearchEntry:
    notes = [f"Note of {flag.noted_on:%-d %b %Y}: {flag.note}" for flag in statement.flags.all()]
    url = f"{reverse('modalities:statements')}#{statement.number}"
    return SearchEntry("Statement", statement.number, statement.kind, url, " ".join([statement.text, *notes]))
