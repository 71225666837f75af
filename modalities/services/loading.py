"""Brings the content files into the database. Run again at every start: what an editor wrote is never overwritten.

There is no person behind it, so there is no permission to check: whoever can run commands owns the installation.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from django.db.models import Q

from common.writing import transactional
from modalities.content import FOLDER, ContentError, PageFile, read_flags, read_pages, read_statements
from modalities.models import Modality, Publication, Revision, Statement, StatementFlag
from modalities.services.revisions import SECTION_FIELDS, Wording, lock_page, put_in_force
from modalities.services.sourcing import check_sources

Outcome = Literal["created", "updated", "unchanged", "kept", "group"]


@dataclass(frozen=True)
class Loaded:
    slug: str
    outcome: Outcome


@transactional
def load_pages(folder: Path = FOLDER) -> list[Loaded]:
    """Statements, their flags, the tree, and a first revision of each page that has none."""
    _load_statements(folder)
    _load_flags(folder)
    known: dict[str, Modality] = {}
    loaded = []
    for page in read_pages(folder):
        modality = _load_place(page, known)
        known[page.slug] = modality
        loaded.append(Loaded(page.slug, _load_one(modality, page)))
    return loaded


def _load_one(modality: Modality, page: PageFile) -> Outcome:
    if modality.added_by_id is not None:
        return "kept"
    return "group" if page.is_group else _load_text(modality, page)


def _load_place(page: PageFile, known: dict[str, Modality]) -> Modality:
    """A page follows its file until somebody moves or retires it; one that the centre added never does."""
    decided = Modality.objects.filter(slug=page.slug).filter(Q(version__gt=1) | Q(added_by__isnull=False)).first()
    if decided is not None:
        return decided
    place = {
        "code": page.code,
        "parent": known[page.parent] if page.parent else None,
        "order": page.order,
        "is_group": page.is_group,
    }
    modality, _ = Modality.objects.update_or_create(
        slug=page.slug, defaults=place, create_defaults=place | {"title": page.title}
    )
    return modality


def _load_text(modality: Modality, page: PageFile) -> Outcome:
    """A revision in force that a person published is kept, and so is one that is not what its hash says."""
    current = modality.current_revision
    note = page.change_note if current is None else "The content file that comes with the application has changed."
    draft = Wording(title=page.title, sections=page.sections, change_note=note)
    if current is not None and current.sha256 == draft.sha256:
        return "unchanged"
    if _is_ours(modality, current):
        return "kept"
    _check_sources(modality, page)
    put_in_force(lock_page(modality, current.pk if current else None), draft, by=None)
    return "created" if current is None else "updated"


def _check_sources(modality: Modality, page: PageFile) -> None:
    """The files go no other way than an editor's draft: every sentence names what stands behind it."""
    problems = [problem for found in check_sources(page.sections, modality).values() for problem in found]
    if problems:
        raise ContentError(f"{page.slug}.md: {' '.join(problems)}")


def _is_ours(modality: Modality, current: Revision | None) -> bool:
    """People have decided about this page: they wrote, withdrew or scheduled what it says."""
    if current is not None and not _is_as_loaded(current):
        return True
    return Publication.objects.filter(revision__modality=modality).exists()


def _is_as_loaded(revision: Revision) -> bool:
    if revision.published_by_id is not None:
        return False
    sections = {name: getattr(revision, name) for name in SECTION_FIELDS}
    return revision.sha256 == Wording(title=revision.title, sections=sections, change_note="").sha256


def _load_statements(folder: Path) -> None:
    fields = ["line", "kind", "text", "reference"]
    rows = [
        Statement(number=e.number, line=e.line, kind=e.kind, text=e.text, reference=e.reference)
        for e in read_statements(folder)
    ]
    Statement.objects.bulk_create(rows, update_conflicts=True, unique_fields=["number"], update_fields=fields)


def _load_flags(folder: Path) -> None:
    """Follows the files with the notes that came from them; a note of an editor is left alone.

    A note that is worded anew comes with a new day and stands before the earlier one; but where a person has noted something
    meanwhile, theirs stays the newest.
    """
    keys = dict(Statement.objects.values_list("number", "pk"))
    loaded = {(f.statement_id, f.about, f.noted_on): f for f in StatementFlag.objects.filter(noted_by=None)}
    people = set(StatementFlag.objects.exclude(noted_by=None).values_list("statement_id", "about"))
    new, changed = [], []
    for entry in read_flags(folder):
        flag = loaded.get((keys[entry.number], entry.about, entry.noted_on))
        if flag is None and (keys[entry.number], entry.about) in people:
            continue
        if flag is None:
            flag = StatementFlag(statement_id=keys[entry.number], about=entry.about, noted_on=entry.noted_on)
            new.append(flag)
        else:
            changed.append(flag)
        flag.state, flag.note, flag.source = entry.state, entry.note, entry.source
    StatementFlag.objects.bulk_create(new)
    StatementFlag.objects.bulk_update(changed, ["state", "note", "source"])
