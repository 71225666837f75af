"""Who sits on which board. A membership ends; it is never deleted, since signatures and notices speak of it.

What somebody had to do passes on around the ending and the change of a membership: they are not called alone.
"""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts import audit
from accounts.gaps import LEADING, keys_of, tell_lead, tell_new_gaps
from accounts.models import Board, Membership, Role, User
from accounts.permissions import forget_memberships, require
from common.writing import compare_seen_and_set, lock, take, told_of, transactional

# What a system may be on a board.
READING = (Role.ANALYST, Role.OBSERVER)


@transactional
def add_membership(user: User, board: Board, *, role: str, discipline: str, by: User) -> Membership:
    require(by, "people.manage")
    _guard(user, role, discipline)
    # Held, so that it is not put out of use meanwhile.
    take(board)
    if not board.is_active:
        raise ValidationError({"board": f"{board.name} is no longer in use. Choose another board."})
    try:
        with transaction.atomic():
            membership = Membership.objects.create(user=user, board=board, role=role, discipline=discipline)
    except IntegrityError as error:
        raise ValidationError({"board": f"{user.name} is already on {board.name}. Change that membership."}) from error
    forget_memberships(user)
    if role in LEADING:
        tell_lead(user, board)
        _follow_leads([board.pk])
    _record("membership_added", membership, by, {"role": role, "discipline": discipline})
    return membership


@transactional
def change_membership(membership: Membership, *, seen: tuple[str, str], role: str, discipline: str, by: User) -> None:
    """`seen` is the role and discipline that the page showed when the change was typed."""
    require(by, "people.manage")
    _guard(membership.user, role, discipline)
    if (role, discipline) == seen:
        return
    _guard_own(membership)
    # Before the membership, as everywhere: its row changes where somebody leads.
    take(membership.board)
    before = keys_of([membership.board])
    _set(membership, {"role": seen[0], "discipline": seen[1]}, {"role": role, "discipline": discipline})
    tell_new_gaps([membership.board], before)
    if role in LEADING and seen[0] not in LEADING:
        tell_lead(membership.user, membership.board)
    if {role, seen[0]} & set(LEADING):
        _follow_leads([membership.board_id])
    _record("membership_changed", membership, by, {"old": list(seen), "new": [role, discipline]})


@transactional
def end_membership(membership: Membership, *, by: User) -> None:
    require(by, "people.manage")
    # Whoever is deciding something by it comes first; the membership ends after that, and says so. Its board before it, as
    # everywhere: its row changes where somebody leads.
    take(membership, "board")
    _guard_own(membership)
    before = keys_of([membership.board])
    _set(membership, {}, {"ended_at": timezone.now()})
    tell_new_gaps([membership.board], before)
    if membership.role in LEADING:
        _follow_leads([membership.board_id])
    _record("membership_ended", membership, by, {"role": membership.role, "discipline": membership.discipline})


def follow_leads_of(user: User) -> None:
    """The person may sign in no longer, or again."""
    _follow_leads(
        list(Membership.objects.filter(user=user, ended_at=None, role__in=LEADING).values_list("board", flat=True))
    )


def _follow_leads(boards: list[int]) -> None:
    """What escalates later goes to who leads the board by then: a tick moves what was written for others. The boards in the order
    of their keys: two people who lead the same ones may go at once."""
    lock(Board.objects.filter(pk__in=boards))
    Board.objects.filter(pk__in=boards).update(timing=F("timing") + 1)


def _guard(user: User, role: str, discipline: str) -> None:
    if not role:
        raise ValidationError({"role": "Choose a role on this board."})
    if user.is_system and (role not in READING or discipline):
        raise ValidationError({"role": "A system only reads: it is an analyst or an observer, without a discipline."})
    if role == Role.MEMBER and not discipline:
        raise ValidationError({"discipline": "A member signs for a discipline: choose one."})


def _guard_own(membership: Membership) -> None:
    """One that comes of an institution would come again."""
    if membership.through_id is not None:
        raise ValidationError(
            f"This comes of being an analyst of all boards of {membership.board.institution}. End that on its page."
        )


def _set(membership: Membership, seen: dict[str, object], wanted: dict[str, object]) -> None:
    told = "Somebody else changed or ended this membership after you opened it. Open the person again."
    compare_seen_and_set(membership, {"ended_at": None, **seen}, wanted, message=told)
    forget_memberships(membership.user)


def _record(action: str, membership: Membership, by: User, data: dict[str, object]) -> None:
    data = told_of(membership) | data | {"user": membership.user_id}
    audit.record(action, by=by, subject=membership, label=membership.user.name, board_id=membership.board_id, data=data)
