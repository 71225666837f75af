"""What somebody opened last, read off their own entries in the trail, and asked again whether they may see it."""

from collections.abc import Callable, Sequence
from typing import Any

from django.urls import reverse

from accounts.access import peek_visible
from accounts.models import AuditEvent, User
from accounts.permissions import boards_where, memberships_of
from careplans.models import Case, Patient, Plan
from careplans.readers.finding.hits import Drawn, Hit
from careplans.readers.finding.typed import Typed
from modalities.highlighting import Piece
from modalities.models import Modality

MOST = 8
# Whoever has worked on one plan for an hour has hundreds of entries about it.
LOOKED_THROUGH = 300
NOUNS = {"patient": "patients", "case": "cases", "plan": "plans"}


def recently_opened(user: User, pages: Sequence[str] = ()) -> list[Hit]:
    """Patients, cases and plans, the newest first, then the reference pages of this session. Eight queries at most."""
    opened = _opened(user) if boards_where(user, "patients.view") else []
    return [*_shown(user, opened), *_pages(pages)][: MOST + len(pages)]


def _opened(user: User) -> list[tuple[str, int]]:
    """Kind and key, each once."""
    trail = AuditEvent.objects.filter(actor=user).order_by("-id")
    rows = trail.values_list("action", "subject_type", "subject_id")[:LOOKED_THROUGH]
    read = [(kind, int(key)) for action, kind, key in rows if action == "read" and kind in NOUNS and key.isdecimal()]
    return list(dict.fromkeys(read))[:MOST]


def _shown(user: User, opened: Sequence[tuple[str, int]]) -> list[Hit]:
    """What a board has let go of since, or a person has left, is not among them."""
    if not opened:
        return []
    keys = {noun: [key for kind, key in opened if kind == noun] for noun in NOUNS}
    lists = {
        "patient": Patient.objects.standing().filter(pk__in=keys["patient"]).order_by("pk"),
        "case": Case.objects.filter(pk__in=keys["case"]).order_by("pk"),
        "plan": Plan.objects.filter(pk__in=keys["plan"]).order_by("pk"),
    }
    shown = peek_visible({noun: rows for noun, rows in lists.items() if keys[noun]}, user, "patients.view", size=MOST)
    names = {m.board_id: m.board.name for m in memberships_of(user)}
    drawn = Drawn(Typed(""), names if len(names) > 1 else {})
    draw: dict[str, Callable[[Any], Hit]] = {
        "patient": drawn.patient,
        "case": drawn.case,
        "plan": lambda row: drawn.plan(row, row.case),
    }
    hits = {(noun, row.pk): draw[noun](row) for noun, excerpt in shown.items() for row in excerpt.rows}
    return [hits[one] for one in opened if one in hits]


def _pages(slugs: Sequence[str]) -> list[Hit]:
    """Where a page was retired since, it is not among them. One query, and none without a page."""
    found = {row.slug: row.title for row in Modality.objects.filter(slug__in=slugs, retired_at=None)} if slugs else {}
    return [
        Hit([Piece(found[slug])], [Piece("Reference page")], reverse("modalities:page", args=[slug]))
        for slug in slugs
        if slug in found
    ]
