"""Who must act on a draft, or wrote on it, is told in the app; the rules of the advisories are told of in the same way.

A notice leads to the page where one acts. What was asked of an approver and is answered by another, or taken back, is withdrawn.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import User
from accounts.services.notices import add_notice, withdraw_untrue
from modalities.models import Draft, DraftEvent, Publication, Revision

KIND = "reference"


@dataclass(frozen=True)
class Work:
    """What a notice is about: its name in a sentence, its page, and the beginning of its notices' keys, which ends in a slash
    because the key of draft 1 must not begin that of draft 12."""

    name: str
    path: str
    key: str

    @property
    def asked(self) -> str:
        return f"{self.key}asked/"


def may_approve() -> QuerySet[User]:
    return User.objects.filter(is_active=True, is_content_approver=True).order_by("pk")


def ask_approvers(work: Work, *, wrote: Collection[int], by: User, turn: int) -> None:
    """Everybody who may answer. Where nobody may, the administrators: they say who approves."""
    asked = list(may_approve().exclude(pk__in={*wrote, by.pk}))
    words = f"{by.name} asks you to review {work.name}."
    if not asked:
        asked = list(User.objects.filter(is_active=True, is_administrator=True).order_by("pk"))
        words = (
            f"{work.name[:1].upper()}{work.name[1:]} waits for its review, and nobody may approve it: its writers may not. "
            "Make one more person an approver of the reference pages."
        )  # fmt: skip
        work = Work(work.name, reverse("accounts:people"), work.key)
    for person in asked:
        add_notice(person, KIND, words, work.path, f"{work.asked}{turn}/{person.pk}", board=None)


def nobody_asked(work: Work) -> None:
    """It is not in review any more."""
    withdraw_untrue(work.asked)


def tell_people(work: Work, people: Iterable[int | None], words: str, *, by: User | None, turn: str) -> None:
    """Everybody of these but who did it, if they are still here."""
    wanted = {pk for pk in people if pk is not None} - {by.pk if by else None}
    for person in User.objects.filter(pk__in=wanted, is_active=True).order_by("pk"):
        add_notice(person, KIND, words, work.path, f"{work.key}{turn}/{person.pk}", board=None)


def work_of(draft: Draft) -> Work:
    path = reverse("modalities:draft", args=[draft.modality.slug])
    return Work(f"the draft of “{draft.title}”", path, f"draft/{draft.pk}/")


def writers_of(row: Any, writing: Collection[str]) -> set[int]:
    """Of a row with events: who wrote on it, without the program itself, which is nobody."""
    found = row.events.filter(kind__in=writing, by__isnull=False)
    return set(found.values_list("by", flat=True))


def tell_of_draft(draft: Draft, kind: str, *, by: User, comment: str = "") -> None:
    """After each of its moves, inside the transaction."""
    work = work_of(draft)
    if kind == DraftEvent.Kind.SENT:
        ask_approvers(work, wrote=writers_of(draft, DraftEvent.WRITING), by=by, turn=draft.version)
        return
    nobody_asked(work)
    said = {
        DraftEvent.Kind.SENT_BACK: f"sent back {work.name}{f': {comment}' if comment else '.'}",
        DraftEvent.Kind.RECALLED: f"took {work.name} back from review.",
        DraftEvent.Kind.DISCARDED: f"discarded {work.name}.",
    }
    if words := said.get(DraftEvent.Kind(kind)):
        wrote = writers_of(draft, DraftEvent.WRITING)
        tell_people(work, wrote, f"{by.name} {words}", by=by, turn=f"{draft.version}-{kind}")


def tell_of_approval(draft: Draft, revision: Revision, starts: str, *, by: User, comment: str) -> None:
    """To everybody who wrote on the draft: the revision, from when, and what the approver says."""
    work, why = _work_of_revision(revision), f": {comment}" if comment else "."
    words = f"{by.name} approved the draft of “{revision.title}”: revision {revision.number} {starts}{why}"
    tell_people(work, writers_of(draft, DraftEvent.WRITING), words, by=by, turn="approved")


def tell_of_revision(revision: Revision, *, by: User | None, words: str) -> None:
    """To whoever wrote and whoever approved it: its day has come, or it was withdrawn. What came with the program has nobody."""
    known = Publication.objects.filter(revision=revision).values_list("written_by", "approved_by").first() or ()
    told = f"Revision {revision.number} of “{revision.title}” {words}"
    tell_people(_work_of_revision(revision), known, told, by=by, turn="in-force" if by is None else "withdrawn")


def _work_of_revision(revision: Revision) -> Work:
    path = reverse("modalities:revision", args=[revision.modality.slug, revision.number])
    return Work(str(revision), path, f"revision/{revision.pk}/")
