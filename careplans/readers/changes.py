"""The feed of changes: what a person may see of what has changed after a place, in the order of its numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

from accounts.models import Board, Membership, User
from accounts.permissions import boards_where, memberships_of
from accounts.reach import reach_of
from accounts.scopes import OF_ACTION
from careplans import models
from careplans.models import Change, ChangeBatch, ChangeCount, PatientBoard, RecordMove

Noun = Change.Noun


@dataclass(frozen=True)
class Told:
    """Of what the rows of a noun are, and the action, in the permission table, that opens them."""

    model: type[Model]
    opened_by: str


TOLD: dict[str, Told] = {
    Noun.BOARDS: Told(Board, "board.view"),
    Noun.PATIENTS: Told(models.Patient, "patients.view"),
    Noun.CASES: Told(models.Case, "cases.view"),
    Noun.PRIOR_TREATMENTS: Told(models.PriorTreatment, "cases.view"),
    Noun.SPECIMENS: Told(models.Specimen, "cases.view"),
    Noun.PLANS: Told(models.Plan, "plans.view"),
    Noun.STEPS: Told(models.Step, "plans.view"),
    Noun.ARMS: Told(models.Arm, "plans.view"),
    Noun.OCCURRENCES: Told(models.Occurrence, "plans.view"),
    Noun.FOLLOW_UPS: Told(models.FollowUp, "followups.view"),
    Noun.ADVISORIES: Told(models.Advisory, "plans.view"),
    Noun.SIGNATURES: Told(models.Signature, "plans.view"),
    Noun.EVENTS: Told(models.Event, "cases.view"),
    Noun.FACT_CHANGES: Told(models.FactChange, "cases.view"),
    Noun.STEP_BREAKS: Told(models.StepBreak, "plans.view"),
    Noun.NOTHING_AHEAD: Told(models.NothingAhead, "followups.view"),
    Noun.RECORD_MOVES: Told(models.RecordMove, "patients.view"),
}
SALT = "changes"
UNREADABLE = "This cursor cannot be read. Begin again without one, and read everything anew."
ELSEWHERE = (
    "This cursor is of another state of the database, which was restored since. Begin again without one, and read everything "
    "anew."
)  # fmt: skip
Position = tuple[int, int]
START: Position = (0, 0)
BEYOND = 2**62


@dataclass(frozen=True)
class Place:
    """How far somebody has read, of each board with the role by which they read it, and with the scopes of their token where it
    is limited. What they may see only since then is read from its beginning; so is a board on which their role has changed,
    and what another token opens."""

    era: str
    read: dict[str, Position]

    @classmethod
    def of(cls, cursor: str, count: ChangeCount) -> Self:
        if not cursor:
            return cls(str(count.era), {})
        try:
            era, places = signing.loads(cursor, salt=SALT)
            read = {scope: (batch, pk) for batch, pk, scopes in places for scope in scopes}
        except (signing.BadSignature, ValueError, TypeError) as error:
            raise ValidationError({"cursor": UNREADABLE}) from error
        if era != str(count.era) or any(batch > count.last for batch, _ in read.values()):
            raise ValidationError({"cursor": ELSEWHERE})
        return cls(era, read)

    @property
    def cursor(self) -> str:
        """Signed and compressed: ids of boards and numbers, nothing else."""
        places: dict[Position, list[str]] = {}
        for scope, position in self.read.items():
            places.setdefault(position, []).append(scope)
        return signing.dumps([self.era, [[*at, scopes] for at, scopes in places.items()]], salt=SALT, compress=True)

    def at(self, membership: Membership, through: str) -> Position:
        return self.read.get(_scope(membership, through), START)

    def wherever_read(self, memberships: Sequence[Membership], through: str) -> "Place":
        """As far as it was read on each board by whoever read it there, in whatever role: for what goes on where it was when
        another person takes it over."""
        boards: dict[str, Position] = {}
        for scope, position in self.read.items():
            board = scope.partition(".")[0]
            boards[board] = max(boards.get(board, START), position)
        return Place(self.era, {_scope(one, through): boards.get(str(one.board_id), START) for one in memberships})

    def moved_to(self, position: Position, memberships: Sequence[Membership], through: str) -> "Place":
        return Place(self.era, {_scope(one, through): max(self.at(one, through), position) for one in memberships})


@dataclass(frozen=True)
class Feed:
    rows: list[Change]
    place: Place
    more: bool


def read_feed(user: User, place: Place, count: ChangeCount, *, size: int) -> Feed:
    """The next changes that this person may see. Two queries, on however many boards."""
    memberships = memberships_of(user)
    found = list(_visible(user, place, count, size + 1).order_by("batch", "pk")[: size + 1])
    rows = found[:size]
    more = len(found) > size
    reached = (rows[-1].batch or 0, rows[-1].pk) if more else (count.last, BEYOND)
    return Feed(rows, place.moved_to(reached, memberships, _through(user)), more)


def end_of_feed(user: User, count: ChangeCount) -> Feed:
    """Nothing of what was, and the place from which on everything will be told."""
    place = Place(str(count.era), {}).moved_to((count.last, BEYOND), memberships_of(user), _through(user))
    return Feed([], place, more=False)


def feed_since(user: User, since: datetime, count: ChangeCount) -> Place:
    """The place before whatever was committed at this moment or later. What has been committed is in no batch that was numbered
    before it; so what was written earlier and committed late is told, too. One query."""
    later = ChangeBatch.objects.filter(at__gte=since).order_by("number").values_list("number", flat=True).first()
    position = (count.last if later is None else later - 1, BEYOND)
    return Place(str(count.era), {}).moved_to(position, memberships_of(user), _through(user))


def _visible(user: User, place: Place, count: ChangeCount, most: int) -> QuerySet[Change]:
    """Each board is asked for its own next rows, since an index has the order of one board, but not that of two."""
    opened = {noun: set(boards_where(user, told.opened_by)) for noun, told in TOLD.items()}
    moves = RecordMove.objects.all().of_boards(sorted(opened[Noun.RECORD_MOVES])).values("pk")
    parts: list[QuerySet[Any]] = []
    through = _through(user)
    for membership in memberships_of(user):
        board, beyond = membership.board_id, _beyond(place.at(membership, through), count)
        nouns = [noun for noun, boards in opened.items() if board in boards]
        parts.append(_first(Q(board_id=board, noun__in=nouns) & beyond, most))
        if Noun.PATIENTS in nouns:
            known = PatientBoard.objects.filter(board=board).values("patient")
            parts.append(_first(Q(noun=Noun.PATIENTS, row_id__in=known) & beyond, most))
            parts.append(_first(Q(noun=Noun.RECORD_MOVES, row_id__in=moves) & beyond, most))
    if not parts:
        return Change.objects.none()
    return Change.objects.filter(pk__in=list(parts[0].union(*parts[1:], all=True)))


def _first(which: Q, most: int) -> QuerySet[Any]:
    first = Change.objects.filter(which).order_by("batch", "pk").values("pk")[:most]
    return Change.objects.order_by().filter(pk__in=first).values_list("pk", flat=True)


def _beyond(position: Position, count: ChangeCount) -> Q:
    batch, pk = position
    return Q(batch__lte=count.last) & (Q(batch__gt=batch) | Q(batch=batch, pk__gt=pk))


def _scope(membership: Membership, through: str) -> str:
    return f"{membership.board_id}.{membership.role}{through}"


def _through(user: User) -> str:
    """Of a limited token the scopes that open nouns of the feed; else nothing, as in cursors that were given before."""
    reach = reach_of(user)
    if reach is None or reach.scopes is None:
        return ""
    return "." + "+".join(sorted(reach.scopes & {OF_ACTION[told.opened_by] for told in TOLD.values()}))
