"""Which revisions no longer stand: a newer one was approved as mattering to open plans, or they were withdrawn. Read-only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from common.centre_day import centre_today
from modalities.models import Publication, Revision


@dataclass(frozen=True)
class Superseded:
    """A revision that no longer stands, and the publication that says why: that of the newer one, or its own withdrawal."""

    revision: Revision
    because: Publication

    @property
    def is_withdrawn(self) -> bool:
        return self.because.revision_id == self.revision.pk

    @property
    def why(self) -> str:
        return self.because.withdrawn_reason if self.is_withdrawn else self.because.why


def superseded_revisions() -> Mapping[int, Superseded]:
    """By the id of the old revision. Two queries at most; a centre has some dozens of pages with a few revisions each.

    Of several newer revisions that matter the newest counts; one that waits for its day counts from that day on.
    """
    texts = [name for name, _ in Revision.SECTIONS]
    rows = publications_that_tell().select_related("revision")
    told = list(rows.defer(*(f"revision__{name}" for name in texts)))
    if not told:
        return {}
    pages = {p.revision.modality_id for p in told}
    return superseded_among(told, Revision.objects.filter(modality__in=pages).select_related("modality").defer(*texts))


def publications_that_tell() -> QuerySet[Publication]:
    """Those by which another revision, or their own, may no longer stand."""
    mattering = Q(matters_to_plans=True, withdrawn_at=None, in_force_on__lte=centre_today())
    return Publication.objects.filter(mattering | Q(withdrawn_at__isnull=False))


def superseded_among(told: Sequence[Publication], revisions: Iterable[Revision]) -> dict[int, Superseded]:
    """Of these revisions those that no longer stand by `told`, each with its revision. No query."""
    newest: dict[int, Publication] = {}
    withdrawn = {p.revision_id: p for p in told if p.withdrawn_at is not None and not p.was_cancelled}
    for publication in sorted(told, key=lambda p: p.revision.number):
        if publication.withdrawn_at is None:
            newest[publication.revision.modality_id] = publication
    found: dict[int, Superseded] = {}
    for revision in revisions:
        newer = newest.get(revision.modality_id)
        if newer is not None and revision.number < newer.revision.number:
            found[revision.pk] = Superseded(revision, newer)
        elif revision.pk in withdrawn:
            found[revision.pk] = Superseded(revision, withdrawn[revision.pk])
    return found
