"""Analysts of all boards of an institution. Each has a membership on each board, which follows: boards that are opened or moved
later, and the day on which it ends.

Whoever has a role of their own on a board keeps that one there.
"""

from collections.abc import Iterable
from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from accounts.models import Board, Institution, InstitutionAnalyst, Membership, Role, User
from accounts.permissions import forget_memberships, require
from accounts.services.notices import add_notice
from common.centre_day import centre_today
from common.writing import compare_seen_and_set, lock, take, transactional

BATCH = 200


@transactional
def make_analyst_of(institution: Institution, user: User, *, by: User, ends_on: date | None) -> InstitutionAnalyst:
    """Of every board of the institution, and of those that it opens later."""
    require(by, "people.manage")
    take(institution)
    if not user.is_active:
        raise ValidationError({"user": f"{user.name} may not sign in. Choose somebody else."})
    if ends_on is not None and ends_on < centre_today():
        raise ValidationError({"ends_on": "This day has passed. Choose a later one, or none."})
    try:
        with transaction.atomic():
            row = InstitutionAnalyst.objects.create(institution=institution, user=user, ends_on=ends_on)
    except IntegrityError as error:
        words = f"{user.name} is an analyst of {institution.name} already. End that first."
        raise ValidationError({"user": words}) from error
    _join(row, Board.objects.filter(institution=institution))
    forget_memberships(user)
    data = {"institution": institution.pk, "ends_on": ends_on and ends_on.isoformat()}
    audit.record("institution_analyst_made", by=by, subject=user, label=user.name, data=data)
    return row


@transactional
def end_analyst_of(row: InstitutionAnalyst, *, by: User) -> None:
    """With the memberships that came of it."""
    require(by, "people.manage")
    take(row.institution)
    told = "Somebody else ended this a moment ago. Open the institution again."
    compare_seen_and_set(row, {"ended_at": None}, {"ended_at": timezone.now()}, message=told)
    _end(Membership.objects.current().filter(through=row))
    forget_memberships(row.user)
    audit.record(
        "institution_analyst_ended",
        by=by,
        subject=row.user,
        label=row.user.name,
        data={"institution": row.institution_id},
    )


def follow_board(board: Board) -> None:
    """Its institution's analysts are the board's, and no other institution's. For a service, in its transaction: the board was
    opened, or has moved."""
    _end(
        Membership.objects.current()
        .filter(board=board)
        .exclude(through=None)
        .exclude(through__institution=board.institution_id)
    )
    for row in _running().filter(institution=board.institution_id):
        _join(row, [board])


@transactional
def follow_institution_analysts() -> int:
    """Ends what has come to its last day, and gives a membership to whoever has none on a board any more: they had a role
    of their own there, which was ended. A chore; answers how many rows it changed."""
    due = InstitutionAnalyst.objects.filter(ended_at=None, ends_on__lt=centre_today()).order_by("pk")[:BATCH]
    over = lock(InstitutionAnalyst.objects.filter(pk__in=[row.pk for row in due], ended_at=None))
    InstitutionAnalyst.objects.filter(pk__in=[row.pk for row in over]).update(ended_at=timezone.now())
    changed = _end(Membership.objects.current().filter(through__ended_at__isnull=False))
    for row in over:
        _tell_last_day(row)
    for row in _running().filter(user__is_active=True):
        changed += _join(row, Board.objects.filter(institution=row.institution_id, is_active=True))
    return changed + len(over)


def _tell_last_day(row: InstitutionAnalyst) -> None:
    """Nobody did it, so it is told: on the trail, and to who reads no more."""
    institution = row.institution
    data = {"institution": institution.pk, "ends_on": row.ends_on and row.ends_on.isoformat()}
    audit.record("institution_analyst_ended", by=None, subject=row.user, label=row.user.name, data=data)
    text = f"You read the boards of {institution.name} as an analyst until {row.ends_on:%-d %b %Y}. Ask there if you need longer."
    add_notice(
        row.user,
        "institution_analyst",
        text,
        reverse("accounts:settings"),
        f"institution_analyst.{row.pk}.ended",
        board=None,
    )


def _running() -> QuerySet[InstitutionAnalyst]:
    rows = InstitutionAnalyst.objects.filter(ended_at=None).select_related("user")
    return rows.filter(Q(ends_on=None) | Q(ends_on__gte=centre_today()))


def _join(row: InstitutionAnalyst, boards: Iterable[Board]) -> int:
    """On each of them where the person has no role yet; out of use, too, which is read."""
    there = set(Membership.objects.current().filter(user=row.user_id).values_list("board", flat=True))
    new = [board for board in boards if board.pk not in there]
    Membership.objects.bulk_create(
        Membership(user_id=row.user_id, board=board, role=Role.ANALYST, through=row, ends_on=row.ends_on)
        for board in new
    )
    if new:
        data = {"institution": row.institution_id, "boards": sorted(board.pk for board in new)}
        audit.record("institution_analyst_joined", by=None, subject=row.user, label=row.user.name, data=data)
    return len(new)


def _end(rows: QuerySet[Membership]) -> int:
    """An analyst has nothing to do that somebody would have to take over. Taken in the order of their keys, as by everybody who
    takes several."""
    taken = [row.pk for row in lock(rows)]
    return Membership.objects.filter(pk__in=taken).update(ended_at=timezone.now())
