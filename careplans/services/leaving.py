"""Leaving: an account is deactivated, a membership ends, or a role or discipline changes so that somebody cannot go on.

What they had to do passes to others in the same transaction, or nothing happens. The accounts know nothing of plans, so their
own verbs (`accounts.services`) only change the account and the membership; these here are the one way to them.
"""

from collections.abc import Mapping, Sequence

from django.core.exceptions import ValidationError

from accounts.models import Absence, Board, Membership, User
from accounts.models.boards import ACTING
from accounts.permissions import require
from accounts.services import memberships, people
from accounts.services.absences import today_on
from accounts.services.notices import add_notice
from careplans.locks import take_right
from careplans.readers.holdings import SIGNING, only_theirs
from careplans.services.signatures import people_for
from careplans.services.work_handover import (
    Successors,
    pass_on_work,
    take_back_delegations,
    take_held,
    tell_nobody_signs,
)
from common.writing import lock, transactional

# Board -> who takes what over there.
ByBoard = Mapping[int, Successors]


@transactional
def end_membership(membership: Membership, *, by: User, successors: Successors | None = None) -> None:
    """Somebody leaves a board. Each kind of work that they have there needs a successor."""
    require(by, "people.manage")
    person, board, to = membership.user, membership.board, successors or {}
    _take_memberships([person.pk, *(user.pk for user in to.values())], [board])
    alone = only_theirs(person, [board])
    memberships.end_membership(membership, by=by)
    _leave(person, {board: to}, by=by, why=f"{person.name} has left {board.name}")
    tell_nobody_signs(alone, why=f"{person.name} has left {board.name}")


@transactional
def change_membership(
    membership: Membership, *, seen: tuple[str, str], role: str, discipline: str, by: User,
    successors: Successors | None = None,
) -> None:  # fmt: skip
    """A role that only reads is as good as leaving; without signing, or with another discipline, signatures fall back."""
    require(by, "people.manage")
    person, board, to = membership.user, membership.board, successors or {}
    _take_memberships([person.pk, *(user.pk for user in to.values())], [board])
    alone = only_theirs(person, [board])
    memberships.change_membership(membership, seen=seen, role=role, discipline=discipline, by=by)
    why = f"{person.name} is {membership.title.lower()} on {board.name} now"
    if role not in ACTING:
        _leave(person, {board: to}, by=by, why=why)
    signs = discipline if role in SIGNING else ""
    asked = take_held(person, [board]).delegated if role in ACTING else []
    # Somebody who may answer without holding the discipline still may.
    lent = role in SIGNING and board.delegates_may_lack_discipline
    lost = [] if lent else [row for row in asked if signs not in row.disciplines]
    take_back_delegations(lost, by=by, why=why)
    nobody = [row for row in lost if not people_for(row)]
    tell_nobody_signs([*(row for row in alone if signs not in row.disciplines), *nobody], why=why)


@transactional
def deactivate_person(user: User, *, by: User, successors: ByBoard | None = None) -> None:
    """The account is closed, on all boards at once. Memberships stay, so that what they signed keeps its discipline."""
    given = successors or {}
    # First the account, as everybody who takes a person's right does, then memberships, then cases.
    people.deactivate_person(user, by=by)
    boards = boards_of(user)
    _take_memberships([user.pk, *(one.pk for to in given.values() for one in to.values())], boards)
    alone = only_theirs(user, boards)
    _leave(user, {board: given.get(board.pk, {}) for board in boards}, by=by, why=f"{user.name} has left")
    tell_nobody_signs(alone, why=f"{user.name} has left")


def boards_of(user: User) -> list[Board]:
    rows = Membership.objects.filter(user=user, ended_at=None).select_related("board").order_by("board__pk")
    return [membership.board for membership in rows]


def takes_work_away(old: Membership, *, role: str) -> bool:
    """Whether a change of role asks for successors."""
    return old.role in ACTING and role not in ACTING


@transactional
def hand_over_work(person: User, board: Board, *, by: User, successors: Successors) -> None:
    """A coordinator or chair passes on what somebody has on the board: before they leave, while they are away for long, or
    because it was left to nobody. Only the kinds that are named."""
    naming = [person.pk, *(user.pk for user in successors.values())]
    take_right(by, "work.hand_over", board, naming=naming)
    if not successors:
        raise ValidationError("Choose who takes over at least one of these.")
    held = take_held(person, [board])
    why = f"Taken over from {person.name}"
    pass_on_work(person, board, held, successors, by=by, why=why, everything=False)
    if not Membership.objects.filter(
        user=person, board=board, ended_at=None, role__in=SIGNING, user__is_active=True
    ).exists():
        take_back_delegations(held.delegated, by=by, why=why)


def _take_memberships(users: Sequence[int], boards: Sequence[Board]) -> None:
    """All in one order, before any case: `take_people` and `take_right` wait here, or have been waited for. Their boards before
    them, whose rows change where somebody leads who leaves: whoever puts a board out of use takes it first, too."""
    lock(Board.objects.filter(pk__in=[board.pk for board in boards]))
    lock(Membership.objects.filter(user__in=set(users), board__in=boards, ended_at=None))


def _leave(person: User, to: Mapping[Board, Successors], *, by: User, why: str) -> None:
    held = take_held(person, list(to))
    problems: dict[str, list[str]] = {}
    for board, successors in to.items():
        try:
            pass_on_work(person, board, held.on(board), successors, by=by, why=why)
        except ValidationError as error:
            problems |= error.message_dict
    if problems:
        raise ValidationError(problems)
    take_back_delegations(held.delegated, by=by, why=why)
    _tell_the_away(person, list(to), why=why)


def _tell_the_away(person: User, boards: Sequence[Board], *, why: str) -> None:
    """For whom they were to stand in: until somebody else is named, the coordinators do."""
    acting = Membership.objects.filter(board__in=boards, ended_at=None, role__in=ACTING)
    absences = Absence.objects.standing().filter(deputy=person, last_day__gte=today_on(boards))
    for absence in absences.filter(person__in=acting.values("user")).select_related("person"):
        add_notice(
            absence.person, kind="deputy", path="/settings/away/", dedupe_key=f"deputy_gone.{absence.pk}", board=None,
            text=f"{why}, who was to stand in for you from {absence.first_day:%-d %b %Y}. Until you name somebody else, the "
            "coordinators of your boards do.",
        )  # fmt: skip
