"""Why a message must not go out any more, looked at when it is sent and not when it was written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import Absence, Board, Membership, User
from accounts.models.boards import ACTING
from careplans.models import Case, OutboxMessage, Reminder
from careplans.outbox import digests
from careplans.outbox.withdrawals import RECIPIENT_LEFT, ROLE_PASSED_ON, withdraw
from careplans.readers.steps.gate_days import next_day
from careplans.readers.steps.gates import gate_of
from careplans.reminders import backlog, deputies, news, nothing_ahead, page_reviews
from careplans.reminders.escalation import LEADING, role_of
from careplans.reminders.schedule import TO_START

Status = OutboxMessage.Status
CARE_ENDED = "the patient died or was transferred"
OUT_OF_USE = "the board is out of use"


@dataclass(frozen=True)
class BatchFacts:
    """What was found out for a whole batch at once, so that no mail has to ask for itself."""

    members: frozenset[tuple[int, int]]
    """Who acts on which board: ids of person and board."""
    maybe_away: frozenset[int]
    """People with an absence around this day; for them the board's own date decides, and the deputy."""
    over: frozenset[int] = frozenset()
    """Cases of patients who have died, or whose care another centre took over."""
    closed: frozenset[int] = frozenset()
    """Boards that are out of use, which send nothing."""
    leads: Mapping[tuple[int, int], str] = field(default_factory=dict)
    """Who leads which board, and in which role: by ids of person and board."""
    outdated: frozenset[int] = frozenset()
    """Reminders after which a newer one of the same thing goes to the same person."""

    @classmethod
    def at(cls, rows: Sequence[OutboxMessage]) -> "BatchFacts":
        """Five queries."""
        people = {row.recipient_id for row in rows}
        boards = {row.reminder.board_id for row in rows if row.reminder.board_id is not None}
        # Who only reads now cannot act on it: it is told to the coordinators, as if they had left.
        asked = Q(user__in=people, role__in=ACTING) | Q(role__in=LEADING, user__is_active=True)
        found = Membership.objects.filter(asked, board__in=boards, ended_at=None)
        # A board's day is this one, the one before it or the one after it.
        day = timezone.now().date()
        near = Absence.objects.filter(
            person__in=people, first_day__lte=day + timedelta(days=1), last_day__gte=day - timedelta(days=1)
        )
        ended = Q(patient__is_dead=True) | ~Q(patient__transferred_to="")
        over = Case.objects.filter(ended, pk__in={row.reminder.case_id for row in rows if row.reminder.case_id})
        roles = list(found.values_list("user_id", "board_id", "role"))
        return cls(
            frozenset((user, board) for user, board, _ in roles if user in people),
            frozenset(near.values_list("person_id", flat=True)),
            frozenset(over.values_list("pk", flat=True)),
            frozenset(Board.objects.filter(pk__in=boards, is_active=False).values_list("pk", flat=True)),
            {(user, board): role for user, board, role in roles if role in LEADING},
            backlog.outdated([row.reminder for row in rows]),
        )  # fmt: skip


def obstacle_to(message: OutboxMessage, facts: BatchFacts | None = None) -> str:
    """An empty text when it may go out. Without facts found out for the batch, this message asks for itself."""
    reminder, person = message.reminder, message.recipient
    if reminder.kind == Reminder.Kind.DIGEST:
        return _obstacle_to_digest(reminder)
    if reminder.status == Reminder.Status.CANCELLED:
        return reminder.cancel_reason or "withdrawn"
    facts = facts or BatchFacts.at([message])
    if reminder.case_id in facts.over:
        return CARE_ENDED
    if reminder.board_id in facts.closed:
        return OUT_OF_USE
    if reminder.kind in Reminder.NEWS:
        if words := news.obstacle_to_news(reminder):
            return words
    elif not _is_still_open(reminder):
        return "already settled"
    if words := _obstacle_at_the_gate(reminder):
        return words
    # Before its person is looked at: of several that nobody can act on, one is passed on.
    if reminder.pk in facts.outdated:
        return backlog.NEWER
    if not person.is_active or not _is_still_theirs(reminder, person, facts):
        return RECIPIENT_LEFT
    if _has_passed_on_the_role(reminder, person, facts):
        return ROLE_PASSED_ON
    if message.channel == OutboxMessage.Channel.IN_APP:
        return ""
    if not wants_mail(person, reminder.kind):
        return "prefers no e-mail"
    return deputies.AWAY if person.pk in facts.maybe_away and deputies.is_covered(reminder) else ""


def _obstacle_to_digest(digest: Reminder) -> str:
    """Take out, with its reason, what must not go out any more; without anything left the digest does not go out."""
    collected = OutboxMessage.objects.filter(digest=digest, status=Status.COLLECTED)
    for row in collected.for_sending().order_by("id"):
        reason = obstacle_to(row)
        if reason:
            withdraw(row, collected, reason)
    return "" if digests.count_open(digest) else digests.NOTHING_OPEN


def _is_still_open(reminder: Reminder) -> bool:
    if reminder.step is not None:
        return reminder.step.is_open and reminder.step.plan.is_in_force
    if reminder.follow_up is not None:
        return reminder.follow_up.is_open
    if reminder.reference_page is not None:
        return page_reviews.still_wanted(reminder)
    if reminder.kind == Reminder.Kind.AHEAD:
        return nothing_ahead.is_still_so(reminder)
    return reminder.signature is not None and reminder.signature.is_awaited


def _obstacle_at_the_gate(reminder: Reminder) -> str:
    """Nobody is asked to begin a step whose gate waits or has failed; when it opens, its reminders are written anew.

    A warning that comes before a day is judged by that day: the day comes by itself, another step does not.
    """
    step, board = reminder.step, reminder.board
    if step is None or board is None:
        return ""
    if reminder.kind == Reminder.Kind.GATE:
        return "" if gate_of(step, board.today).has_failed else "its condition has not failed any more"
    if reminder.kind not in TO_START:
        return ""
    day = next_day(step) if reminder.kind == Reminder.Kind.LEAD else None
    words = gate_of(step, max(day or board.today, board.today)).coded_sentence
    return words[:1].lower() + words[1:]


def _is_still_theirs(reminder: Reminder, person: User, facts: BatchFacts) -> bool:
    """On the board still; of a reference page, still its editor (or any, where it has none), or an approver."""
    if reminder.reference_page is not None:
        return person.is_content_approver or (
            person.is_content_editor and reminder.reference_page.responsible_id in (None, person.pk)
        )
    if (person.pk, reminder.board_id) not in facts.members:
        return False
    return reminder.kind != Reminder.Kind.AHEAD or nothing_ahead.is_still_theirs(reminder)


def _has_passed_on_the_role(reminder: Reminder, person: User, facts: BatchFacts) -> bool:
    """An escalation follows whoever holds the role when it goes out. Who leads the board in another role meanwhile is told where
    nobody holds it."""
    role = role_of(reminder.why)
    if reminder.kind != Reminder.Kind.ESCALATION or not role or reminder.board_id is None:
        return False
    held = facts.leads.get((person.pk, reminder.board_id))
    is_held = any(board == reminder.board_id and one == role for (_, board), one in facts.leads.items())
    return held is None or (held != role and is_held)


def wants_mail(person: User, kind: str) -> bool:
    if kind == Reminder.Kind.SIGNATURE:
        return person.mail_signatures
    if kind in (Reminder.Kind.ESCALATION, Reminder.Kind.GATE):
        return person.mail_escalations
    if kind in Reminder.NEWS:
        return person.mail_news
    return person.mail_overdue if kind == Reminder.Kind.OVERDUE else person.mail_reminders
