"""Being away: from, to, and who stands in. A deputy has to be on every board on which the person acts."""

from collections.abc import Iterable
from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F
from django.utils import timezone

from accounts import audit
from accounts.models import Absence, Board, Membership, User
from accounts.models.boards import ACTING
from accounts.permissions import can, memberships_of
from common.centre_day import centre_today
from common.writing import transactional

LONGEST_DAYS = 366
FURTHEST_DAYS = 2 * 366


@transactional
def plan_absence(person: User, *, by: User, first_day: date, last_day: date, deputy: User) -> Absence:
    """By the person themself. Two absences never overlap, whoever saves first."""
    if person.pk != by.pk:
        raise PermissionDenied("Only the person themself can say when they are away.")
    # Held, so that two windows that save at once come one after the other.
    User.objects.filter(pk=person.pk).update(name=F("name"))
    _check_days(first_day, last_day, today_on(m.board for m in memberships_of(person)))
    _check_deputy(person, deputy)
    others = Absence.objects.standing().filter(person=person, first_day__lte=last_day, last_day__gte=first_day)
    if (other := others.first()) is not None:
        raise ValidationError({"first_day": f"You are already {other}. End that absence first, or choose other days."})
    absence = Absence.objects.create(person=person, deputy=deputy, first_day=first_day, last_day=last_day)
    days = [first_day.isoformat(), last_day.isoformat()]
    audit.record("absence_planned", by=by, subject=absence, label=person.name, data={"days": days, "deputy": deputy.pk})
    return absence


@transactional
def end_absence(absence: Absence, *, by: User) -> None:
    """Back early, or not away after all. By the person themself or an administrator; ending it twice changes nothing."""
    if absence.person_id != by.pk and not can(by, "people.manage"):
        raise PermissionDenied("Only the person themself or an administrator can end an absence.")
    if Absence.objects.standing().filter(pk=absence.pk).update(ended_at=timezone.now()):
        audit.record("absence_ended", by=by, subject=absence, label=absence.person.name)


def possible_deputies(person: User) -> list[User]:
    """Everybody who acts on one of the person's boards; whether on each of them is checked when it is saved."""
    boards = Membership.objects.filter(user=person, ended_at=None, board__is_active=True, role__in=ACTING)
    rows = Membership.objects.filter(board__in=boards.values("board"), ended_at=None, role__in=ACTING)
    people = User.objects.filter(pk__in=rows.values("user"), is_active=True).exclude(pk=person.pk)
    return list(people.order_by("name", "pk"))


def today_on(boards: Iterable[Board]) -> date:
    """Where a person is: of their boards that one on which the day began last, without a board the centre's."""
    return min((board.today for board in boards), default=centre_today())


def _check_days(first_day: date, last_day: date, today: date) -> None:
    if last_day < first_day:
        raise ValidationError({"last_day": "The last day lies before the first one."})
    if last_day < today:
        raise ValidationError({"last_day": "These days have passed. Choose today or later days."})
    if (last_day - first_day).days > LONGEST_DAYS or (first_day - today).days > FURTHEST_DAYS:
        raise ValidationError({"last_day": "An absence is at most a year long, and begins within two years."})


def _check_deputy(person: User, deputy: User) -> None:
    if deputy.pk == person.pk:
        raise ValidationError({"deputy": "Choose somebody else: you cannot stand in for yourself."})
    if not deputy.is_active:
        raise ValidationError({"deputy": f"{deputy.name} may not sign in any more. Choose somebody else."})
    acting = Membership.objects.filter(ended_at=None, board__is_active=True, role__in=ACTING).order_by("board__name")
    covered = set(acting.filter(user=deputy).values_list("board", flat=True))
    mine = acting.filter(user=person).values_list("board", "board__name")
    uncovered = [name for board, name in mine if board not in covered]
    if uncovered:
        boards = " and ".join(uncovered)
        raise ValidationError(
            {
                "deputy": f"{deputy.name} does not act on {boards}, where you do. Choose somebody who is on each of your boards."
            }
        )
