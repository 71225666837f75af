"""A revision as a reader sees it: sections as safe HTML, and the statements behind them with their flags."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.safestring import SafeString

from common.centre_day import centre_today
from common.worddiff import Piece, is_changed, word_diff
from modalities.markup import Shown, added_in, attached_in, numbers_in, render, render_difference
from modalities.models import Attachment, Draft, Modality, Publication, Revision, Source, Statement, StatementFlag

TITLE = ("title", "Title")


@dataclass(frozen=True)
class Section:
    name: str
    heading: str
    html: SafeString


@dataclass(frozen=True)
class Reading:
    sections: list[Section]
    statements: list[Statement]
    sources: list[Source] = field(default_factory=list)


@dataclass(frozen=True)
class Change:
    """A section that differs: as a reader sees it (empty when only its layout does), and its source word by word."""

    heading: str
    html: SafeString
    pieces: list[Piece]


@dataclass
class Node:
    """One place in the tree, with the open flags of the statements that its page rests on."""

    modality: Modality
    flags: list[tuple[str, str, int]] = field(default_factory=list)
    children: list["Node"] = field(default_factory=list)


def read_texts(texts: Mapping[str, str]) -> Reading:
    """Five queries at most: the attachments, statements and added sources that the texts point to, and the flags with
    their writers."""
    attached = attachments_of(*texts.values())
    behind = [*texts.values(), *(f"[{shown.source}]" for shown in attached.values())]
    statements = list(Statement.objects.with_flags().filter(number__in=numbers_in(*behind)))
    marks = {s.number: mark for s in statements if (mark := s.mark)}
    sections = [Section(name, heading, render(texts[name], marks, attached)) for name, heading in Revision.SECTIONS]
    added = added_in(*behind)
    sources = list(Source.objects.filter(number__in=added)) if added else []
    return Reading(sections, statements, sources)


def attachments_of(*texts: str) -> dict[int, Shown]:
    """What the markers of these texts show, withdrawn or not. One query, and none without a marker."""
    numbers = attached_in(*texts)
    found = Attachment.objects.defer("content").filter(pk__in=numbers) if numbers else ()
    return {one.pk: show(one) for one in found}


def show(attachment: Attachment) -> Shown:
    return Shown(
        url=reverse("modalities:attachment", args=[attachment.pk]), title=attachment.title, source=attachment.source,
        is_image=attachment.is_image, alternative_text=attachment.alternative_text, width=attachment.width,
        height=attachment.height, size=attachment.size,
    )  # fmt: skip


def texts_of(revision: Revision | Draft) -> dict[str, str]:
    return {name: getattr(revision, name) for name, _ in Revision.SECTIONS}


def open_flag(statement: Statement) -> StatementFlag | None:
    """The newest flag on what the statement says, unless it says that all is well."""
    newest = next(iter(statement.notes), None)
    return newest if newest is not None and newest.state != StatementFlag.State.CURRENT else None


def open_state(statement: Statement) -> str:
    """Of that flag; a statement on treatment that nobody noted anything about is not checked either. Empty where all is well."""
    flag = open_flag(statement)
    if flag is not None:
        return flag.state
    return StatementFlag.State.NOT_CHECKED if statement.can_age and not statement.notes else ""


def changes_between(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[list[Change], list[str]]:
    """Sections that differ, word by word, and the headings of those that do not. One query at most."""
    attached = attachments_of(*old.values(), *new.values())
    changed, same = [], []
    for name, heading in (TITLE, *Revision.SECTIONS):
        pieces = word_diff(old[name], new[name])
        if is_changed(pieces):
            changed.append(Change(heading, render_difference(old[name], new[name], attached), pieces))
        else:
            same.append(heading)
    return changed, same


def full_texts_of(revision: Revision | Draft) -> dict[str, str]:
    return {"title": revision.title, **texts_of(revision)}


def settle(modalities: Iterable[Modality]) -> list[Modality]:
    """Show each page as its dates say, even when nobody has yet switched it over. One query, writes nothing."""
    pages = list(modalities)
    due = {p.revision.modality_id: p.revision for p in Publication.objects.overdue_switch(centre_today())}
    for page in pages:
        if page.pk in due:
            page.current_revision = due[page.pk]
            page.title = page.current_revision.title
    return pages


def build_tree(modalities: Iterable[Modality], statements: Iterable[Statement]) -> dict[int | None, list[Node]]:
    """Nodes by the id of their parent; the roots stand under None. Asks the database for nothing."""
    flagged = {s.number: state for s in statements if (state := open_state(s))}
    nodes = {m.pk: Node(m, _count_flags(m, flagged)) for m in modalities}
    by_parent: dict[int | None, list[Node]] = {}
    for node in nodes.values():
        by_parent.setdefault(node.modality.parent_id, []).append(node)
    for pk, node in nodes.items():
        node.children = by_parent.get(pk, [])
    return by_parent


def shown_in_tree(modalities: Iterable[Modality], *, to_editors: bool) -> list[Modality]:
    """Live pages that have been in force, and groups that hold one; editors and approvers also see what is not yet."""
    live = [page for page in settle(modalities) if page.retired_at is None]
    if to_editors:
        return live
    known = [page for page in live if page.is_known]
    parents = {page.parent_id for page in known}
    return [page for page in known if page.is_supplied or not page.is_group or page.pk in parents]


def _count_flags(modality: Modality, flagged: Mapping[str, str]) -> list[tuple[str, str, int]]:
    """(state, label, statements) for each state that is worth a look on this page."""
    if modality.current_revision is None:
        return []
    numbers = numbers_in(*texts_of(modality.current_revision).values())
    states = [flagged[number] for number in numbers if number in flagged]
    return [(s.value, str(s.label), states.count(s)) for s in reversed(StatementFlag.State) if s in states]
